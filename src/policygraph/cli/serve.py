"""serve, push: a release as a service, and into another SPARQL store."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import Annotated

import typer

from policygraph.cli.output import DATA, DataOption, parsed, setting
from policygraph.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the commands of the service."""
    app.command()(serve)
    app.command()(push)
    app.command("hash-token")(hash_token)


def serve(
    data: DataOption = DATA,
    host: Annotated[str | None, setting("host")] = None,
    port: Annotated[str | None, setting("port")] = None,
    query_seconds: Annotated[str | None, setting("query_seconds")] = None,
    quick_seconds: Annotated[str | None, setting("quick_seconds")] = None,
    query_rows: Annotated[str | None, setting("query_rows")] = None,
    query_bytes: Annotated[str | None, setting("query_bytes")] = None,
    query_characters: Annotated[str | None, setting("query_characters")] = None,
    query_depth: Annotated[str | None, setting("query_depth")] = None,
    query_workers: Annotated[str | None, setting("query_workers")] = None,
    query_queue: Annotated[str | None, setting("query_queue")] = None,
    worker_memory: Annotated[str | None, setting("worker_memory")] = None,
    memory_statements: Annotated[str | None, setting("memory_statements")] = None,
    graph_store: Annotated[str | None, setting("graph_store")] = None,
    concurrency: Annotated[str | None, setting("concurrency")] = None,
    request_bytes: Annotated[str | None, setting("request_bytes")] = None,
    header_bytes: Annotated[str | None, setting("header_bytes")] = None,
    request_seconds: Annotated[str | None, setting("request_seconds")] = None,
    connections: Annotated[str | None, setting("connections")] = None,
    client_share: Annotated[str | None, setting("client_share")] = None,
    client_seconds: Annotated[str | None, setting("client_seconds")] = None,
    page_size: Annotated[str | None, setting("page_size")] = None,
    page_size_most: Annotated[str | None, setting("page_size_most")] = None,
    cors_origins: Annotated[str | None, setting("cors_origins")] = None,
    trusted_hosts: Annotated[str | None, setting("trusted_hosts")] = None,
    tokens_file: Annotated[str | None, setting("tokens_file")] = None,
    refresh_seconds: Annotated[str | None, setting("refresh_seconds")] = None,
    log_queries: Annotated[str | None, setting("log_queries")] = None,
) -> None:
    """Serve the current release: pages, HTTP API and SPARQL. A new release is picked up without a restart."""
    settings = parsed(
        host=host, port=port, query_seconds=query_seconds, quick_seconds=quick_seconds, query_rows=query_rows,
        query_bytes=query_bytes, query_characters=query_characters, query_depth=query_depth, query_workers=query_workers,
        query_queue=query_queue, worker_memory=worker_memory, memory_statements=memory_statements, graph_store=graph_store, concurrency=concurrency,
        request_bytes=request_bytes, header_bytes=header_bytes, request_seconds=request_seconds, connections=connections,
        client_share=client_share, client_seconds=client_seconds, page_size=page_size, page_size_most=page_size_most, cors_origins=cors_origins,
        trusted_hosts=trusted_hosts, tokens_file=tokens_file, refresh_seconds=refresh_seconds, log_queries=log_queries,
    )  # fmt: skip
    import logging

    import uvicorn

    from policygraph.api import create_app
    from policygraph.api.connection import bounded
    from policygraph.release.folder import DataFolder

    DataFolder(data).current()  # a folder without a release is said at once, not by a service that answers 503
    if settings.tokens_file and not _is_loopback(settings.host):
        typer.echo("warning: tokens travel in the clear; put a server with TLS in front of this one.", err=True)
    logging.basicConfig(format="%(message)s")
    logging.getLogger("policygraph").setLevel(logging.INFO)
    config = uvicorn.Config(
        create_app(data, settings), host=settings.host, port=settings.port, log_level="warning", access_log=False,
        http=bounded(settings), ws="none", server_header=False, timeout_graceful_shutdown=5,
    )  # fmt: skip
    with config.bind_socket() as listener:
        # asyncio turns Nagle's algorithm off only for sockets it made itself; connections take this from the listener
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        address = listener.getsockname()
        name = f"[{address[0]}]" if ":" in address[0] else address[0]
        typer.echo(f"policygraph: http://{name}:{address[1]}/  SPARQL /sparql  API /docs", err=True)
        uvicorn.Server(config).run(sockets=[listener])


def push(
    graph_store: Annotated[str, typer.Argument(help="Graph Store Protocol address, http://host:port/….")],
    data: DataOption = DATA,
) -> None:
    """Load the current release into another SPARQL store; each of its graphs is replaced there as a whole.

    Oxigraph takes it at /store, Virtuoso at /sparql-graph-crud once SPARQL_UPDATE is granted to "SPARQL".
    """
    from policygraph.graph import EndpointStore
    from policygraph.graph import push as push_graphs
    from policygraph.release.folder import DataFolder

    release = DataFolder(data).current()
    counts = push_graphs(release.graph, EndpointStore(graph_store), graph_store)
    for graph, count in counts.items():
        typer.echo(f"{count}\t{graph}")


def hash_token(token: Annotated[str, typer.Argument(help="The token; - reads it from standard input.")] = "-") -> None:
    """The line that a file of tokens holds for a token: its hash, so that the file gives no token away."""
    import sys

    from policygraph.api.guards import hash_token as hashed

    text = (sys.stdin.readline() if token == "-" else token).strip()
    if not text:
        raise UsageError("There is no token.", remedy="Give it as the argument, or write it to standard input.")
    typer.echo(hashed(text))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


