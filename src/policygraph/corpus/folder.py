"""The corpus folder: which files go into a build, and what `manifest.toml` says about them.

    [documents."plan.txt"]            # what the text itself does not say, or says wrongly
    id = "sichuan-plan-2023"          # any of: id, title, number, issuers, region, level, date, effective, url
    region = "510000"

    [[pairs]]                         # a pair of documents to align though neither cites the other
    lower = "sichuan-plan-2023"
    higher = "national-plan-2022"

    [[pairs]]                         # or one not to align though it does
    lower = "chongqing-plan-2023"
    higher = "national-plan-2022"
    forbid = true

A file `plan.pdf.toml` beside `plan.pdf` (a sidecar) holds the same fields for that file alone; the manifest goes
before it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from policygraph.errors import InputError, Problem
from policygraph.ids import document_id, former_id, slug
from policygraph.model import Document
from policygraph.objects import ObjectPath, is_address

MANIFEST = "manifest.toml"
REFIT = "refit.json"
#: What follows the name of a document in that of its sidecar.
SIDECAR = ".toml"
FIELDS = ("id", "title", "number", "issuers", "region", "level", "date", "effective", "url")
#: Objects that are looked at at once.
_AT_ONCE = 16
_LEVELS = ("national", "provincial", "municipal", "county")


#: Where a document or a folder of them is.
Place = Path | ObjectPath


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusFile:
    """A file to build from. `source` is its name within the corpus, always with `/`; `overrides` what the manifest
    and the sidecar say."""

    path: Place
    source: str
    document: str
    sha256: str
    bytes: int
    overrides: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """What a corpus folder holds. `add` and `forbid` are pairs (lower, higher) of document ids."""

    files: tuple[CorpusFile, ...]
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
    add: tuple[tuple[str, str], ...] = ()
    forbid: tuple[tuple[str, str], ...] = ()
    #: how reviewers' verdicts bend the curves of links, by method: slope and shift, in log odds
    refit: Mapping[str, tuple[float, float]] = field(default_factory=dict)


#: What a file manager puts into folders, and what reviewers keep beside the documents.
_OF_THE_SYSTEM = frozenset(["thumbs.db", "desktop.ini", "verdicts.jsonl", "reviewers.txt", "audit.jsonl", "refit.json"])


def place_of(text: str) -> Place:
    """Where documents are, by how it is written: a folder, or `s3://bucket/prefix`."""
    return ObjectPath(text.rstrip("/")) if is_address(text) else Path(text)


def read_corpus(folder: Place) -> Corpus:
    """The files of `folder` and its subfolders, by name, whatever order the disk gives them in; objects are read once for their
    hashes.

    Left out: hidden files, README files, TOML files, what reviewers keep there, what a browser saves beside a page. A file that repeats another's content or id is a problem, not a
    document; which one stays does not depend on anything but the names.
    """
    if isinstance(folder, Path) and folder.is_file():
        raise InputError(f"{folder} is a file, not a folder.", remedy=f"Build its folder: policygraph build {folder.parent}.")
    if isinstance(folder, Path) and not folder.is_dir():
        raise InputError(f"There is no folder {folder}.", remedy="Name the folder that holds the policy documents.")
    entries, add, forbid = _read_manifest(folder / MANIFEST)
    files: list[CorpusFile] = []
    problems: list[Problem] = []
    by_content: dict[str, str] = {}
    by_id: dict[str, str] = {}
    paths: Sequence[tuple[str, Place]] = corpus_paths(folder) if isinstance(folder, Path) else corpus_objects(folder)
    for (source, path), seen in zip(paths, _looked_at(paths), strict=True):
        if isinstance(seen, Problem):
            problems.append(seen)
            continue
        digest, size = seen.sha256, seen.bytes
        overrides = {**seen.sidecar, **entries.get(source, {})}
        document = str(overrides.get("id") or document_id(source))
        if digest in by_content:
            problems.append(
                Problem(
                    source=source,
                    reason=f"has the same content as {by_content[digest]}.",
                    remedy="Remove one of the two.",
                )
            )
        elif document in by_id:
            problems.append(
                Problem(
                    source=source,
                    reason=f"would have the id {document}, which {by_id[document]} has.",
                    remedy=f'Rename it, or give it an id in {MANIFEST}: [documents."{source}"] id = "…".',
                )
            )
        else:
            by_content[digest], by_id[document] = source, source
            files.append(
                CorpusFile(
                    path=path.absolute(), source=source, document=document, sha256=digest, bytes=size, overrides=overrides
                )
            )
    there = {source for source, _ in paths}
    named = {former_id(file.source): file.document for file in files}
    add, forbid = (tuple((named.get(a, a), named.get(b, b)) for a, b in pairs) for pairs in (add, forbid))
    warnings = tuple(f"{MANIFEST} speaks of {name}, which is not in {folder}." for name in entries if name not in there)
    return Corpus(files=tuple(files), problems=tuple(problems), warnings=warnings, add=add, forbid=forbid, refit=read_refit(folder / REFIT))


def corpus_paths(folder: Path) -> list[tuple[str, Path]]:
    """The documents' files in a folder, each with its name within it, in the order of names."""
    return sorted((printable(path.relative_to(folder)), path) for path in _files(folder))


