"""The page of a pair: every sentence says what its record says, with texts that stand in the documents."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from policygraph.align.library import Library
from policygraph.errors import UsageError
from policygraph.model import DocumentRecords
from policygraph.report import FORMATS, SECTIONS, PairReport, report, to_html, to_markdown, write
from policygraph.report.findings import wording

NATIONAL, SICHUAN, CHONGQING = "national-yangtze-2022", "sichuan-yangtze-2023", "chongqing-yangtze-2023"


@pytest.fixture(scope="module")
def page(library: Library) -> PairReport:
    return report(library, NATIONAL, SICHUAN)


def test_both_texts_stand_in_their_documents(
    page: PairReport, library: Library, actions: tuple[list[DocumentRecords], dict[str, str]]
) -> None:
    for finding in page.findings:
        assert finding.higher or finding.lower
        for passage, document in ((finding.higher, NATIONAL), (finding.lower, SICHUAN)):
            if passage is None:
                continue
            assert library.clauses[passage.clause].document == document
            assert re.sub(r"\s", "", passage.text) in re.sub(r"\s", "", actions[1][document])


@pytest.mark.parametrize(
    ("section", "asked", "said"),
    [
        ("softened", "停用时间超过3年的、无生产经营主体的尾矿库完成闭库并销号", "并销号"),
        ("softened", "长江干流及主要支流水生生物完整性指数持续提升", "有所改善"),
        ("equal", "农膜回收率达到85%以上", "农膜回收率达85%"),
        ("elsewhere", "其中长江三角洲区域力争提前一年完成", "只针对长江三角洲"),
        ("deferred", "完成石漠化土地治理面积100万公顷", "石漠化综合治理"),
        ("dropped", "家庭至少有一人就业", "没有提出这一目标"),
    ],
)
def test_sentence_says_what_became_of_a_target(page: PairReport, section: str, asked: str, said: str) -> None:
    found = [finding.sentence for finding in page.findings if asked in finding.sentence and finding.section == section]
    assert len(found) == 1
    assert said in found[0]


def test_nearest_text_is_shown_where_it_says_most_of_what_is_asked(page: PairReport, library: Library) -> None:
    """鼓励家庭参与节约用水 is no help to who asks for the work of families without any; 严格尾矿库项目准入 is to who asks for fewer ponds."""
    near = {finding.higher.text: finding.lower.text for finding in page.of("dropped") if finding.higher and finding.lower}
    assert not any("家庭" in text for text in near.values())
    assert near["长江经济带尾矿库数量明显减少"] == "严格尾矿库项目准入"


def test_page_is_told_in_english_with_the_texts_as_they_are(library: Library) -> None:
    english = report(library, NATIONAL, SICHUAN, lang="en")
    assert [finding.higher for finding in english.findings] == [finding.higher for finding in report(library, NATIONAL, SICHUAN).findings]
    (equal,) = [finding for finding in english.of("equal") if finding.higher and finding.higher.text == "农膜回收率达到85%以上"]
    assert equal.sentence.startswith("the nation asks for “农膜回收率达到85%以上”, Sichuan for “农膜回收率达85%”")
    assert re.search("## Not set（[0-9]+）", to_markdown(english))


def test_target_that_is_said_twice_is_told_once(page: PairReport) -> None:
    told = Counter((finding.higher.text if finding.higher else "", finding.section) for finding in page.findings)
    assert told["农膜回收率达到85%以上", "equal"] == 1
    assert told["县级城市建成区黑臭水体基本消除", "equal"] == 1


def test_own_targets_are_told(page: PairReport) -> None:
    assert any("城市生活垃圾资源化利用率达到60%以上" in finding.sentence for finding in page.of("added"))


def test_either_of_two_provinces_may_be_named_first(library: Library) -> None:
    one, other = report(library, SICHUAN, CHONGQING), report(library, CHONGQING, SICHUAN)
    assert one == other
    assert one.of("added")
    assert not any("上级" in finding.sentence for finding in one.findings)


@pytest.mark.parametrize("ending", FORMATS)
def test_page_is_written_in_every_format(page: PairReport, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"page{ending}"
    write(page, path)
    if ending == ".docx":
        docx = pytest.importorskip("docx")
        text = "\n".join(paragraph.text for paragraph in docx.Document(str(path)).paragraphs)
    else:
        text = path.read_text("utf-8")
    heads = [wording()["section"][section]["zh"] for section in SECTIONS if page.of(section)]
    assert all(head in text for head in heads)
    sentence = page.findings[0].sentence
    assert sentence in text or sentence.replace("“", "&ldquo;") in text


def test_counts_are_those_of_the_list(page: PairReport) -> None:
    text = to_markdown(page)
    for section in SECTIONS:
        if found := page.of(section):
            head = f"## {wording()['section'][section]['zh']}（{len(found)}）"
            assert head in text
    assert to_html(page).count("<li>") == len(page.findings)


def test_unknown_ending_is_refused_with_those_there_are(page: PairReport, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.pdf") as refused:
        write(page, tmp_path / "page.pdf")
    assert ".docx" in str(refused.value.remedy)
