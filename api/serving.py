"""The release in service: opened, leased to requests, exchanged for a newer one without a request failing."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator
from functools import cached_property
from pathlib import Path

from policygraph.errors import PolicyGraphError, ReleaseError
from policygraph.release import DataFolder, Release, hold
from policygraph.settings import Settings
from policygraph.sparql.pool import Budget, Pool

logger = logging.getLogger("policygraph.service")


class Live:
    """One release with its workers, and how many requests use it."""

    def __init__(self, release: Release, *, pool: Pool, descriptor: int) -> None:
        self.release, self.pool, self.descriptor = release, pool, descriptor
        self.users = 0
        self.retired = False

    @cached_property
    def triples(self) -> int:
        return self.release.manifest.statements

    async def close(self) -> None:
        await self.pool.close()
        os.close(self.descriptor)


class Serving:
    """Holds the live release; `watch` looks for a newer one."""

    def __init__(self, data: Path, *, settings: Settings) -> None:
        self.folder, self.settings = DataFolder(data), settings
        self.budget = Budget.of(settings.client_seconds)
        self.live: Live | None = None
        self.trouble: PolicyGraphError | None = None
        self.closing: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Open the current release. A service without one starts nevertheless, and says so when asked."""
        try:
            await self._exchange()
        except (PolicyGraphError, OSError) as error:
            self._troubled(error)

    async def watch(self) -> None:
        """Look for a new release until cancelled."""
        while True:
            await asyncio.sleep(self.settings.refresh_seconds)
            try:
                current = await asyncio.to_thread(self.folder.current_id)
                if current is not None and (self.live is None or current != self.live.release.id):
                    await self._exchange()
                elif current is None:
                    self.folder.current()  # says what is the matter
                self.trouble = None
            except (PolicyGraphError, OSError) as error:
                self._troubled(error)

    async def close(self) -> None:
        """End everything."""
        if self.live is not None:
            await self.live.close()
            self.live = None
        await asyncio.gather(*self.closing, return_exceptions=True)

    @contextlib.asynccontextmanager
    async def lease(self) -> AsyncIterator[Live]:
        """The live release, which stays open until the block ends."""
        live = self.live
        if live is None:
            raise self.trouble or ReleaseError("No release is open yet.", remedy="Try again in a moment.")
        live.users += 1
        try:
            yield live
        finally:
            live.users -= 1
            self._let_go(live)

    async def _exchange(self) -> None:
        release = await asyncio.to_thread(self.folder.current)
        descriptor = hold(release.folder)
        pool = Pool(release.store, settings=self.settings, budget=self.budget)
        try:
            await pool.start()
        except BaseException:
            await pool.close()
            os.close(descriptor)
            raise
        former, self.live = self.live, Live(release, pool=pool, descriptor=descriptor)
        logger.info("release %s in service", release.id)
        if former is not None:
            former.retired = True
            self._let_go(former)

    def _let_go(self, live: Live) -> None:
        if live.retired and not live.users:
            task = asyncio.create_task(live.close())
            self.closing.add(task)
            task.add_done_callback(self.closing.discard)

    def _troubled(self, error: Exception) -> None:
        known = error if isinstance(error, PolicyGraphError) else ReleaseError(f"The data folder cannot be read: {error}.")
        if self.trouble is None or str(self.trouble) != str(known):
            logger.error("%s", known)
        self.trouble = known
