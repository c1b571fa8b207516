"""What bodies answer for: the clauses in which each leads or takes part, and with whom."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from policygraph.columns import Columns
from policygraph.errors import NotFoundError, UsageError
from policygraph.model import Clause, Responsibility
from policygraph.release.due import LEADING
from policygraph.table import Table

#: Bodies that are named where one asked for is not there.
_SOME = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """An agency's role for one clause; `name` as the document writes it. `in_text`: the running text says so, and no note."""

    agency: str
    name: str
    role: str
    inherited: bool
    in_text: bool
    document: str
    clause: str
    heading: str | None
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """An agency that appears in the same notes, and how often."""

    agency: str
    name: str
    together: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyProfile:
    """What an agency leads and supports, and with whom."""

    agencies: tuple[str, ...]
    duties: Table[Duty]
    partners: Table[Partner]

    def leads(self) -> Table[Duty]:
        return Table((duty for duty in self.duties if duty.role in LEADING), columns=self.duties.columns)


def duties_of(columns: Columns, name: str) -> AgencyProfile:
    """What an agency, named as a document writes it or by its canonical id, leads and supports."""
    wanted = _bodies_called(columns, name)
    duties: list[Duty] = []
    together: dict[str, int] = {}
    spoken: dict[str, str] = {}
    for document, notes in groupby(columns.notes_naming(wanted), key=lambda note: note.document):
        held = list(notes)
        clauses = {clause.id: clause for clause in columns.some_of("clauses", document, {note.clause for note in held})}
        for note in held:
            own = _own(note, clauses[note.clause], wanted)
            duties += own
            if all(duty.inherited for duty in own):
                continue
            for body, written in {role.agency or role.name: role.name for role in note.agencies}.items():
                if body not in wanted:
                    together[body] = together.get(body, 0) + 1
                    spoken.setdefault(body, written)
    partners = sorted(together.items(), key=lambda pair: (-pair[1], pair[0]))
    return AgencyProfile(
        agencies=tuple(sorted(wanted)),
        duties=Table(duties),
        partners=Table(Partner(agency=body, name=spoken[body], together=count) for body, count in partners),
    )


def _own(note: Responsibility, clause: Clause, wanted: set[str]) -> list[Duty]:
    """The roles that these bodies have in a note."""
    heading = clause.lead or clause.heading or clause.number
    return [
        Duty(
            agency=role.agency or role.name, name=role.name, role=role.role, inherited=role.inherited, in_text=note.in_text,
            document=note.document, clause=note.clause, heading=heading, text=note.text, start=note.start, end=note.end,
        )
        for role in note.agencies
        if (role.agency or role.name) in wanted
    ]  # fmt: skip


def _bodies_called(columns: Columns, name: str) -> set[str]:
    """The canonical ids that a name means: the very name where a document writes it so, else every agency whose
    name contains it."""
    if not name.strip():
        raise UsageError("The agency has no name.", remedy="Name one, as a document writes it: 生态环境厅.")
    names: dict[str, set[str]] = {}
    for written, _, agency in columns.named_bodies:
        names.setdefault(written, set()).add(agency or written)
    exact = names.get(name, set()) | {key for keys in names.values() for key in keys if key == name}
    found = exact or {key for written, keys in names.items() if name in written for key in keys}
    if not found:
        most = sorted(names, key=lambda written: (-len(names[written]), written))[:_SOME]
        raise NotFoundError(f"No document gives {name!r} a duty.", remedy=f"For instance: {'、'.join(most)}.")
    return found
