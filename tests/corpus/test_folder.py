"""The corpus folder: what goes in, what is refused, and that nothing depends on the disk's order."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from policygraph.corpus.folder import corpus_paths, read_corpus
from policygraph.errors import InputError
from policygraph.ids import document_id, former_id, slug


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.mark.parametrize(
    ("stem", "expected"),
    [
        ("sichuan-yangtze-2023", "sichuan-yangtze-2023"),
        ("四川省“十四五”规划", "四川省-十四五-规划"),
        ("Plan  ２０２３", "plan-2023"),
        ("…", "document"),
        ("..", "document"),
    ],
)
def test_slug(stem, expected):
    assert slug(stem) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("四川省“十四五”生态环境保护规划.txt", "四川省-十四五-生态环境保护规划"),  # 17 characters
        ("省/106、陕西省加快建立健全绿色低碳循环发展经济体系若干措施.pdf", "106-陕西省加快建立健-"),
        ("106、陕西省加快建立健全绿色低碳循环发展经济体系若干措施（修订）.pdf", "106-陕西省加快建立健-"),
        ("sichuan-province-ecological-environment-protection-plan.txt", "sichuan-province-ecological-environment-protection-plan"),
    ],
)
def test_long_chinese_names_give_short_ids(source, expected):
    found = document_id(source)
    assert found == expected if not expected.endswith("-") else found.startswith(expected) and len(found) == len(expected) + 6
    assert slug(found) == found


def test_pairs_may_name_documents_by_the_whole_name_of_the_file(tmp_path):
    names = [f"10{n}、{province}加快建立健全绿色低碳循环发展经济体系实施方案.txt" for n, province in enumerate(("国务院关于", "陕西省"))]
    write(tmp_path, **{name: name for name in names})
    higher, lower = map(former_id, names)
    write(tmp_path, **{"manifest.toml": f'[[pairs]]\nlower = "{lower}"\nhigher = "{higher}"\n'})
    corpus = read_corpus(tmp_path)
    assert corpus.add == ((document_id(names[1]), document_id(names[0])),)
    assert {file.document for file in corpus.files} == set(corpus.add[0])


def test_files_come_by_name_and_hidden_readme_and_toml_stay_out(tmp_path):
    write(tmp_path, **{"b.txt": "二", "a.txt": "一", ".hidden": "x", "README.md": "x", "b.txt.toml": 'region = "510000"'})
    write(tmp_path / "sub", **{"c.md": "三"})
    corpus = read_corpus(tmp_path)
    assert [file.source for file in corpus.files] == ["a.txt", "b.txt", "sub/c.md"]
    assert corpus.files[1].overrides == {"region": "510000"}


def test_same_content_and_same_id_are_problems_with_a_way_out(tmp_path):
    write(tmp_path, **{"a.txt": "一", "b.txt": "一", "plan.md": "二", "plan.txt": "三"})
    corpus = read_corpus(tmp_path)
    assert [file.source for file in corpus.files] == ["a.txt", "plan.md"]
    assert [(problem.source, problem.reason) for problem in corpus.problems] == [
        ("b.txt", "has the same content as a.txt."),
        ("plan.txt", "would have the id plan, which plan.md has."),
    ]
    assert all(problem.remedy for problem in corpus.problems)


def test_manifest_goes_before_sidecar_and_gives_ids_and_pairs(tmp_path):
    write(
        tmp_path,
        **{
            "a.txt": "一",
            "a.txt.toml": 'region = "500000"\ndate = "2023-01-01"',
            "manifest.toml": '[documents."a.txt"]\nregion = "510000"\nid = "plan-a"\n[documents."z.txt"]\n'
            '[[pairs]]\nlower = "plan-a"\nhigher = "n"\n[[pairs]]\nlower = "x"\nhigher = "n"\nforbid = true\n',
        },
    )
    corpus = read_corpus(tmp_path)
    assert corpus.files[0].document == "plan-a"
    assert corpus.files[0].overrides == {"region": "510000", "date": "2023-01-01", "id": "plan-a"}
    assert (corpus.add, corpus.forbid) == ((("plan-a", "n"),), (("x", "n"),))
    assert corpus.warnings == (f"manifest.toml speaks of z.txt, which is not in {tmp_path}.",)


@pytest.mark.parametrize(
    ("manifest", "says"),
    [
        ("[documents", "not valid TOML"),
        ("[other]", "unknown table 'other'"),
        ('[documents."a.txt"]\nregoin = "5"', "unknown field 'regoin'"),
        ('[documents."a.txt"]\nregion = "四川"', "GB/T 2260"),
        ('[documents."a.txt"]\nlevel = "village"', "Levels: national"),
        ('[documents."a.txt"]\ndate = "2023"', "2022-08-31"),
        ('[documents."a.txt"]\nissuers = "甲"', "list of texts"),
        ('[documents."a.txt"]\nid = "../x"', "Write it 'x'"),
        ('[[pairs]]\nlower = "a"', "A pair has lower, higher"),
    ],
)
def test_wrong_manifest_is_refused_with_the_way_out(tmp_path, manifest, says):
    write(tmp_path, **{"a.txt": "一", "manifest.toml": manifest})
    with pytest.raises(InputError, match=says):
        read_corpus(tmp_path)


def test_name_in_gbk_is_read_as_such(tmp_path):
    path = os.path.join(os.fsencode(tmp_path), "方案.txt".encode("gb18030"))  # noqa: PTH118
    with open(path, "wb") as file:  # noqa: PTH123
        file.write("一".encode())
    assert [name for name, _ in corpus_paths(tmp_path)] == ["方案.txt"]


def test_no_folder_and_a_file_for_a_folder_are_refused(tmp_path):
    with pytest.raises(InputError, match="There is no folder"):
        read_corpus(tmp_path / "none")
    write(tmp_path, **{"a.txt": "一"})
    with pytest.raises(InputError, match="is a file"):
        read_corpus(tmp_path / "a.txt")
