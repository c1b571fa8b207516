"""Bringing documents into a corpus: what was understood of each is shown first, and guesses are said."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from policygraph.cache import sha256_of
from policygraph.corpus.folder import (
    MANIFEST,
    corpus_paths,
    describe,
    printable,
    read_corpus,
    read_sidecar,
    sidecar_of,
)
from policygraph.errors import InputError
from policygraph.ids import document_id
from policygraph.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A file that may come into the corpus: what it says of itself, what had to be guessed (`warnings`), what is odd
    about it (`notes`), or why it cannot come in (`problem`). `path` is as people read it, `file` as the disk has it."""

    path: str
    file: str = ""
    id: str = ""
    title: str = ""
    number: str | None = None
    issuers: tuple[str, ...] = ()
    region: str | None = None
    level: str | None = None
    date: str | None = None
    clauses: int = 0
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    problem: str | None = None


def understand(files: Sequence[Path], *, corpus: Path, settings: Settings | None = None) -> list[Candidate]:
    """Read each file, and each file of each folder, as a build would."""
    if corpus.exists() and not corpus.is_dir():
        raise InputError(f"The corpus {corpus} is a file, not a folder.", remedy="Name a folder with --corpus.")
    reader = _Reader(corpus, settings or Settings.load())
    return [reader.understand(path) for path in _each(files)]


def bring_in(candidate: Candidate, *, corpus: Path) -> Path:
    """Copy the file, and the sidecar that it has, into the corpus: whole or not at all, and never over another. A name
    in GBK becomes one in UTF-8."""
    try:
        corpus.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"The corpus folder {corpus} cannot be made ({error.strerror}).", remedy="Name another folder with --corpus."
        ) from error
    source = Path(candidate.file or candidate.path)
    place = corpus / printable(Path(source.name))
    if place.exists():
        raise InputError(f"{place} is there already.", remedy="Rename the new file, or remove the old one.")
    if sidecar_of(source).exists():
        _copy(sidecar_of(source), sidecar_of(place))
    _copy(source, place)
    return place


def _copy(source: Path, place: Path) -> None:
    beside = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        shutil.copyfile(source, beside)
        beside.replace(place)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise InputError(f"{place} cannot be written ({error.strerror}).", remedy="Check the folder's permissions.") from error


def _each(files: Sequence[Path]) -> Iterator[Path]:
    for path in files:
        if path.is_dir():
            yield from (found for _, found in corpus_paths(path))
        else:
            yield path


class _Reader:
    """Reads candidates one after the other, and tells those that are there already."""

    def __init__(self, corpus: Path, settings: Settings) -> None:
        self._settings = settings
        known = read_corpus(corpus).files if corpus.is_dir() else ()
        self._contents = {file.sha256: file.source for file in known}
        self._ids = {file.document: file.source for file in known}
        self._named: dict[tuple[str, str], str] = {}

    def understand(self, path: Path) -> Candidate:
        shown = printable(path)
        name = document_id(shown)
        problem: str | None = None
        try:
            if shown.startswith(("http:/", "https:/")):
                raise InputError("is an address; nothing is fetched.", remedy="Save the page from a browser and give the file.")
            digest = sha256_of(path)
            if digest in self._contents:
                problem = f"has the same content as {self._contents[digest]}."
            else:
                candidate = self._read(path, shown=shown, document_id=name)
                problem = candidate.problem
        except InputError as error:
            problem = str(error)
        except OSError as error:
            problem = f"cannot be read ({error.strerror}). Check its name and its permissions."
        if problem:
            return Candidate(path=shown, file=str(path), id=name, problem=problem)
        self._contents[digest] = self._ids[candidate.id] = shown
        return candidate

    def _read(self, path: Path, *, shown: str, document_id: str) -> Candidate:
        from policygraph.extract import extract, no_provisions
        from policygraph.read import read_file
        from policygraph.segment import segment

        overrides = read_sidecar(path)
        document_id = str(overrides.get("id") or document_id)
        source = read_file(path, settings=self._settings)
        parts = segment(source, doc_id=document_id)
        said = [no_provisions(extract(source, part, clauses)) for part, clauses in parts]
        document = describe(parts[0][0], overrides=overrides, source=shown)
        warnings = list(document.warnings)
        if len(parts) > 1:
            warnings.append(f"holds {len(parts)} documents: {'；'.join(part.title for part, _ in parts)}.")
        if path.with_name(MANIFEST).exists():
            warnings.append(f"what {path.with_name(MANIFEST)} says of it does not come along; put it into the corpus's own.")
        twin = self._named.setdefault((document.title, document.number or ""), shown)
        problem = None
        if document_id in self._ids:
            same = "the same document in another format?" if twin == self._ids[document_id] else "another document."
            problem = f"would have the id {document_id}, which {self._ids[document_id]} has: {same} Leave one out, or rename it."
        elif twin != shown:
            warnings.append(f"has the title{' and the number' if document.number else ''} of {twin}: the same document twice?")
        return Candidate(
            path=shown,
            file=str(path),
            id=document_id,
            title=document.title,
            number=document.number,
            issuers=document.issuers,
            region=document.region,
            level=document.level,
            date=document.date,
            clauses=sum(clause.leaf for _, clauses in parts for clause in clauses),
            warnings=tuple(warnings),
            notes=tuple(note for note in said if note) if all(said) else (),
            problem=problem,
        )
