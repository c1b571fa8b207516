"""Where the graph lives: embedded, or behind any SPARQL 1.1 endpoint. Both answer a query with bytes, in one call.

The embedded engine aborts the process when a result is touched in another thread than its own; so results never leave
this module: a query is answered and serialised in one call.
"""

from __future__ import annotations

import json
import re
import shutil
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast, runtime_checkable

from policygraph.errors import QueryError, ReleaseError, UsageError

if TYPE_CHECKING:
    import pyoxigraph

Format = Literal["json", "xml", "csv", "tsv", "ntriples", "turtle", "rdfxml", "jsonld"]
_PLACE = re.compile(r"error at (\d+):(\d+): ")
#: Characters of an engine's complaint that an error repeats: it lists every token that it would have taken, and one line
#: of a terminal shows the first few.
_SAID = 120
#: What to do about an answer of another server, by its status.
_REMEDIES = {
    401: "Give user and password: --login-file.",
    403: "Give a user who may do that: --login-file. In Virtuoso SPARQL_UPDATE has to be granted.",
    413: "Send less at once: --push-bytes.",
    500: "Its log says why; a full disk is the usual reason.",
    502: "The server behind that address does not run.",
    503: "It is busy, or begins: try again.",
    507: "It is full: give it room.",
}
#: A row of a SELECT: variable → lexical value (an IRI or a literal's string); unbound ones are left out.
Row = dict[str, str]

MEDIA_TYPES: dict[str, str] = {
    "json": "application/sparql-results+json",
    "xml": "application/sparql-results+xml",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "ntriples": "application/n-triples",
    "turtle": "text/turtle",
    "rdfxml": "application/rdf+xml",
    "jsonld": "application/ld+json",
}


@runtime_checkable
class GraphStore(Protocol):
    """Answers SPARQL queries over all named graphs at once (the default graph is their union)."""

    def query(self, query: str, *, format: Format) -> bytes:  # noqa: A002
        """The serialised answer."""
        ...

    def select(self, query: str) -> list[Row]:
        """The rows of a SELECT."""
        ...

    def construct(self, query: str) -> bytes:
        """The triples of a CONSTRUCT or DESCRIBE, as N-Triples."""
        ...


@dataclass(frozen=True, slots=True)
class EmbeddedStore:
    """pyoxigraph, read-only: any number of readers and processes may open the same folder."""

    store: pyoxigraph.Store = field(repr=False)

    @classmethod
    def open(cls, path: Path) -> EmbeddedStore:
        """Open the store of a release."""
        import pyoxigraph

        if not path.is_dir():
            raise ReleaseError(f"There is no graph store in {path}.", remedy="Build one: policygraph build corpus/.")
        try:
            return cls(pyoxigraph.Store.read_only(str(path)))
        except OSError as error:
            raise ReleaseError(f"The graph store in {path} cannot be opened ({error}).", remedy="Build again.") from error

    @classmethod
    def of(cls, *quads: bytes) -> EmbeddedStore:
        """A store in memory that holds these N-Quads: for tests, notebooks and small graphs."""
        import pyoxigraph

        store = pyoxigraph.Store()
        for part in quads:
            store.bulk_load(part, format=pyoxigraph.RdfFormat.N_QUADS)
        return cls(store)

    def query(self, query: str, *, format: Format) -> bytes:  # noqa: A002
        import pyoxigraph

        kinds: dict[str, Any] = {
            "json": pyoxigraph.QueryResultsFormat.JSON,
            "xml": pyoxigraph.QueryResultsFormat.XML,
            "csv": pyoxigraph.QueryResultsFormat.CSV,
            "tsv": pyoxigraph.QueryResultsFormat.TSV,
            "ntriples": pyoxigraph.RdfFormat.N_TRIPLES,
            "turtle": pyoxigraph.RdfFormat.TURTLE,
            "rdfxml": pyoxigraph.RdfFormat.RDF_XML,
            "jsonld": pyoxigraph.RdfFormat.JSON_LD,
        }
        if format not in kinds:
            raise UsageError(f"{format!r} is no result format.", remedy=f"Known: {', '.join(kinds)}.")
        try:
            answer = self.store.query(query, use_default_graph_as_union=True).serialize(format=kinds[format])
        except SyntaxError as error:
            raise QueryError(
                f"The query cannot be parsed {_fault(error)}.", remedy="Prefixes are not implied: declare them."
            ) from error
        except (ValueError, TypeError) as error:
            wanted = "json, xml, csv or tsv" if format not in ("json", "xml", "csv", "tsv") else "ntriples or turtle"
            raise QueryError(f"This query has no {format} answer ({error}).", remedy=f"Ask for {wanted}.") from error
        return answer or b""

    def select(self, query: str) -> list[Row]:
        return rows_of(self.query(query, format="json"))

    def construct(self, query: str) -> bytes:
        return self.query(query, format="ntriples")


