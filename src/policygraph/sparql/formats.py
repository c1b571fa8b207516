"""The formats in which the service gives results and graphs: one table of names, media types and suffixes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One serialisation. `aliases` are media types that clients also ask for; `iri` is its name in W3C's list."""

    name: str
    media_type: str
    suffix: str
    iri: str
    aliases: tuple[str, ...] = ()
    charset: bool = True

    @property
    def content_type(self) -> str:
        """The Content-Type header of an answer in this format."""
        return f"{self.media_type}; charset=utf-8" if self.charset else self.media_type


_W3 = "http://www.w3.org/ns/formats/"

#: For SELECT, the preferred one first.
SOLUTIONS: tuple[Format, ...] = (
    Format(
        name="json", media_type="application/sparql-results+json", suffix="srj", iri=_W3 + "SPARQL_Results_JSON",
        aliases=("application/json",), charset=False,
    ),
    Format(
        name="xml", media_type="application/sparql-results+xml", suffix="srx", iri=_W3 + "SPARQL_Results_XML",
        aliases=("application/xml", "text/xml"), charset=False,
    ),
    Format(name="csv", media_type="text/csv", suffix="csv", iri=_W3 + "SPARQL_Results_CSV"),
    Format(name="tsv", media_type="text/tab-separated-values", suffix="tsv", iri=_W3 + "SPARQL_Results_TSV"),
)

#: For ASK: CSV and TSV have no form for a truth value.
BOOLEAN: tuple[Format, ...] = SOLUTIONS[:2]

#: For CONSTRUCT, DESCRIBE and graphs.
GRAPH: tuple[Format, ...] = (
    Format(name="turtle", media_type="text/turtle", suffix="ttl", iri=_W3 + "Turtle", aliases=("application/x-turtle",)),
    Format(
        name="ntriples", media_type="application/n-triples", suffix="nt", iri=_W3 + "N-Triples", aliases=("text/plain",)
    ),
    Format(
        name="jsonld", media_type="application/ld+json", suffix="jsonld", iri=_W3 + "JSON-LD",
        aliases=("application/json",), charset=False,
    ),
    Format(name="rdfxml", media_type="application/rdf+xml", suffix="rdf", iri=_W3 + "RDF_XML", charset=False),
)

BY_NAME: dict[str, Format] = {form.name: form for form in (*SOLUTIONS, *GRAPH)}
