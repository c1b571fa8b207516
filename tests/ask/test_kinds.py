"""A kind of question is whole: it is answered, and the line of what is looked for and the page have words for it."""

from __future__ import annotations

from typing import get_args

import pytest

from policygraph.api.pages.site import messages
from policygraph.ask.answers import _RUN, _RUN_ON_TEXTS
from policygraph.ask.plan import KINDS, NARROWING, Asked

ASKED = pytest.mark.parametrize("asked", get_args(Asked))


def test_every_kind_has_its_row_and_every_row_a_kind() -> None:
    assert set(KINDS) == set(get_args(Asked))


@ASKED
def test_it_is_answered_in_one_way(asked: Asked) -> None:
    assert (asked in _RUN) != (asked in _RUN_ON_TEXTS)


@ASKED
def test_it_has_its_words(asked: Asked) -> None:
    assert KINDS[asked].called
    assert f"intent_{asked}" in messages()


@ASKED
def test_it_heeds_conditions_that_there_are(asked: Asked) -> None:
    assert set(KINDS[asked].heeds) <= set(NARROWING)
