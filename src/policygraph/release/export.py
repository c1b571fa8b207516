"""Export: a release as files that other programs open, one file a record type where the format has rows.

Every file is written under a temporary name beside its place and then renamed, so that a failed export leaves no half
file. Cells that a spreadsheet would run as a formula are made plain text.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import dataclasses
import io
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from policygraph.columns import Columns, columns_of
from policygraph.errors import PolicyGraphError, UsageError
from policygraph.graph import Reader
from policygraph.graph.codebook import CODEBOOK, Column, codebook_rows, of_records
from policygraph.graph.schema import BY_NAME, RecordType
from policygraph.read import Places

#: What a cell of a spreadsheet can hold, and what is put at the end of a text that was cut to it.
CELL_CHARACTERS = 32_767
#: Rows that a sheet can have (ECMA-376); what has more is refused, with the formats that hold it.
SHEET_ROWS = 1_048_576
CUT = "…〔截断，全文见 jsonl〕"
_WRITTEN_ON = re.compile(rb' lastmodifieddate="[^"]*"')
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Opened(Protocol):
    """Whatever has a reader, as a `PolicyGraph` does."""

    @property
    def columns(self) -> Columns: ...

    @property
    def reader(self) -> Reader: ...

    def source_text(self, document: str) -> str: ...

    def places_of(self, document: str) -> Places | None: ...


def export(
    graph: Reader | Opened,
    folder: Path,
    *,
    format: str = "jsonl",  # noqa: A002
) -> list[Path]:
    """Write everything that `graph` (a reader, or an opened release) reads into `folder`. The files written."""
    if format not in FORMATS:
        raise UsageError(f"{format!r} is no export format.", remedy=f"Known: {', '.join(FORMATS)}; of an opened release also tables and stata.")
    opened: Opened = _Alone(graph) if isinstance(graph, Reader) else graph
    with writing_into(folder):
        return FORMATS[format](opened, folder)


@contextlib.contextmanager
def writing_into(folder: Path) -> Iterator[None]:
    """Make a folder to write into; what the disk refuses within is told as an error that names the place."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except FileExistsError as error:
        raise UsageError(f"{folder} is a file.", remedy="Name a folder.") from error
    except OSError as error:
        raise PolicyGraphError(
            f"{error.filename or folder} cannot be written ({error.strerror}).", remedy="Choose a folder you may write to."
        ) from error