@dataclass(frozen=True, slots=True)
class EndpointStore:
    """Any endpoint of the SPARQL 1.1 Protocol. `login`: user and password, for a server that asks for them.

    The endpoint has to give all named graphs as its default graph where a query says no GRAPH (Virtuoso does so;
    Oxigraph with `--union-default-graph`); the readers of policygraph always say GRAPH.
    """

    endpoint: str
    timeout: float = 60.0
    token: str | None = field(default=None, repr=False)
    login: tuple[str, str] | None = field(default=None, repr=False)

    def open(self, query: str, *, format: Format, fields: Iterable[tuple[str, str]] = ()) -> HTTPResponse:  # noqa: A002
        """The answer as it comes; `fields` are more parameters of the protocol. Close it."""
        request = urllib.request.Request(
            self.endpoint,
            data=urllib.parse.urlencode([("query", query), *fields]).encode(),
            headers={"Accept": MEDIA_TYPES[format]},
            method="POST",
        )
        return self.send(request)

    def query(self, query: str, *, format: Format) -> bytes:  # noqa: A002
        with self.open(query, format=format) as reply:
            try:
                return reply.read()
            except (OSError, HTTPException) as error:
                raise self._gone(error) from error

    def select(self, query: str) -> list[Row]:
        return rows_of(self.query(query, format="json"))

    def construct(self, query: str) -> bytes:
        return self.query(query, format="ntriples")

    def send(self, request: urllib.request.Request) -> HTTPResponse:
        """What the server answers, with the login given if it wants one. Close it."""
        if not request.full_url.startswith(("http://", "https://")):
            raise UsageError(f"{request.full_url} is no HTTP address.", remedy="Give http://host:port/sparql.")
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        try:
            return cast("HTTPResponse", self._opener().open(request, timeout=self.timeout))
        except urllib.error.HTTPError as error:
            said = " ".join(error.read(400).decode("utf-8", "replace").split())
            raise QueryError(
                f"{request.full_url} answers {error.code}: {said or error.reason}", remedy=_REMEDIES.get(error.code, "")
            ) from error
        except (OSError, HTTPException) as error:
            raise self._gone(error) from error

    def _opener(self) -> urllib.request.OpenerDirector:
        if self.login is None:
            return urllib.request.build_opener()
        known = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        known.add_password(None, urllib.parse.urljoin(self.endpoint, "/"), *self.login)
        return urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(known), urllib.request.HTTPDigestAuthHandler(known))

    def _gone(self, error: Exception) -> ReleaseError:
        return ReleaseError(f"{self.endpoint} cannot be reached ({error}).", remedy="Is the SPARQL server running there?")


def open_store(place: Path | str) -> GraphStore:
    """The store in a folder, or the one behind an address that begins with http."""
    if isinstance(place, str) and place.startswith(("http://", "https://")):
        return EndpointStore(place)
    return EmbeddedStore.open(Path(place))


def answer_of(answer: bytes) -> tuple[list[Row], tuple[str, ...]]:
    """The rows and columns of SPARQL JSON results; an ASK gives one row with `boolean`."""
    parsed = json.loads(answer)
    if "boolean" in parsed:
        return [{"boolean": "true" if parsed["boolean"] else "false"}], ("boolean",)
    rows = [{name: term["value"] for name, term in row.items()} for row in parsed["results"]["bindings"]]
    return rows, tuple(parsed["head"]["vars"])


def rows_of(answer: bytes) -> list[Row]:
    """The rows alone of `answer_of`."""
    return answer_of(answer)[0]


def load(parts: Iterable[Path | bytes], path: Path) -> None:
    """Make a store of N-Quads in the folder `path`, which must not exist or be empty; nothing is left of a failure."""
    import pyoxigraph

    if path.exists() and any(path.iterdir()):
        raise UsageError(f"{path} is not empty.", remedy="A store is made once, in a folder of its own.")
    path.mkdir(parents=True, exist_ok=True)
    try:
        store = pyoxigraph.Store(str(path))
        for part in parts:
            where = {"path": str(part)} if isinstance(part, Path) else {"input": part}
            store.bulk_load(**where, format=pyoxigraph.RdfFormat.N_QUADS)
        store.flush()
        del store
    except (OSError, SyntaxError, ValueError) as error:
        shutil.rmtree(path, ignore_errors=True)
        raise ReleaseError(f"The graph could not be loaded into {path} ({error}).") from error


def _fault(error: SyntaxError) -> str:
    """Where a query goes wrong and what could have stood there, in one short line."""
    said = " ".join(str(error).split())
    place = _PLACE.match(said)
    where = f"at line {place[1]}, column {place[2]}" if place else ""
    rest = said[place.end() :] if place else said
    return f"{where}: {rest if len(rest) <= _SAID else rest[:_SAID].rsplit(',', 1)[0] + ' …'}".strip()
