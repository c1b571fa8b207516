"""From files to records: extract, name, resolve."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from policygraph.build.documents import DocumentHead, Documents, Job, Outcome, died, job_for, known, process
from policygraph.build.progress import Progress
from policygraph.cache import Cache, key_of
from policygraph.corpus.folder import Corpus, CorpusFile, read_corpus_file
from policygraph.errors import InputError, Problem
from policygraph.executor import Executors
from policygraph.program import program_version
from policygraph.settings import Settings

_CHANGED = "changed while it was read."
#: How often a file that changes while it is read is read again.
_TRIES = 3


def extract_documents(
    corpus: Corpus, cache: Cache, settings: Settings, executors: Executors, progress: Progress
) -> dict[str, Any]:
    """Read, segment and extract every file that the cache does not know."""
    jobs = [job_for(file, cache=cache, settings=settings) for file in corpus.files]
    outcomes = {job.key: outcome for job in jobs if (outcome := known(job)) is not None}
    missing = [job for job in jobs if job.key not in outcomes]
    executor = executors(sum(job.file.bytes for job in missing), items=len(missing))
    for done, outcome in enumerate(executor.map(process, missing, died=died), start=1):
        outcomes[outcome.key] = outcome
        progress("extract_documents", done=done, total=len(missing))
    kept: list[CorpusFile] = []
    heads: list[DocumentHead] = []
    problems = list(corpus.problems)
    taken: set[str] = {file.document for file in corpus.files}
    for job in jobs:
        file, outcome = job.file, outcomes[job.key]
        if outcome.problem is None and not outcome.heads:
            file, outcome = _again(job)
        if outcome.problem is not None:
            problems.append(outcome.problem)
        else:
            heads += _distinct(outcome, document=file.document, taken=taken, problems=problems)
        kept.append(file)
    if not heads:
        raise InputError(_all_failed(problems), remedy="The release before, if there is one, stays in service.")
    return {
        "heads": tuple(heads),
        "problems": tuple(sorted(problems, key=lambda problem: problem.source)),
        "inputs": replace(corpus, files=tuple(kept)),
        "extracted": len(missing),
    }


def name_release(inputs: Corpus, settings: Settings, encoder_identity: str) -> dict[str, Any]:
    """Name the release by its inputs as they were read."""
    return {"release_id": release_id_of(inputs, settings=settings, encoder=encoder_identity)}


def release_id_of(corpus: Corpus, *, settings: Settings, encoder: str) -> str:
    """The id of the release that these inputs give: the same on every machine, whatever the order of files."""
    inputs = [[file.source, file.document, file.sha256, file.overrides] for file in corpus.files]
    problems = [[problem.source, problem.reason] for problem in corpus.problems]
    refit = [corpus.refit] if corpus.refit else []
    return key_of(
        program_version(), settings.base_iri, encoder, inputs, problems, corpus.warnings, corpus.add, corpus.forbid, *refit
    )[:16]


def resolve_citations(heads: tuple[DocumentHead, ...], cache: Cache) -> dict[str, Any]:
    """Find which citations name a document of the corpus."""
    by_number: dict[str, str] = {}
    by_title: dict[str, str] = {}
    for head in sorted(heads, key=lambda head: head.document.id):
        document = head.document
        if document.number:
            by_number.setdefault(document.number, document.id)
        by_title.setdefault(_plain_title(document.title), document.id)
    targets: dict[str, str] = {}
    for head in heads:
        for citation in head.citations:
            found = by_number.get(citation.number or "") or by_title.get(_plain_title(citation.title))
            if found and found != citation.document:
                targets[citation.id] = found
    return {"documents": Documents(heads, cache=cache, targets=targets)}


def _plain_title(title: str) -> str:
    return "".join(char for char in title if char not in "《》〈〉“” \u3000\"'")


def _again(job: Job) -> tuple[CorpusFile, Outcome]:
    """Process a file that changed under the first attempt, as it now is; one that will not stand still is a problem."""
    for _ in range(_TRIES):
        try:
            corpus = read_corpus_file(job.file)
        except OSError as error:
            reason = f"could not be read to its end ({error.strerror or error})."
            break
        outcome = process(job_for(corpus, cache=job.cache, settings=job.settings))
        if outcome.heads or outcome.problem is not None:
            return corpus, outcome
        reason = _CHANGED
    problem = Problem(source=job.file.source, reason=reason, remedy="Wait until it is complete, then build again.")
    return job.file, Outcome(key=job.key, source=job.file.source, sha256="", problem=problem)


def _distinct(
    outcome: Outcome, *, document: str, taken: set[str], problems: list[Problem]
) -> Iterable[DocumentHead]:
    """The heads of a file whose ids no other file has: files with several documents make ids of their own."""
    for head in outcome.heads:
        if head.document.id != document and head.document.id in taken:
            problems.append(
                Problem(
                    source=outcome.source,
                    reason=f"holds a document whose id {head.document.id} another file has.",
                    remedy="Give that file another id in manifest.toml.",
                )
            )
            continue
        taken.add(head.document.id)
        yield head


def _all_failed(problems: Sequence[Problem]) -> str:
    lines = []
    for problem in problems:
        reason = problem.reason.removeprefix(f"{problem.source}: ")
        lines.append(f"{problem.source}: {reason} {problem.remedy}".rstrip())
    return "No document could be built: " + "\n  ".join(lines) + "\n"
