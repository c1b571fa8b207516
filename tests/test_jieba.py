"""What is said of words and their kinds is what the package `jieba` says, which users know: `rjieba` stands for it."""

from __future__ import annotations

import logging
import re
from itertools import chain
from pathlib import Path
from types import ModuleType

import pytest
import rjieba

from policygraph.read import read_file

CORPUS = Path(__file__).parents[1] / "corpus"
#: Words of letters and digits (PM2.5, HFC-23, 2021-2025) the two cut differently where marks join them.
_LATIN = re.compile(r"[!-~]+")
_SENTENCE = re.compile(r"(?<=[。；\n])")


@pytest.fixture(scope="module")
def jieba() -> ModuleType:
    found: ModuleType = pytest.importorskip("jieba", reason="the package jieba is not installed (pip install 'policygraph[test]')")
    found.setLogLevel(logging.ERROR)
    return found


@pytest.fixture(scope="module")
def pieces() -> list[str]:
    """The Chinese of the corpus, sentence by sentence, without what is in letters and digits."""
    texts = [read_file(path).text for path in sorted(CORPUS.glob("*-*"))]
    sentences = chain.from_iterable(_SENTENCE.split(text) for text in texts)
    return [piece for sentence in sentences for piece in _LATIN.split(sentence) if piece.strip()]


def test_words_are_those_of_jieba(jieba: ModuleType, pieces: list[str]) -> None:
    assert len(pieces) > 2000
    different = [(piece, rjieba.cut(piece), words) for piece in pieces if rjieba.cut(piece) != (words := jieba.lcut(piece))]
    assert different == []
    assert all([word for word, _ in rjieba.tag(piece)] == rjieba.cut(piece) for piece in pieces)


def test_kinds_of_words_are_those_of_the_dictionary_of_jieba(jieba: ModuleType, pieces: list[str]) -> None:
    """`jieba.posseg` cuts once more, by a model of its own, where its dictionary has no word; the words above are then
    others, and so are their kinds. What the dictionary has, it calls as this does."""
    from jieba import posseg

    posseg.initialize()
    kinds = posseg.dt.word_tag_tab
    tagged = [word for piece in pieces for word in rjieba.tag(piece) if word[0] in kinds]
    assert len(tagged) > 30_000
    assert [(word, kind, kinds[word]) for word, kind in tagged if kind != kinds[word]] == []


def test_frequencies_are_those_of_jieba_but_for_rounding(jieba: ModuleType, pieces: list[str]) -> None:
    words = sorted({word for piece in pieces for word in rjieba.cut(piece)})
    assert [word for word in words if abs(rjieba.suggest_freq(word) - jieba.suggest_freq(word)) > 1] == []
