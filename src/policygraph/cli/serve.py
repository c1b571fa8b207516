"""serve, push, virtuoso: a release as a service, and into another SPARQL store."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from policygraph.cli.output import DATA, DataOption, opened, parsed, with_settings
from policygraph.errors import InputError, UsageError

if TYPE_CHECKING:
    from policygraph.release.folder import Release
    from policygraph.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the commands of the service."""
    app.command()(serve)
    app.command()(mcp)
    app.command()(push)
    app.command()(virtuoso)
    app.command("hash-token")(hash_token)


@with_settings("service", "query", "search", "index", "encoder", "verify", "review")
def serve(
    data: DataOption = DATA,
    review: Annotated[bool, typer.Option("--review", help="Let reviewers judge, each with a token (policygraph review token). Without it no route writes.")] = False,
    behind_tls: Annotated[bool, typer.Option("--behind-tls", help="A server with TLS stands before this one: reviewers may come over the network.")] = False,
    *,
    limits: dict[str, str | None],
) -> None:
    """Serve the current release: pages, HTTP API and SPARQL. A new release is picked up without a restart."""
    settings = parsed(**limits)
    if review and not behind_tls and not _is_loopback(settings.host):
        raise UsageError(
            f"Reviewers' tokens would travel in the clear on {settings.host}.", remedy="Serve on 127.0.0.1, or behind a server with TLS: --behind-tls."
        )
    import logging

    import uvicorn

    from policygraph.api import create_app
    from policygraph.api.connection import bounded
    from policygraph.release.folder import DataFolder

    DataFolder(data).current()  # a folder without a release is said at once, not by a service that answers 503
    if settings.index:
        _ = opened(data, settings=settings).searcher  # so is a collection that does not hold it
    if settings.tokens_file and not _is_loopback(settings.host):
        typer.echo("warning: tokens travel in the clear; put a server with TLS in front of this one.", err=True)
    logging.basicConfig(format="%(message)s")
    logging.getLogger("policygraph").setLevel(logging.INFO)
    config = uvicorn.Config(
        create_app(data, settings, review=review, behind_tls=behind_tls), host=settings.host, port=settings.port, log_level="warning", access_log=False,
        http=bounded(settings), ws="none", server_header=False, proxy_headers=False, timeout_graceful_shutdown=5,
    )  # fmt: skip
    with config.bind_socket() as listener:
        listener.set_inheritable(False)  # or a worker that outlives this process by a moment takes connections that nobody answers
        # asyncio turns Nagle's algorithm off only for sockets it made itself; connections take this from the listener
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        address = listener.getsockname()
        name = f"[{address[0]}]" if ":" in address[0] else address[0]
        typer.echo(f"policygraph: http://{name}:{address[1]}/  SPARQL /sparql  API /docs", err=True)
        uvicorn.Server(config).run(sockets=[listener])


@with_settings("query", "search", "index", "encoder", "verify")
def mcp(data: DataOption = DATA, *, limits: dict[str, str | None]) -> None:
    """Serve the current release to agents by the Model Context Protocol, over standard input and output."""
    from policygraph.api.mcp import serve_stdio
    from policygraph.release.folder import DataFolder

    settings = parsed(**limits)
    DataFolder(data).current()
    serve_stdio(data, settings=settings)


