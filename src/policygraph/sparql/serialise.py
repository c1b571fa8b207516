"""Results into bytes, cut at a limit without becoming unreadable.

The engine writes whole results only, so SELECT results are written here: then a result can stop after any row, and its
end can say so in the format's own way (a member of the JSON, a comment in XML, Turtle and N-Triples, a last row in CSV and
TSV, a statement in JSON-LD). Everything happens in the thread that made the result: another one would abort the process.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Protocol
from xml.sax.saxutils import escape, quoteattr

import pyoxigraph as ox

if TYPE_CHECKING:
    from policygraph.sparql.statistics import Solutions

    Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

_SELECT_ALL = re.compile(r"\bSELECT\s+(?:DISTINCT\s+|REDUCED\s+)?\*", re.IGNORECASE)
_VARIABLE = re.compile(r"[?$](\w+)")
_STRING = "http://www.w3.org/2001/XMLSchema#string"
_BARE = frozenset(f"http://www.w3.org/2001/XMLSchema#{kind}" for kind in ("integer", "decimal", "double", "boolean"))
RDF_FORMATS = {
    "turtle": ox.RdfFormat.TURTLE,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "jsonld": ox.RdfFormat.JSON_LD,
    "rdfxml": ox.RdfFormat.RDF_XML,
}
#: Where a cut is stated in JSON and JSON-LD.
CUT_TERM = "https://w3id.org/policygraph/ontology#cutBy"


class Sink(Protocol):
    """Takes the pieces; `size` is what it has taken."""

    size: int

    def write(self, piece: bytes, /) -> int: ...


class Meter:
    """Lets rows through until one of the limits is reached, and remembers which; `cut` is what has cut them before."""

    def __init__(self, sink: Sink, *, rows: int, size: int, cut: str | None = None) -> None:
        self.sink, self.most_rows, self.most_size = sink, rows, size
        self.rows = 0
        self.cut = cut

    def take(self, rows: Iterable[object]) -> Iterator[object]:
        """The rows, ending early at a limit; the row after the last allowed one is looked for, so a full result is
        never called cut."""
        for row in rows:
            if self.rows >= self.most_rows:
                self.cut = "query_rows"
                return
            if self.sink.size >= self.most_size:
                self.cut = "query_bytes"
                return
            self.rows += 1
            yield row

    @property
    def notice(self) -> str:
        """What the end of a cut result says."""
        return f"CUT after {self.rows} rows by limit {self.cut}: this is not the whole result"


def write_boolean(value: bool, *, name: str, sink: Sink) -> None:
    """The result of ASK."""
    word = "true" if value else "false"
    if name == "xml":
        sink.write(f'{_XML}<head></head><boolean>{word}</boolean></sparql>'.encode())
    else:
        sink.write(f'{{"head":{{}},"boolean":{word}}}'.encode())


def write_graph(triples: Iterable[ox.Triple], *, name: str, meter: Meter, prefixes: dict[str, str]) -> None:
    """The result of CONSTRUCT or DESCRIBE."""
    rows: Iterable[object] = meter.take(triples)
    if name == "jsonld":
        rows = _then_cut(rows, meter=meter)
    form = RDF_FORMATS[name]
    ox.serialize(rows, meter.sink, form, prefixes=prefixes if name in ("turtle", "rdfxml") else None)  # type: ignore[arg-type]
    if meter.cut and name != "jsonld":
        comment = f"<!-- {meter.notice} -->\n" if name == "rdfxml" else f"# {meter.notice}\n"
        meter.sink.write(comment.encode())


def write_solutions(solutions: ox.QuerySolutions | Solutions, *, name: str, meter: Meter, query: str) -> None:
    """The result of SELECT. The columns of `SELECT *` stand in the order in which the query names them."""
    variables = [variable.value for variable in solutions.variables]
    order: list[int] | None = None
    if _SELECT_ALL.search(query):
        named = {match[1]: -match.start() for match in reversed(list(_VARIABLE.finditer(query)))}
        order = sorted(range(len(variables)), key=lambda at: -named.get(variables[at], 0))
        variables = [variables[at] for at in order]
    head, row_of, tail = _WRITERS[name](variables, meter)
    meter.sink.write(head.encode())
    first = True
    for row in meter.take(solutions):
        terms = row if order is None else [row[at] for at in order]  # type: ignore[index]
        meter.sink.write(row_of(terms, first).encode())  # type: ignore[arg-type]
        first = False
    meter.sink.write(tail().encode())


def _then_cut(rows: Iterable[object], *, meter: Meter) -> Iterator[object]:
    yield from rows
    if meter.cut:
        yield ox.Triple(ox.BlankNode(), ox.NamedNode(CUT_TERM), ox.Literal(meter.notice))


Writer = tuple[str, Callable[[Iterable["Term | None"], bool], str], Callable[[], str]]


def _json(variables: list[str], meter: Meter) -> Writer:
    keys = [_dump(name) for name in variables]

    def row(terms: Iterable[Term | None], first: bool) -> str:
        cells = [f"{key}:{_json_term(term)}" for key, term in zip(keys, terms, strict=True) if term is not None]
        return f"{'' if first else ','}{{{','.join(cells)}}}"

    def tail() -> str:
        if not meter.cut:
            return "]}}"
        return f']}},"cut":{{"by":{_dump(meter.cut)},"rows":{meter.rows},"notice":{_dump(meter.notice)}}}}}'

    return f'{{"head":{{"vars":[{",".join(keys)}]}},"results":{{"bindings":[', row, tail


def _json_term(term: Term) -> str:
    if isinstance(term, ox.NamedNode):
        return f'{{"type":"uri","value":{_dump(term.value)}}}'
    if isinstance(term, ox.BlankNode):
        return f'{{"type":"bnode","value":{_dump(term.value)}}}'
    if isinstance(term, ox.Triple):
        parts = ",".join(
            f'"{name}":{_json_term(part)}'
            for name, part in (("subject", term.subject), ("predicate", term.predicate), ("object", term.object))
        )
        return f'{{"type":"triple","value":{{{parts}}}}}'
    extra = ""
    language = term.language
    if language:
        extra = f',"xml:lang":{_dump(language)}'
        if term.direction:
            extra += f',"its:dir":{_dump(str(term.direction))}'
    else:
        datatype = term.datatype.value
        if datatype != _STRING:
            extra = f',"datatype":{_dump(datatype)}'
    return f'{{"type":"literal","value":{_dump(term.value)}{extra}}}'


#: A text as JSON writes it; several times as fast as `json.dumps`, which makes an encoder for every text.
_dump = encode_basestring


_XML = '<?xml version="1.0"?>\n<sparql xmlns="http://www.w3.org/2005/sparql-results#">'


def _xml(variables: list[str], meter: Meter) -> Writer:
    names = [quoteattr(name) for name in variables]
    head = "".join(f"<variable name={name}/>" for name in names)

    def row(terms: Iterable[Term | None], first: bool) -> str:
        del first
        cells = "".join(
            f"<binding name={name}>{_xml_term(term)}</binding>"
            for name, term in zip(names, terms, strict=True)
            if term is not None
        )
        return f"<result>{cells}</result>\n"

    def tail() -> str:
        notice = f"<!-- {meter.notice} -->" if meter.cut else ""
        return f"</results>{notice}</sparql>\n"

    return f"{_XML}<head>{head}</head>\n<results>", row, tail


def _xml_term(term: Term) -> str:
    if isinstance(term, ox.NamedNode):
        return f"<uri>{_xml_text(term.value)}</uri>"
    if isinstance(term, ox.BlankNode):
        return f"<bnode>{_xml_text(term.value)}</bnode>"
    if isinstance(term, ox.Triple):
        return (
            f"<triple><subject>{_xml_term(term.subject)}</subject><predicate>{_xml_term(term.predicate)}</predicate>"
            f"<object>{_xml_term(term.object)}</object></triple>"
        )
    extra = ""
    if term.language:
        extra = f" xml:lang={quoteattr(term.language)}"
    elif term.datatype.value != _STRING:
        extra = f" datatype={quoteattr(term.datatype.value)}"
    return f"<literal{extra}>{_xml_text(term.value)}</literal>"


def _xml_text(text: str) -> str:
    # XML 1.0 has no way to write most control characters; white space at the ends would be lost
    kept = "".join(c if c >= " " or c in "\t\n\r" else "\ufffd" for c in text) if not text.isprintable() else text
    return escape(kept, {"\r": "&#13;", "\n": "&#10;", "\t": "&#9;"})


def _csv(variables: list[str], meter: Meter) -> Writer:
    def row(terms: Iterable[Term | None], first: bool) -> str:
        del first
        return ",".join(_csv_cell(term) for term in terms) + "\r\n"

    return ",".join(variables) + "\r\n", row, lambda: f"{meter.notice}\r\n" if meter.cut else ""


def _csv_cell(term: Term | None) -> str:
    if term is None:
        return ""
    text = str(term) if isinstance(term, ox.BlankNode | ox.Triple) else term.value
    if any(character in text for character in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def _tsv(variables: list[str], meter: Meter) -> Writer:
    def row(terms: Iterable[Term | None], first: bool) -> str:
        del first
        return "\t".join(_tsv_cell(term) for term in terms) + "\n"

    return "\t".join(f"?{name}" for name in variables) + "\n", row, lambda: f"# {meter.notice}\n" if meter.cut else ""


def _tsv_cell(term: Term | None) -> str:
    if term is None:
        return ""
    if isinstance(term, ox.Literal) and term.datatype.value in _BARE and _reads_bare(term):
        return term.value
    return str(term).replace("\t", "\\t")


def _reads_bare(term: ox.Literal) -> bool:
    # Turtle reads 4 as an integer, 5.5 as a decimal, 1e0 as a double; any other way of writing one needs its datatype
    kind = term.datatype.value.rsplit("#", 1)[1]
    digits = term.value.lstrip("+-")
    if kind == "boolean":
        return term.value in ("true", "false")
    if not digits.isascii() or len(term.value) - len(digits) > 1:
        return False
    if kind == "integer":
        return digits.isdigit()
    if kind == "decimal":
        whole, dot, rest = digits.partition(".")
        return bool(dot) and rest.isdigit() and (whole.isdigit() or not whole)
    mantissa, exponent, power = digits.lower().partition("e")
    plain = mantissa.replace(".", "", 1)
    return bool(exponent) and plain.isdigit() and mantissa[-1].isdigit() and power.lstrip("+-").isdigit()


_WRITERS: dict[str, Callable[[list[str], Meter], Writer]] = {"json": _json, "xml": _xml, "csv": _csv, "tsv": _tsv}
