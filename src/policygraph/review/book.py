"""The file of verdicts, `verdicts.jsonl` beside the documents of a corpus: one verdict a line, only ever added to.

Invariant: a line that was written whole stays as it is. A writer holds the file's lock, adds one write of whole lines,
waits for the disk, and takes back what it could not write to the end. A line that a killed writer left half is closed by the
next one and named when the file is read; the others hold. In Git the file merges line by line (`merge=union`).
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from policygraph.errors import NotFoundError, PolicyGraphError, UsageError
from policygraph.review.verdict import Verdict, check, sealed, verdict_of

FILE = "verdicts.jsonl"


@dataclass(frozen=True, slots=True)
class Broken:
    """A line that is no verdict, and why; it counts for nothing, and stays."""

    line: int
    reason: str


@dataclass(frozen=True)
class Verdicts:
    """What a file of verdicts held when it was read, in the order of the file."""

    all: tuple[Verdict, ...] = ()
    broken: tuple[Broken, ...] = ()

    @cached_property
    def current(self) -> tuple[Verdict, ...]:
        """Of each reviewer and subject the last word, unless it was withdrawn."""
        last: dict[tuple[str, str], Verdict] = {}
        for verdict in sorted(self.all, key=lambda each: each.time):  # a merge may have mixed the lines
            last[verdict.reviewer, verdict.subject] = verdict
        kept = {each.id for each in last.values() if each.judgement != "withdrawn" and each.superseded_by is None}
        return tuple(verdict for verdict in self.all if verdict.id in kept)

    @cached_property
    def by_subject(self) -> dict[str, tuple[Verdict, ...]]:
        """The current verdicts on each subject."""
        found: dict[str, list[Verdict]] = {}
        for verdict in self.current:
            found.setdefault(verdict.subject, []).append(verdict)
        return {subject: tuple(verdicts) for subject, verdicts in found.items()}

    def find(self, identifier: str) -> Verdict:
        """The verdict with this id, or whose id begins so."""
        found = [verdict for verdict in self.all if identifier and verdict.id.startswith(identifier)]
        if len(found) != 1:
            what = "begins the ids of several verdicts" if found else "is no verdict"
            raise NotFoundError(f"{identifier!r} {what}.", remedy="policygraph review list shows all.")
        return found[0]


def standing(verdicts: Sequence[Verdict]) -> Verdict | None:
    """The verdict that holds of those on one subject: an editor's that settles, else what more than half say; None where
    they do not agree."""
    settled = [verdict for verdict in verdicts if verdict.settles]
    if settled:
        return max(settled, key=lambda verdict: verdict.time)
    by_words: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        by_words.setdefault(words_of(verdict, verdicts), []).append(verdict)
    most = max(by_words.values(), key=len, default=[])
    return max(most, key=lambda verdict: verdict.time) if len(most) * 2 > len(verdicts) else None


@dataclass(frozen=True, slots=True)
class _Held:
    """What was read of a file: its stamp then, and the verdicts and broken lines of so many lines."""

    stamp: tuple[int, int, int]
    lines: int
    verdicts: Verdicts


def words_of(verdict: Verdict, beside: Sequence[Verdict]) -> str:
    """What a verdict says; of one that accepts what another one made of the record, what that one says."""
    if verdict.judgement == "accepted" and verdict.found is not None:
        for other in beside:
            if other.correction and all(verdict.found.get(name) == value for name, value in other.correction.items()):
                return other.says
    return verdict.says


class Book:
    """The file of verdicts at a path. What was read is kept; of a file that grew only what is new is read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._held: _Held | None = None

    @property
    def stamp(self) -> tuple[int, int, int]:
        """What changes whenever the file does; zeros where there is none."""
        try:
            found = self.path.stat()
        except OSError:
            return 0, 0, 0
        return found.st_ino, found.st_size, found.st_mtime_ns

    def read(self) -> Verdicts:
        """All verdicts; lines that are none are named beside them."""
        held, stamp = self._held, self.stamp
        if held is None or held.stamp != stamp:
            grown = held is not None and held.stamp[0] == stamp[0] and 0 < held.stamp[1] < stamp[1]
            held = self._held = self._parsed(held if grown else None)
        return held.verdicts

    def _parsed(self, before: _Held | None) -> _Held:
        """What the file holds; of one that grew since `before`, read from there on."""
        try:
            with self.path.open("rb") as file:
                there = os.fstat(file.fileno())
                if before is not None:
                    file.seek(before.stamp[1] - 1)
                    if file.read(1) != b"\n":  # its last line was half
                        return self._parsed(None)
                data = file.read()
                stamp = there.st_ino, file.tell(), there.st_mtime_ns
        except FileNotFoundError:
            return _Held((0, 0, 0), 0, Verdicts())
        except OSError as error:
            raise PolicyGraphError(f"{self.path} cannot be read ({error.strerror}).", remedy="Check its permissions.") from error
        found = {verdict.id: verdict for verdict in before.verdicts.all} if before else {}
        broken = list(before.verdicts.broken) if before else []
        lines = data.split(b"\n")
        first = 1 + (before.lines if before else 0)
        for number, line in enumerate(lines, start=first):
            if not line.strip():
                continue
            try:
                verdict = verdict_of(json.loads(line.decode()))
                before_it = found.get(verdict.supersedes or "")
                _see_own(verdict, before_it)
            except (ValueError, RecursionError, UsageError) as error:
                broken.append(Broken(number, _reason(error)))
                continue
            if verdict.id in found:  # a merge may have taken a line twice
                continue
            found[verdict.id] = verdict
            if before_it is not None:
                found[before_it.id] = replace(before_it, superseded_by=verdict.id)
        return _Held(stamp, first - 1 + len(lines) - 1, Verdicts(tuple(found.values()), tuple(broken)))

    def add(self, verdict: Verdict) -> Verdict:
        """Write a verdict behind the others, for its reviewer's word before on the same subject; it comes back with its id and
        its time. It is on the disk when this returns."""
        return self.add_all([verdict])[0]

    def add_all(self, verdicts: Iterable[Verdict]) -> list[Verdict]:
        """Write verdicts behind the others: all of them or none. Those whose reviewer says what stands already are left out of
        the file, and come back as they stand."""
        wanted = list(verdicts)
        for verdict in wanted:
            check(verdict)
        with self._locked() as descriptor:
            there = self.read()
            last = {(each.reviewer, each.subject): each for each in there.current}
            by_id = {each.id: each for each in there.all}
            given, lines = [], []
            for verdict in wanted:
                made = sealed(verdict)
                before = by_id.get(verdict.supersedes or "") or last.get((made.reviewer, made.subject))
                _see_own(verdict, before)
                if before is not None and _same(before, verdict):
                    given.append(before)
                    continue
                if verdict.judgement == "withdrawn" and before is None:
                    raise UsageError(f"{verdict.reviewer} has said nothing of it.", remedy="Only one's own word can be taken back.")
                made = sealed(replace(verdict, supersedes=before.id if before else None))
                last[made.reviewer, made.subject] = made
                given.append(made)
                lines.append(json.dumps(made.row(), ensure_ascii=False).encode() + b"\n")
            if lines:
                _append(descriptor, b"".join(lines), path=self.path)
        return given

    def take(self, verdicts: Iterable[Verdict]) -> tuple[list[Verdict], int]:
        """Write others' verdicts as they are; those that are new, and how many were there already."""
        wanted = list(verdicts)
        if not wanted:
            return [], 0
        with self._locked() as descriptor:
            known = {verdict.id for verdict in self.read().all}
            fresh = {verdict.id: verdict for verdict in wanted if verdict.id not in known}
            if fresh:
                _append(descriptor, b"".join(json.dumps(each.row(), ensure_ascii=False).encode() + b"\n" for each in fresh.values()), path=self.path)
        return list(fresh.values()), len(wanted) - len(fresh)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[int]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise PolicyGraphError(f"{self.path} cannot be written ({error.strerror}).", remedy="Check its permissions.") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)  # the system lets go of it however this process ends
            yield descriptor
        finally:
            os.close(descriptor)