@with_settings("push", "index")
def push(
    graph_store: Annotated[str, typer.Argument(help="Graph Store Protocol address, http://host:port/…; left out where --index is given.")] = "",
    data: DataOption = DATA,
    endpoint: Annotated[str, typer.Option(help="Where the store answers queries, if its Graph Store Protocol address does not tell.")] = "",
    virtuoso: Annotated[Path | None, typer.Option(help="Folder of the Virtuoso that `policygraph virtuoso` started: its own loader reads the files.")] = None,
    login_file: Annotated[Path | None, typer.Option(help="File with user:password for a store that asks for them.")] = None,
    *,
    limits: dict[str, str | None],
) -> None:
    """Make another SPARQL store hold the current release: what changed is sent, what is gone is removed, all is counted.

    Oxigraph takes it at /store, the Virtuoso that `policygraph virtuoso` starts at /sparql-graph-crud (another one once
    SPARQL_UPDATE is granted to "SPARQL"). A push that was broken off is gone on with.

    With --index the search index goes into a Milvus collection, for `serve --index` and `search --index`.
    """
    from functools import partial

    from policygraph.cli.progress import shown
    from policygraph.graph import EndpointStore, Loader, query_address
    from policygraph.graph import push as push_graph
    from policygraph.release.folder import DataFolder

    settings = parsed(**limits)
    if bool(graph_store) == bool(settings.index):
        raise UsageError("push takes the address of a SPARQL store or --index, one of the two.", remedy="See policygraph push --help.")
    release = DataFolder(data).current()
    if settings.index:
        _push_index(release, settings)
        return
    store = EndpointStore(endpoint or query_address(graph_store), timeout=settings.push_seconds, login=_login(login_file))
    loader = partial(Loader, virtuoso.resolve()) if virtuoso else None
    with shown() as progress:
        pushed = push_graph(
            release.graph, graph_store, endpoint=store, release=release.manifest.id, base_iri=release.manifest.base_iri,
            settings=settings, loader=loader, told=progress,
        )  # fmt: skip
    for graph, count in pushed.sent.items():
        typer.echo(f"{count}\t{graph}")
    for graph in pushed.removed:
        typer.echo(f"0\t{graph}")
    typer.echo(
        f"{pushed.way}: {len(pushed.sent)} graphs sent, {pushed.kept} were there, {len(pushed.removed)} removed; all counted.", err=True
    )


def virtuoso(
    folder: Annotated[Path, typer.Argument(help="Where its database is, or is to be.")] = Path("virtuoso"),
    port: Annotated[int, typer.Option(help="Its port, on this machine alone.")] = 8890,
    memory: Annotated[str, typer.Option(help="Memory for its database.")] = "512MB",
) -> None:
    """Start Virtuoso for the graph of a large release, until Ctrl-C; `push` fills it, `serve --graph-store` asks it."""
    import signal
    import threading

    from policygraph.graph import start_virtuoso
    from policygraph.settings import SETTING

    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    size = SETTING["worker_memory"].parse(memory)
    with start_virtuoso(folder, port=port, memory=size if isinstance(size, int) else 0) as store:
        typer.echo(f"Virtuoso answers on {store.endpoint}", err=True)
        typer.echo(f"  policygraph push {store.graph_store} --virtuoso {store.folder}", err=True)
        typer.echo(f"  policygraph serve --graph-store {store.endpoint}", err=True)
        ended.wait()


def hash_token(token: Annotated[str, typer.Argument(help="The token; - reads it from standard input.")] = "-") -> None:
    """The line that a file of tokens holds for a token: its hash, so that the file gives no token away."""
    import sys

    from policygraph.api.guards import hash_token as hashed

    text = (sys.stdin.readline() if token == "-" else token).strip()
    if not text:
        raise UsageError("There is no token.", remedy="Give it as the argument, or write it to standard input.")
    typer.echo(hashed(text))


def _push_index(release: Release, settings: Settings) -> None:
    from policygraph.cli.progress import shown
    from policygraph.search import push_index

    with shown() as progress:
        sent = push_index(release.index, settings=settings, told=progress)
    typer.echo(f"{settings.index}: {sent:,} rows sent; all counted, some compared.", err=True)


def _login(path: Path | None) -> tuple[str, str] | None:
    if path is None:
        return None
    try:
        user, colon, password = path.read_text("utf-8").strip().partition(":")
    except OSError as error:
        raise InputError(f"The file {path} cannot be read ({error.strerror}).", remedy="It holds one line: user:password.") from error
    if not colon:
        raise InputError(f"There is no login in {path}.", remedy="It holds one line: user:password.")
    return user, password


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


