"""What each page shows, made from the answer of the API and the release's records."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from starlette.requests import Request

from policygraph.api.pages.marks import marked_clause
from policygraph.api.pages.matrix import matrix
from policygraph.api.pages.network import LEADING, networks_of
from policygraph.api.pages.overview import FAMILIES, SMALL, facets, families_of, map_of, rows_of
from policygraph.api.pages.queries import query_page
from policygraph.api.pages.site import CLAUSES, Shown, language, words_of
from policygraph.api.pages.wording import verdict_in
from policygraph.api.serving import Live
from policygraph.release.holdings import FACETS, best_carriers, chosen_documents

View = Callable[[Shown], tuple[str, dict[str, Any]]]
#: Indicators of a page of targets without a filter, and targets of each: what is left out is on the indicator's own page.
_GROUPS, _TARGETS = 20, 10
#: Names of other indicators below them: a screen or two of links.
_OTHERS = 200
#: Regions whose networks stand on the page of agencies: of the others it names the region.
_NETWORKS = 4
#: Headings of a document's outline, and documents that it names as those that carry it out, or that it does.
_HEADINGS, _BESIDE = 200, 24
#: Rows of the matrix of a family on a page: with 31 provinces some 150 kB.
_ROWS = 40
#: Documents in the list below it.
_CARRIERS = 50
_STOPS = "。；！？"
_FOUND = ("tasks", "targets", "deadlines", "responsibilities", "citations")
#: What was understood of a question that its page says otherwise or not at all.
_UNSAID = (
    "language", "intent", "after", "plan", "proposed_by", "parts", "answer", "corrected", "not_understood", "dated", "led", "jointly", "counted",
)  # fmt: skip


def _document(shown: Shown) -> tuple[str, dict[str, Any]]:
    """A stretch of the document's clauses with what was found in them, and the outline of it all, cut to its upper levels where
    it is long."""
    live, answer = shown.live, shown.answer
    library = live.graph.library
    records = library.of[answer["id"]]
    source, t = live.source(answer["id"]), words_of(language(shown.request))
    entries = []
    findings: dict[str, list[Any]] = defaultdict(list)
    for finding in records.findings:
        findings[finding.clause].append(finding)
    depth: dict[str, int] = {}
    for clause in records.clauses:
        depth[clause.id] = min(depth[clause.parent] + 1, 3) if clause.parent in depth else 0
    headings = [clause for clause in records.clauses if not clause.leaf]
    deepest = max((d for d in range(4) if sum(depth[c.id] <= d for c in headings) <= _HEADINGS), default=0)
    offset = min(_first_asked(shown.request), max(len(records.clauses) - 1, 0))
    for clause in records.clauses[offset : offset + CLAUSES]:
        entry: dict[str, Any] = {"clause": clause, "depth": depth[clause.id], "findings": findings.get(clause.id, [])}
        if clause.leaf:
            found = {name: live.of_clause(name, clause.id) for name in _FOUND}
            entry["pieces"] = marked_clause(source, clause, found=found, t=t)
            roles = [a for note in found["responsibilities"] for a in note.agencies if not a.inherited]
            entry["leads"] = list(dict.fromkeys(a.name for a in roles if a.role in LEADING))
            entry["others"] = list(dict.fromkeys(a.name for a in roles if a.role not in LEADING))
            entry["deadlines"] = found["deadlines"]
            entry["targets"] = found["targets"]
            entry["up"] = [a for a in library.up(clause.id) if a.relation != "related"][:4]
            entry["down"] = [a for a in library.down(clause.id) if a.relation != "related"][:4]
        entries.append(entry)
    pairs = live.graph.columns.pairs
    return "document.html", {
        "document": records.document, "entries": entries, "counts": answer["counts"],
        "lower": sorted(lower for lower, higher in pairs if higher == answer["id"]),
        "higher": sorted(higher for lower, higher in pairs if lower == answer["id"]), "most_beside": _BESIDE,
        "outline": [{"clause": c, "depth": depth[c.id]} for c in headings if depth[c.id] <= deepest][:_HEADINGS],
        "page": {"total": len(records.clauses), "offset": offset, "limit": CLAUSES},
    }  # fmt: skip


def _first_asked(request: Request) -> int:
    """The number that a page begins with."""
    asked = request.query_params.get("offset", "")
    return int(asked) if asked.isdecimal() and len(asked) < 9 else 0


def _clause(shown: Shown) -> tuple[str, dict[str, Any]]:
    live = shown.live
    library = live.graph.library
    clause = library.clauses[shown.answer["id"]]
    found = {name: live.of_clause(name, clause.id) for name in _FOUND}
    pieces = marked_clause(live.source(clause.document), clause, found=found, t=words_of(language(shown.request))) if clause.leaf else []
    siblings = list(library.siblings(clause.id)[:6]) if clause.leaf else []
    absent = [r for r in library.covering(clause.id) if r.status == "absent"]
    return "clause.html", {"clause": clause, "pieces": pieces, "siblings": siblings, "absent": absent}


def _targets(shown: Shown) -> tuple[str, dict[str, Any]]:
    """Targets by indicator across documents. Without a filter the indicators of several documents come first, in parts, and the
    others are named."""
    live, answer = shown.live, shown.answer
    library, columns = live.graph.library, live.graph.columns
    whole = not any(shown.request.query_params.get(name) for name in ("indicator", "document", "region"))
    groups: dict[str, list[Any]] = defaultdict(list)
    page, kept, others, sizes = None, list[str](), list[str](), dict[str, int]()
    if whole:
        counted = columns.measured
        several = [key for key, (documents, _) in counted.items() if documents > 1]
        page = {"total": len(several), "offset": answer["offset"], "limit": _GROUPS}
        kept = several[answer["offset"] : answer["offset"] + _GROUPS]
        sizes = {key: counted[key][1] for key in kept}
        groups |= {key: [asdict(target) for target in found] for key, found in columns.targets_of(kept, most=_TARGETS).items()}
        others = sorted(key for key, (documents, _) in counted.items() if documents == 1)[:_OTHERS]
    else:
        for row in answer["items"]:
            groups[row["concept"] or row["indicator"]].append(row)
    deltas: dict[str, dict[tuple[str, str], Any]] = defaultdict(dict)
    seen = [row["id"] for rows in groups.values() for row in rows]
    for link in columns.linked("target_links", "source", seen):
        higher = library.targets[link.target]
        deltas[link.source].setdefault((link.strictness, link.timing), {"link": link, "higher": higher})
    ordered = kept if whole else sorted(groups, key=lambda key: (-len({row["document"] for row in groups[key]}), -len(groups[key]), key))
    return "targets.html", {
        "groups": [
            {"name": _indicator_name(key, groups[key]), "rows": groups[key], "chart": _chart(groups[key], live), "size": sizes.get(key, 0)}
            for key in ordered
        ],
        "deltas": deltas, "others": others, "whole": whole, "page": page,
    }  # fmt: skip


def _indicator_name(key: str, rows: Sequence[Mapping[str, Any]]) -> str:
    return key if re.search(r"[\u4e00-\u9fff]", key) else min((str(r["indicator"]) for r in rows), key=len)


def _chart(rows: Sequence[Mapping[str, Any]], live: Live) -> dict[str, Any] | None:
    """Bars for the values of one indicator in its most frequent unit, a document each, and the nation's value as a line;
    None when fewer than two documents have one."""
    numeric = [r for r in rows if isinstance(r["value"], int | float) and r["unit"] and not r["relative"] and r["value"] >= 0]
    units = Counter(r["unit"] for r in numeric)
    if not units:
        return None
    unit = units.most_common(1)[0][0]
    found: dict[str, Any] = {}
    for row in numeric:
        if row["unit"] == unit:
            found.setdefault(row["document"], row)
    documents = live.graph.library.documents
    most = max(float(r["value"]) for r in found.values())
    if len(found) < 2 or not most:
        return None
    scale = 360 / (100 if unit == "%" and most <= 100 else most)
    ordered = sorted(found.items(), key=lambda entry: (documents[entry[0]].level != "national", documents[entry[0]].region or "", documents[entry[0]].date or ""))
    bars = [
        {"document": d, "row": r, "national": documents[d].level == "national",
         "width": round(float(r["value"]) * scale, 1), "y": 26 * i}
        for i, (d, r) in enumerate(ordered)
    ]  # fmt: skip
    return {"bars": bars, "line": next((bar["width"] for bar in bars if bar["national"]), None)}


def _agencies(shown: Shown) -> tuple[str, dict[str, Any]]:
    """The agencies, and the networks of some regions: of the one asked for, else of those with most notes."""
    found = networks_of(shown.live)
    asked = shown.request.query_params.get("network")
    busiest = sorted(found, key=lambda network: -network["notes"])[:_NETWORKS]
    kept = [network for network in found if network["region"] == asked] or [network for network in found if network in busiest]
    return "agencies.html", {"networks": kept, "regions": [network["region"] for network in found if network not in kept]}


def _agency(shown: Shown) -> tuple[str, dict[str, Any]]:
    """The agency's duties, those with a deadline first, in order of date."""
    answer = shown.answer
    due = {
        duty["clause"]: sorted({d.date for d in shown.live.of_clause("deadlines", duty["clause"]) if d.date})
        for name in ("leads", "supports") for duty in answer[name]
    }  # fmt: skip
    duties = {name: sorted(answer[name], key=lambda duty: due[duty["clause"]][:1] or ["9"]) for name in ("leads", "supports")}
    most = max((partner["together"] for partner in answer["partners"]), default=1)
    return "agency.html", {"duties": duties, "due": due, "most": most}


