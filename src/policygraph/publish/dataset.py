"""A data set: the tables as CSV, the codebook, descriptors (Frictionless, DCAT), how to cite it, and the sums of all files."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from policygraph.align.library import Library
from policygraph.graph.codebook import CODEBOOK, Column, codebook_rows
from policygraph.publish.tables import TidyTable, tables
from policygraph.release.export import cell, writing_into
from policygraph.release.folder import Manifest

_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "spdx": "http://spdx.org/rdf/terms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}  # fmt: skip
_CHINESE = {"@id": "http://publications.europa.eu/resource/authority/language/ZHO"}
_MEDIA = {".csv": "text/csv", ".json": "application/json", ".cff": "application/yaml"}


def publish(library: Library, folder: Path, *, manifest: Manifest) -> list[Path]:
    """Write the data set of a release into `folder`; the same release gives the same bytes. The files written."""
    with writing_into(folder):
        return _publish(library, folder, manifest=manifest)


def _publish(library: Library, folder: Path, *, manifest: Manifest) -> list[Path]:
    written, described = [], []
    for table in tables():
        names = [column.name for column in table.columns]
        path = _csv(folder / f"{table.name}.csv", names, ([row[name] for name in names] for row in table.rows(library)))
        written.append(path)
        described.append(_resource(path, table.name, f"{table.zh} · {table.en}", _schema(table)))
    codebook = _csv(folder / "codebook.csv", CODEBOOK, codebook_rows(column for table in tables() for column in table.columns))
    written.append(codebook)
    fields = [{"name": name, "type": "string"} for name in CODEBOOK]
    described.append(_resource(codebook, "codebook", "各表各列的含义 · what each column means", {"fields": fields}))
    package = {
        "profile": "tabular-data-package", "name": "policygraph", "id": f"{manifest.base_iri}release/{manifest.id}",
        "title": "中国政策文件知识图谱 · A knowledge graph of Chinese policy documents", "version": manifest.id,
        "description": f"{len(manifest.documents)} documents; made by policygraph {manifest.program}. Every row names the characters of the source that bear it out.",
        "sources": [{"title": document.title} for document in manifest.documents], "resources": described,
    }  # fmt: skip
    written.append(_text(folder / "datapackage.json", json.dumps(package, ensure_ascii=False, indent=1) + "\n"))
    written.append(_text(folder / "CITATION.cff", _citation(manifest)))
    written.append(_text(folder / "dcat.jsonld", json.dumps(_dcat(package, written), ensure_ascii=False, indent=1) + "\n"))
    sums = "".join(f"{_sum(path)}  {path.name}\n" for path in written)
    return [*written, _text(folder / "SHA256SUMS", sums)]


def _dcat(package: Mapping[str, Any], files: Sequence[Path]) -> dict[str, Any]:
    """The data set as catalogues harvest it (DCAT 3): a `dcat:Distribution` for each file, with its size and its sum."""
    about = {resource["path"]: resource["description"] for resource in package["resources"]}
    return {
        "@context": _CONTEXT, "@id": package["id"], "@type": "dcat:Dataset", "dct:identifier": package["version"], "dcat:version": package["version"],
        "dct:title": _both(package["title"]), "dct:description": {"@value": package["description"], "@language": "en"}, "dct:language": _CHINESE,
        "dct:source": [{"dct:title": {"@value": source["title"], "@language": "zh"}} for source in package["sources"]],
        "dcat:distribution": [
            {
                "@id": f"{package['id']}/{path.name}", "@type": "dcat:Distribution", "dct:title": path.name,
                **({"dct:description": _both(about[path.name])} if path.name in about else {}),
                "dcat:mediaType": {"@id": f"https://www.iana.org/assignments/media-types/{_MEDIA[path.suffix]}"},
                "dcat:byteSize": {"@value": str(path.stat().st_size), "@type": "xsd:nonNegativeInteger"},
                "spdx:checksum": {
                    "@type": "spdx:Checksum", "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
                    "spdx:checksumValue": {"@value": _sum(path), "@type": "xsd:hexBinary"},
                },
            }
            for path in files
        ],
    }  # fmt: skip


def _both(text: str) -> list[dict[str, str]]:
    """`中文 · English` as two strings with their languages."""
    zh, _, en = text.partition(" · ")
    return [{"@value": zh, "@language": "zh"}, *([{"@value": en, "@language": "en"}] if en else [])]


def _schema(table: TidyTable) -> dict[str, Any]:
    return {"fields": [_field(column) for column in table.columns]}


def _field(column: Column) -> dict[str, Any]:
    field: dict[str, Any] = {"name": column.name, "type": column.type, "description": f"{column.about}{f'（{column.unit}）' if column.unit else ''}"}
    if column.values and column.type == "string":
        field["constraints"] = {"enum": [value.code for value in column.values]}
    return field


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
