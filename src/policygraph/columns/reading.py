"""Columns read by need. What was read of a document is kept while there is room; the rest is read again."""

from __future__ import annotations

import json
import sqlite3
import threading
from array import array
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from functools import cached_property
from pathlib import Path
from typing import Any, overload

from policygraph.columns.grams import FILE as GRAMS
from policygraph.columns.grams import Grams
from policygraph.columns.layout import (
    DERIVED,
    INDEXED,
    OF_DOCUMENT,
    OF_PAIR,
    PLACE_BITS,
    TABLES,
    layouts,
    shape,
    shortened,
)
from policygraph.columns.writing import ALL, HAS, SEARCHED, SINCE, Part, create, index, insert
from policygraph.ids import home
from policygraph.model import (
    AgencyRole,
    Citation,
    Clause,
    Deadline,
    Document,
    DocumentRecords,
    Finding,
    Links,
    Responsibility,
    Target,
    Task,
    Term,
)
from policygraph.table import ReadByNeed

#: Records that are kept of those read: some sixty megabytes, the clauses of five hundred documents.
_KEPT = 100_000
#: Records that were looked up alone and are kept: the items that clauses stand under are asked for again and again.
_FOUND = 20_000
#: Lists of which it is kept where their records lie: eight bytes each.
_LISTS = 8
#: Ids that one statement asks for; SQLite takes 32,766 values.
_AT_ONCE = 5_000


def connect(folder: Path) -> sqlite3.Connection | None:
    """A connection that reads the tables of the columns in a folder; None where there are none that this program reads."""
    try:
        connection = sqlite3.connect(_read_only(folder / ALL), uri=True, check_same_thread=False)
    except sqlite3.Error:
        return None
    try:
        connection.execute("PRAGMA temp_store = MEMORY")  # nothing is written; and before the views, which it would drop
        if (folder / SINCE).exists():
            connection.execute("ATTACH ? AS since", (_read_only(folder / SINCE),))
        if connection.execute("SELECT value FROM facts WHERE name = 'shape'").fetchone() == (shape(),):
            _join(connection, since=(folder / SINCE).exists())
            return connection
    except sqlite3.Error:
        pass
    connection.close()
    return None


