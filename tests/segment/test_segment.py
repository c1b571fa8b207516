"""Segmentation of real layouts: trees, leads, metadata, and that nothing is lost."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policygraph.errors import InputError
from policygraph.read import SourceText, clean, read_bytes, read_file
from policygraph.segment import segment

ROOT = Path(__file__).resolve().parents[2]
CORPUS = sorted(p for p in (ROOT / "corpus").iterdir() if p.suffix in (".txt", ".md"))
WILD = sorted((ROOT.parent / "shared" / "wild").glob("*.txt"))


def tree(text: str):
    source = SourceText(name="x.txt", sha256="", text=text)
    ((document, clauses),) = segment(source, doc_id="x")
    return document, {c.id.removeprefix("x/"): c for c in clauses}


def assert_tiles(source, clauses):
    """Every character of the reading stands in exactly one clause, and every clause's text is its cleaned slice."""
    reading = source.reading()
    covered = [0] * len(reading.text)
    for clause in clauses:
        assert clean(source.text[clause.start : clause.end]) == clause.text
        for i in range(*reading.locate(clause.start, clause.end)):
            covered[i] += 1
    assert set(covered) <= {1}


@pytest.mark.parametrize("path", CORPUS, ids=lambda p: p.stem)
def test_clauses_tile_the_corpus(path):
    source = read_file(path)
    ((_, clauses),) = segment(source, doc_id=path.stem)
    assert_tiles(source, clauses)


@pytest.mark.skipif(not WILD, reason="the folder ../shared/wild is not here")
def test_clauses_tile_other_layouts():
    for path in WILD:
        source = read_file(path)
        for _, clauses in segment(source, doc_id=path.stem):
            assert_tiles(source, clauses)
            assert sum(c.leaf and c.kind not in ("front", "back", "contents") for c in clauses) >= 15


def test_item_with_heading_and_paragraphs():
    _, found = tree("方案\n一、治理任务\n（一）深化治理。\n全面开展排查，建立清单。\n（市水利局牵头）\n二、保障措施\n（一）加强领导。各地要落实责任，细化任务分工。\n")
    assert found["part_1/item_1"].heading == "深化治理"
    assert found["part_1/item_1/para_1"].kind == "measure"
    assert found["part_2/item_1/para_1"].kind == "safeguard"
    assert found["part_2/item_1"].heading == "加强领导"


def test_led_paragraphs_when_siblings_are_led():
    text = "方案\n一、主要任务\n（一）水环境\n深化黑臭水体治理。全面开展黑臭水体排查，建立清单。\n加强垃圾处置。推进垃圾分类投放和收集系统建设。\n"
    _, found = tree(text)
    assert [c.lead for c in found.values() if c.leaf and c.kind == "measure"] == ["深化黑臭水体治理", "加强垃圾处置"]


def test_several_led_runs_in_one_paragraph():
    text = (
        "计划\n一、主要任务\n(一)积极应对气候变化。启动达峰行动,探索四川路径。制定二氧化碳排放达峰行动方案,实施节能降碳行动。"
        "协同减污降碳,不断提质增效。协同控制二氧化碳和非二氧化碳温室气体排放。\n"
    )
    _, found = tree(text)
    runs = [c for c in found.values() if c.type == "led"]
    assert [c.lead for c in runs] == ["启动达峰行动,探索四川路径", "协同减污降碳,不断提质增效"]
    assert runs[0].text.endswith("节能降碳行动。")


def test_wrapped_lines_with_blank_lines_between_are_joined():
    source = read_file(ROOT / "corpus" / "sichuan-yangtze-2023.txt")
    ((document, clauses),) = segment(source, doc_id="s")
    wetland = next(c for c in clauses if c.lead == "持续加强林地、草地及湿地保护修复")
    assert "保护修复工程。有条件的市（州）" in wetland.text  # a page number stood between 工 and 程
    assert document.date == "2023-03-23"
    assert document.region == "510000"


