"""What a text claims of the documents held, and what became of each claim."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ClaimKind = Literal["title", "number", "article", "quotation", "figure", "deadline", "body"]
Status = Literal["found", "differs", "contradicted", "not_held", "not_checkable"]
#: `found`: every sentence claims something and all of it was found; `partly`: what was checked was found, and something
#: was not checked; `nothing_checked`: no claim that could be checked, or none at all.
Outcome = Literal["found", "partly", "differs", "contradicted", "not_held", "nothing_checked"]

#: Kinds that only name a document, and say nothing of what is in it.
NAMING: tuple[ClaimKind, ...] = ("title", "number")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a document held says something: characters of its stored text, and how the clause is cited."""

    document: str
    clause: str | None
    citation: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A stretch that claim and source write differently; one of the two is empty where something is left out or added."""

    claimed: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One thing that the text says of the documents, at `start` to `end` of it (code points), and its status.

    `says` is what the source says there, to the character; `changes` where it differs; `where` the place of it.
    """

    kind: ClaimKind
    text: str
    start: int
    end: int
    status: Status
    reason: str = ""
    says: str | None = None
    changes: tuple[Change, ...] = ()
    where: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A sentence of the text in which no claim was recognised."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was checked of a text. `text` is what the spans count in."""

    outcome: Outcome
    message: str
    claims: tuple[Claim, ...]
    unread: tuple[Unread, ...]
    counts: dict[str, int]
    text: str
