"""Where the service judges: one `Review` for the release in service, every write in the audit log, and verdicts put into force
a moment after the last one.

Invariant: a verdict is on the disk, and its line in the audit log, before the one who gave it is told so. Putting into force may
fail or wait for a build; it is tried again until it is done, and `trouble` says what stands in the way.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from policygraph.api.reviewing.reviewers import FILE, Reviewers
from policygraph.api.serving import Live
from policygraph.errors import PolicyGraphError
from policygraph.release.folder import DataFolder
from policygraph.review import Review
from policygraph.settings import Settings

logger = logging.getLogger("policygraph.review")
AUDIT = "audit.jsonl"
Found = TypeVar("Found")


class Desk:
    """Reviewing over HTTP. Its methods run in threads, one write at a time."""

    def __init__(self, data: Path, *, settings: Settings) -> None:
        self.folder, self.settings = DataFolder(data), settings
        review = Review(self.folder, settings=settings)
        beside = review.book.path.parent
        self.reviewers = Reviewers(Path(settings.reviewers_file) if settings.reviewers_file else beside / FILE)
        self.reviewers.all()  # a service that lets nobody in is said at once
        self.audit_file = beside / AUDIT
        self.trouble: str = ""
        self._review = review
        self._lock = threading.Lock()
        self._forcing: asyncio.Task[None] | None = None
        self._asked = 0
        self._strangers = (0, 0)

    def warm(self) -> None:
        """Put the verdicts to the release before the first one asks."""
        try:
            _ = self._review.fitted
        except PolicyGraphError as error:
            logger.error("%s", error)

    def review(self, live: Live) -> Review:
        """Reviewing of the release that is live, as the program found it."""
        wanted = live.release.judged.get("as_found", live.release.id)
        with self._lock:
            if self._review.release.id != wanted:
                former, self._review = self._review, Review(self.folder, book=self._review.book, settings=self.settings)
                del former  # requests may still read it
            return self._review

    def write(self, work: Callable[[], Found], *, client: str, reviewer: str, action: str, of: Callable[[Found], dict[str, Any]]) -> Found:
        """What `work` writes, with its line in the audit log; a refusal has one, too."""
        try:
            found = work()
        except PolicyGraphError as error:
            self.audit(client=client, reviewer=reviewer, action=action, refused=error.message)
            raise
        self.audit(client=client, reviewer=reviewer, action=action, **of(found))
        return found

    def audit(self, *, client: str, reviewer: str, action: str, **more: Any) -> None:
        """Add a line to the audit log, on the disk when this returns."""
        row = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "client": client, "reviewer": reviewer, "action": action, **more}
        try:
            descriptor = os.open(self.audit_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                os.write(descriptor, json.dumps(row, ensure_ascii=False).encode() + b"\n")
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise PolicyGraphError(f"The audit log {self.audit_file} cannot be written ({error.strerror}).", remedy="Nothing is judged without it.") from error

    def audit_stranger(self, *, client: str, action: str) -> None:
        """A line for who comes with a token that nobody has: so many a minute, so that no stranger fills the disk."""
        minute = int(time.monotonic() // 60)
        if self._strangers[0] != minute:
            self._strangers = (minute, 0)
        self._strangers = (minute, self._strangers[1] + 1)
        most = self.settings.review_refusals
        if self._strangers[1] <= most:
            self.audit(client=client, reviewer="", action=action, refused="unknown token")
        elif self._strangers[1] == most + 1:
            self.audit(client=client, reviewer="", action=action, refused="unknown tokens; more of this minute are not written down")

    def put_into_force_soon(self) -> None:
        """Have the verdicts in force when no more of them come for a moment. Call in the event loop."""
        self._asked += 1
        if self._forcing is None or self._forcing.done():
            self._forcing = asyncio.create_task(self._force())

    async def _force(self) -> None:
        done = -1
        while done != self._asked:
            done = self._asked
            await asyncio.sleep(self.settings.review_pause_seconds)
            if done != self._asked:
                continue
            try:
                await asyncio.to_thread(self._review.put_into_force)
                self.trouble = ""
            except (PolicyGraphError, OSError) as error:
                if self.trouble != str(error):
                    logger.error("verdicts are not in force: %s", error)
                self.trouble = str(error)
                done = -1

    async def close(self) -> None:
        """Wait until the verdicts are in force, or leave them to the next start."""
        if self._forcing is not None:
            self._forcing.cancel()
            await asyncio.gather(self._forcing, return_exceptions=True)
