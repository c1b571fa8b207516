"""What the pages of reviewing show: the queue, one record with the form that judges it, and the lists.

Each gives the context of its template; `data` in it is the same for programs that ask for JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from policygraph.align.library import Library
from policygraph.api.serving import Live
from policygraph.errors import UsageError
from policygraph.release.export import row
from policygraph.review import CORRECTABLE, Kind, Review, Verdict

#: Kinds that have a queue.
QUEUES = ("link", "comparison", "target", "task", "deadline", "responsibility", "citation", "document")
#: Kinds that a page can add: a note of responsibilities is a list of bodies, which programs send.
ADDABLE: tuple[Kind, ...] = ("link", "target", "task", "deadline", "citation")
#: How many rows of a list a page shows.
_ROWS = 100


def queue_page(request: Request, live: Live, review: Review, who: Any) -> dict[str, Any]:
    """`/review`: what waits, the least sure first."""
    asked = request.query_params
    kind = review.kind(asked.get("kind") or "link")
    chosen = {name: asked.get(name) or None for name in ("document", "higher", "agency")}
    offset = _number(asked.get("offset"))
    size = review.settings.review_page
    disputed = asked.get("disputed") == "1"
    found = review.queue(kind=kind, **chosen, reviewer=who.reviewer.name, disputed=disputed, limit=size, offset=offset)
    items = [{**item, "record": each.record} for item, each in zip(found.to_dicts(), found, strict=True)]
    total = int(found.note.split(" ")[0]) if found.note[:1].isdigit() else 0
    library = Library(review.columns)
    cards = [_card(library, each.kind, each.record) for each in found]
    data = {"items": [{**row_, "record": row(row_["record"])} for row_ in items], "total": total, "offset": offset, "limit": size}
    return {
        "data": data, "cards": cards, "queue": kind, "queues": QUEUES, "total": total, "page": {"total": total, "offset": offset, "limit": size}, **chosen,
        "disputed": disputed, "pairs": sorted(review.columns.pairs), "titles": review.titles, "waiting_third": _open_disputes(review), "unfit": len(review.fitted.unfit),
    }  # fmt: skip


def about_record(request: Request, live: Live, review: Review, who: Any) -> dict[str, Any]:
    """`/review/records/ID`: a record, what was said of it, and the form that judges it."""
    identifier = request.path_params["id"]
    kind, record = review.record(identifier)
    fit = review.on(identifier)
    said = list(fit.verdicts) if fit else []
    library = Library(review.columns)
    card = _card(library, kind, record) if hasattr(record, "__dataclass_fields__") else {"id": identifier, "kind": kind, "texts": [], "fields": _fields(kind, record), "score": None}
    holds = fit.holds if fit else None
    data = {"id": identifier, "kind": kind, "verdicts": [verdict.row() for verdict in said], "holds": holds.id if holds else None}
    own = next((verdict for verdict in said if verdict.reviewer == who.reviewer.name), None)
    bodies = {role.name: role.agency for role in (*getattr(record, "agencies", ()), *getattr(record, "agents", ()))} if kind in ("responsibility", "task") else {}
    return {"data": data, "card": card, "said": said, "holds": holds, "own": own, "back": request.url.path, "bodies": bodies, "document": getattr(record, "document", "")}


def add_page(request: Request, live: Live, review: Review, who: Any) -> dict[str, Any]:
    """`/review/add`: the form for what was missed, of one kind, maybe beside a clause."""
    asked = request.query_params
    kind = review.kind(asked.get("kind") or "link")
    if kind not in ADDABLE:
        raise UsageError(f"A {kind} cannot be added here.", remedy=f"These can: {', '.join(ADDABLE)}.")
    library = Library(review.columns)
    clause = library.clauses.get(asked.get("clause") or "")
    fields = [{"name": name, "value": "", "choices": _choices(kind, name)} for name in CORRECTABLE[kind] if name != "agencies"]
    document = clause.document if clause else asked.get("document") or ""
    data = {"kind": kind, "fields": [each["name"] for each in fields], "document": document}
    return {"data": data, "adding": kind, "kinds": ADDABLE, "clause": clause, "document": document, "fields": fields, "titles": review.titles, "label": library.label(clause) if clause else ""}


def listed(request: Request, live: Live, review: Review, who: Any) -> dict[str, Any]:
    """`/review/lists`: disagreements, verdicts that fit nothing, who agrees with whom, scores, the latest verdicts."""
    fought, unfit, agreed, scores, history = (
        review.disagreements(), review.unfit(), review.agreements(), review.evaluate(), review.history(),
    )  # fmt: skip
    data = {
        "disagreements": [{"id": each.id, "kind": each.kind, "settled": each.settled, "said": [_told(v) for v in each.said]} for each in fought],
        "unfit": [{"why": each.why, "detail": each.detail, "verdict": _told(each.verdict)} for each in unfit],
        "agreement": agreed.to_dicts(), "scores": scores.to_dicts(), "broken": [{"line": each.line, "reason": each.reason} for each in review.verdicts.broken],
        "verdicts": len(history),
    }  # fmt: skip
    return {
        "data": data, "disagreements": list(fought)[:_ROWS], "unfit": list(unfit)[:_ROWS], "agreed": list(agreed)[:_ROWS], "scores": list(scores),
        "latest": list(history)[:_ROWS], "broken": review.verdicts.broken, "counts": {"disagreements": len(fought), "unfit": len(unfit), "latest": len(history)},
    }  # fmt: skip


def _told(verdict: Verdict) -> dict[str, Any]:
    return {name: getattr(verdict, name) for name in ("id", "reviewer", "judgement", "correction", "reason", "time", "settles")}


def _open_disputes(review: Review) -> int:
    return sum(fit.holds is None for fit in review.fitted.fits)


def _card(library: Library, kind: Kind, record: Any) -> dict[str, Any]:
    """A record as a reviewer reads it: the texts that it is about, and its fields."""
    texts: list[dict[str, Any]] = []
    if kind == "link":
        for side, identifier in (("higher", record.target), ("lower", record.source)):
            clause = library.clauses[identifier]
            texts.append({"side": side, "label": library.label(clause), "text": clause.text, "document": clause.document, "start": clause.start, "end": clause.end})
    elif kind == "comparison":
        for side, identifier in (("higher", record.target), ("lower", record.source)):
            target = library.targets[identifier]
            clause = library.clauses[target.clause]
            texts.append({"side": side, "label": library.label(clause), "text": target.text, "document": target.document, "start": target.start, "end": target.end})
    elif kind == "document":
        texts.append({"side": "", "label": record.source, "text": record.title, "document": record.id, "start": record.start, "end": min(record.end, record.start + 300)})
    else:
        inside = library.clauses.get(record.clause)
        label = library.label(inside) if inside else record.document
        texts.append({"side": "", "label": label, "text": record.text, "document": record.document, "start": record.start, "end": record.end})
        if inside and inside.leaf and inside.text != record.text:
            texts.append({"side": "context", "label": "", "text": inside.text, "document": inside.document, "start": inside.start, "end": inside.end})
    return {
        "id": record.id, "kind": kind, "texts": texts, "fields": _fields(kind, record), "score": getattr(record, "score", None),
        "matches": getattr(record, "evidence", ())[:3], "relation": getattr(record, "relation", None) or getattr(record, "strictness", None),
    }  # fmt: skip


#: Choices of fields that take one of a list.
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "relation": ("implements", "partially_implements", "corresponds", "parallels", "related"),
    "strictness": ("equal", "stricter", "looser", "not_comparable"),
    "timing": ("equal", "earlier", "later", "undated"),
    "scope": ("same", "broader", "narrower", "other"),
    "modality": ("mandatory", "encouraged", "exploratory", "prohibited"),
    "level": ("national", "provincial", "municipal", "county"),
    "comparator": (">=", "<=", "=", "~"),
    "relative": ("increase", "decrease"),
}


def _fields(kind: Kind, record: Any) -> list[dict[str, Any]]:
    """The fields that can be corrected, each as its form shows it."""
    found = []
    plain = row(record) if hasattr(record, "__dataclass_fields__") else dict(vars(record))
    for name in CORRECTABLE[kind]:
        value = plain.get(name)
        shown = "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        found.append({"name": name, "value": shown, "choices": _choices(kind, name)})
    return found


def _choices(kind: Kind, name: str) -> tuple[str, ...]:
    return _CHOICES.get(name, ()) if kind != "deadline" else ()


def _number(text: str | None) -> int:
    if text and not (text.isascii() and text.isdigit() and len(text) < 8):
        raise UsageError(f"offset = {text!r} is no number.", remedy="Leave it out, or give a whole number.")
    return int(text or 0)