def _ask(shown: Shown) -> tuple[str, dict[str, Any]]:
    """The answer, with a chip for each thing that was understood, and how the question is put without it."""
    library = shown.live.graph.library
    understood, gone = shown.answer["understood"], shown.request.query_params.getlist("without")
    chips = []
    parts = understood.get("parts") or [understood]
    for name, value in dict.fromkeys((name, _hashed(value)) for part in parts for name, value in part.items() if name not in _UNSAID):
        values = list(value) if isinstance(value, list | tuple) else [value]
        if name in _UNSAID or not any(values) or (name == "indicator" and understood.get("agency")):
            continue
        if name in ("documents", "against"):
            chips += [{"name": name, "shown": _named(shown, v), "without": [*gone, v]} for v in values if v]
        else:
            chips.append({"name": name, "shown": "、".join(_named(shown, str(v)) for v in values[:4]), "values": values, "without": [*gone, name]})
    restored = [
        {"name": "documents" if name in library.documents else name, "shown": _named(shown, name) if name in library.documents else "",
         "without": [other for other in gone if other != name]}
        for name in dict.fromkeys(gone)
    ]  # fmt: skip
    intents = list(dict.fromkeys(part["intent"] for part in parts if part.get("intent")))
    return "ask.html", {"chips": chips, "gone": restored, "intents": intents, "after": shown.request.query_params.get("after")}


