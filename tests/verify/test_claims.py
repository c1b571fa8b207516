"""Claims that a text makes of the corpus's plans, half of them false in small ways, and what becomes of each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policygraph.verify import Verifier

CASES = [json.loads(line) for line in Path(__file__).with_name("claims.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("case", CASES, ids=[case["text"][:40] for case in CASES])
def test_claim_is_judged(verifier: Verifier, case: dict[str, object]) -> None:
    found = verifier.verify(str(case["text"]))
    wanted = sorted([*case["claims"], *case.get("also", [])])  # type: ignore[misc, call-overload]
    assert sorted([claim.kind, claim.status] for claim in found.claims) == wanted, (case["why"], [(c.text, c.status, c.reason) for c in found.claims])