def corpus_objects(folder: ObjectPath) -> list[tuple[str, ObjectPath]]:
    """The same of objects."""
    return [(name, folder / name) for name in _documents(folder.names())]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is to be seen of a file before it is read."""

    sha256: str
    bytes: int
    sidecar: dict[str, Any]


def _looked_at(paths: Sequence[tuple[str, Place]]) -> Iterable[_Seen | Problem]:
    """Each file looked at; objects several at a time, since each answer comes from far."""
    if all(isinstance(path, Path) for _, path in paths):
        yield from (_look(source, path) for source, path in paths)
        return
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from pool.map(lambda named: _look(*named), paths)


def _look(source: str, path: Place) -> _Seen | Problem:
    try:
        sidecar = read_sidecar(path)
        return _Seen(*_digest(path), sidecar)
    except OSError as error:
        return Problem(source=source, reason=f"cannot be read ({error.strerror}).", remedy="Check its permissions.")
    except InputError as error:
        return Problem(source=source, reason=error.message, remedy=error.remedy)


def read_corpus_file(file: CorpusFile) -> CorpusFile:
    """The file as it is now."""
    digest, size = _digest(file.path)
    return replace(file, sha256=digest, bytes=size)


def printable(path: Path) -> str:
    """A relative path as text: names in GBK, as old archives unpack to, are decoded as such."""
    raw = os.fsencode(path.as_posix())
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace")


def _files(folder: Path) -> list[Path]:
    found = []
    for top, folders, names in os.walk(folder):
        saved = {folder for page in names for folder in _saved_beside(page)}
        folders[:] = [name for name in folders if not name.startswith(".") and name not in saved]
        found += [Path(top, name) for name in names if _is_document(name)]
    return found


def _is_document(name: str) -> bool:
    left_out = name.startswith((".", "~$")) or name.lower().endswith(".toml") or name.lower() in _OF_THE_SYSTEM
    return not left_out and Path(name).stem.upper() != "README"


def _saved_beside(page: str) -> set[str]:
    """The folders in which a browser saves what belongs to a page."""
    return {Path(page).stem + end for end in ("_files", ".files")} if page.lower().endswith((".htm", ".html")) else set()


def _documents(names: Sequence[str]) -> list[str]:
    """Those of the names of objects that are documents'; slashes part them into folders."""
    saved = {f"{above}{slash}{folder}" for above, slash, page in (name.rpartition("/") for name in names) for folder in _saved_beside(page)}
    found = []
    for name in names:
        *folders, last = name.split("/")
        above = ["/".join(folders[: depth + 1]) for depth in range(len(folders))]
        if _is_document(last) and not any(folder.startswith(".") for folder in folders) and saved.isdisjoint(above):
            found.append(name)
    return sorted(found)


def _digest(path: Place) -> tuple[str, int]:
    if isinstance(path, ObjectPath):
        data = path.read_bytes()
        return hashlib.sha256(data).hexdigest(), len(data)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return digest, file.tell()


