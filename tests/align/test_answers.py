"""Answers of demands to each other, weighed against what both find elsewhere; and documents that belong together."""

from __future__ import annotations

import numpy as np
import pytest

from policygraph.align.answers import mutual
from policygraph.align.cover import spell_both, words_shared
from policygraph.align.links import akin

ROWS = [np.array([0, 1]), np.array([2])]  # pairs 0 and 1 are of one lower provision, 1 and 2 of one higher provision
COLUMNS = [np.array([0]), np.array([1, 2])]


@pytest.mark.parametrize(
    ("answers", "which", "above"),
    [
        ([0.9, 0.1, 0.1], 0, True),  # nobody answers as well
        ([0.9, 0.1, 0.1], 1, False),  # the lower demand finds its answer in the other provision
        ([0.1, 0.6, 0.95], 1, False),  # another lower provision answers the higher demand
        ([0.1, 0.6, 0.2], 1, True),
    ],
)
def test_an_answer_carries_when_nobody_gives_it_better(answers: list[float], which: int, above: bool) -> None:
    values = mutual([np.array([[value]]) for value in answers], rows=ROWS, columns=COLUMNS)
    assert (values[which] > 0) == above


def test_words_shared_are_shares_of_each_side() -> None:
    lower, higher = spell_both([["健全横向生态保护补偿机制"], ["打击非法采砂"]], [["开展横向生态保护补偿"], ["加强尾矿库监管"]])
    of_lower, of_higher, rare = words_shared(lower, higher, [(0, 0), (0, 1)])
    assert 0.4 < of_lower[0][0, 0] < of_higher[0][0, 0] < 1  # the higher demand is all but said, the lower one adds 健全…机制
    assert rare[0][0, 0] > 1
    assert of_lower[1][0, 0] == of_higher[1][0, 0] == rare[1][0, 0] == 0


@pytest.mark.parametrize(
    ("sure", "expected"),
    [
        ([(0.95, (0, 0)), (0.97, (1, 1)), (0.99, (2, 2))], True),  # three of ten lower provisions
        ([(0.95, (0, 0)), (0.97, (0, 1)), (0.99, (0, 2))], False),  # one provision with three counterparts
        ([(0.6, (number, number)) for number in range(10)], False),  # many, none of them sure
        ([], False),
    ],
)
def test_documents_belong_together_when_much_of_one_is_surely_linked(
    sure: list[tuple[float, tuple[int, int]]], expected: bool
) -> None:
    assert akin(sure, lower=10, higher=40) == expected
