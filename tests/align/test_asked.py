"""Two documents that the build did not align, aligned when somebody asks."""

from __future__ import annotations

import pytest

from policygraph.align.asked import align_asked
from policygraph.align.library import Library, build_library
from policygraph.align.pairs import plan, plan_pairs, standing
from policygraph.errors import NotFoundError
from policygraph.model import Citation, Document, DocumentRecords, Level

Actions = tuple[list[DocumentRecords], dict[str, str]]
NATIONAL, SICHUAN, CHONGQING = "national-yangtze-2022", "sichuan-yangtze-2023", "chongqing-yangtze-2023"


def _asked(actions: Actions, higher: str, lower: str) -> Library:
    by_id = {entry.document.id: entry for entry in actions[0]}
    links = align_asked(by_id[higher], by_id[lower], texts=actions[1])
    return build_library((by_id[higher], by_id[lower]), links)


def test_province_beside_province_is_parallel(actions: Actions) -> None:
    library = _asked(actions, SICHUAN, CHONGQING)
    relations = {link.relation for link in library.links.alignments}
    assert "parallels" in relations
    assert relations <= {"parallels", "related"}
    statuses = {record.status for record in library.coverage(SICHUAN, CHONGQING)}
    assert statuses <= {"corresponds", "absent", "new"}


def test_targets_of_neighbours_are_compared_as_of_neighbours(actions: Actions) -> None:
    """Neither defers to the other: what one sets and the other does not is said of both."""
    library = _asked(actions, SICHUAN, CHONGQING)
    subjects = {library.targets[r.subject].document for r in library.links.coverage if r.subject in library.targets}
    assert subjects == {SICHUAN, CHONGQING}


def test_province_under_the_nation_implements(actions: Actions) -> None:
    library = _asked(actions, NATIONAL, SICHUAN)
    assert "implements" in {link.relation for link in library.links.alignments}


def test_wrong_way_round_says_so(actions: Actions) -> None:
    with pytest.raises(NotFoundError, match="Swap them"):
        _asked(actions, SICHUAN, NATIONAL)


def _document(title: str, level: str | None, region: str | None, date: str | None = None) -> Document:
    return Document(id=title, source=title, title=title, level=level, region=region, date=date)


@pytest.mark.parametrize(
    ("higher", "lower", "expected", "reason"),
    [
        (("方案", "national", "000000"), ("广西实施方案", "provincial", "450000"), "above", "nation over province"),
        (("方案", "national", "000000"), ("来宾市实施方案", "municipal", "451300"), "above", "two levels up"),
        (("江苏省实施意见", "provincial", "320000"), ("来宾市实施方案", "municipal", "451300"), "beside", "a city of another province"),
        (("通则", None, None), ("来宾市实施方案", "municipal", "451300"), "beside", "an unknown level is no level"),
        (("福建省实施方案", "provincial", "350000"), ("江苏省实施意见", "provincial", "320000"), "beside", "two provinces"),
        (
            ("江苏省“十三五”生态环境保护规划", "provincial", "320000"), ("江苏省“十四五”生态环境保护规划", "provincial", "320000"),
            "before", "a plan and its successor",
        ),
        (
            ("江苏省“十四五”生态环境保护规划", "provincial", "320000"), ("江苏省“十三五”生态环境保护规划", "provincial", "320000"),
            "beside", "the successor first",
        ),
        (
            ("江苏省“十三五”生态环境保护规划", "provincial", "320000"), ("江苏省“十四五”综合交通运输发展规划", "provincial", "320000"),
            "beside", "of another subject",
        ),
        (
            ("河北省打赢蓝天保卫战三年行动方案", "provincial", "130000", "2018-08-23"),
            ("河北省打赢蓝天保卫战行动方案", "provincial", "130000", "2023"), "before", "by their dates, where the titles name no years",
        ),
    ],
)  # fmt: skip
def test_how_two_documents_stand_to_each_other(higher: tuple[str, ...], lower: tuple[str, ...], expected: str, reason: str) -> None:
    assert standing(_document(*higher), _document(*lower)) == expected, reason


@pytest.mark.parametrize(
    ("higher", "lower", "reason"),
    [
        ("中华人民共和国长江保护法", "长江保护条例", "titles that share words are no reason"),
        ("水污染防治行动计划", "土壤污染防治行动计划", "nor that both are plans against pollution"),
    ],
)
def test_documents_of_unknown_level_are_not_paired(higher: str, lower: str, reason: str) -> None:
    documents = [
        DocumentRecords(document=Document(id=name, source=name, title=title)) for name, title in (("h", higher), ("l", lower))
    ]
    assert plan_pairs(documents) == (), reason


@pytest.mark.parametrize(
    ("basis", "level", "paired", "reason"),
    [
        (False, None, False, "保险法 names 证券法 in passing"),
        (True, None, True, "what rests on a law of unknown level carries it out"),
        (False, "national", True, "a provincial plan cites one above it"),
    ],
)
def test_citation_pairs_what_stands_above(basis: bool, level: Level | None, paired: bool, reason: str) -> None:
    above = Document(id="h", source="h", title="证券法", level=level)
    below = Document(id="l", source="l", title="保险法", level="provincial" if level else None, region="110000" if level else None)
    named = Citation(id="l/c", document="l", clause="l/1", text="《证券法》", title="证券法", target="h", basis=basis, start=0, end=5, by="test")
    pairs = plan_pairs([DocumentRecords(document=above), DocumentRecords(document=below, citations=(named,))])
    assert {pair.reason for pair in pairs} - {"level"} == ({"basis" if basis else "citation"} if paired else set()), reason


def test_what_is_not_paired_is_counted() -> None:
    """Seven provinces' plans on one subject are 21 pairs, which nobody asked for; a code of no level belongs to nobody."""
    provinces = {"河北": "130000", "山西": "140000", "辽宁": "210000", "吉林": "220000", "江苏": "320000", "浙江": "330000", "安徽": "340000"}
    plans = [_document(f"{name}省加快建立健全绿色低碳循环发展经济体系实施方案", "provincial", code) for name, code in provinces.items()]
    found = plan([DocumentRecords(document=document) for document in [*plans, _document("通则", None, None)]])
    assert found.pairs == ()
    assert found.left == {"neighbours": 21, "alone": 8}
