"""Bringing documents into a corpus: what was understood of each is shown first, and guesses are said."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from policygraph.corpus import corpus_paths, read_corpus, slug
from policygraph.errors import InputError
from policygraph.release import sha256_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A file that may come into the corpus: what it says of itself, what had to be guessed (`warnings`), or why it
    cannot come in (`problem`)."""

    path: str
    id: str = ""
    title: str = ""
    number: str | None = None
    issuers: tuple[str, ...] = ()
    region: str | None = None
    level: str | None = None
    date: str | None = None
    clauses: int = 0
    warnings: tuple[str, ...] = ()
    problem: str | None = None


def understand(files: Sequence[Path], *, corpus: Path) -> list[Candidate]:
    """Read each file, and each file of each folder, as a build would."""
    known = read_corpus(corpus).files if corpus.is_dir() else ()
    contents = {file.sha256: file.source for file in known}
    ids = {file.document: file.source for file in known}
    return [_understand(path, contents=contents, ids=ids) for path in _each(files)]


def bring_in(candidate: Candidate, *, corpus: Path) -> Path:
    """Copy the file into the corpus: whole or not at all, and never over another."""
    corpus.mkdir(parents=True, exist_ok=True)
    source = Path(candidate.path)
    place = corpus / source.name
    if place.exists():
        raise InputError(f"{place} is there already.", remedy="Rename the new file, or remove the old one.")
    beside = corpus / f".{source.name}.{os.getpid()}"
    try:
        shutil.copyfile(source, beside)
        beside.replace(place)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise InputError(f"{place} cannot be written ({error.strerror}).", remedy="Check the folder's permissions.") from error
    return place


def _each(files: Iterable[Path]) -> Iterable[Path]:
    for path in files:
        if path.is_dir():
            yield from (found for _, found in corpus_paths(path))
        else:
            yield path


def _understand(path: Path, *, contents: dict[str, str], ids: dict[str, str]) -> Candidate:
    from policygraph.read import read_file
    from policygraph.segment import segment

    document_id = slug(path.stem)
    try:
        digest = sha256_of(path)
        if digest in contents:
            return Candidate(path=str(path), id=document_id, problem=f"has the same content as {contents[digest]}.")
        if document_id in ids:
            return Candidate(
                path=str(path), id=document_id, problem=f"would have the id of {ids[document_id]}; rename it."
            )
        parts = segment(read_file(path), doc_id=document_id)
    except InputError as error:
        return Candidate(path=str(path), id=document_id, problem=str(error))
    except OSError as error:
        return Candidate(path=str(path), id=document_id, problem=f"cannot be read ({error.strerror}).")
    contents[digest] = ids[document_id] = str(path)
    document = parts[0][0]
    warnings = list(document.warnings)
    if len(parts) > 1:
        warnings.append(f"holds {len(parts)} documents: {'；'.join(part.title for part, _ in parts)}.")
    return Candidate(
        path=str(path),
        id=document_id,
        title=document.title,
        number=document.number,
        issuers=document.issuers,
        region=document.region,
        level=document.level,
        date=document.date,
        clauses=sum(clause.leaf for _, clauses in parts for clause in clauses),
        warnings=tuple(warnings),
    )
