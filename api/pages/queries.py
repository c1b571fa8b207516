"""What the query page offers: the competency questions and queries to draw, prefixes, and the words of the ontology."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import policygraph
from policygraph.api.pages.site import Shown
from policygraph.sparql.prefixes import PREFIXES

_ONTOLOGY = Path(policygraph.__file__).parent / "ontology"
_DRAWN = Path(__file__).resolve().parent.parent / "queries"
_BASE = "https://w3id.org/policygraph/id/"
_KINDS = {"Class": "class", "ObjectProperty": "property", "DatatypeProperty": "property"}
_FOREIGN = re.compile(r"\b(?:dcterms|eli|oa|org|prov|qudt|rdf|rdfs|skos|time):[A-Za-z_]\w*")


@cache
def example_queries() -> tuple[dict[str, str], ...]:
    """Every example: its title in both languages, the query, and whether its answer is best seen as table or graph.

    >>> example_queries()[0]["zh"]
    '一个条款落实哪些上级条款？'
    """
    found = []
    for folder, shown in ((_ONTOLOGY / "queries", "table"), (_DRAWN, "graph")):
        for path in sorted(folder.glob("*.rq")):
            text = path.read_text("utf-8")
            zh, en = (line.removeprefix("# ") for line in text.splitlines()[:2])
            number = path.stem.partition("-")[0].lstrip("0") if shown == "table" else ""
            found.append({"name": path.stem, "number": number, "zh": zh, "en": en, "query": text, "shown": shown})
    return tuple(found)


@cache
def _words_of_the_ontology() -> tuple[dict[str, Any], ...]:
    import pyoxigraph as ox

    labels: dict[tuple[str, str, str], str] = {}
    kinds: dict[str, str] = {}
    for triple in ox.parse(path=_ONTOLOGY / "policygraph.ttl"):
        if not isinstance(triple.subject, ox.NamedNode) or not triple.subject.value.startswith(PREFIXES["pg"]):
            continue
        name, said = triple.subject.value.removeprefix(PREFIXES["pg"]), triple.predicate.value
        if said == PREFIXES["rdf"] + "type":
            kinds[name] = _KINDS.get(triple.object.value.partition("#")[2], "")
        elif isinstance(triple.object, ox.Literal):
            labels[name, said, triple.object.language or ""] = triple.object.value
    return tuple(
        {"name": f"pg:{name}", "kind": kind}
        | {lang: (labels.get((name, PREFIXES["rdfs"] + "label", lang), ""), labels.get((name, PREFIXES["rdfs"] + "comment", lang), "")) for lang in ("zh", "en")}
        for name, kind in sorted(kinds.items()) if kind
    )  # fmt: skip


def terms(lang: str) -> Iterator[dict[str, str]]:
    """What the editor completes: the ontology's classes and properties, and those of others that the examples use."""
    for word in _words_of_the_ontology():
        label, comment = word[lang]
        yield {"name": word["name"], "kind": word["kind"], "label": label, "comment": comment}
    foreign = {name for example in example_queries() for name in _FOREIGN.findall(example["query"])}
    for name in sorted(foreign):
        yield {"name": name, "kind": "class" if name.partition(":")[2][:1].isupper() else "property", "label": "", "comment": ""}


def query_page(shown: Shown) -> tuple[str, dict[str, Any]]:
    """The page's template and what it shows; the examples name things by the release's own base."""
    live = shown.live
    base = live.release.manifest.base_iri
    titles = {document.id: document.title for document in live.graph.library.documents.values()}
    examples = [{**example, "query": example["query"].replace(_BASE, base)} for example in example_queries()]
    return "sparql.html", {"examples": examples, "prefixes": PREFIXES, "terms": terms, "base": base, "titles": titles}
