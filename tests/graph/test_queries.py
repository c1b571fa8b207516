"""Every competency question has a query, and each gives what the hand-made texts say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import policygraph
from policygraph.graph import Reader

QUERIES = Path(policygraph.__file__).parent / "ontology" / "queries"
_N = "https://w3id.org/policygraph/id/doc/national-yangtze-2022"
_S = "https://w3id.org/policygraph/id/doc/sichuan-yangtze-2023"
_V = "https://w3id.org/policygraph/vocabulary"
FILM, PORT = f"{_N}/item_10/para_1", f"{_N}/item_10/para_2"
FARM, PLATFORM = f"{_S}/item_1/led_1", f"{_S}/item_1/led_2"
_NEAREST = (
    '[{"clause": "sichuan-yangtze-2023/item_1/led_1", "score": 0.2, "reason": "other subject"}, '
    '{"clause": "sichuan-yangtze-2023/item_1/led_2", "score": 0.1}]'
)

Row = tuple[str, ...]

EXPECTED: dict[str, tuple[tuple[str, ...], list[Row]]] = {
    "01-implements": (
        ("higher", "lower", "relation", "wording"),
        [
            (FILM, FARM, f"{_V}/relation/implements", "农膜回收率达85%"),
            (FILM, FARM, f"{_V}/relation/implements", "农业面源污染防治"),
            (FILM, PLATFORM, f"{_V}/relation/related", "赤水河流域"),
        ],
    ),
    "01-implemented-by": (
        ("lead", "higher", "score"),
        [("强化农业面源污染防治", FILM, "0.93"), ("建设赤水河流域数字平台", FILM, "0.31")],
    ),
    "01-levels": (("middle", "relation", "verbatim", "bottom"), [(FARM, f"{_V}/relation/implements", "0.25", "")]),
    "02-dropped": (
        ("status", "clause", "demand", "document"),
        [
            (f"{_V}/coverage/added", FARM, "开展岷江、沱江流域示范", _N),
            (f"{_V}/coverage/dropped", FILM, "鼓励有条件的地区先行先试", _S),
        ],
    ),
    "02-coverage": (
        ("status", "subject", "nearest", "score", "candidates"),
        [
            (f"{_V}/coverage/absent", PORT, FARM, "0.2", _NEAREST),
            (f"{_V}/coverage/absent", PORT, PLATFORM, "0.2", _NEAREST),
            (f"{_V}/coverage/new", PLATFORM, "", "", ""),
        ],
    ),
    "03-targets-compared": (
        ("lowerText", "higherText", "strictness", "timing", "scope"),
        [("农膜回收率达85%", "农膜回收率达到85%以上", f"{_V}/strictness/looser", f"{_V}/timing/equal", f"{_V}/scope/same")],
    ),
    "04-indicator": (
        ("title", "comparator", "value", "unit", "relative", "baseline", "due"),
        [
            ("四川省打好长江保护修复攻坚战实施方案", "=", "85.5", "%", "increase", "2020", "2025-12-31"),
            ("深入打好长江保护修复攻坚战行动方案", ">=", "85", "%", "", "", "2025-12-31"),
        ],
    ),
    "05-due": (
        ("due", "action", "text", "lead", "clause"),
        [("2023-12-31", "完成重点港口改造", "到2023年年底前", "交通运输部", PORT)],
    ),
    "06-agency": (("name", "role", "clause"), [("生态环境厅", f"{_V}/role/cooperate", FARM)]),
    "06-partners": (("partner", "together"), [("农业农村厅", "1")]),
    "07-no-lead": (("clause",), [(PLATFORM,)]),
    "07-no-deadline": (("task", "text"), [(f"{PLATFORM}/task_1", "建设赤水河流域数字平台")]),
    "08-verbatim": (
        ("lower", "higher", "verbatim", "kind"),
        [(FARM, FILM, "0.25", "target"), (FARM, FILM, "0.25", "wording"), (PLATFORM, FILM, "0", "topic")],
    ),
    "09-citations": (
        ("document", "title", "number", "basis", "cited"),
        [(_S, "深入打好长江保护修复攻坚战行动方案", "环水体〔2022〕55号", "true", _N), (_S, "长江保护法", "", "", "")],
    ),
    "10-shifts": (
        ("direction", "kind", "wording", "against"),
        [("harder", "modality", "开展岷江、沱江流域示范", "鼓励有条件的地区先行先试")],
    ),
    "11-words": (("clause", "lead"), [(PORT, "加强船舶污染防治")]),
    "12-evidence": (
        ("file", "quote", "rule"),
        [
            ("national-yangtze-2022.md", "农膜回收率达到85%以上", "target.value/1"),
            ("sichuan-yangtze-2023.txt", "农膜回收率达85%", "target.value/1"),
            ("sichuan-yangtze-2023.txt", "干流水质稳定保持Ⅱ类", "target.class/1"),
            ("sichuan-yangtze-2023.txt", "县级城市建成区黑臭水体基本消除", "target.state/1"),
        ],
    ),
}


def _files() -> list[Path]:
    return sorted(QUERIES.glob("*.rq"))


@pytest.mark.parametrize("path", _files(), ids=lambda path: path.stem)
def test_query_gives_what_the_texts_say(path: Path, reader: Reader) -> None:
    names, expected = EXPECTED[path.stem]
    rows, columns = reader.query(path.read_text("utf-8"))
    assert set(names) <= set(columns)
    assert sorted(tuple(row.get(name, "") for name in names) for row in rows) == sorted(expected)


def test_each_competency_question_has_a_query() -> None:
    said = {int(re.findall(r"^# competency question (\d+)$", path.read_text("utf-8"), re.MULTILINE)[0]) for path in _files()}
    assert said == set(range(1, 13))


@pytest.mark.parametrize("path", _files(), ids=lambda path: path.stem)
def test_query_has_a_title_in_both_languages(path: Path) -> None:
    chinese, english = path.read_text("utf-8").splitlines()[:2]
    assert re.match(r"# .*[一-龥].*", chinese)
    assert re.match(r"# [A-Z][ -~]+$", english)


@pytest.mark.parametrize("path", _files(), ids=lambda path: path.stem)
def test_query_needs_no_union_of_graphs(path: Path) -> None:
    """Endpoints whose default graph is empty answer too: every pattern is inside GRAPH."""
    body = path.read_text("utf-8").partition("WHERE")[2]
    outside = re.sub(r"GRAPH \?\w+ \{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}", "", body)
    assert "?" not in re.sub(r"VALUES[^}]*\}|FILTER.*|ORDER BY.*|GROUP BY.*", "", outside)