def test_text_without_line_breaks_is_cut_at_its_numbers():
    text = "意见\n为推动工作，现提出如下意见。一、总体要求（一）指导思想。以发展为主题，坚持市场化运作。（二）主要目标。力争体系基本健全。二、加强培育（三）分类型发现品牌。开展摸底调查，掌握基本情况。（人力资源社会保障部负责）（四）分领域培育品牌。打造服务型品牌，扩大影响。"
    _, found = tree(text)
    assert found["part_2/item_3"].heading == "分类型发现品牌"
    assert found["part_2/item_3/para_1"].text.endswith("（人力资源社会保障部负责）")
    assert found["part_2/item_4"].heading == "分领域培育品牌"


def test_articles_of_a_regulation():
    text = "某州管理办法\n　第一章　总则　　第一条 　为规范管理，制定本办法。\n　　第二条 　本州行政区域内的活动，适用本办法。\n　　涉及秘密的，按照有关规定执行。\n"
    _, found = tree(text)
    assert found["chapter_1/article_1"].leaf
    assert found["chapter_1/article_2/para_2"].text.startswith("涉及秘密")
    assert found["chapter_1/article_1"].kind == "article"


def test_annexes_keep_a_numbering_of_their_own():
    text = "附件1成都市十条政策措施\n为加快调整，制定如下政策措施。\n一、消费政策\n（一）实施替代攻坚行动。持续推进电能替代，提高用能效率。\n附件2成都市行动方案\n（2021-2025年）\n一、总体思路\n以习近平生态文明思想为指导，优化能源供给结构。\n"
    _, found = tree(text)
    assert "part_1/item_1" in found
    assert found["annex_2/part_1"].heading == "总体思路"


FRONT = [
    (
        "武汉市人民政府文件\n武政〔２０２２〕１１号\n市人民政府关于印发武汉市绿色发展\n实施方案的通知\n各区人民政府，市人民政府各部门：\n"
        "现将《武汉市绿色发展实施方案》印发给你们，请认真组织实施。\n武汉市人民政府\n２０２２年３月２４日\n武汉市绿色发展\n实施方案\n"
        "为贯彻落实国家部署，结合本市实际，特制定本实施方案，请遵照。\n一、总体要求\n坚持绿色发展，推进各项工作。\n",
        {"title": "武汉市绿色发展实施方案", "number": "武政〔2022〕11号", "date": "2022-03-24", "region": "420100", "level": "municipal", "issuers": ("武汉市人民政府",)},
    ),
    (
        "国务院关于印发“十四五”节能减排综合工作方案的通知（国发〔2021〕33号）\n各省、自治区、直辖市人民政府：\n现将《“十四五”节能减排综合工作方案》印发给你们，请认真贯彻执行。\n国务院\n2021年12月28日\n"
        "“十四五”节能减排综合工作方案\n为认真贯彻落实重大决策部署，大力推动节能减排，制定本方案。\n一、总体要求\n坚持稳中求进工作总基调，立足新发展阶段。\n",
        {"title": "“十四五”节能减排综合工作方案", "number": "国发〔2021〕33号", "date": "2021-12-28", "region": "000000", "level": "national"},
    ),
]


@pytest.mark.parametrize(("text", "expected"), FRONT)
def test_front_matter_gives_the_metadata(text, expected):
    document, _ = tree(text)
    assert {key: getattr(document, key) for key in expected} == expected


@pytest.mark.parametrize(("data", "message"), [(b"", "is empty"), ("关于\n".encode(), "no clause"), (b"\x00\x01\x02\x03" * 50, "binary"), (b"\xff\xff\xff\xfa" * 60, "neither")])
def test_bad_files_say_what_is_wrong(data, message):
    with pytest.raises(InputError, match=message):
        segment(read_bytes(data, name="坏.txt"), doc_id="x")


PIECES = ["一、", "（一）", "1.", "第一条", "——", "总体要求", "推进治理。", "\n", "\n\n", "“", "”", "（", "）", "到2025年，", "附件1", "— 3 —", "**", "省水利厅牵头", "；", "目录", "《方案》"]


@given(st.lists(st.sampled_from(PIECES), max_size=60))
@settings(max_examples=150, deadline=None)
def test_any_text_is_tiled_or_refused(pieces):
    source = SourceText(name="x.txt", sha256="", text="".join(pieces))
    try:
        results = segment(source, doc_id="x")
    except InputError:
        return
    for _, clauses in results:
        assert_tiles(source, clauses)
        assert len({c.id for c in clauses}) == len(clauses)
