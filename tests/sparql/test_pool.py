"""Workers: limits, kills, fairness, and that nothing of them is left. Real processes on a real store."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pyoxigraph as ox
import pytest

from policygraph.errors import QueryError
from policygraph.settings import Settings
from policygraph.sparql.frames import Job
from policygraph.sparql.pool import BudgetSpentError, BusyError, Pool, TooMuchMemoryError, TooSlowError
from policygraph.sparql.worker_process import AnswerError

pytestmark = pytest.mark.slow

T = TypeVar("T")
HOPELESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
#: Seconds for a query that no test waits for: what ends, ends by an event.
ENDLESS = 3600.0
#: Seconds after which a test that waits has hung, on however busy a machine.
HUNG = 300.0
#: Seconds of the quick places that a query of nothing never needs, on however busy a machine. The clients that wait share
#: `quick_seconds`, so a test that has some takes as many times this; one that is displaced would wait for the hopeless ones.
UNHURRIED = 1.0


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store")
    made = ox.Store(str(path))
    node = ox.NamedNode
    made.bulk_extend(
        ox.Quad(node(f"http://e/{i}"), node(f"http://p/{i % 7}"), ox.Literal(f"第{i}条，说“是”\t\n"), node(f"http://g/{i % 3}"))
        for i in range(20_000)
    )
    made.flush()
    made.dump(str(path.with_suffix(".nq")), format=ox.RdfFormat.N_QUADS)
    return path


def run(store: Path, work: Callable[[Pool], Awaitable[T]], *, on_disk: bool = False, **settings: float) -> T:
    async def whole() -> T:
        pool = Pool(store, settings=Settings().but(**settings))
        await pool.start()
        if not on_disk:
            await pool.move_to_memory(store.with_suffix(".nq"))
        if not on_disk:
            await until(lambda: len(pool.all) == pool.size and all(worker.in_memory for worker in pool.all))
        processes = [worker.process for worker in pool.all]
        try:
            return await work(pool)
        finally:
            processes += [worker.process for worker in pool.all]
            await pool.close()
            assert all(process.returncode is not None for process in processes), "a worker was left"

    return asyncio.run(whole())


async def until(so: Callable[[], bool]) -> None:
    async with asyncio.timeout(HUNG):
        while not so():
            await asyncio.sleep(0.02)


async def at_work(pool: Pool) -> None:
    """Returns when every place for queries is taken."""
    await until(lambda: pool.quick.locked() and pool.long.locked())


async def call_off(tasks: list[asyncio.Task[str]]) -> list[str | BaseException]:
    for task in tasks:
        task.cancel()
    return await asyncio.gather(*tasks, return_exceptions=True)


async def ask(pool: Pool, query: str, *, client: str = "c", **job: object) -> str:
    answer = await pool.answer(Job(query=query, **job), client=client)  # type: ignore[arg-type]
    with answer.body:
        return answer.body.read().decode()


async def still_answers(pool: Pool) -> None:
    """On a busy machine the workers that replace killed ones may take long to start."""
    async with asyncio.timeout(HUNG):
        while True:
            with contextlib.suppress(BusyError, TooSlowError):
                assert "true" in await ask(pool, "ASK {}")
                return


def test_kills_at_the_deadline_and_goes_on(store: Path) -> None:
    async def work(pool: Pool) -> None:
        with pytest.raises(TooSlowError, match="query_seconds") as stopped:
            await ask(pool, HOPELESS)
        assert "serve --graph-store" in stopped.value.remedy
        assert pool.killed == 1
        await still_answers(pool)

    run(store, work, query_seconds=1)


def test_quick_queries_pass_hopeless_ones(store: Path) -> None:
    async def work(pool: Pool) -> None:
        hopeless = [asyncio.create_task(ask(pool, HOPELESS, client=f"h{i}")) for i in range(6)]
        await at_work(pool)
        async with asyncio.timeout(HUNG):
            for _ in range(10):
                assert "true" in await ask(pool, "ASK {}")
        results = await call_off(hopeless)
        assert all(isinstance(result, asyncio.CancelledError) for result in results), "one had come to an end"

    run(store, work, query_seconds=ENDLESS, quick_seconds=7 * UNHURRIED)


@pytest.mark.parametrize("form", ["json", "xml", "csv", "tsv"])
def test_says_that_rows_were_cut(store: Path, form: str) -> None:
    async def work(pool: Pool) -> None:
        answer = await pool.answer(Job(query="SELECT * { ?s ?p ?o }", rows=5, solutions=form), client="c")
        body = answer.body.read().decode()
        assert (answer.rows, answer.cut) == (5, "query_rows")
        assert "CUT after 5 rows by limit query_rows" in body
        if form == "json":
            assert len(json.loads(body)["results"]["bindings"]) == 5
        elif form == "xml":
            assert len(list(ox.parse_query_results(body.encode(), format=ox.QueryResultsFormat.XML))) == 5

    run(store, work)


@pytest.mark.parametrize("form", ["turtle", "ntriples", "jsonld", "rdfxml"])
def test_cut_graphs_stay_readable(store: Path, form: str) -> None:
    formats = {"turtle": ox.RdfFormat.TURTLE, "ntriples": ox.RdfFormat.N_TRIPLES, "jsonld": ox.RdfFormat.JSON_LD, "rdfxml": ox.RdfFormat.RDF_XML}

    async def work(pool: Pool) -> None:
        answer = await pool.answer(Job(query="CONSTRUCT WHERE { ?s ?p ?o }", size=5000, graph=form), client="c")
        body = answer.body.read()
        assert answer.cut == "query_bytes"
        assert b"CUT after" in body
        assert len(list(ox.parse(body, format=formats[form]))) >= answer.rows

    run(store, work)


def test_exactly_as_many_rows_as_allowed_is_no_cut(store: Path) -> None:
    async def work(pool: Pool) -> None:
        answer = await pool.answer(Job(query="SELECT * { ?s ?p ?o } LIMIT 5", rows=5), client="c")
        assert answer.cut is None

    run(store, work)


def test_results_are_the_engine_s_own(store: Path) -> None:
    query = "SELECT ?s ?o { ?s <http://p/3> ?o } ORDER BY ?s LIMIT 50"
    engine = ox.Store.read_only(str(store)).query(query, use_default_graph_as_union=True)
    wanted = [tuple(str(term) for term in row) for row in engine]  # type: ignore[union-attr]
    assert wanted

    async def work(pool: Pool) -> None:
        for name, form in (("json", ox.QueryResultsFormat.JSON), ("xml", ox.QueryResultsFormat.XML), ("tsv", ox.QueryResultsFormat.TSV)):
            body = await ask(pool, query, solutions=name)
            found = ox.parse_query_results(body.encode(), format=form)
            assert [tuple(str(term) for term in row) for row in found] == wanted, name  # type: ignore[union-attr]

    run(store, work)


def test_the_store_on_disk_answers_the_same(store: Path) -> None:
    async def work(pool: Pool) -> str:
        await still_answers(pool)
        return await ask(pool, "SELECT ?s ?o { ?s <http://p/3> ?o } ORDER BY ?s LIMIT 50")

    assert run(store, work, on_disk=True) == run(store, work)


def test_queries_are_answered_when_the_nursery_is_killed_and_from_memory_again(store: Path) -> None:
    async def work(pool: Pool) -> None:
        assert pool.nursery is not None
        os.kill(pool.nursery.process.pid, signal.SIGKILL)
        for _ in range(20):
            assert "true" in await ask(pool, "ASK {}")
        os.kill(pool.idle._queue[-1].process.pid, signal.SIGKILL)  # type: ignore[attr-defined]
        async with asyncio.timeout(HUNG):
            while not (pool.in_memory and all(worker.in_memory for worker in pool.all)):
                assert "true" in await ask(pool, "ASK {}")
                await asyncio.sleep(0.02)

    run(store, work)


def test_from_replaces_the_union(store: Path) -> None:
    async def work(pool: Pool) -> None:
        count = "SELECT (COUNT(*) AS ?n) FROM <http://g/1> { ?s ?p ?o }"
        assert '"value":"6667"' in await ask(pool, count)
        with pytest.raises(AnswerError, match="is not a graph of this dataset"):
            await ask(pool, count.replace("http://g/1", "file:///etc/passwd"))

    run(store, work)


def test_memory_is_bounded(store: Path) -> None:
    async def work(pool: Pool) -> None:
        with pytest.raises((TooMuchMemoryError, TooSlowError)):
            await ask(pool, "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?c ?f")
        await still_answers(pool)

    run(store, work, worker_memory=64 * 1024**2, query_seconds=8)


@pytest.mark.parametrize("query", ["SELECT * { " + "OPTIONAL { ?s ?p ?o } " * 9000 + "}", "ASK { BIND(1" + " + 1" * 20_000 + " AS ?x) }"])
@pytest.mark.parametrize("on_disk", [True, False])
def test_a_query_too_deep_for_the_engine_is_told_so(store: Path, query: str, on_disk: bool) -> None:
    async def work(pool: Pool) -> None:
        with pytest.raises(QueryError, match="nested too deeply"):
            await ask(pool, query)
        await still_answers(pool)

    run(store, work, on_disk=on_disk)


def test_a_worker_killed_from_outside_costs_no_answer(store: Path) -> None:
    async def work(pool: Pool) -> None:
        asked = asyncio.create_task(ask(pool, "SELECT (COUNT(*) AS ?n) { ?a <http://p/1> ?c . ?d <http://p/1> ?f }"))
        await until(lambda: pool.idle.qsize() < pool.size)
        for worker in list(pool.all):
            if worker not in list(pool.idle._queue):  # type: ignore[attr-defined]
                os.kill(worker.process.pid, signal.SIGKILL)
        assert '"n"' in await asked
        for worker in list(pool.all):
            os.kill(worker.process.pid, signal.SIGKILL)
        await still_answers(pool)

    run(store, work, query_seconds=ENDLESS)


def test_a_client_that_hangs_up_frees_its_worker(store: Path) -> None:
    async def work(pool: Pool) -> None:
        for _ in range(6):
            await until(lambda: pool.idle.qsize() == pool.size)
            asked = asyncio.create_task(ask(pool, HOPELESS))
            await until(lambda: pool.idle.qsize() < pool.size)
            await call_off([asked])
        async with asyncio.timeout(HUNG):
            assert "true" in await ask(pool, "ASK {}")

    run(store, work, query_seconds=ENDLESS)


def test_a_client_over_its_budget_keeps_quick_queries_only(store: Path) -> None:
    async def work(pool: Pool) -> None:
        pool.budget.spend("greedy", seconds=1.5)
        with pytest.raises(BudgetSpentError, match="client_seconds"):
            await ask(pool, HOPELESS, client="greedy")
        assert "true" in await ask(pool, "ASK {}", client="greedy")
        pool.budget.spend("greedy", seconds=5)
        with pytest.raises(BudgetSpentError):
            await ask(pool, "ASK {}", client="greedy")
        assert "true" in await ask(pool, "ASK {}", client="modest")

    run(store, work, client_seconds=1, quick_seconds=0.1)


def test_workers_have_no_network(store: Path) -> None:
    async def work(pool: Pool) -> None:
        assert all("seccomp" in worker.locks or "network namespace" in worker.locks for worker in pool.all)

    run(store, work)


def _hostile() -> list[str]:
    cross = ["SELECT * { " + " . ".join(f"?a{i} ?b{i} ?c{i}" for i in range(n)) + " } ORDER BY ?c0" for n in range(2, 8)]
    paths = [f"SELECT (COUNT(*) AS ?n) {{ ?a (<http://p/{i}>|!<http://p/{i}>)* ?b }}" for i in range(5)]
    values = [f"SELECT * {{ VALUES ?x {{ {' '.join(map(str, range(n)))} }} ?a ?b ?c . ?d ?e ?f }} ORDER BY ?x" for n in (5000, 15000)]
    bombs = [f'SELECT * {{ ?s ?p ?o . ?t ?q ?u FILTER(REGEX(CONCAT(?o,?u), "(a|a|b)*{"c?" * n}$")) }}' for n in (5, 20)]
    sorts = [f"SELECT DISTINCT * {{ ?a ?b ?c . ?d ?e ?f }} ORDER BY {order} ?a" for order in ("DESC(?c)", "STRLEN(?f)", "MD5(?c)")]
    groups = ["SELECT (GROUP_CONCAT(?c) AS ?x) { ?a ?b ?c . ?d ?e ?f } GROUP BY ?b", "SELECT (SHA512(GROUP_CONCAT(?f)) AS ?x) { ?a ?b ?c . ?d ?e ?f }"]
    deep = ["ASK " + "{" * n + "}" * n for n in (90, 20_000)] + ["ASK { FILTER(" + "(" * n + "1" + ")" * n + ") }" for n in (90, 20_000)]
    long = ["ASK { ?s ?p ?o FILTER(" + " || ".join(f"?o = {i}" for i in range(4000)) + ") }"]
    return [*cross, *paths, *values, *bombs, *sorts, *groups, *deep, *long]


def resident(pool: Pool) -> int:
    """Bytes that the workers have for themselves."""
    rows = [line.split() for worker in pool.all for line in Path(f"/proc/{worker.process.pid}/smaps_rollup").read_text().splitlines()]
    return sum(int(row[1]) * 1024 for row in rows if row[0] in ("Private_Clean:", "Private_Dirty:"))


def test_hostile_queries_end_and_keep_nobody_out(store: Path) -> None:
    """Each of a hundred ends by its answer or by a limit, and they go on until another client has been answered ten
    times. On a busy machine that client may be refused, which it is told; it is never left waiting."""

    async def work(pool: Pool) -> None:
        before = resident(pool)
        answered = 0

        async def attack(query: str) -> None:
            while True:
                with contextlib.suppress(TooSlowError, BusyError, TooMuchMemoryError, AnswerError):
                    await ask(pool, query, client="attacker", rows=1000)
                if answered >= 10:
                    return
                await asyncio.sleep(0.05)

        queries = _hostile() * 4
        assert len(queries) >= 100
        attacks = [asyncio.create_task(attack(query)) for query in queries]
        async with asyncio.timeout(HUNG):
            while answered < 10:
                with contextlib.suppress(TooSlowError, BusyError):
                    assert "true" in await ask(pool, "ASK {}", client="modest")
                    answered += 1
                await asyncio.sleep(0.05)
            await asyncio.gather(*attacks)
        await until(lambda: len(pool.all) == pool.size)  # the last of the killed workers are being replaced
        await still_answers(pool)
        assert resident(pool) < before + 64 * 1024**2, "memory did not return"

    run(store, work, query_seconds=1, quick_seconds=0.1, query_queue=1000, client_seconds=0)


def test_clients_take_turns(store: Path) -> None:
    async def work(pool: Pool) -> None:
        crowd = [asyncio.create_task(ask(pool, HOPELESS, client="crowd")) for _ in range(40)]
        await at_work(pool)
        async with asyncio.timeout(HUNG):
            for _ in range(5):
                assert "true" in await ask(pool, "ASK {}", client="other")
        results = await call_off(crowd)
        assert all(isinstance(result, BusyError | asyncio.CancelledError) for result in results)
        assert any(isinstance(result, asyncio.CancelledError) for result in results), "nobody was waiting"

    run(store, work, query_seconds=ENDLESS, quick_seconds=2 * UNHURRIED, client_seconds=0)


def test_a_hundred_attackers_keep_others_waiting_a_moment_only(store: Path) -> None:
    """A hundred clients wait for the places that hopeless queries hold; one that is new passes them all."""

    async def work(pool: Pool) -> None:
        attacks = [asyncio.create_task(ask(pool, HOPELESS, client=f"attacker {i}")) for i in range(100)]
        await at_work(pool)
        async with asyncio.timeout(HUNG):
            for _ in range(20):
                assert "true" in await ask(pool, "ASK {}", client="modest")
        results = await call_off(attacks)
        assert all(isinstance(result, asyncio.CancelledError) for result in results), "one had come to an end"

    run(store, work, query_seconds=ENDLESS, query_queue=200, client_seconds=0)


def test_workers_that_were_killed_are_all_replaced(store: Path) -> None:
    async def work(pool: Pool) -> None:
        for _ in range(5):
            crowd = [asyncio.create_task(ask(pool, HOPELESS, client=f"c{i}")) for i in range(12)]
            await asyncio.gather(*crowd, return_exceptions=True)
        await until(lambda: len(pool.all) == pool.idle.qsize() == pool.size)

    run(store, work, query_seconds=0.4, quick_seconds=0.1, client_seconds=0)
