"""The gold format of `benchmarks/evaluate.py`: verdicts out of it, and into it.

A folder for each document with `meta.json` (its file), `units.jsonl` (its clauses, by how they begin and end, white space
aside), and, of the lower one, `alignment.jsonl`, and of either `targets.jsonl`, `tasks.jsonl`, `deadlines.jsonl`,
`responsibilities.jsonl` and `citations.jsonl`, as far as each kind was judged whole. What is read gives a verdict on every record in
its reach: what gold has is accepted, corrected or added; what it has not is rejected; what it calls open nobody judges.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from policygraph.columns import Columns
from policygraph.errors import InputError
from policygraph.model import Citation, Clause, Deadline, Responsibility, Target, Task
from policygraph.review.verdict import Kind

#: What does not count when places are compared: white space, and marks that Word leaves.
_NOISE = re.compile(r"\[bookmark:[^\]]*\]|\s+")
_QUOTE = 60
_LEAST = 0.5
_ALIGNED = ("measure", "safeguard", "goal")
Found = Task | Deadline | Responsibility | Citation


@dataclass(frozen=True, slots=True)
class SpanKind:
    """A kind of record that gold holds as quotes: its file, which fields of a row say what of the record (the record's name
    for it first), what of that decides whether the record is right, and how much of the quote a record must share."""

    kind: Kind
    file: Literal["tasks", "deadlines", "responsibilities", "citations"]
    fields: Mapping[str, str]
    decides: tuple[str, ...]
    share: float


#: As `benchmarks/evaluate.py` takes them: tasks by most of their span and modality, deadlines by touching it and their day,
#: responsibilities by who and in which role, citations by their title.
SPANS = (
    SpanKind("task", "tasks", {"verb": "verb", "object": "object", "modality": "modality", "places": "places"}, ("modality",), 0.6),
    SpanKind("deadline", "deadlines", {"date": "date", "earliest": "start", "granularity": "granularity", "action": "action"}, ("date",), 0.01),
    SpanKind("responsibility", "responsibilities", {"agencies": "agents"}, ("agencies",), 0.01),
    SpanKind("citation", "citations", {"title": "title", "number": "number"}, ("title",), 0.01),
)


@dataclass(frozen=True, slots=True)
class Plain:
    """A text without noise, and where each of its characters stands in the source."""

    text: str
    places: tuple[int, ...]

    @classmethod
    def of(cls, source: str) -> Plain:
        places: list[int] = []
        last = 0
        for noise in _NOISE.finditer(source):
            places += range(last, noise.start())
            last = noise.end()
        places += range(last, len(source))
        return cls("".join(source[at] for at in places), tuple(places))

    def span(self, start: int, end: int) -> tuple[int, int]:
        """A stretch of the source, counted without noise."""
        return bisect_left(self.places, start), bisect_left(self.places, end)

    def back(self, start: int, end: int) -> tuple[int, int]:
        """A stretch counted without noise, in the source."""
        return self.places[start], self.places[end - 1] + 1


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of a gold document and its span, counted without noise."""

    id: str
    lead: str | None
    kind: str
    span: tuple[int, int]


@dataclass(frozen=True)
class GoldDocument:
    """A folder of gold, put to the text of a document of the release."""

    folder: Path
    document: str
    plain: Plain
    units: tuple[Unit, ...]

    def rows(self, name: str) -> list[dict[str, Any]]:
        return read_rows(self.folder / f"{name}.jsonl")

    def unit_at(self, clause: Clause) -> Unit | None:
        """The unit that a clause is."""
        span = self.plain.span(clause.start, clause.end)
        best = max(self.units, key=lambda unit: _iou(unit.span, span), default=None)
        return best if best is not None and _iou(best.span, span) >= _LEAST else None

    def place(self, row: Mapping[str, Any]) -> tuple[int, int] | None:
        """Where a quote stands in its unit, counted without noise."""
        unit = next((unit for unit in self.units if unit.id == row["unit_id"]), None)
        start, end = unit.span if unit else (0, len(self.plain.text))
        at = self.plain.text.find(row["quote"], start, end)
        return (at, at + len(row["quote"])) if at >= 0 else None


