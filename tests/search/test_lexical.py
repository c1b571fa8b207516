"""The lexical index in shares: what a search finds does not depend on how documents are shared out."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from policygraph.encode.text import grams
from policygraph.extract import extract
from policygraph.model import DocumentRecords
from policygraph.read import read_bytes
from policygraph.search import build_index
from policygraph.search.index import ClauseIndex
from policygraph.search.lexical import share_out
from policygraph.segment import segment

TEXT = """{province}清江实施方案

一、重点任务

（一）污水收集攻坚。排查污水收集管网，新建污水处理厂{number}座。到2023年年底，县级城市建成区黑臭水体消除。（住房城乡建设厅牵头）

（二）水源地保护。完善饮用水水源地名录，推进规范化建设。（生态环境厅负责）

（三）{topic}（农业农村厅牵头）
"""
TOPICS = ("推广测土配方施肥技术。", "推广船舶使用岸电，改造港口。", "推进畜禽粪污资源化利用，建设示范区，示范区建成后逐年扩大。")


@pytest.fixture(scope="module")
def many() -> list[DocumentRecords]:
    """Enough documents for several shares."""
    found = []
    for n in range(40):
        text = TEXT.format(province=f"第{n}省", number=n + 3, topic=TOPICS[n % 3] * (1 + n % 4))
        source = read_bytes(text.encode(), name=f"plan-{n:02}.txt")
        found += [extract(source, document, clauses) for document, clauses in segment(source, doc_id=f"plan-{n:02}")]
    return found


def matches(index: ClauseIndex, query: str) -> set[str]:
    """The clauses that have a gram of the query, by the first of each unit."""
    units = index.match(list(dict.fromkeys(grams(query))), limit=1000)
    return {index.entry(index.rows_of(int(unit))[0]).clause for unit in units}


def test_more_documents_are_in_more_shares_and_stay_in_theirs() -> None:
    names = [f"plan-{n}" for n in range(1000)]
    assert [len(share_out(names[:count])) for count in (0, 16, 17, 100, 1000)] == [1, 1, 2, 8, 64]
    before, after = share_out(names), share_out(names[1:])
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1


def test_scores_are_those_of_one_index_of_all(many: list[DocumentRecords], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_index(many, tmp_path / "shares", encoder=None)
    monkeypatch.setattr("policygraph.search.lexical._SHARES", 1)
    build_index(many, tmp_path / "one", encoder=None)
    shares, one = ClauseIndex(tmp_path / "shares"), ClauseIndex(tmp_path / "one")
    assert len(list((tmp_path / "shares" / "lexical").glob("*.idx"))) > len(list((tmp_path / "one" / "lexical").glob("*.idx"))) == 1
    for query in ("岸电", "测土配方施肥", "示范区", "饮用水水源地名录", "新建污水处理厂"):
        assert matches(shares, query) == matches(one, query) != set()
        assert shares.weight(query[:2]) == one.weight(query[:2])


def test_same_clauses_give_the_same_files(many: list[DocumentRecords], tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        build_index(many, tmp_path / name, encoder=None)
        files = sorted(path for path in (tmp_path / name).rglob("*") if path.is_file())
        found.append({str(p.relative_to(tmp_path / name)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files})
    assert found[0] == found[1]
