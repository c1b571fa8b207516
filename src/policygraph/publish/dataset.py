"""A data set: the tables as CSV, the codebook, a Frictionless descriptor, how to cite it, and the sums of all files."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from policygraph.align.library import Library
from policygraph.errors import PolicyGraphError, UsageError
from policygraph.publish.tables import TidyTable, tables
from policygraph.release.export import cell
from policygraph.release.folder import Manifest

_CODEBOOK = ("table", "column", "type", "zh", "en")


def publish(library: Library, folder: Path, *, manifest: Manifest) -> list[Path]:
    """Write the data set of a release into `folder`; the same release gives the same bytes. The files written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _publish(library, folder, manifest=manifest)
    except FileExistsError as error:
        raise UsageError(f"{folder} is a file.", remedy="Name a folder.") from error
    except OSError as error:
        raise PolicyGraphError(f"{error.filename or folder} cannot be written ({error.strerror}).", remedy="Choose a folder you may write to.") from error


def _publish(library: Library, folder: Path, *, manifest: Manifest) -> list[Path]:
    written, described = [], []
    for table in tables():
        names = [column.name for column in table.columns]
        path = _csv(folder / f"{table.name}.csv", names, ([row[name] for name in names] for row in table.rows(library)))
        written.append(path)
        described.append(_resource(path, table.name, f"{table.zh} · {table.en}", _schema(table)))
    codebook = _csv(folder / "codebook.csv", _CODEBOOK, ((t.name, c.name, c.type, c.zh, c.en) for t in tables() for c in t.columns))
    written.append(codebook)
    fields = [{"name": name, "type": "string"} for name in _CODEBOOK]
    described.append(_resource(codebook, "codebook", "各表各列的含义 · what each column means", {"fields": fields}))
    package = {
        "profile": "tabular-data-package", "name": "policygraph", "id": f"{manifest.base_iri}release/{manifest.id}",
        "title": "中国政策文件知识图谱 · A knowledge graph of Chinese policy documents", "version": manifest.id,
        "description": f"{len(manifest.documents)} documents; made by policygraph {manifest.program}. Every row names the characters of the source that bear it out.",
        "sources": [{"title": document.title} for document in manifest.documents], "resources": described,
    }  # fmt: skip
    written.append(_text(folder / "datapackage.json", json.dumps(package, ensure_ascii=False, indent=1) + "\n"))
    written.append(_text(folder / "CITATION.cff", _citation(manifest)))
    sums = "".join(f"{_sum(path)}  {path.name}\n" for path in written)
    return [*written, _text(folder / "SHA256SUMS", sums)]


def _schema(table: TidyTable) -> dict[str, Any]:
    return {"fields": [{"name": c.name, "type": c.type, "description": f"{c.zh} · {c.en}"} for c in table.columns]}


def _resource(path: Path, name: str, about: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "profile": "tabular-data-resource", "name": name.replace("_", "-"), "path": path.name, "description": about, "format": "csv",
        "mediatype": "text/csv", "encoding": "utf-8", "bytes": path.stat().st_size, "hash": f"sha256:{_sum(path)}",
        "schema": {**schema, "missingValues": [""]},
    }  # fmt: skip


def _citation(manifest: Manifest) -> str:
    return (
        "cff-version: 1.2.0\n"
        'message: "Cite the release, and the documents themselves where you quote them."\n'
        "type: dataset\n"
        'title: "policygraph: a knowledge graph of Chinese policy documents"\n'
        f'version: "{manifest.id}"\n'
        "authors:\n"
        '  - name: "The policygraph developers"\n'
        f'url: "{manifest.base_iri}release/{manifest.id}"\n'
    )


def _csv(path: Path, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Path:
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(names)
        for row in rows:
            writer.writerow([str(value).lower() if isinstance(value, bool) else cell(value) for value in row])
    partial.replace(path)
    return path


def _text(path: Path, text: str) -> Path:
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text, "utf-8")
    partial.replace(path)
    return path


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