def _hashed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _named(shown: Shown, value: Any) -> str:
    library = shown.live.graph.library
    if value in library.documents:
        return str(library.documents[value].title)
    return str(library.label(library.clauses[value])) if value in library.clauses else str(value)


def _search(shown: Shown) -> tuple[str, dict[str, Any]]:
    """Hits cut at their best sentence, which is widened to whole clauses between stops, and the query without each of
    its conditions."""
    answer = shown.answer
    cuts = {}
    for hit in answer["hits"]:
        text, (start, end) = hit["text"], hit["sentence"] or (0, 0)
        if end > start:
            start = max((text.rfind(stop, 0, start) for stop in _STOPS), default=-1) + 1
            end = min((at + 1 for stop in _STOPS if (at := text.find(stop, end - 1)) >= 0), default=len(text))
        cuts[hit["clause"]] = (text[:start], text[start:end], text[end:])
    query = answer.get("query") or ""
    chips = [{**condition, "left": _left_of(query, condition["words"] or "")} for condition in answer.get("conditions") or ()]
    missing = re.findall(r"Not held here: [^.]+\.", answer.get("message") or "")
    return "search.html", {"cuts": cuts, "chips": chips, "missing": missing}


def _left_of(query: str, words: str) -> str | None:
    """The query without the words of a condition, whatever their case; None when they do not stand in it or nothing is left.

    >>> _left_of("Sichuan shore power", "sichuan")
    'shore power'
    """
    left = " ".join(re.sub(re.escape(words), " ", query, count=1, flags=re.IGNORECASE).split()) if words else query
    return left if left and left != " ".join(query.split()) else None


