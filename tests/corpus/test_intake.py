"""Documents brought into a corpus: what is understood, what is warned of, what does not come in."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from policygraph.corpus.folder import corpus_paths
from policygraph.corpus.intake import Candidate, bring_in, understand

PLAN = (
    "四川省黑臭水体治理方案\n川办发〔2023〕12号\n各市（州）人民政府：\n为推进治理，制定本方案。\n一、总体要求\n到2025年，黑臭水体消除比例达到90%。\n"
    "二、重点任务\n（一）加快排查。2023年6月底前完成排查。（省水利厅牵头，省生态环境厅配合）\n四川省人民政府办公厅\n2023年4月5日\n"
)
PAGE = (
    "<html><head><meta charset=utf-8><meta name=ArticleTitle content=四川省黑臭水体治理方案></head><body><table><tr><td>发文字号</td><td>川办发〔2023〕12号</td>"
    f"<td>成文日期</td><td>2023年4月3日</td></tr></table><div><p>{PLAN.replace(chr(10), '</p><p>')}</p></div></body></html>"
)


@pytest.fixture
def new(tmp_path: Path) -> Path:
    folder = tmp_path / "new"
    folder.mkdir()
    return folder


def one(new: Path, *files: Path) -> Candidate:
    (candidate,) = understand(files or [new], corpus=new.parent / "corpus")
    return candidate


def test_name_in_gbk_comes_in_under_its_characters(new: Path) -> None:
    (new / os.fsdecode("四川方案.txt".encode("gb18030"))).write_bytes(PLAN.encode("gb18030"))
    candidate = one(new)
    assert (candidate.id, candidate.title, candidate.warnings) == ("四川方案", "四川省黑臭水体治理方案", ())
    assert bring_in(candidate, corpus=new.parent / "corpus") == new.parent / "corpus" / "四川方案.txt"


def test_sidecar_is_heeded_and_comes_along(new: Path) -> None:
    (new / "a.txt").write_text(PLAN, "utf-8")
    (new / "a.txt.toml").write_text('id = "sichuan-2023"\ndate = "2023-04-06"\n', "utf-8")
    candidate = one(new)
    assert (candidate.id, candidate.date) == ("sichuan-2023", "2023-04-06")
    assert candidate.warnings == ("date: the text says 2023-04-05, the manifest 2023-04-06; the manifest is taken.",)
    bring_in(candidate, corpus=new.parent / "corpus")
    assert sorted(path.name for path in (new.parent / "corpus").iterdir()) == ["a.txt", "a.txt.toml"]


def test_page_that_says_another_date_than_its_text_is_warned_of(new: Path) -> None:
    (new / "a.html").write_text(PAGE, "utf-8")
    candidate = one(new)
    assert (candidate.number, candidate.date) == ("川办发〔2023〕12号", "2023-04-03")
    assert candidate.warnings == ("a.html: date: the text says 2023-04-05, the page 2023-04-03; the page is taken.",)


def test_what_a_browser_saves_beside_a_page_is_no_document(new: Path) -> None:
    (new / "方案.html").write_text(PAGE, "utf-8")
    (new / "方案_files").mkdir()
    (new / "方案_files" / "site.css").write_text("p {}", "utf-8")
    (new / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0")
    assert [name for name, _ in corpus_paths(new)] == ["方案.html"]


def test_same_document_in_two_formats_is_told(new: Path) -> None:
    (new / "a.txt").write_text(PLAN, "utf-8")
    (new / "a.md").write_text(PLAN + "\n", "utf-8")
    (new / "b.md").write_text(PLAN + "\n\n", "utf-8")
    first, second, third = understand([new], corpus=new.parent / "corpus")
    assert first.problem is None
    assert "which" in (second.problem or "") and "the same document in another format?" in (second.problem or "")
    assert third.warnings == (f"has the title and the number of {new / 'a.md'}: the same document twice?",)


def test_archive_and_address_say_the_way_out(new: Path) -> None:
    with zipfile.ZipFile(new / "a.zip", "w") as archive:
        archive.writestr("../方案.txt", PLAN)
    assert "is an archive. Unpack it" in (one(new).problem or "")
    assert "nothing is fetched. Save the page" in (one(new, Path("https://example.org/a.html")).problem or "")
    assert list(new.iterdir()) == [new / "a.zip"]


def test_manifest_beside_a_new_document_is_not_lost_in_silence(new: Path) -> None:
    (new / "a.txt").write_text(PLAN, "utf-8")
    (new / "manifest.toml").write_text('[documents."a.txt"]\nregion = "510000"\n', "utf-8")
    assert "does not come along" in one(new).warnings[0]
