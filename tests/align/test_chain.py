"""The chain of a clause, from the nation through the province to the city, and back."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from policygraph import PolicyGraph
from policygraph.build.pipeline import build
from policygraph.errors import UsageError
from policygraph.settings import Settings

MANY = Path(__file__).resolve().parents[2].parent / "shared" / "many"
NATIONAL, SICHUAN, CHONGQING, CHENGDU = "national-river-2022", "sichuan-river-2023", "chongqing-river-2023", "chengdu-river-2023"
CITY = """成都市清江实施细则

成环发〔2023〕20号

为落实《四川省清江实施方案》（川环发〔2023〕8号）和《清江行动方案》（国环〔2022〕5号），制定本细则。

一、重点任务

（一）污水收集攻坚。排查污水收集管网，新建污水处理厂3座，改造老旧管网。到2023年年底，县级城市建成区黑臭水体消除。（市水务局牵头，市生态环境局配合）

（二）水源地保护。完善饮用水水源地名录，推进规范化建设。（市生态环境局负责）

（三）夜间巡河。组织志愿者开展夜间巡河。（市水务局负责）

成都市生态环境局

2023年7月6日
"""


@pytest.fixture(scope="module")
def graph(once: Callable[[str, Callable[[Path], None]], Path], small_data: Path) -> Iterator[PolicyGraph]:
    """The three short documents, and a city's below one of them."""

    def make(top: Path) -> None:
        shutil.copytree(small_data.parent / "corpus", top / "corpus")
        (top / "corpus" / f"{CHENGDU}.txt").write_text(CITY, "utf-8")
        build(top / "corpus", top / "data", settings=Settings.load(encoder="none"))

    with PolicyGraph.open(once("chain", make) / "data") as opened:
        yield opened


def test_city_stands_below_its_province_which_stands_below_the_nation(graph: PolicyGraph) -> None:
    """Though the city's text rests on both."""
    steps = [(step.depth, step.document, step.relation) for step in graph.chain(NATIONAL, item=2)]
    assert steps[:3] == [(0, NATIONAL, None), (1, SICHUAN, "implements"), (2, CHENGDU, "implements")]
    assert (1, CHENGDU, "implements") not in steps


def test_each_step_says_when_and_what_is_kept_and_taken_up(graph: PolicyGraph) -> None:
    _, province, city, *_ = graph.chain(NATIONAL, item=2)
    assert (province.lag, city.lag) == (431, 61)
    assert province.through
    assert province.through.startswith(NATIONAL)
    assert city.through == province.clause
    assert city.kept is not None
    assert province.kept is not None
    assert 0.75 < province.kept < 1  # all but 全面 and the figure; the note on who answers for it counts on neither side
    assert 0.75 < city.kept < 1  # all but the figure
    assert (city.answered, city.demands) == (3, 3)
    assert city.added == ("改造老旧管网",)


def test_who_does_not_carry_it_stands_in_the_chain(graph: PolicyGraph) -> None:
    """Shore power: Chongqing has it, Sichuan has not."""
    below = {(step.document, step.relation): step for step in graph.chain(NATIONAL, item=4) if step.depth == 1}
    assert below[CHONGQING, "implements"].clause
    assert below[SICHUAN, "absent"].clause is None


def test_who_wrote_before_is_not_said_to_leave_it_out(corpus_data: Path) -> None:
    """Sichuan's plans of 2021 and early 2022 could not carry out an item of August 2022."""
    with PolicyGraph.open(corpus_data) as five:
        below = {step.document for item in range(1, 39) for step in five.chain("national-yangtze-2022", item=item) if step.depth == 1}
    assert below == {"sichuan-yangtze-2023", "chongqing-yangtze-2023"}


def test_the_way_back_up_from_a_city_clause(graph: PolicyGraph) -> None:
    (clause,) = [c.id for c in graph.clauses(CHENGDU) if c.leaf and "污水处理厂3座" in c.text]
    steps = [(step.depth, step.document) for step in graph.chain(CHENGDU, clause=clause)]
    assert steps == [(-1, SICHUAN), (-2, NATIONAL), (0, CHENGDU)]


def test_a_clause_of_its_own_has_no_chain_and_says_so(graph: PolicyGraph) -> None:
    (clause,) = [c.id for c in graph.clauses(CHENGDU) if c.leaf and "夜间巡河" in c.text]
    found = graph.chain(CHENGDU, clause=clause)
    assert [step.depth for step in found] == [0]
    assert "Nothing" in found.note
    with pytest.raises(UsageError, match="item or a clause"):
        graph.chain(CHENGDU)


@pytest.mark.skipif(not MANY.is_dir(), reason="../shared is not there")
def test_a_real_trio(tmp_path: Path) -> None:
    """国发〔2021〕4号 → Gansu → Dingxi: agriculture is carried from level to level, the city keeping most words of its province."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number, name in (("6", "nation"), ("107", "gansu"), ("360", "dingxi")):
        (source,) = MANY.glob(f"{number}、*.txt")
        (corpus / f"{name}.txt").write_bytes(source.read_bytes())
    build(corpus, tmp_path / "data", settings=Settings.load(encoder="none", workers=1))
    with PolicyGraph.open(tmp_path / "data") as graph:
        steps = [step for step in graph.chain("国发〔2021〕4号", item=5) if step.clause]
    assert [(step.depth, step.document, step.lag) for step in steps] == [(0, "nation", None), (1, "gansu", 191), (2, "dingxi", 78)]
    assert steps[1].kept is not None
    assert steps[2].kept is not None
    assert steps[2].kept > 2 * steps[1].kept
