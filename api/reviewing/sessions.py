"""Who is signed in on the pages. Sessions are in memory alone: a service that starts anew asks everybody again.

A cookie holds a random number that is kept as its hash; each session has a second one, which every form sends back, so that
no other site can send one in a reviewer's name.
"""

from __future__ import annotations

import hmac
import secrets
import time
from dataclasses import dataclass

from policygraph.api.guards import hash_token
from policygraph.api.reviewing.reviewers import Reviewer

COOKIE = "policygraph-review"


@dataclass(frozen=True, slots=True)
class Session:
    reviewer: Reviewer
    csrf: str
    ends: float


class Sessions:
    """The open sessions by the hash of their cookie."""

    def __init__(self, *, seconds: float, most: int) -> None:
        """Each lasts so many seconds; of more than `most` the oldest ends."""
        self._seconds, self._most = seconds, most
        self._open: dict[str, Session] = {}

    def begin(self, reviewer: Reviewer) -> str:
        """The value of the cookie of a new session."""
        while len(self._open) >= self._most:
            self._open.pop(next(iter(self._open)))
        value = secrets.token_urlsafe(32)
        self._open[hash_token(value)] = Session(reviewer, secrets.token_urlsafe(24), time.monotonic() + self._seconds)
        return value

    def of(self, cookie: str | None) -> Session | None:
        """The session of a cookie, if it has not ended."""
        key = hash_token(cookie or "")
        found = self._open.get(key)
        if found is not None and found.ends < time.monotonic():
            del self._open[key]
            return None
        return found

    def end(self, cookie: str | None) -> None:
        self._open.pop(hash_token(cookie or ""), None)


def is_own(session: Session, given: str | None) -> bool:
    """Whether a form was made for this session."""
    return hmac.compare_digest(session.csrf.encode(), (given or "").encode())