def _read_manifest(
    path: Place,
) -> tuple[dict[str, dict[str, Any]], tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    if not path.exists():
        return {}, (), ()
    data = _toml(path)
    for name in data:
        if name not in ("documents", "pairs"):
            raise InputError(f"{path}: unknown table {name!r}.", remedy="Known: [documents.\"file\"] and [[pairs]].")
    entries = {source: _checked(entry, where=f"{path}, {source}") for source, entry in data.get("documents", {}).items()}
    add: list[tuple[str, str]] = []
    forbid: list[tuple[str, str]] = []
    for pair in data.get("pairs", []):
        if not {"lower", "higher"} <= set(pair) <= {"lower", "higher", "forbid"}:
            raise InputError(f"{path}: a pair has {', '.join(pair)}.", remedy="A pair has lower, higher and, if need be, forbid.")
        (forbid if pair.get("forbid") else add).append((pair["lower"], pair["higher"]))
    return entries, tuple(sorted(add)), tuple(sorted(forbid))


def read_refit(path: Place) -> dict[str, tuple[float, float]]:
    """The curves that `policygraph refit --apply` wrote; nothing where there are none."""
    try:
        rows = json.loads(path.read_text("utf-8"))
        return {str(method): (float(row["slope"]), float(row["shift"])) for method, row in sorted(rows.items())}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path} holds no curves ({error}).", remedy="Fit them anew (policygraph refit --apply), or remove it.") from error


def write_refit(refit: Mapping[str, tuple[float, float]], path: Path) -> None:
    """Write curves as `read_refit` reads them."""
    rows = {method: {"slope": slope, "shift": shift} for method, (slope, shift) in sorted(refit.items())}
    path.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")


def sidecar_of(path: Path) -> Path:
    """The file beside a document that says what its text does not: plan.pdf.toml."""
    return path.with_name(path.name + SIDECAR)


def read_sidecar(path: Place) -> dict[str, Any]:
    """What the sidecar of a document says; nothing where it has none."""
    sidecar: Place = path.with_name(path.name + SIDECAR)
    return _checked(_toml(sidecar), where=str(sidecar.name)) if sidecar.exists() else {}


def _toml(path: Place) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not valid TOML: {error}.", remedy="Mend that line.") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}).", remedy="Check its permissions.") from error


def _checked(entry: object, *, where: str) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise InputError(f"{where}: expected a table of fields.", remedy=f"Fields: {', '.join(FIELDS)}.")
    for name, value in entry.items():
        if name not in FIELDS:
            raise InputError(f"{where}: unknown field {name!r}.", remedy=f"Fields: {', '.join(FIELDS)}.")
        good = isinstance(value, list) and all(isinstance(v, str) for v in value) if name == "issuers" else isinstance(value, str)
        if not good:
            raise InputError(f"{where}: {name} = {value!r}.", remedy="issuers is a list of texts, every other field a text.")
    if "level" in entry and entry["level"] not in _LEVELS:
        raise InputError(f"{where}: level = {entry['level']!r}.", remedy=f"Levels: {', '.join(_LEVELS)}.")
    for name in ("date", "effective"):
        if name in entry and not _is_day(entry[name]):
            raise InputError(f"{where}: {name} = {entry[name]!r} is no day.", remedy="Days are written 2022-08-31.")
    if "region" in entry and not re.fullmatch(r"\d{6}", entry["region"]):
        raise InputError(f"{where}: region = {entry['region']!r}.", remedy="A region is its GB/T 2260 code: 510000.")
    if "id" in entry and slug(entry["id"]) != entry["id"]:
        raise InputError(f"{where}: id = {entry['id']!r}.", remedy=f"Write it {slug(entry['id'])!r}.")
    return entry


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def describe(document: Document, *, overrides: Mapping[str, Any], source: str) -> Document:
    """The document with the manifest's fields in place of what was read; where the text says otherwise, a warning."""
    changes: dict[str, Any] = {"source": source}
    warnings = [text for text in document.warnings if not any(f"Set {name} in" in text for name in overrides)]
    for name, value in overrides.items():
        if name == "id":
            continue
        given = tuple(value) if isinstance(value, list) else value
        read = getattr(document, name)
        if read and read != given:
            warnings.append(f"{name}: the text says {_shown(read)}, the manifest {_shown(given)}; the manifest is taken.")
        changes[name] = given
    return replace(document, **changes, warnings=tuple(warnings))


def _shown(value: object) -> str:
    return "、".join(value) if isinstance(value, tuple) else str(value)