@dataclass(slots=True)
class Read:
    """What gold says of a release: ids of records that hold, that do not, what corrects some, and what to add."""

    accepted: list[str] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)
    corrected: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    links: list[tuple[str, str, str]] = field(default_factory=list)
    added: list[tuple[Kind, str, tuple[int, int], dict[str, Any]]] = field(default_factory=list)
    whole: list[tuple[str, str | None, str]] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSON Lines file; none where there is no file."""
    try:
        return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as gold ({error}).", remedy="A JSON object a line, in UTF-8.") from error


def open_gold(folder: Path, columns: Columns, *, source: Any) -> GoldDocument:
    """A folder of gold with the document of the release that it is on, by the name of its file."""
    try:
        name = json.loads((folder / "meta.json").read_text("utf-8"))["file"]
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{folder} is no folder of gold ({error}).", remedy='It has meta.json: {"file": "plan.txt"}.') from error
    document = next((each.id for each in columns.documents.values() if Path(each.source).name == name), None)
    if document is None:
        raise InputError(f"{folder} is on {name}, which is not in the release.", remedy="Build the corpus that it was made on.")
    plain = Plain.of(source(document))
    units, position = [], 0
    for row in read_rows(folder / "units.jsonl"):
        start = plain.text.find(row["start_quote"], position)
        end = plain.text.find(row["end_quote"], max(start, 0))
        if start < 0 or end < 0:
            raise InputError(f"{folder}: unit {row['id']} is not in the text: {row['start_quote']}.", remedy="The gold is on another version of it.")
        units.append(Unit(row["id"], row.get("lead"), row.get("kind", "measure"), (start, end + len(row["end_quote"]))))
        position = start + 1
    return GoldDocument(folder, document, plain, tuple(units))


def read_alignment(lower: GoldDocument, higher: GoldDocument, columns: Columns, found: Read) -> None:
    """What `alignment.jsonl` says of the links between two documents."""
    item = {unit.id: (int(unit.id.split("-")[1]), int(unit.id.split("-")[2])) for unit in higher.units}
    named = {place: name for name, place in item.items()}
    wanted: dict[tuple[str, str], str] = {}
    skip: set[tuple[str, str]] = set()
    scope: set[str] = set()
    for row in lower.rows("alignment"):
        unit = next((u for u in lower.units if u.id not in scope and (u.lead == row["lead"] or lower.plain.text.startswith(row["lead"], u.span[0]))), None)
        if unit is None:
            found.lost.append(f"{lower.folder.name}: no unit begins with {row['lead']}")
            continue
        scope.add(unit.id)
        for link in (*row["links"], *row["borderline"]):
            target = named.get((link["item"], link["paragraph"]))
            if target is None:
                found.lost.append(f"{lower.folder.name}: no unit {link['item']}-{link['paragraph']} above")
            elif link in row["links"]:
                wanted[unit.id, target] = "implements" if link["degree"] == "full" else "partially_implements"
            else:
                skip.add((unit.id, target))
    below, above = (_clauses(columns, each) for each in (lower, higher))
    kinds = {unit.id: unit.kind for unit in (*lower.units, *higher.units)}
    met: set[tuple[str, str]] = set()
    for link in columns.between("alignments", lower.document, higher.document):
        pair = below.get(link.source), above.get(link.target)
        if link.relation == "related" or pair[0] is None or pair[1] is None or pair[0] not in scope or kinds[pair[1]] not in _ALIGNED:
            continue
        key = (pair[0], pair[1])
        if key in skip or (kinds[key[1]] == "goal" and kinds[key[0]] != "goal"):
            continue  # a measure may restate a goal without carrying it out
        (found.accepted if key in wanted else found.rejected).append(link.id)
        met.add(key)
    first = [{unit: clause for clause, unit in reversed(side.items())} for side in (below, above)]
    for (unit_id, target), relation in wanted.items():
        if (unit_id, target) not in met and unit_id in first[0] and target in first[1]:
            found.links.append((first[0][unit_id], first[1][target], relation))
        elif (unit_id, target) not in met:
            found.lost.append(f"{lower.folder.name}: no clause is {unit_id} or {target}")
    if {unit.id for unit in lower.units if unit.kind in ("measure", "goal")} <= scope:
        found.whole.append((lower.document, higher.document, "link"))


def read_targets(gold: GoldDocument, columns: Columns, found: Read) -> None:
    """What `targets.jsonl` says of a document's targets with a figure."""
    rows = [row for row in gold.rows("targets") if not row["qualitative"]]
    if not rows:
        return
    free: list[Target] = [target for target in columns.of("targets", gold.document) if target.value is not None]
    spans = {target.id: gold.plain.span(target.start, target.end) for target in free}
    for row in rows:
        place = gold.place(row)
        if place is None:
            found.lost.append(f"{gold.folder.name}: {row['quote']} is not in {row['unit_id']}")
            continue
        near = [t for t in free if _overlap(spans[t.id], place) > 0 and str(t.value) == str(row["value"]) and t.unit == row["unit"]]
        open_ = bool(row.get("either"))
        if near:
            target = max(near, key=lambda t: _overlap(spans[t.id], place))
            free.remove(target)
            wrong = {name: row[name] for name in ("comparator", "deadline", "relative") if getattr(target, name) != row[name]}
            if not open_:
                found.corrected.append((target.id, wrong)) if wrong else found.accepted.append(target.id)
        elif not open_:
            said = {name: row[name] for name in ("indicator", "comparator", "value", "unit", "relative", "baseline", "deadline", "area", "hedge") if row.get(name) is not None}
            found.added.append(("target", gold.document, gold.plain.back(*place), said))
    inside = [(unit.span[0], unit.span[1]) for unit in gold.units]
    found.rejected += [target.id for target in free if any(a <= spans[target.id][0] < b for a, b in inside)]


