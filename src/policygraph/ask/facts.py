"""Facts of a document: its number, who issued it, when, and from when it holds; each with the place that says so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from policygraph.align.library import Library
from policygraph.ask.records import Record, Texts, clause_record, text_of
from policygraph.model import Clause, Document
from policygraph.vocabulary.agencies import resolve_agency

#: A line of the front or the back of a document is no longer; facts that stand in one are shown with all of it.
_LINE = 80
_EFFECTIVE = re.compile(r"[^。；\n]*?自\s*(?:20\d\d\s*年|发布|印发|公布|通过)[^。；\n]{0,16}起[^。；\n]{0,3}(?:施行|实施|执行|生效)")


def fact_records(document: Document, facts: Sequence[str], library: Library, *, texts: Texts | None = None) -> list[Record]:
    """The records that state these facts of a document, one for each place; nothing for what its text does not say."""
    found = [record for fact in facts for record in _records(document, fact, library, texts)]
    kept: list[Record] = []
    for record in found:
        beside = {str(r["fact"]) for r in found if r["clause"] == record["clause"]}
        clause = library.clauses.get(str(record["clause"]))
        if clause is None or len(beside) < 2 or len(clause.text) > _LINE:
            kept.append(record)
        elif not any(r["clause"] == clause.id and r["end"] == clause.end for r in kept):
            values = "，".join(str(r["value"]) for r in found if r["clause"] == clause.id)
            kept.append(record | {"start": clause.start, "end": clause.end, "text": clause.text, "value": values})
    return kept


def _records(document: Document, fact: str, library: Library, texts: Texts | None) -> list[Record]:
    stated: dict[str, list[str | None]] = {
        "number": [document.number], "date": [document.date], "effective": [document.effective], "issuers": [*issuers(document)],
    }  # fmt: skip
    values = stated.get(fact, [])
    found = []
    for value in values:
        if value:
            pattern = _EFFECTIVE if fact == "effective" else _dated(value) if fact == "date" else _spaced(value)
            place = next(_places(library.of[document.id].clauses, pattern, texts, whole=fact == "effective"), None)
            shown: Record = {"fact": fact, "value": value}
            found.append((_whole(document) if place is None else _at(place, library)) | shown)
    return found


def issuers(document: Document) -> list[str]:
    """Who issued a document, each once: a title block and signatures may name one body in two ways."""
    kept: dict[str, str] = {}
    for name in document.issuers:
        kept.setdefault(resolve_agency(name, document.region) or name, name)
    return list(kept.values())


def _at(place: tuple[Clause, int, int, str], library: Library) -> Record:
    clause, start, end, text = place
    return clause_record(clause, library, kind="fact") | {"start": start, "end": end, "text": text}


def _whole(document: Document) -> Record:
    """The document itself, where a fact of it comes with its metadata and stands nowhere in its text."""
    return {
        "kind": "fact", "document": document.id, "source": document.source, "clause": None, "start": None, "end": None,
        "text": f"《{document.title}》", "score": 1.0, "citation": f"《{document.title}》", "number": document.number,
    }  # fmt: skip


def _spaced(name: str) -> re.Pattern[str]:
    return re.compile(r"\s*".join(re.escape(char) for char in name if not char.isspace()))


def _dated(date: str) -> re.Pattern[str]:
    year, month, day = (*date.split("-"), "", "")[:3]
    if not day:
        return re.compile("(?!)")
    return re.compile(rf"{year}\s*年\s*0?{int(month)}\s*月\s*0?{int(day)}\s*日")


def _places(
    clauses: Sequence[Clause], pattern: re.Pattern[str], texts: Texts | None, *, whole: bool
) -> Iterator[tuple[Clause, int, int, str]]:
    """Where a document says it, lines that issue it before others; `whole` looks past its front and back too."""
    edges = [c for c in clauses if c.leaf and (c.kind in ("front", "back") or whole)]
    for clause in sorted(edges, key=lambda c: len(c.text) > _LINE and not whole):
        text = text_of(clause, texts)
        if match := pattern.search(clause.text if text is None else text):
            if text is not None:
                yield clause, clause.start + match.start(), clause.start + match.end(), re.sub(r"\s", "", match.group())
            else:
                yield clause, clause.start, clause.end, clause.text
