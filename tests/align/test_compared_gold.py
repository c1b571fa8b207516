"""What is said of each target, against gold made by reading: the sets of the project, and handed ones where they are."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from policygraph.align import align_pair

TOP = Path(__file__).resolve().parents[2]
HANDED = TOP.parent / "shared"


@pytest.fixture(scope="module")
def comparison() -> ModuleType:
    spec = importlib.util.spec_from_file_location("comparison_benchmark", TOP / "benchmarks" / "comparison.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up there
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("name", "right", "false"), [("guizhou", 0.9, 0.05), ("jiangxi", 0.75, 0.08)])
def test_annotated_pairs_hold(comparison: ModuleType, name: str, right: float, false: float) -> None:
    found = comparison.score_pair(TOP / "tests" / "gold" / f"compare-{name}")
    assert found.right / found.rows >= right, found.misses
    assert found.false / found.rows <= false, found.misses


@pytest.mark.parametrize(
    ("name", "higher", "lower", "siblings"),
    [
        ("tianjin", "A0-nat-jnjp.txt", "A3-prov-jnjp-tianjin.txt", False),
        ("chuanyu", "sichuan-yangtze-2023.txt", "chongqing-yangtze-2023.txt", True),
    ],
)
def test_handed_pairs_hold(comparison: ModuleType, name: str, higher: str, lower: str, siblings: bool) -> None:
    gold = HANDED / "gold" / "compare" / f"{name}.jsonl"
    if not gold.exists():
        pytest.skip("the handed pairs are not beside the project")
    (above, one), (below, other) = (comparison.document(HANDED / "compare" / file) for file in (higher, lower))
    texts = {above.document.id: one, below.document.id: other}
    found = comparison.score_rows(gold, align_pair(above, below, texts=texts, siblings=siblings), above, below)
    assert found.right / found.rows >= 0.87, found.misses
    assert found.false / found.rows <= 0.04, found.misses