def _chain(shown: Shown) -> tuple[str, dict[str, Any]]:
    """The steps as trees: each clause asked for with what is above it and what is below."""
    trees: list[dict[str, Any]] = []
    above: dict[str, Any] = {"beyond": []}
    path = [above]  # from the clause asked for to the step told last
    for step in shown.answer["items"]:
        node = {**step, "beyond": []}
        if step["depth"] == 0:
            trees.append({**node, "above": above["beyond"]})
            above, path = {"beyond": []}, [trees[-1]]
            continue
        path = [above] if step["depth"] == -1 else path[: abs(step["depth"])]
        path[-1]["beyond"].append(node)
        path.append(node)
    return "chain.html", {"trees": trees}


def _coverage(shown: Shown) -> tuple[str, dict[str, Any]]:
    """The whole matrix of a small corpus; of a large one the families, and of one family its provinces, clause by clause."""
    asked, live = shown.request.query_params, shown.live
    if len(live.graph.columns.documents) <= SMALL:
        return "coverage.html", {"matrix": matrix(live, status=asked.get("status"), order=asked.get("sort"), lower=asked.get("lower"), higher=asked.get("higher"))}
    every, offset = families_of(live), shown.answer["offset"]
    family = next((each for each in every if each.higher == asked.get("higher")), None)
    if family is None:
        page = {"total": len(every), "offset": offset, "limit": FAMILIES}
        return "families.html", {"families": every[offset : offset + FAMILIES], "page": page}
    best = set(best_carriers(family).values()) or {each.document for each in family.carriers[:FAMILIES]}
    found = matrix(live, status=asked.get("status"), order=asked.get("sort"), lower=asked.get("lower"), higher=family.higher, among=best)
    page = {"total": len(found["rows"]), "offset": offset, "limit": _ROWS}
    found["rows"] = found["rows"][offset : offset + _ROWS]
    listed = {"total": len(family.carriers), "offset": int(asked.get("listed", 0)), "limit": _CARRIERS}
    return "family.html", {"matrix": found, "family": family, "page": page, "listed": listed, "best": best}


def _verify(shown: Shown) -> tuple[str, dict[str, Any]]:
    """The text with its claims marked where they stand; of two that overlap, the first is marked."""
    answer, lang = shown.answer, language(shown.request)
    text, pieces, at = str(answer.get("text", "")), [], 0
    for number, claim in enumerate(answer.get("claims", ()), 1):
        if claim["start"] >= at:
            pieces.append({"text": text[at : claim["start"]], "status": None, "number": 0})
            pieces.append({"text": text[claim["start"] : claim["end"]], "status": claim["status"], "number": number})
            at = claim["end"]
    pieces.append({"text": text[at:], "status": None, "number": 0})
    return "verify.html", {"pieces": pieces, "told": lambda said: verdict_in(lang, said), "documents": list(shown.live.graph.library.documents.values())}


def _documents(shown: Shown) -> tuple[str, dict[str, Any]]:
    """The documents with what they can be narrowed by, as far as there is more than a page to look through."""
    asked, live = shown.request.query_params, shown.live
    chosen = [(name, value) for name in ("q", "level", "province", "region", "year", "kind", "issuer") if (value := asked.get(name))]
    every = live.graph.columns.documents.values()
    among = chosen_documents(every, words=asked.get("q"), region=asked.get("region"), facets={name: asked.get(name) for name in FACETS})
    lang, many = language(shown.request), len(every) > SMALL
    return "documents.html", {
        "chosen": chosen, "taken": {name for name, _ in chosen}, "counts": rows_of(shown.answer["items"], live),
        "facets": facets(among, lang) if many else {}, "provinces": map_of(among, lang) if many else [],
    }  # fmt: skip


def _simple(template: str) -> View:
    def view(shown: Shown) -> tuple[str, dict[str, Any]]:
        del shown
        return template, {}

    return view


VIEWS: dict[str, View] = {
    "document": _document, "clause": _clause, "targets": _targets, "agencies": _agencies, "coverage": _coverage, "chain": _chain,
    "agency": _agency, "search": _search, "ask": _ask, "sparql": query_page, "verify": _verify,
    "documents": _documents, "plain": _simple("plain.html"), "release": _simple("release.html"),
}  # fmt: skip