class _Alone:
    """A graph by itself, with no release around it: its records are read from it, all of them."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    @cached_property
    def columns(self) -> Columns:
        documents = [document.id for document in self.reader.documents()]
        return columns_of((self.reader.document_records(name) for name in documents), self.reader.links())

    def places_of(self, document: str) -> Places | None:
        del document
        return None

    def source_text(self, document: str) -> str:
        raise UsageError(
            f"Annotations quote the source text of {document}, which a graph alone does not hold.", remedy="Export an opened release."
        )


def row(record: Any) -> dict[str, Any]:
    """A record as JSON has it: tuples as lists, small records within as objects.

    >>> from policygraph.model import Candidate
    >>> row(Candidate(clause="a/item_1", score=0.4))
    {'clause': 'a/item_1', 'score': 0.4, 'reason': '', 'text': None}
    """
    return {f.name: _plain(getattr(record, f.name)) for f in dataclasses.fields(record)}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return row(value) if dataclasses.is_dataclass(value) else value


def columns(kind: RecordType) -> list[str]:
    return [f.name for f in dataclasses.fields(kind.record)]


# -- rows ----------------------------------------------------------------------------------------------------------


def _jsonl(opened: Opened, folder: Path) -> list[Path]:
    written = []
    for name in BY_NAME:
        lines = (f"{json.dumps(row(record), ensure_ascii=False)}\n".encode() for record in opened.columns.all(name))
        written.append(write_whole(folder / f"{name}.jsonl", lines))
    return written


def cell(value: Any) -> Any:
    """A value as a spreadsheet takes it: lists as JSON, nothing that it would compute.

    >>> cell("=1+1"), cell(("岷江", "沱江")), cell(-5)
    ("'=1+1", '岷江；沱江', -5)
    """
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, tuple):
        texts = all(isinstance(each, str) for each in value)
        value = "；".join(value) if texts else json.dumps(_plain(value), ensure_ascii=False)
    elif dataclasses.is_dataclass(value):
        value = json.dumps(_plain(value), ensure_ascii=False)
    value = str(value)
    return f"'{value}" if value.startswith(_FORMULA) else value


def _csv(opened: Opened, folder: Path) -> list[Path]:
    written = []
    for name in BY_NAME:
        names = columns(BY_NAME[name])
        rows = ([getattr(record, column) for column in names] for record in opened.columns.all(name))
        written.append(write_whole(folder / f"{name}.csv", _csv_lines(names, rows)))
    book = (column for kind in BY_NAME.values() for column in of_records(kind))
    return [*written, write_whole(folder / "codebook.csv", _csv_lines(CODEBOOK, codebook_rows(book)))]


def _csv_lines(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    yield codecs.BOM_UTF8
    sheet = io.StringIO()
    lines = csv.writer(sheet, lineterminator="\r\n")
    lines.writerow(names)
    for each in rows:
        lines.writerow([cell(value) for value in each])
        yield sheet.getvalue().encode()
        sheet.seek(0)
        sheet.truncate()
    yield sheet.getvalue().encode()


def _parquet(opened: Opened, folder: Path) -> list[Path]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise PolicyGraphError("Parquet needs pyarrow.", remedy="pip install policygraph[tables], or export jsonl or csv.") from error
    written = []
    for name in BY_NAME:
        about = {column.name: column for column in of_records(BY_NAME[name], split=True)}
        table = pa.table(split(columns(BY_NAME[name]), list(opened.columns.all(name))))
        for at, column in enumerate(table.schema):
            table = table.set_column(at, column.with_metadata(_metadata(about[column.name])), table.column(at))
        buffer = io.BytesIO()
        pq.write_table(table, buffer)
        written.append(write_whole(folder / f"{name}.parquet", buffer.getvalue()))
    return written


def split(names: Sequence[str], records: Sequence[Any]) -> dict[str, list[Any]]:
    """Records column by column, each of one type: a water class stands in `value_class`, beside the numbers of `value`."""
    data: dict[str, list[Any]] = {}
    for name in names:
        data[name] = [_plain(getattr(record, name)) for record in records]
        if name == "value":
            data["value_class"] = [value if isinstance(value, str) else None for value in data[name]]
            data[name] = [None if isinstance(value, str) or value is None else float(value) for value in data[name]]
    return data


def _metadata(column: Column) -> dict[str, str]:
    """What Parquet keeps with a column: `description`, and `unit` and `values` (JSON, code → Chinese and English) if it has them."""
    values = {value.code: [value.zh, value.en] for value in column.values}
    said = {"description": column.about, "unit": column.unit, "values": json.dumps(values, ensure_ascii=False) if values else ""}
    return {name: text for name, text in said.items() if text}


def _xlsx(opened: Opened, folder: Path) -> list[Path]:
    try:
        import xlsxwriter
    except ImportError as error:
        raise PolicyGraphError("Excel files need xlsxwriter.", remedy="pip install policygraph[tables], or export csv.") from error
    buffer = io.BytesIO()
    # No string becomes a formula, a link or a number: what a clause says is text, whatever it begins with.
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    book = xlsxwriter.Workbook(buffer, plain)
    bold = book.add_format({"bold": True})
    for name in BY_NAME:
        found = list(opened.columns.all(name))
        if len(found) >= SHEET_ROWS:
            raise PolicyGraphError(f"{len(found)} {name} do not fit into a sheet.", remedy="Export csv or parquet.")
        names = columns(BY_NAME[name])
        sheet = book.add_worksheet(name)
        sheet.write_row(0, 0, names, bold)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, max(len(found), 1), len(names) - 1)
        for at, record in enumerate(found, start=1):
            sheet.write_row(at, 0, [_fitting(cell(getattr(record, column))) for column in names])
    sheet = book.add_worksheet("codebook")
    sheet.freeze_panes(1, 2)
    sheet.write_row(0, 0, CODEBOOK, bold)
    for at, about in enumerate(codebook_rows(column for kind in BY_NAME.values() for column in of_records(kind)), start=1):
        sheet.write_row(at, 0, [_fitting(cell(value)) for value in about])
    book.close()
    return [write_whole(folder / "policygraph.xlsx", buffer.getvalue())]


def _fitting(value: Any) -> Any:
    if isinstance(value, str) and len(value) > CELL_CHARACTERS:
        return value[: CELL_CHARACTERS - len(CUT)] + CUT
    return value


# -- graphs --------------------------------------------------------------------------------------------------------


def _graph(suffix: str, serialisation: str, *, quads: bool) -> Callable[[Opened, Path], list[Path]]:
    def write(opened: Opened, folder: Path) -> list[Path]:
        from policygraph.graph.serialise import serialise

        return [write_whole(folder / f"policygraph.{suffix}", serialise(opened.reader, serialisation, quads=quads))]

    return write


def _jsonld(opened: Opened, folder: Path) -> list[Path]:
    from policygraph.graph.serialise import compact_jsonld

    document = json.dumps(compact_jsonld(opened.reader), ensure_ascii=False, indent=1)
    return [write_whole(folder / "policygraph.jsonld", document.encode("utf-8"))]


def _annotations(opened: Opened, folder: Path) -> list[Path]:
    """W3C Web Annotations, one a line, with the words around each quotation: every record, and every link."""
    lines = (f"{json.dumps(line, ensure_ascii=False)}\n".encode() for line in _annotated(opened))
    return [write_whole(folder / "annotations.jsonl", lines)]


def _annotated(opened: Opened) -> Iterator[dict[str, Any]]:
    from policygraph.graph.annotations import Quoted, annotations_of, link_annotation

    columns, iris = opened.columns, opened.reader.iris
    sources = {name: opened.source_text(name) for name in columns.numbers}
    for name, source in sources.items():
        records = columns.records(name)
        yield from annotations_of(records, quoted=Quoted(document=records.document, text=source, places=opened.places_of(name)), iris=iris)

    def side(clause: str) -> tuple[str, str]:
        return columns.home(clause), sources[columns.home(clause)]

    for link in columns.all("alignments"):
        yield link_annotation(link, sources=side, iris=iris)


def _agencies(opened: Opened, folder: Path) -> list[Path]:
    """Bodies and what they do together, for networkx, Gephi and igraph: GraphML, and GEXF with the years as intervals."""
    import networkx

    from policygraph.release.network import agency_network

    graph = agency_network(opened.columns)
    graphml, gexf = io.BytesIO(), io.BytesIO()
    networkx.write_graphml(graph, graphml, named_key_ids=True)
    networkx.write_gexf(graph, gexf, version="1.2draft")
    undated = _WRITTEN_ON.sub(b"", gexf.getvalue(), count=1)  # the same release gives the same bytes
    return [write_whole(folder / "agencies.graphml", graphml.getvalue()), write_whole(folder / "agencies.gexf", undated)]


def _graphml(opened: Opened, folder: Path) -> list[Path]:
    import networkx

    buffer = io.BytesIO()
    networkx.write_graphml(network(opened.columns), buffer)
    return [write_whole(folder / "policygraph.graphml", buffer.getvalue())]


def network(columns: Columns) -> Any:
    """Documents, clauses, agencies and the links between them as a networkx MultiDiGraph: for Gephi, Cytoscape and
    the measures of networkx."""
    import networkx

    graph = networkx.MultiDiGraph()
    for document in columns.all("documents"):
        graph.add_node(document.id, kind="document", label=_xml(document.title), region=document.region or "")
    for clause in columns.all("clauses"):
        label = clause.lead or clause.heading or clause.number or clause.text[:20]
        graph.add_node(clause.id, kind="clause", label=_xml(label), document=clause.document, text=_xml(clause.text))
        graph.add_edge(clause.id, clause.parent or clause.document, kind="part_of")
    for note in columns.all("responsibilities"):
        for role in note.agencies:
            agency = f"agency/{role.agency or role.name}"
            graph.add_node(agency, kind="agency", label=_xml(role.name))
            graph.add_edge(agency, note.clause, kind=role.role, inherited=role.inherited)
    for citation in columns.all("citations"):
        if citation.target:
            graph.add_edge(citation.clause or citation.document, citation.target, kind="cites", basis=citation.basis)
    for link in columns.all("alignments"):
        graph.add_edge(link.source, link.target, key=link.id, kind=link.relation, score=link.score)
    return graph


def _xml(text: str) -> str:
    """Text without the control characters that XML cannot hold."""
    return "".join(char for char in text if char >= " " or char in "\n\t")


def write_whole(path: Path, content: bytes | Iterable[bytes]) -> Path:
    """Put a whole file in its place at once."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with unfinished.open("wb") as file:
            file.writelines([content] if isinstance(content, bytes) else content)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path


#: What writes each format.
FORMATS: dict[str, Callable[[Opened, Path], list[Path]]] = {
    "jsonl": _jsonl,
    "csv": _csv,
    "parquet": _parquet,
    "xlsx": _xlsx,
    "turtle": _graph("ttl", "turtle", quads=False),
    "nquads": _graph("nq", "nquads", quads=True),
    "trig": _graph("trig", "trig", quads=True),
    "jsonld": _jsonld,
    "graphml": _graphml,
    "agencies": _agencies,
    "annotations": _annotations,
}