def read_spans(spans: SpanKind, gold: GoldDocument, columns: Columns, found: Read) -> None:
    """What a file of quotes says of a document's records of that kind; nothing where there is no such file."""
    rows = gold.rows(spans.file)
    if not rows:
        return
    free: list[Found] = [record for record in columns.of(spans.file, gold.document) if _quoted(record)]
    places = {record.id: gold.plain.span(record.start, record.end) for record in free}
    known = {role.name: role.agency for note in columns.of("responsibilities", gold.document) for role in note.agencies}
    share = _iou if spans.kind == "task" else _overlap
    for row in rows:
        place = gold.place(row)
        if place is None:
            found.lost.append(f"{gold.folder.name}: {row['quote']} is not in {row['unit_id']}")
            continue
        said = _said(spans, row, known)
        near = [record for record in free if share(places[record.id], place) >= spans.share]
        near.sort(key=lambda record: (_wrong(spans, record, said) == {}, share(places[record.id], place)))
        if near:
            free.remove(record := near[-1])
            wrong = _wrong(spans, record, said)
            if not row.get("either"):
                found.corrected.append((record.id, wrong)) if wrong else found.accepted.append(record.id)
        elif not row.get("either"):
            found.added.append((spans.kind, gold.document, gold.plain.back(*place), said))
    inside = [unit.span for unit in gold.units]
    found.rejected += [record.id for record in free if any(a <= places[record.id][0] < b for a, b in inside)]


def _quoted(record: Found) -> bool:
    """Whether gold has such a record: of responsibilities it has notes, each once, where it stands; not who acts by the
    running text, nor what another clause has from a note for all."""
    if not isinstance(record, Responsibility):
        return True
    return not record.by.startswith("duty.") and not all(role.inherited for role in record.agencies)


def _said(spans: SpanKind, row: Mapping[str, Any], known: Mapping[str, str | None]) -> dict[str, Any]:
    """The fields of a record as a row of gold has them; bodies are those that their names are `known` for in the document."""
    said = {name: row.get(theirs) for name, theirs in spans.fields.items()}
    if spans.kind == "responsibility":
        said["agencies"] = [{"name": agent["name"], "agency": known.get(agent["name"]), "role": agent["role"]} for agent in row["agents"]]
    return {name: value for name, value in said.items() if value is not None}


def _wrong(spans: SpanKind, record: Found, said: Mapping[str, Any]) -> dict[str, Any]:
    """What of a record gold has otherwise, of that which decides; what gold leaves open is not wrong."""
    return {name: said[name] for name in spans.decides if name in said and _told(record, name) != _plainly(name, said[name])}


def _told(record: Found, name: str) -> object:
    if isinstance(record, Responsibility) and name == "agencies":
        return {(_NOISE.sub("", role.name), role.role) for role in record.agencies if not role.inherited}
    return _plainly(name, getattr(record, name))


def _plainly(name: str, value: Any) -> object:
    if name == "agencies":
        return {(_NOISE.sub("", agent["name"]), agent["role"]) for agent in value}
    return _NOISE.sub("", value).strip("《》") if name == "title" and isinstance(value, str) else value


