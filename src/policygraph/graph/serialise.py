"""The whole graph, or a part of it, in the formats people read: Turtle, TriG, N-Quads, and JSON-LD with the context."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from policygraph.graph import terms
from policygraph.graph.vocabulary import ONTOLOGY_FOLDER

if TYPE_CHECKING:
    from policygraph.graph.read import Reader

CONTEXT_IRI = "https://w3id.org/policygraph/context.jsonld"


def graphs(reader: Reader) -> list[str]:
    """The IRIs of the named graphs."""
    rows = reader.store.select("SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } }")
    return sorted(row["g"] for row in rows)


def quads(reader: Reader) -> Iterator[tuple[str, terms.Triple]]:
    """Every triple with the IRI of its graph, graph by graph, sorted."""
    for graph in graphs(reader):
        data = reader.store.construct(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}")
        for triple in sorted(set(terms.parse_triples(data))):
            yield graph, triple


def serialise(reader: Reader, format: str, *, quads: bool) -> bytes:  # noqa: A002
    """The graph as `turtle`, `ntriples` (the union of the named graphs), `trig` or `nquads`."""
    return serialise_quads(_all(reader), format, quads=quads)


def _all(reader: Reader) -> Iterator[tuple[str, terms.Triple]]:
    return quads(reader)


def serialise_quads(found: Iterable[tuple[str, terms.Triple]], format: str, *, quads: bool) -> bytes:  # noqa: A002
    """Triples and their graphs in a format; without `quads` the graphs are one."""
    import pyoxigraph

    if quads:
        text = "".join(f"{s} {p} {o} <{graph}> .\n" for graph, (s, p, o) in found)
    else:
        text = "".join(f"{s} {p} {o} .\n" for s, p, o in sorted({triple for _, triple in found}))
    if format in ("nquads", "ntriples"):
        return text.encode()
    kinds = {"turtle": pyoxigraph.RdfFormat.TURTLE, "trig": pyoxigraph.RdfFormat.TRIG}
    parsed = pyoxigraph.parse(text.encode(), format=pyoxigraph.RdfFormat.N_QUADS)
    used = {prefix: iri for prefix, iri in terms.PREFIXES.items() if f"<{iri}" in text}
    written = pyoxigraph.serialize(
        parsed if quads else (quad.triple for quad in parsed), format=kinds[format], prefixes=used
    )
    return written or b""


@cache
def context() -> dict[str, Any]:
    """The JSON-LD context, as `ontology/context.jsonld` has it."""
    loaded: dict[str, Any] = json.loads((ONTOLOGY_FOLDER / "context.jsonld").read_text("utf-8"))["@context"]
    return loaded


def compact_jsonld(reader: Reader, triples: Iterable[terms.Triple] | None = None) -> dict[str, Any]:
    """Triples (all of the store's, unless given) as JSON-LD compacted by the context: short names, values as JSON
    numbers, strings and booleans where the context types them."""
    found = triples if triples is not None else sorted({triple for _, triple in quads(reader)})
    shorten = _Shortener(context(), base=reader.iris.base)
    nodes: dict[str, dict[str, Any]] = {}
    for subject, predicate, value in found:
        key = shorten.resource(terms.iri_of(subject))
        node = nodes.setdefault(subject, {"@id": key})
        if predicate == terms.TYPE:
            name, said = "@type", shorten.term(terms.iri_of(value))
        else:
            name, said = shorten.property(terms.iri_of(predicate), value)
        if name in node:
            before = node[name]
            node[name] = [*before, said] if isinstance(before, list) else [before, said]
        else:
            node[name] = said
    return {"@context": [context(), {"@base": reader.iris.base}], "@graph": list(nodes.values())}


class _Shortener:
    """Says IRIs and values as briefly as the context allows."""

    def __init__(self, context: dict[str, Any], *, base: str) -> None:
        self.base = base
        self.prefixes = {key: iri for key, iri in context.items() if isinstance(iri, str) and iri.endswith(("#", "/"))}
        self.names: dict[str, tuple[str, dict[str, Any]]] = {}
        for key, value in context.items():
            definition = value if isinstance(value, dict) else {"@id": value}
            if key not in self.prefixes and not key.startswith("@") and "@id" in definition:
                self.names[self._expand(definition["@id"])] = (key, definition)

    def _expand(self, name: str) -> str:
        prefix, colon, local = name.partition(":")
        return f"{self.prefixes[prefix]}{local}" if colon and prefix in self.prefixes else name

    def term(self, iri: str) -> str:
        """A class or property."""
        return self.names[iri][0] if iri in self.names else self._prefixed(iri)

    def resource(self, iri: str) -> str:
        return iri[len(self.base) :] if iri.startswith(self.base) and len(iri) > len(self.base) else iri

    def _prefixed(self, iri: str) -> str:
        for prefix, start in self.prefixes.items():
            local = iri[len(start) :]
            if iri.startswith(start) and local and "/" not in local and "#" not in local:
                return f"{prefix}:{local}"
        return iri

    def property(self, iri: str, value: str) -> tuple[str, Any]:
        """The name for a property and its value, typed by the context or, where it is another type, in full."""
        name, definition = self.names.get(iri, (self._prefixed(iri), {}))
        wanted = definition.get("@type")
        if terms.is_iri(value):
            target = terms.iri_of(value)
            if wanted == "@id":
                return name, self.resource(target)
            return self._prefixed(iri), {"@id": self.resource(target)}
        lexical, datatype = terms.lexical(value), terms.datatype(value)
        language = value[value.rindex('"') + 2 :] if value[value.rindex('"') + 1 :].startswith("@") else None
        if language:
            if definition.get("@language") == language:
                return name, lexical
            return self._prefixed(iri), {"@value": lexical, "@language": language}
        local = datatype.rpartition("#")[2]
        if local in ("integer", "boolean") and not wanted:
            return name, json.loads({"1": "true", "0": "false"}.get(lexical, lexical) if local == "boolean" else lexical)
        if wanted and self._expand(wanted) == datatype:
            return name, lexical
        if local == "string" and not wanted and "@language" not in definition:
            return name, lexical
        return self._prefixed(iri), {"@value": lexical, "@type": self._prefixed(datatype)}
