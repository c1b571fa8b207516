"""The vocabulary graph: own terms, the concept schemes, and what the data files say of regions, units, indicators and
agencies."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from policygraph.graph import terms
from policygraph.ids import Iris, Name, concept, moment, period
from policygraph.model import DocumentRecords
from policygraph.program import ONTOLOGY

ONTOLOGY_FOLDER = ONTOLOGY
NATION = "000000"
_SKOS_LABEL, _SKOS_NOTATION = (terms.PREFIXES["skos"] + name for name in ("prefLabel", "notation"))


def turtle_files() -> list[Path]:
    """The ontology and the concept schemes; not the shapes."""
    return [ONTOLOGY_FOLDER / "policygraph.ttl", *sorted((ONTOLOGY_FOLDER / "vocabulary").glob("*.ttl"))]


def vocabulary_triples(*, iris: Iris) -> Iterator[terms.Triple]:
    """Everything that documents refer to and that is the same for all of them."""
    yield from scheme_triples()
    yield from _regions(iris)
    yield from _units(iris)
    yield from _indicators(iris)
    yield from _functions(iris)
    yield from _periods()


def scheme_triples() -> Iterator[terms.Triple]:
    """The ontology and the own concept schemes."""
    import pyoxigraph

    for path in turtle_files():
        for quad in pyoxigraph.parse(path=str(path), format=pyoxigraph.RdfFormat.TURTLE):
            yield str(quad.subject), str(quad.predicate), str(quad.object)


@cache
def scheme_labels(scheme: str) -> dict[str, tuple[str, str]]:
    """The concepts of a scheme, in the order of its file: notation → Chinese and English label.

    >>> scheme_labels("role")["lead"]
    ('牵头', 'lead')
    """
    import pyoxigraph

    labels: dict[str, dict[str, str]] = {}
    notations: dict[str, str] = {}
    begins = concept(scheme, "")
    for path in turtle_files()[1:]:
        for quad in pyoxigraph.parse(path=str(path), format=pyoxigraph.RdfFormat.TURTLE):
            subject, said = quad.subject, quad.object
            if not (isinstance(subject, pyoxigraph.NamedNode) and subject.value.startswith(begins) and isinstance(said, pyoxigraph.Literal)):
                continue
            if quad.predicate.value == _SKOS_LABEL and said.language:
                labels.setdefault(subject.value, {})[said.language] = said.value
            elif quad.predicate.value == _SKOS_NOTATION:
                notations[subject.value] = said.value
    return {notations[subject]: (label["zh"], label["en"]) for subject, label in labels.items() if subject in notations}


def _data(name: str) -> dict[str, Any]:
    path = ONTOLOGY_FOLDER / "vocabulary" / name
    loaded: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return loaded


@cache
def qudt_units() -> dict[str, str]:
    """Written form of a unit → the term of the QUDT unit, for the units that QUDT has; all others are minted."""
    rows = _data("units.json").get("units", ())
    return {form: f"<{row['qudt']}>" for row in rows if row.get("qudt") for form in row["forms"]}


def _named(subject: str, row: dict[str, Any], *, also: Iterable[str] = ()) -> Iterator[terms.Triple]:
    preferred = row.get("zh") or row.get("label") or row.get("name")
    if preferred:
        yield subject, terms.iri("skos:prefLabel"), terms.text(str(preferred), language="zh")
    if row.get("en"):
        yield subject, terms.iri("skos:prefLabel"), terms.text(str(row["en"]), language="en")
    for name in dict.fromkeys(also):
        if name != preferred:
            yield subject, terms.iri("skos:altLabel"), terms.text(name, language="zh")


def _regions(iris: Iris) -> Iterator[terms.Triple]:
    from policygraph.vocabulary.regions import parent, regions

    for code, region in regions().items():
        subject = f"<{iris.print(Name('region', code))}>"
        yield subject, terms.TYPE, terms.iri("pg:Region")
        yield subject, terms.TYPE, terms.iri("skos:Concept")
        yield subject, terms.iri("skos:notation"), terms.text(code)
        yield subject, terms.iri("skos:prefLabel"), terms.text(region.name, language="zh")
        for name in region.english:
            yield subject, terms.iri("skos:altLabel"), terms.text(name, language="en")
        above = parent(code)
        if above is not None:
            yield subject, terms.iri("skos:broader"), f"<{iris.print(Name('region', above))}>"


def _units(iris: Iris) -> Iterator[terms.Triple]:
    for row in _data("units.json").get("units", ()):
        for form in row["forms"]:
            subject = f"<{iris.print(Name('unit', form))}>"
            yield subject, terms.TYPE, terms.iri("qudt:Unit")
            yield subject, terms.iri("pg:unitKind"), terms.text(row["kind"])
            yield from _named(subject, row, also=[form])
            if row.get("qudt"):
                yield subject, terms.iri("skos:exactMatch"), f"<{row['qudt']}>"
                yield from _named(f"<{row['qudt']}>", row)


def _indicators(iris: Iris) -> Iterator[terms.Triple]:
    for row in _data("indicators.json").get("indicators", ()):
        subject = f"<{iris.print(Name('indicator', row['id']))}>"
        yield subject, terms.TYPE, terms.iri("pg:Indicator")
        yield subject, terms.TYPE, terms.iri("skos:Concept")
        names = [name for key in ("alt",) for name in row.get(key, ())]
        yield from _named(subject, row, also=[name for name in names if isinstance(name, str)])
        broader = row.get("broader") or ()
        for wider in [broader] if isinstance(broader, str) else broader:
            yield subject, terms.iri("skos:broader"), f"<{iris.print(Name('indicator', wider))}>"


def _functions(iris: Iris) -> Iterator[terms.Triple]:
    """What public bodies do: bodies of one function in two regions are each other's counterparts."""
    from policygraph.vocabulary.agencies import functions

    for slug, stems in functions().items():
        subject = f"<{iris.print(Name('agency', f'function/{slug}'))}>"
        yield subject, terms.TYPE, terms.iri("pg:AgencyFunction")
        yield subject, terms.TYPE, terms.iri("skos:Concept")
        yield from _named(subject, {"zh": stems[0]}, also=stems)