def _clauses(columns: Columns, gold: GoldDocument) -> dict[str, str]:
    """The unit that each leaf clause of a document is."""
    found = {}
    for clause in columns.of("clauses", gold.document):
        if clause.leaf and (unit := gold.unit_at(clause)) is not None:
            found[clause.id] = unit.id
    return found


def _iou(a: tuple[int, int], b: tuple[int, int]) -> float:
    return max(min(a[1], b[1]) - max(a[0], b[0]), 0) / max(max(a[1], b[1]) - min(a[0], b[0]), 1)


def _overlap(a: tuple[int, int], b: tuple[int, int]) -> float:
    return max(min(a[1], b[1]) - max(a[0], b[0]), 0) / max(min(a[1] - a[0], b[1] - b[0]), 1)


# -- and into it -----------------------------------------------------------------------------------------------------


def write_document(folder: Path, columns: Columns, document: str, *, letter: str, source: str) -> dict[str, str]:
    """Write `meta.json` and `units.jsonl` of a document; the unit of each of its leaf clauses."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "meta.json").write_text(json.dumps({"file": Path(columns.documents[document].source).name}, ensure_ascii=False) + "\n", "utf-8")
    units: dict[str, str] = {}
    rows = []
    for clause in columns.of("clauses", document):
        words = _NOISE.sub("", source[clause.start : clause.end])
        if not clause.leaf or clause.kind in ("front", "back", "contents", "heading") or not words:
            continue
        units[clause.id] = f"{letter}-{len(units) + 1:02}-1"
        kind = clause.kind if clause.kind in ("preamble", "goal", "principle", "measure", "safeguard") else "measure"
        rows.append({"id": units[clause.id], "number": clause.number, "heading": clause.heading, "section": None, "lead": None,
                     "start_quote": words[:_QUOTE], "end_quote": words[-_QUOTE:], "kind": kind})
    write_rows(folder / "units.jsonl", rows)
    return units


def alignment_rows(columns: Columns, source: str, units: tuple[Mapping[str, str], Mapping[str, str]], links: Mapping[tuple[str, str], str], disputed: Iterable[tuple[str, str]], *, of: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The rows of `alignment.jsonl` for these lower clauses; `links` are those that hold, with their relation."""
    lower, higher = units
    open_ = set(disputed)
    for identifier in of:
        clause = columns.find("clauses", identifier)
        if clause is None or identifier not in lower:
            continue
        lead = _NOISE.sub("", source[clause.start : clause.end])[:_QUOTE]
        row: dict[str, Any] = {"item": "", "lead": lead, "links": [], "borderline": []}
        for target, unit in higher.items():
            _, item, paragraph = unit.split("-")
            place = {"item": int(item), "paragraph": int(paragraph)}
            if (identifier, target) in open_:
                row["borderline"].append(place)
            elif (relation := links.get((identifier, target))) is not None:
                row["links"].append({**place, "degree": "full" if relation == "implements" else "partial"})
        yield row


def target_rows(targets: Iterable[Target], units: Mapping[str, str], source: str) -> Iterator[dict[str, Any]]:
    """The rows of `targets.jsonl` for these targets."""
    for target in targets:
        if target.clause in units:
            yield {
                "unit_id": units[target.clause], "quote": _NOISE.sub("", source[target.start : target.end]), "indicator": target.indicator,
                "comparator": target.comparator, "value": target.value, "unit": target.unit, "relative": target.relative, "baseline": target.baseline,
                "deadline": target.deadline, "area": target.area, "hedge": target.hedge, "qualitative": target.value is None, "state": target.state,
            }  # fmt: skip


def span_rows(spans: SpanKind, records: Iterable[Found], units: Mapping[str, str], source: str) -> Iterator[dict[str, Any]]:
    """The rows of a file of quotes for these records."""
    for record in records:
        if record.clause not in units or not _quoted(record):
            continue
        row: dict[str, Any] = {"unit_id": units[record.clause], "quote": _NOISE.sub("", source[record.start : record.end])}
        if isinstance(record, Responsibility):
            row["agents"] = [{"name": role.name, "role": role.role} for role in record.agencies if not role.inherited]
        else:
            row |= {theirs: getattr(record, name) for name, theirs in spans.fields.items()}
        if isinstance(record, Task):
            row["has_target"] = record.has_target
        yield row


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    path.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows), "utf-8")
