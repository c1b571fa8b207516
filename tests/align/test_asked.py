"""Two documents that the build did not align, aligned when somebody asks."""

from __future__ import annotations

import pytest

from policygraph.align.asked import align_asked
from policygraph.align.pairs import plan_pairs
from policygraph.errors import NotFoundError
from policygraph.model import Document, DocumentRecords

NATIONAL, SICHUAN, CHONGQING = "national-yangtze-2022", "sichuan-yangtze-2023", "chongqing-yangtze-2023"


def _asked(actions: tuple[list[DocumentRecords], dict[str, str]], higher: str, lower: str):  # type: ignore[no-untyped-def]
    by_id = {entry.document.id: entry for entry in actions[0]}
    return align_asked(by_id[higher], by_id[lower], texts=actions[1])


def test_province_beside_province_is_parallel(actions: tuple[list[DocumentRecords], dict[str, str]]) -> None:
    library = _asked(actions, SICHUAN, CHONGQING)
    relations = {link.relation for link in library.links.alignments}
    assert "parallels" in relations
    assert relations <= {"parallels", "related"}
    statuses = {record.status for record in library.coverage(SICHUAN, CHONGQING)}
    assert statuses <= {"corresponds", "absent", "new"}


def test_province_under_the_nation_implements(actions: tuple[list[DocumentRecords], dict[str, str]]) -> None:
    library = _asked(actions, NATIONAL, SICHUAN)
    assert "implements" in {link.relation for link in library.links.alignments}


def test_wrong_way_round_says_so(actions: tuple[list[DocumentRecords], dict[str, str]]) -> None:
    with pytest.raises(NotFoundError, match="Swap them"):
        _asked(actions, SICHUAN, NATIONAL)


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
