"""Who may review: a file with one reviewer a line, `NAME ROLE HASH`, where HASH is the SHA-256 of a token.

Tokens are random and long, so one round of hashing is enough; the file gives none away. It is read again when it changes, and
a line that is taken out locks its reviewer out at once, also of a session that is open.
"""

from __future__ import annotations

import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from policygraph.api.guards import hash_token
from policygraph.errors import InputError, UsageError
from policygraph.review import By, check_name

FILE = "reviewers.txt"
Role = Literal["reader", "reviewer", "editor"]
ROLES: tuple[Role, ...] = get_args(Role)
_BYTES = 32


@dataclass(frozen=True, slots=True)
class Reviewer:
    """A name with its role: a `reader` sees what is judged, a `reviewer` judges, an `editor` also settles."""

    name: str
    role: Role
    token_hash: str

    def by(self, *, settles: bool = False) -> By:
        """Who judges, as a verdict has it."""
        return By(self.name, role="editor" if self.role == "editor" else "reviewer", settles=settles)


class Reviewers:
    """The file of reviewers."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: tuple[tuple[int, int, int], tuple[Reviewer, ...]] | None = None

    def all(self) -> tuple[Reviewer, ...]:
        """Everybody in the file; a line that is wrong is an error that names it."""
        try:
            found = self.path.stat()
            stamp = found.st_ino, found.st_size, found.st_mtime_ns
            if self._read is None or self._read[0] != stamp:
                lines = self.path.read_text("utf-8").splitlines()
                named = [_reviewer(line, f"{self.path}, line {n}") for n, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")]
                self._read = (stamp, tuple(named))
        except OSError as error:
            raise InputError(
                f"The file of reviewers {self.path} cannot be read ({error.strerror}).", remedy="Make one: policygraph review token NAME."
            ) from error
        return self._read[1]

    def of_token(self, token: str) -> Reviewer | None:
        """Whose token it is; every hash is compared, in constant time."""
        given = hash_token(token).encode()
        matches = [each for each in self.all() if hmac.compare_digest(given, each.token_hash.encode())]
        return matches[0] if matches else None

    def still(self, reviewer: Reviewer) -> bool:
        """Whether a reviewer is in the file as when they signed in."""
        return reviewer in self.all()

    def add(self, name: str, role: str) -> str:
        """A new token for a reviewer, whose hash goes into the file; it is shown this once."""
        token = secrets.token_urlsafe(_BYTES)
        line = f"{name} {role} {hash_token(token)}"
        _reviewer(line, "the name and role given")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8") as file:
            file.write(f"{line}\n")
        return token


def _reviewer(line: str, where: str) -> Reviewer:
    parts = line.split()
    wanted = "NAME ROLE HASH"
    if len(parts) != 3 or parts[1] not in ROLES or len(parts[2]) != 64:
        raise InputError(f"{where}: {line[:60]!r} is not {wanted}.", remedy=f"Roles: {', '.join(ROLES)}; policygraph review token NAME writes a line.")
    try:
        check_name(parts[0])
    except UsageError as error:
        raise InputError(f"{where}: {error.message}", remedy=error.remedy) from error
    return Reviewer(parts[0], parts[1], parts[2].lower())