def _periods() -> Iterator[terms.Triple]:
    """“十四五” and its like: named intervals, the very ones that deadlines point at."""
    for name, row in _data("periods.json").get("plans", {}).items():
        subject = f"<{period(row['first'], row['last'])}>"
        yield subject, terms.TYPE, terms.iri("time:ProperInterval")
        yield subject, terms.iri("skos:prefLabel"), terms.text(f"“{name}”时期", language="zh")
        yield subject, terms.iri("skos:prefLabel"), terms.text(row["en"], language="en")
        for property_, date in (("time:hasBeginning", row["first"]), ("time:hasEnd", row["last"])):
            instant = f"<{moment(date)}>"
            yield subject, terms.iri(property_), instant
            yield instant, terms.TYPE, terms.iri("time:Instant")
            yield instant, terms.iri("time:inXSDDate"), terms.day(date)


def agency_triples(records: DocumentRecords, *, iris: Iris) -> Iterator[terms.Triple]:
    """The bodies that a document names: their usual and their written names, function, region, national counterpart;
    and which of them issued it."""
    from policygraph.vocabulary.agencies import agency, counterpart, resolve_agency

    written: dict[str, dict[str, None]] = {}
    for note in records.responsibilities:
        for role in note.agencies:
            if role.agency:
                written.setdefault(role.agency, {})[role.name] = None
    document = records.document
    for issuer in document.issuers:
        body = resolve_agency(issuer, document.region)
        if body:
            written.setdefault(body, {})[issuer] = None
            yield f"<{iris.record(document.id)}>", terms.iri("eli:passed_by"), f"<{iris.print(Name('agency', body))}>"
    for body, names in written.items():
        subject = f"<{iris.print(Name('agency', body))}>"
        yield subject, terms.TYPE, terms.iri("org:FormalOrganization")
        region, _, function = body.partition("/")
        try:
            known = agency(body)
        except KeyError:  # an id of another making: only its names are known
            yield from _named(subject, {}, also=names)
        else:
            yield from _named(subject, {"zh": known.name, "en": known.english}, also=names)
            yield subject, terms.iri("pg:function"), f"<{iris.print(Name('agency', f'function/{function}'))}>"
            yield subject, terms.iri("pg:region"), f"<{iris.print(Name('region', region))}>"
            if region != NATION:
                above = f"<{iris.print(Name('agency', counterpart(body, NATION)))}>"
                yield subject, terms.iri("pg:counterpart"), above
