"""The word lists of the time and target grammars: well formed, and without a word that two rules would fight over."""

from __future__ import annotations

from datetime import date

import pytest

from policygraph.errors import ReleaseError
from policygraph.extract.lexicon import HIDDEN, any_of, hide_asides, hide_names, lexicon


def test_word_lists_hold_words_once() -> None:
    for key, words in lexicon("target-words").items():
        if key == "description":
            continue
        assert all(isinstance(word, str) and word for word in words), key
        assert len(set(words)) == len(words), f"{key}: {sorted({w for w in words if words.count(w) > 1})}"


@pytest.mark.parametrize(("one", "other"), [("rises", "falls"), ("results", "actions"), ("hedges", "makers")])
def test_word_lists_do_not_overlap(one: str, other: str) -> None:
    words = lexicon("target-words")
    assert not set(words[one]) & set(words[other])


def test_plans_follow_one_another() -> None:
    plans = list(lexicon("periods")["plans"].values())
    for before, after in zip(plans, plans[1:], strict=False):
        assert (date.fromisoformat(after["first"]) - date.fromisoformat(before["last"])).days == 1


def test_longest_word_comes_first() -> None:
    words = any_of("target-words", "levels").split("|")
    assert words.index("达到") < words.index("达")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("推广“南阳实践”经验", "推广□□□□□□经验"),
        ("“十四五”期间落实《关于〈某〉的意见》", "“十四五”期间落实□□□□□□□□□□"),
        ("没有名称", "没有名称"),
    ],
)
def test_hide_names(text: str, expected: str) -> None:
    assert hide_names(text) == expected


def test_hide_asides_keeps_the_length() -> None:
    text = "农村常住人口200户（或500人（含））聚居点"
    assert hide_asides(text) == f"农村常住人口200户{HIDDEN * 10}聚居点"


def test_missing_vocabulary_says_which() -> None:
    with pytest.raises(ReleaseError, match=r"nowhere\.json"):
        lexicon("nowhere")
