"""The release in service: opened, leased to requests, exchanged for a newer one without a request failing.

There is one release for new requests at any time; one that was exchanged is closed when the last request that uses it
has ended, and not before.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from policygraph.errors import NotFoundError, PolicyGraphError, ReleaseError, some_of
from policygraph.facade import PolicyGraph
from policygraph.graph.annotations import QUOTED
from policygraph.ids import Iris
from policygraph.model import Clause, Document
from policygraph.release.folder import DataFolder, Release, hold
from policygraph.settings import Settings
from policygraph.sparql.place import Place
from policygraph.sparql.pool import Budget, Pool
from policygraph.sparql.slots import Slots

if TYPE_CHECKING:
    from policygraph.search import Searcher

logger = logging.getLogger("policygraph.service")
Found = TypeVar("Found")


class Live:
    """One release with its workers, its records, and how many requests use it."""

    def __init__(self, release: Release, *, pool: Pool, descriptor: int, settings: Settings, thinkers: Executor, turns: Slots) -> None:
        self.release, self.pool, self.descriptor, self.settings = release, pool, descriptor, settings
        self.thinkers, self.turns = thinkers, turns
        #: whether reviewers may judge here
        self.reviewing = False
        self.users = 0
        self.retired = False
        #: what to do when a use ends: Serving closes a release that was exchanged and has none left
        self.ended: Callable[[], None] = lambda: None
        self._loading: asyncio.Task[None] | None = None
        self._preparing: asyncio.Task[None] | None = None
        self._sources: dict[str, str] = {}

    @contextlib.contextmanager
    def used(self) -> Iterator[None]:
        """The release stays open until the block ends, also for an answer that goes on when its route has returned."""
        self.users += 1
        try:
            yield
        finally:
            self.users -= 1
            self.ended()

    @property
    def triples(self) -> int:
        return self.release.manifest.statements

    @cached_property
    def graph(self) -> PolicyGraph:
        """Everything that can be asked of the release."""
        return PolicyGraph(self.release, settings=self.settings, tell=logger.warning)

    @cached_property
    def searcher(self) -> Searcher:
        """Search over the clauses; the encoder loads at the first query, or in `load`."""
        from policygraph.search import Searcher

        return Searcher.open(self.release.index, settings=self.settings)

    @cached_property
    def iris(self) -> Iris:
        return Iris(self.release.manifest.base_iri)

    @property
    def is_loaded(self) -> bool:
        """Whether the records can be read."""
        return self._loading is not None and self._loading.done() and self._loading.exception() is None

    async def loaded(self) -> None:
        """Wait until the records can be read; whoever comes first starts that."""
        if self._loading is None:
            self._loading = asyncio.create_task(asyncio.to_thread(self._load))
        if not self._loading.done():
            await asyncio.shield(self._loading)
        self._loading.result()

    def _load(self) -> None:
        if self.release.manifest.documents:
            _ = self.graph.library.documents

    def all(self, name: str, *, document: str | None = None, condition: str = "1") -> Sequence[Any]:
        """All records of a kind (`targets`) that meet a condition on their columns, in the order of documents and text; each is
        read when it is taken."""
        columns = self.graph.columns
        if document is None:
            return columns.listed(name, condition)
        if document not in columns.numbers:
            raise NotFoundError(f"There is no document {document!r}.", remedy=f"Documents: {some_of(columns.numbers)}.")
        return columns.listed(name, f"{columns.within([document])} AND {condition}")

    def of_clause(self, name: str, clause: str) -> list[Any]:
        """The records of a kind that were found in a clause."""
        columns = self.graph.columns
        return [record for record in columns.of(name, columns.home(clause)) if record.clause == clause]

    def clause(self, identifier: str) -> Clause:
        found = self.graph.library.clauses.get(identifier)
        if found is None:
            document = identifier.partition("/")[0]
            known = f"/clauses?document={document}" if document in self.graph.columns.numbers else "/documents"
            raise NotFoundError(f"There is no clause {identifier!r}.", remedy=f"See {known}.")
        return found

    def record(self, identifier: str) -> Any:
        """Any record found in a document, by its id."""
        for name in QUOTED:
            record = self.graph.columns.find(name, identifier)
            if record is not None:
                return record
        raise NotFoundError(f"There is no record {identifier!r}.", remedy="Ids are in the answers of the other resources and in exports.")

    def document_of(self, clause: str) -> Document:
        columns = self.graph.columns
        return columns.documents[columns.home(clause)]

    def source(self, document: str) -> str:
        """The stored text that the offsets of a document count in."""
        if document not in self._sources:
            self._sources[document] = self.release.source_text(document)
        return self._sources[document]

    async def think(self, work: Callable[[], Found], *, client: str) -> Found:
        """What `work` gives, in a thread, when it is the client's turn and at the cost of the client's query time."""

        def timed() -> Found:
            started = time.thread_time()
            try:
                return work()
            finally:
                self.pool.budget.spend(client, seconds=time.thread_time() - started)

        self.pool.refuse_overdrawn(client)
        most = self.settings.query_queue
        if self.turns.queue() >= most or self.turns.queued(client) >= max(1, most / 2):
            raise self.pool.busy("query_queue")
        try:
            async with asyncio.timeout(self.settings.query_seconds):
                await self.turns.acquire(client)
        except TimeoutError as error:
            raise self.pool.busy("query_seconds") from error
        done = asyncio.get_running_loop().run_in_executor(self.thinkers, timed)
        done.add_done_callback(lambda _: self.turns.release())
        return await asyncio.shield(done)  # a client that hangs up leaves its thread busy until it is done

    def prepare(self) -> None:
        """Begin to make everything ready that makes answers quicker: records, graph and sentence encoder in memory."""
        self._preparing = asyncio.create_task(self._prepare())

    async def _prepare(self) -> None:
        try:
            await self.loaded()
            small = self.triples <= self.settings.memory_statements and self.release.graph.exists()
            if small and not self.settings.graph_store:
                await self.pool.move_to_memory(self.release.graph)
            await asyncio.to_thread(self.warm)
        except PolicyGraphError as error:
            logger.error("%s", error)

    def warm(self) -> None:
        """Search once, so that the encoder is loaded."""
        if self.release.index.is_dir():
            try:
                self.searcher.search("水", limit=1)
            except PolicyGraphError as error:
                logger.warning("search: %s", error)

    async def close(self) -> None:
        if self._preparing is not None:
            self._preparing.cancel()
        await self.pool.close()
        await asyncio.gather(*filter(None, (self._preparing, self._loading)), return_exceptions=True)
        if "graph" in self.__dict__:
            self.graph.close()
        os.close(self.descriptor)


class Serving:
    """Holds the live release; `watch` looks for a newer one."""

    def __init__(self, data: Path, *, settings: Settings) -> None:
        self.folder, self.settings = DataFolder(data), settings
        self.budget = Budget.of(settings.client_seconds)
        # more threads than processors would only keep each other from the interpreter
        most = max(2, os.cpu_count() or 1)
        self.thinkers, self.turns = ThreadPoolExecutor(most, thread_name_prefix="think"), Slots(most, used=self.budget.lately)
        self.live: Live | None = None
        #: whether reviewers may judge: the application says so before it starts
        self.reviewing = False
        #: what the pointer said when the live release was opened
        self._current = ""
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
                if current is not None and (self.live is None or current != self._current):
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
        self.thinkers.shutdown(wait=False, cancel_futures=True)

    @contextlib.asynccontextmanager
    async def lease(self) -> AsyncIterator[Live]:
        """The live release, which stays open until the block ends."""
        live = self.live
        if live is None:
            raise self.trouble or ReleaseError("No release is open yet.", remedy="Try again in a moment.")
        with live.used():
            yield live

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[Live]:
        """The live release with its records in memory; the first requests after the start wait for them."""
        async with self.lease() as live:
            await live.loaded()
            yield live

    async def _exchange(self) -> None:
        current = release = await asyncio.to_thread(self.folder.current)
        if self.settings.as_found:
            release = await asyncio.to_thread(self.folder.as_found, release)
        descriptor = hold(release.folder)
        pool = Pool(
            self.settings.graph_store or release.store, settings=self.settings, budget=self.budget,
            graph=release.graph, statements=release.manifest.statements,
            columns=None if self.settings.graph_store else Place.of(release),
        )  # fmt: skip
        try:
            await pool.start()
            live = Live(
                release, pool=pool, descriptor=descriptor, settings=self.settings, thinkers=self.thinkers, turns=self.turns
            )
            live.ended = lambda: self._let_go(live)
            live.reviewing = self.reviewing
            if self.settings.index and release.index.is_dir():
                await asyncio.to_thread(lambda: live.searcher)  # a collection that does not hold this release is said now
            if self.live is not None:
                await live.loaded()  # the former release answers meanwhile
                await asyncio.to_thread(live.warm)
        except BaseException:
            await pool.close()
            os.close(descriptor)
            raise
        former, self.live = self.live, live
        self._current = current.id
        logger.info("release %s in service", release.id)
        live.prepare()
        if former is not None:
            former.retired = True
            self._let_go(former)

    def _let_go(self, live: Live) -> None:
        if live.retired and not live.users:
            self._later(live.close())

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self.closing.add(task)
        task.add_done_callback(self.closing.discard)

    def _troubled(self, error: Exception) -> None:
        known = error if isinstance(error, PolicyGraphError) else ReleaseError(f"The data folder cannot be read: {error}.")
        if self.trouble is None or str(self.trouble) != str(known):
            logger.error("%s", known)
        self.trouble = known