class Columns:
    """The records of a release, or of some documents. Share it between threads; `close` it, or leave that to its end."""

    def __init__(self, connection: sqlite3.Connection, *, grams: Grams | None = None, fresh: Iterable[int] = ()) -> None:
        """`grams` say which documents can have a word, without those `fresh` ones that came since."""
        self._connection = connection
        self._grams, self._fresh = grams, frozenset(fresh)
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str], tuple[Any, ...]] = OrderedDict()
        self._size = 0
        self._found: dict[tuple[str, str], Any] = {}
        self._listed: dict[tuple[Any, ...], array[int]] = {}
        #: The bodies that were asked for last, and the notes of the clauses that name them, document by document.
        self._beside: tuple[frozenset[str], dict[str, dict[str, list[Responsibility]]]] = (frozenset(), {})
        #: By id what was looked up last of each kind: who asks for one record of a document mostly asks for more.
        self._last_ids: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {}
        rows = self.rows("SELECT number, lower FROM parts WHERE higher = '' ORDER BY lower")
        #: The number of each document, in the order of their ids.
        self.numbers: Mapping[str, int] = {lower: number for number, lower in rows}
        self._names = {number: lower for lower, number in self.numbers.items()}
        self._ids = frozenset(self.numbers)

    @classmethod
    def open(cls, folder: Path) -> Columns | None:
        """The columns in a folder; None where there are none that this program reads."""
        connection = connect(folder)
        if connection is None:
            return None
        try:
            since = (folder / SINCE).exists()
            fresh = [number for (number,) in connection.execute("SELECT number FROM since.parts")] if since else []
            return cls(connection, grams=Grams(folder / GRAMS) if (folder / GRAMS).exists() else None, fresh=fresh)
        except (sqlite3.Error, OSError, ValueError):
            connection.close()
            return None

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a SELECT, all of them."""
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    @property
    def parts(self) -> list[Part]:
        """The documents and pairs of documents that the records lie in."""
        return [Part(*row) for row in self.rows("SELECT lower, higher, key FROM parts ORDER BY number")]

    def links_of(self, lower: str, higher: str) -> Links:
        """The links of a pair of documents, as the pair was aligned."""
        numbers = self.rows("SELECT number FROM parts WHERE lower = ? AND higher = ?", [lower, higher])
        return Links(**{table: tuple(self._made(table, *_within("place", numbers[0][0]))) if numbers else () for table in OF_PAIR})

    # -- documents and what was found in them ---------------------------------------------------------------------

    @cached_property
    def documents(self) -> dict[str, Document]:
        """The documents by id."""
        found = {document.id: document for document in self._made("documents", "1", [])}
        return {name: found[name] for name in self.numbers}

    def of(self, table: str, document: str) -> tuple[Any, ...]:
        """The records of a kind that were found in a document, in reading order."""
        key = (table, document)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        found = tuple(self._made(table, *_within("place", self.numbers[document]))) if document in self.numbers else ()
        with self._lock:
            if key not in self._kept:
                self._kept[key] = found
                self._size += len(found)
            while self._size > _KEPT and len(self._kept) > 1:
                self._size -= len(self._kept.popitem(last=False)[1])
        return found

    def records(self, document: str) -> DocumentRecords:
        """All records of a document."""
        kinds = {table: self.of(table, document) for table in OF_DOCUMENT if table != "documents"}
        return DocumentRecords(document=self.documents[document], **kinds)

    def find(self, table: str, identifier: str) -> Any:
        """The record with this id, None where there is none."""
        if table in OF_PAIR:
            return next(iter(self._made(table, "id = ?", [identifier])), None)
        document = home(identifier, self._ids)
        if table == "documents":
            return self.documents.get(identifier)
        if document not in self.numbers:
            return None
        if (table, document) in self._kept or table not in INDEXED:
            return self._by_id(table, document).get(identifier)
        key = (table, identifier)
        found = self._found.get(key, self)  # itself: not looked up; another thread may clear what is kept meanwhile
        if found is self:
            where, values = _within("place", self.numbers[document])
            found = next(iter(self._made(table, f"id = ? AND {where}", [shortened(identifier, document), *values])), None)
            self._keep({key: found})
        return found

    def some_of(self, table: str, document: str, identifiers: Collection[str]) -> list[Any]:
        """Of the records of a kind that were found in a document those with these ids, in reading order."""
        if (table, document) in self._kept or table not in INDEXED:
            return [record for record in self.of(table, document) if record.id in identifiers]
        where, values = _within("place", self.numbers[document])
        among, ids = _among("id", [shortened(identifier, document) for identifier in identifiers])
        return list(self._made(table, f"{where} AND {among}", [*values, *ids]))

    def hold_above(self, clauses: Iterable[Clause]) -> None:
        """Have what these clauses stand under, whose ids theirs begin with, at hand for those who look it up clause by clause."""
        wanted: dict[str, set[str]] = {}
        for clause in clauses:
            above, identifiers = clause.parent, wanted.setdefault(clause.document, set())
            while above and above != clause.document and above not in identifiers:
                identifiers.add(above)
                above = above.rpartition("/")[0]
        for document, identifiers in wanted.items():
            self._keep({("clauses", clause.id): clause for clause in self.some_of("clauses", document, identifiers)})

    def _keep(self, found: Mapping[tuple[str, str], Any]) -> None:
        if len(self._found) + len(found) > _FOUND:
            self._found.clear()
        self._found.update(found)

    def leaves(self, clause: str) -> list[Clause]:
        """The leaf clauses below a clause, in reading order: their ids begin with its own."""
        document = self.home(clause)
        if ("clauses", document) in self._kept:
            return [each for each in self.of("clauses", document) if each.leaf and each.id.startswith(f"{clause}/")]
        where, values = _within("place", self.numbers[document])
        below = shortened(clause, document)
        return [*self._made("clauses", f"{where} AND leaf AND id > ? AND id < ?", [*values, f"{below}/", f"{below}0"])]

    def _by_id(self, table: str, document: str) -> dict[str, Any]:
        records = self.of(table, document)
        last = self._last_ids.get(table)
        if last is None or last[0] is not records:
            last = self._last_ids[table] = (records, {record.id: record for record in records})
        return last[1]

    def home(self, identifier: str) -> str:
        """The document that a record was found in, by its id."""
        return home(identifier, self._ids)

    def all(self, table: str) -> Iterator[Any]:
        """All records of a kind, in the order of documents and text; links in the order of their ids."""
        if table in OF_PAIR:
            size = 1 + len(self.rows("SELECT number FROM parts WHERE higher <> ''"))
            ids = [identifier for (identifier,) in self.rows(f"SELECT id FROM {table} ORDER BY id")] if size else []
            for at in range(0, len(ids), _AT_ONCE):
                yield from self._made(table, *_among("id", ids[at : at + _AT_ONCE]), order="id")
            return
        for document, number in self.numbers.items():
            kept = self._kept.get((table, document))
            yield from kept if kept is not None else self._made(table, *_within("place", number))

    def where(self, table: str, condition: str, values: Sequence[Any] = ()) -> list[Any]:
        """The records of a kind that meet a condition on its columns, in the order of `all`."""
        found = self._made(table, condition, values, order="id" if table in OF_PAIR else "place", placed=True)
        if table in OF_PAIR:
            return [record for _, record in found]
        ranks = {number: rank for rank, number in enumerate(self.numbers.values())}
        return [record for _, record in sorted(found, key=lambda entry: (ranks[entry[0] >> PLACE_BITS], entry[0]))]

    def listed(self, table: str, condition: str = "1", values: Sequence[Any] = ()) -> Listed:
        """The records that `where` gives, each read when it is taken. Where those of the last lists lie is kept: who turns a page
        asks for the same one again."""
        key = (table, condition, *values)
        if (places := self._listed.pop(key, None)) is None:
            order = "id" if table in OF_PAIR else "place"
            rows = [place for (place,) in self.rows(f"SELECT place FROM {table} WHERE {condition} ORDER BY {order}", values)]
            if table not in OF_PAIR:
                ranks = {number: rank for rank, number in enumerate(self.numbers.values())}
                rows.sort(key=lambda place: ranks[place >> PLACE_BITS])
            places = array("q", rows)
        self._listed[key] = places
        while len(self._listed) > _LISTS:
            self._listed.pop(next(iter(self._listed)), None)
        return Listed(self, table, places)

    def count(self, table: str, condition: str = "1") -> int:
        """How many records of a kind there are, and meet a condition on its columns."""
        return int(self.rows(f"SELECT count(*) FROM {table} WHERE {condition}")[0][0])

    def within(self, documents: Iterable[str], column: str = "place") -> str:
        """The condition that a row lies in one of these documents."""
        wanted = [self.numbers[name] for name in documents]
        if len(wanted) == len(self.numbers):
            return "1"
        return f"{column} >> {PLACE_BITS} IN ({', '.join(map(str, wanted))})"

    def rules(self) -> dict[str, int]:
        """How many records and links name each rule, as they write it, with its version."""
        found: dict[str, int] = {}
        for table, layout in layouts().items():
            named = next((column for column in ("by", "method") if column in layout.columns), None)
            for by, count in self.rows(f'SELECT "{named}", count(*) FROM {table} GROUP BY 1') if named else ():
                found[by] = found.get(by, 0) + count
        return found

    def saying(self, things: Sequence[Sequence[Sequence[str]]], *, documents: Iterable[str] | None = None) -> list[Clause]:
        """The clauses that speak of one of these things, anywhere in text, heading and lead: that have of each of its words
        one spelling."""
        values: list[str] = []
        either = []
        for words in things:
            for spellings in words:
                values += [spelling for spelling in spellings for _ in range(HAS.count("?"))]
            said = ["(" + " OR ".join([HAS] * len(spellings)) + ")" for spellings in words]
            either.append("(" + " AND ".join(said or ["1"]) + ")")
        able, among = self._able(things), None if documents is None else frozenset(documents)
        found: list[Clause] = []
        for name, number in self.numbers.items():
            if (able is None or number in able) and (among is None or name in among):
                where, place = _within("place", number)
                found += self._made("clauses", f"{where} AND ({' OR '.join(either) or '0'})", [*place, *values])
        return found

    def _able(self, things: Sequence[Sequence[Sequence[str]]]) -> set[int] | None:
        """The numbers of the documents that can have what `saying` looks for; None where that may be any."""
        found = set(self._fresh)
        for words in things:
            of_thing: set[int] | None = None
            for spellings in words:
                each = [self._grams.documents([spelling]) if self._grams else None for spelling in spellings]
                if None not in each:
                    here = {number for numbers in each for number in numbers or ()}
                    of_thing = here if of_thing is None else of_thing & here
            if of_thing is None:
                return None
            found |= of_thing
        return found

    @cached_property
    def named_bodies(self) -> list[tuple[str, str, str | None]]:
        """The bodies that notes name: the name as written, as words are looked for in it, and the canonical id."""
        return self.rows("SELECT DISTINCT name, said, agency FROM bodies ORDER BY name, agency")

    def headed(self, said: Iterable[str]) -> dict[str, list[int]]:
        """Of these headings, as words are looked for in them, those that clauses have, each with the places of the clauses."""
        found: dict[str, list[int]] = {}
        for heading, place in self.rows("SELECT said, place FROM headings WHERE said IN (SELECT value FROM json_each(?))", [json.dumps([*said])]):
            found.setdefault(heading, []).append(place)
        return found

    @cached_property
    def measured(self) -> dict[str, tuple[int, int]]:
        """How many documents set targets of an indicator (its concept, or its name as written), and how many: those of most
        documents first."""
        rows = self.rows(
            f"SELECT coalesce(concept, indicator), count(DISTINCT place >> {PLACE_BITS}), count(*) FROM targets GROUP BY 1 ORDER BY 2 DESC, 3 DESC, 1"
        )
        return {key: (documents, targets) for key, documents, targets in rows}

    def days(self, documents: Iterable[str]) -> Iterator[tuple[int, str, int, str | None, str | None, str | None, Term | None]]:
        """When each deadline of these documents is due: its place, document and start, and the fields that tell the time."""
        read = layouts()["deadlines"].reader("within")
        rows = self.rows(f"SELECT place, start, date, earliest, recurrence, within FROM deadlines WHERE {self.within(documents)}")
        for place, start, day, earliest, recurrence, within in rows:
            yield place, self._names[place >> PLACE_BITS], start, day, earliest, recurrence, read(within)

    def notes(self, documents: Iterable[str] | None = None) -> dict[str, list[tuple[str, str | None]]]:
        """The notes of documents (of all, left out) by their clause: the id of each, and its bodies as they are written down."""
        among = "1" if documents is None else self.within(documents)
        found: dict[str, list[tuple[str, str | None]]] = {}
        for place, identifier, clause, agencies in self.rows(f"SELECT place, id, clause, agencies FROM responsibilities WHERE {among} ORDER BY place"):
            document = self._names[place >> PLACE_BITS]
            found.setdefault(document + clause if clause[:1] == "/" else clause, []).append((document + identifier, agencies))
        return found

    def bodies_of(self, written: str | None) -> tuple[AgencyRole, ...]:
        """The bodies of a note, as they are written down."""
        bodies: tuple[AgencyRole, ...] = layouts()["responsibilities"].reader("agencies")(written)
        return bodies

    def naming(self, bodies: Iterable[str], *, roles: Iterable[str] = ()) -> frozenset[str]:
        """The documents whose notes name one of these bodies by this very name, in one of these roles (in any, where none is given)."""
        rows = self.rows(f"SELECT DISTINCT place >> {PLACE_BITS}, role FROM bodies WHERE name IN (SELECT value FROM json_each(?))", [json.dumps([*bodies])])
        wanted = frozenset(roles)
        return frozenset(self._names[number] for number, role in rows if not wanted or role in wanted)

    @cached_property
    def indicators(self) -> list[tuple[str, int, list[str], list[str], list[str]]]:
        """The indicators that targets are set for (a concept, or the name as written), those with most targets first: how many
        targets, how they are written, by which documents, in which units."""
        names = {number: document for document, number in self.numbers.items()}
        rows = self.rows(
            "SELECT coalesce(concept, indicator), count(*), json_group_array(DISTINCT indicator), "
            f"json_group_array(DISTINCT place >> {PLACE_BITS}), json_group_array(DISTINCT unit) FROM targets GROUP BY 1 ORDER BY 2 DESC, 1"
        )
        return [
            (key, targets, sorted(json.loads(written)), sorted(names[n] for n in json.loads(documents)), sorted(filter(None, json.loads(units))))
            for key, targets, written, documents, units in rows
        ]

    @cached_property
    def bodies(self) -> list[tuple[str, str, str, int]]:
        """The bodies of all notes: the canonical id (the name where there is none), the name as written, the role, and how often."""
        place = {name: f"json_extract(role.value, '$[{at}]')" for at, name in enumerate(field.name for field in fields(AgencyRole))}
        return self.rows(
            f"SELECT coalesce({place['agency']}, {place['name']}), {place['name']}, {place['role']}, count(*) "
            "FROM responsibilities, json_each(agencies) AS role GROUP BY 1, 2, 3 ORDER BY min(place)"
        )

    def targets_of(self, indicators: Sequence[str], *, most: int) -> dict[str, list[Target]]:
        """Of each of these indicators (a concept, or a name as written) the first targets, in the order of documents and text."""
        ranks = {number: rank for rank, number in enumerate(self.numbers.values())}
        places: dict[str, list[int]] = {indicator: [] for indicator in indicators}
        condition, values = _among("key", list(indicators))
        for key, place in self.rows(f"SELECT key, place FROM (SELECT coalesce(concept, indicator) AS key, place FROM targets) WHERE {condition}", values):
            places[key].append(place)
        kept = {key: sorted(held, key=lambda place: (ranks[place >> PLACE_BITS], place))[:most] for key, held in places.items()}
        return {key: list(self.taken("targets", held)) for key, held in kept.items()}

    def notes_naming(self, names: Iterable[str]) -> Iterator[Responsibility]:
        """The notes of bodies that have one of these as name or as canonical id, or as part of one."""
        among = "EXISTS (SELECT 1 FROM json_each(?) AS part WHERE instr(name, part.value) OR instr(agency, part.value))"
        bodies = self.rows(f"SELECT place >> {PLACE_BITS}, name, agency FROM bodies WHERE {among}", [json.dumps([*names])])
        wanted: dict[int, set[tuple[str, str | None]]] = {}
        for number, *body in bodies:
            wanted.setdefault(number, set()).add((body[0], body[1]))
        for number in self.numbers.values():
            if number in wanted:
                where, place = _within("place", number)
                said = [f"[{json.dumps(name, ensure_ascii=False)}," for name, _ in wanted[number]]
                yield from self._made("responsibilities", f"{where} AND ({' OR '.join(['instr(agencies, ?)'] * len(said))})", [*place, *said])

    def notes_beside(self, document: str, names: frozenset[str]) -> dict[str, list[Responsibility]]:
        """By clause the notes of the clauses of a document of which a note names one of these bodies."""
        kept = self._beside
        if kept[0] != names:
            kept = self._beside = (names, {})  # who asked for others in another thread goes on with their own
        if document not in kept[1]:
            found: dict[str, list[Responsibility]] = {}
            where, place = _within("place", self.numbers[document])
            said = [f"[{json.dumps(name, ensure_ascii=False)}," for name in names]
            naming = f"SELECT clause FROM responsibilities WHERE {where} AND ({' OR '.join(['instr(agencies, ?)'] * len(said)) or '0'})"
            for note in self._made("responsibilities", f"{where} AND clause IN ({naming})", [*place, *place, *said]):
                found.setdefault(note.clause, []).append(note)
            kept[1][document] = found
        return kept[1][document]

    def measures(self) -> list[tuple[str | None, str, str | None]]:
        """What targets measure, each once: area, indicator and state."""
        return self.rows("SELECT DISTINCT area, indicator, state FROM targets")

    def measuring(self, measures: Iterable[tuple[str | None, str, str | None]]) -> list[tuple[str, str]]:
        """The documents that set targets for one of these (area, indicator, state), each with the indicator, once."""
        wanted = json.dumps([list(measure) for measure in measures], ensure_ascii=False)
        rows = self.rows(
            f"SELECT DISTINCT place >> {PLACE_BITS}, indicator FROM targets "
            "WHERE indicator IN (SELECT json_extract(value, '$[1]') FROM json_each(?)) "
            "AND (indicator, coalesce(area, ''), coalesce(state, '')) IN (SELECT json_extract(value, '$[1]'), "
            "coalesce(json_extract(value, '$[0]'), ''), coalesce(json_extract(value, '$[2]'), '') FROM json_each(?))", [wanted, wanted]
        )  # fmt: skip
        return [(self._names[number], indicator) for number, indicator in rows]

    def lines(self, *words: str) -> Iterator[str]:
        """The lines of clauses (text, heading and lead, as they are searched) that have all of these words, document by document:
        who has enough reads no further."""
        known = None if self._grams is None else self._grams.documents(words)
        wanted = None if known is None else {*known, *self._fresh}
        said = " AND ".join([f"instr({SEARCHED}, ?)"] * len(words))
        for number in self.numbers.values():
            if wanted is None or number in wanted:
                where, values = _within("place", number)
                for (text,) in self.rows(f"SELECT {SEARCHED} FROM clauses WHERE {where} AND {said}", [*values, *words]):
                    yield from (line for line in text.split("\n") if all(word in line for word in words))

    # -- links ----------------------------------------------------------------------------------------------------

    @property
    def links(self) -> Links:
        """All links, in the order of their ids."""
        return Links(**{table: tuple(self.all(table)) for table in OF_PAIR})

    def linked(self, table: str, column: str, identifiers: Iterable[str]) -> list[Any]:
        """The links that name one of these ids in a column (`source`, `target`, `subject`)."""
        wanted = list(dict.fromkeys(identifiers))
        found: list[Any] = []
        for at in range(0, len(wanted), _AT_ONCE):
            found += self._made(table, *_among(column, wanted[at : at + _AT_ONCE]), order="id")
        return found

    def between(self, table: str, lower: str | None = None, higher: str | None = None, *, status: str | None = None) -> Sequence[Any]:
        """The records that `listed_between` gives, read at once where a document is named."""
        found = self.listed_between(table, lower, higher, status=status)
        return list(found) if lower is not None or higher is not None else found

    def listed_between(self, table: str, lower: str | None = None, higher: str | None = None, *, status: str | None = None) -> Listed:
        """The links from the documents `lower` to `higher` (any, where it is None), in the order of their ids; of coverage the
        records of what is said in `lower` of something in `higher`, of a status if one is named. Each is read when it is taken."""
        conditions, values = ["1" if status is None else "status = ?"], list[Any]([] if status is None else [status])
        for side, document in (("lower", lower), ("higher", higher)):
            if document is not None:
                conditions.append(f"{side} = ?")
                values.append(self.numbers.get(document, -1))
        return self.listed(table, " AND ".join(conditions), values)

    def link_scores(self, higher: str | None = None) -> Iterator[tuple[str, str, str, float]]:
        """Higher clause (of one document, where it is named), lower document, id and score of each link that is more than related,
        the best last."""
        among, values = ("1", []) if higher is None else ("higher = ?", [self.numbers.get(higher, -1)])
        rows = self.rows(
            f"SELECT target, lower, id, score FROM alignments WHERE {among} AND relation NOT IN ('related', 'parallels') ORDER BY score, id", values
        )
        return ((target, self._names[lower], identifier, score) for target, lower, identifier, score in rows if lower in self._names)

    @cached_property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """The (lower, higher) documents that were aligned, the one below the other."""
        linked = self.rows("SELECT DISTINCT lower, higher FROM alignments WHERE relation <> 'parallels'")
        covered = self.rows("SELECT DISTINCT lower, higher FROM coverage WHERE of_clause AND status NOT IN ('new', 'added')")
        return self._named([*linked, *covered])

    @cached_property
    def compared(self) -> frozenset[tuple[str, str]]:
        """The (source, target) documents of which targets were compared."""
        return self._named(self.rows("SELECT DISTINCT lower, higher FROM target_links"))

    def among(self, rows: Iterable[tuple[int]]) -> list[str]:
        """The documents with these numbers."""
        return [self._names[number] for (number,) in rows if number in self._names]

    def _named(self, numbers: Iterable[tuple[int, int]]) -> frozenset[tuple[str, str]]:
        return frozenset((self._names[a], self._names[b]) for a, b in numbers if a in self._names and b in self._names)

    # -- how ------------------------------------------------------------------------------------------------------

    def at(self, table: str, places: Sequence[int]) -> list[Any]:
        """The records at these places, in the order of documents and text."""
        ranks = {number: rank for rank, number in enumerate(self.numbers.values())}
        return list(self.taken(table, sorted(places, key=lambda place: (ranks[place >> PLACE_BITS], place))))

    def taken(self, table: str, places: Sequence[int]) -> Iterator[Any]:
        """The records at these places, one after the other."""
        for at in range(0, len(places), _AT_ONCE):
            stretch = places[at : at + _AT_ONCE]
            found = dict(self._made(table, *_among("place", stretch), placed=True))
            yield from (found[place] for place in stretch)

    def fields(self, table: str, places: Sequence[int], names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """These fields of the records at these places, one after the other, and no record."""
        layout = layouts()[table]
        reads = [layout.reader(name) for name in names]
        own = frozenset(names.index(layout.columns[at]) for at in layout.own if layout.columns[at] in names)
        columns = ", ".join(f'"{name}"' for name in names)
        for at in range(0, len(places), _AT_ONCE):
            stretch = places[at : at + _AT_ONCE]
            condition, values = _among("place", stretch)
            found = {place: row for place, *row in self.rows(f"SELECT place, {columns} FROM {table} WHERE {condition}", values)}
            for place in stretch:
                row = [read(value) for read, value in zip(reads, found[place], strict=True)]
                for i in own:
                    if row[i] is not None and row[i][:1] == "/":
                        row[i] = self._names[place >> PLACE_BITS] + row[i]
                yield tuple(row)

    def _made(self, table: str, condition: str, values: Sequence[Any], *, order: str = "place", placed: bool = False) -> Iterator[Any]:
        layout = layouts()[table]
        columns = ", ".join(f'"{column}"' for column in layout.columns)
        rows = self.rows(f"SELECT place, {columns} FROM {table} WHERE {condition} ORDER BY {order}", values)
        own = table in OF_DOCUMENT and table != "documents"
        for place, *row in rows:
            record = layout.made(row, document=self._names[place >> PLACE_BITS] if own else "")
            yield (place, record) if placed else record


class Listed(ReadByNeed[Any]):
    """Records of one kind in an order. Only where they lie is held."""

    def __init__(self, columns: Columns, table: str, places: Sequence[int]) -> None:
        self._columns, self._table, self._places = columns, table, places

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, at: int) -> Any: ...
    @overload
    def __getitem__(self, at: slice) -> list[Any]: ...
    def __getitem__(self, at: int | slice) -> Any:
        if isinstance(at, slice):
            return list(self._columns.taken(self._table, self._places[at]))
        return next(self._columns.taken(self._table, [self._places[at]]))

    def __iter__(self) -> Iterator[Any]:
        return self._columns.taken(self._table, self._places)


class KeptRecords:
    """The records of a document, each kind read when it is asked for: what `DocumentRecords` has, without holding it."""

    __slots__ = ("_columns", "_id")

    def __init__(self, columns: Columns, document: str) -> None:
        self._columns, self._id = columns, document

    @property
    def document(self) -> Document:
        return self._columns.documents[self._id]

    @property
    def clauses(self) -> tuple[Clause, ...]:
        return self._columns.of("clauses", self._id)

    @property
    def tasks(self) -> tuple[Task, ...]:
        return self._columns.of("tasks", self._id)

    @property
    def targets(self) -> tuple[Target, ...]:
        return self._columns.of("targets", self._id)

    @property
    def deadlines(self) -> tuple[Deadline, ...]:
        return self._columns.of("deadlines", self._id)

    @property
    def responsibilities(self) -> tuple[Responsibility, ...]:
        return self._columns.of("responsibilities", self._id)

    @property
    def citations(self) -> tuple[Citation, ...]:
        return self._columns.of("citations", self._id)

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self._columns.of("findings", self._id)


def columns_of(records: Iterable[DocumentRecords], links: Links) -> Columns:
    """Columns in memory that hold these records."""
    connection = create(":memory:")
    numbers: dict[str, int] = {}
    for number, document in enumerate(records, start=1):
        numbers[document.document.id] = number
        insert(connection, number, Part(document.document.id, "", ""), document, numbers=numbers)
    insert(connection, len(numbers) + 1, Part("", " ", ""), links, numbers=numbers)
    index(connection)
    connection.commit()
    return Columns(connection)


def _join(connection: sqlite3.Connection, *, since: bool) -> None:
    """Have both files as one: a view a table, without what is gone of the first."""
    if not since:
        return
    connection.execute("CREATE TEMP VIEW parts AS SELECT * FROM main.parts WHERE number NOT IN (SELECT number FROM since.gone) UNION ALL SELECT * FROM since.parts")
    for table in (*TABLES, *DERIVED):
        stay = f"SELECT * FROM main.{table} WHERE place >> {PLACE_BITS} NOT IN (SELECT number FROM since.gone)"
        connection.execute(f"CREATE TEMP VIEW {table} AS {stay} UNION ALL SELECT * FROM since.{table}")


def _read_only(path: Path) -> str:
    return f"{path.absolute().as_uri()}?mode=ro&immutable=1"


def _within(column: str, number: int) -> tuple[str, list[int]]:
    """The condition that a row lies in a part."""
    return f"{column} BETWEEN ? AND ?", [number << PLACE_BITS, ((number + 1) << PLACE_BITS) - 1]


def _among(column: str, values: Sequence[Any]) -> tuple[str, list[Any]]:
    return f'"{column}" IN ({", ".join("?" * len(values))})', list(values)