def _see_own(verdict: Verdict, before: Verdict | None) -> None:
    """Nobody takes the place of another's word: who sees it otherwise says so beside it."""
    if before is not None and before.reviewer != verdict.reviewer:
        raise UsageError(f"{before.id} is the word of {before.reviewer}, not of {verdict.reviewer}.", remedy="Judge the record yourself; both stand.")


def _same(one: Verdict, other: Verdict) -> bool:
    return (one.says, one.reason, one.settles, one.subject) == (other.says, other.reason, other.settles, sealed(other).subject)


def now() -> str:
    """The time of a verdict: UTC, to the microsecond, so that two of one second keep their order."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


def _append(descriptor: int, data: bytes, *, path: Path, write: Callable[[int, bytes], int] = os.write) -> None:
    """Add whole lines and wait for the disk; a line that could not be written to its end is taken back."""
    size = os.fstat(descriptor).st_size
    if size and os.pread(descriptor, 1, size - 1) != b"\n":
        data = b"\n" + data  # what a killed writer left half stays a line of its own
    try:
        left = data
        while left:
            left = left[write(descriptor, left) :]
        os.fsync(descriptor)
        if size == 0:
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, size)
        raise PolicyGraphError(
            f"The verdict could not be written to {path} ({error.strerror}); nothing of it was.", remedy="Free some space, and judge again."
        ) from error


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8"
    if isinstance(error, json.JSONDecodeError | RecursionError):
        return f"it is no JSON ({error})"
    return str(error)
