"""Every limit and setting, in one table: the fields of `Settings`.

A row is name, default, unit, group and one sentence. The table makes the command line's options, the environment
variables (`POLICYGRAPH_QUERY_SECONDS`), `docs/settings.md`, and the message that says which limit stopped the work.
To add a setting, add one row; nothing else has to know.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Literal, TypeVar

from policygraph.errors import LimitError, UsageError

Unit = Literal["seconds", "bytes", "count", "share", "flag", "text", "list"]
Group = Literal["build", "read", "query", "service", "push", "search", "index", "encoder", "verify", "reader", "review"]
Value = float | int | bool | str | tuple[str, ...]

PREFIX = "POLICYGRAPH_"

_T = TypeVar("_T", bound=Value)
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?", re.IGNORECASE)
_POWER = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


def _row(default: _T, *, unit: Unit, group: Group, sentence: str, least: float = 0) -> _T:
    return field(default=default, metadata={"unit": unit, "group": group, "sentence": sentence, "least": least})


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One row of the table. `least` is the smallest number that makes sense."""

    name: str
    default: Value
    unit: Unit
    group: Group
    sentence: str
    least: float = 0

    @property
    def option(self) -> str:
        """The command-line option: `--query-seconds`."""
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """The environment variable: `POLICYGRAPH_QUERY_SECONDS`."""
        return PREFIX + self.name.upper()

    def parse(self, text: str) -> Value:
        """The value that `text` writes; sizes may carry a unit.

        >>> SETTING["query_bytes"].parse("64 MB")
        67108864
        """
        try:
            if self.unit == "flag":
                word = text.strip().lower()
                if word not in _TRUE | _FALSE:
                    raise ValueError(word)
                return word in _TRUE
            if self.unit == "text":
                return text
            if self.unit == "list":
                return tuple(part.strip() for part in text.split(",") if part.strip())
            if self.unit == "bytes":
                match = _SIZE.fullmatch(text.strip())
                if match is None:
                    raise ValueError(text)
                return self.check(int(float(match[1]) * 1024 ** _POWER[match[2].lower()]))
            return self.check(int(text) if isinstance(self.default, int) else float(text))
        except ValueError as error:
            raise UsageError(
                f"{self.name}: {text!r} is not {_KIND[self.unit]}.",
                remedy=f"Give {self.option} or {self.variable} such a value, or leave it out ({self.show()}).",
            ) from error

    def check(self, value: Value) -> Value:
        """`value`, once it is seen to lie in the setting's range."""
        if isinstance(value, int | float) and not value >= self.least:
            raise UsageError(f"{self.name}: {value} is less than {self.least:g}.", remedy=f"Default: {self.show()}.")
        return value

    def show(self, value: Value | None = None) -> str:
        """A value (default: the default) as people read it: `10 s`, `64 MB`, `none`."""
        shown = self.default if value is None else value
        if isinstance(shown, bool):
            return "on" if shown else "off"
        if isinstance(shown, tuple):
            return ", ".join(shown) or "none"
        if self.unit == "seconds":
            return f"{shown:g} s"
        if self.unit == "bytes" and isinstance(shown, int):
            for name, size in (("GB", 1024**3), ("MB", 1024**2), ("kB", 1024)):
                if shown >= size:
                    return f"{shown / size:.4g} {name}"
            return f"{shown} bytes"
        return str(shown) or "none"


_KIND: dict[Unit, str] = {
    "seconds": "a number of seconds",
    "bytes": "a size such as 64MB",
    "count": "a whole number",
    "share": "a number from 0 to 1",
    "flag": "on or off",
    "text": "a text",
    "list": "a list with commas",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings in force. `Settings()` holds the defaults, `Settings.load()` what the environment says."""

    # building
    workers: int = _row(
        0, unit="count", group="build", sentence="Processes that read and extract documents; 0 takes one for each core."
    )
    in_flight: int = _row(
        4, unit="count", group="build", least=1,
        sentence="Documents that one worker may have waiting, which bounds memory whatever the size of the corpus.",
    )
    keep_releases: int = _row(
        5, unit="count", group="build", least=1,
        sentence="Releases that a build leaves in place; older ones are removed, never the current one.",
    )
    store_statements: int = _row(
        1_000_000, unit="count", group="build",
        sentence="Largest graph whose SPARQL store a build writes; a larger one's is made when SPARQL first asks what the columns do not tell, and kept.",
    )
    lock_seconds: float = _row(
        600.0, unit="seconds", group="build", sentence="How long a build waits for another build of the same data folder."
    )
    base_iri: str = _row(
        "https://w3id.org/policygraph/id/", unit="text", group="build", sentence="IRI under which resources are named."
    )
    encoder: str = _row(
        "e5-small", unit="text", group="build",
        sentence="Sentence encoder: e5-small, a sentence-transformers model name or folder, or none.",
    )
    executor: str = _row(
        "processes", unit="text", group="build",
        sentence="Where documents are read, written and linked: processes (of this machine), or ray (the machines of a cluster).",
    )
    cache: str = _row(
        "", unit="text", group="build",
        sentence="Object store that keeps what builds of several machines need again (s3://bucket/prefix); none keeps it in the data folder.",
    )
    address: str = _row(
        "", unit="text", group="build",
        sentence="Address of the Ray cluster (10.0.0.1:6379); none starts one of this machine for the build.",
    )
    cluster_seconds: float = _row(
        30.0, unit="seconds", group="build", least=0.1,
        sentence="How long a build waits for a cluster that does not answer, or has no machine left to work on; then it stops.",
    )
    # reading files
    file_bytes: int = _row(
        200 * 1024**2, unit="bytes", group="read", least=1, sentence="Largest source file that is read."
    )
    file_characters: int = _row(
        800_000, unit="count", group="read", least=1,
        sentence="Longest text that a file may yield, some 1,600 printed pages; what is longer is no single document.",
    )
    file_paragraphs: int = _row(
        30_000, unit="count", group="read", least=1, sentence="Most paragraphs and table rows that a file may yield."
    )
    file_seconds: float = _row(
        300.0, unit="seconds", group="read", sentence="Longest time that converting one file may take (LibreOffice, OCR)."
    )
    read_seconds: float = _row(
        10.0, unit="seconds", group="read", least=0.1,
        sentence="Processor time that parsing a file may take for each 10 MB of it (PDF, HTML, DOCX).",
    )
    read_memory: int = _row(
        2 * 1024**3, unit="bytes", group="read", least=256 * 1024**2,
        sentence="Memory of the process that parses a PDF or recognises its pages; it is ended when it takes more.",
    )
    pages: int = _row(3000, unit="count", group="read", least=1, sentence="Pages of a PDF that are read.")
    keep_originals: bool = _row(
        True, unit="flag", group="read",
        sentence="Keep PDFs and pictures in the release, so that their pages can be shown with the words lit.",
    )
    unpacked_bytes: int = _row(
        500 * 1024**2, unit="bytes", group="read", least=1,
        sentence="Largest size to which a packed file (DOCX, XLSX, OFD) may unpack.",
    )
    nesting: int = _row(2000, unit="count", group="read", least=10, sentence="Deepest nesting of HTML or XML elements.")
    # SPARQL
    query_seconds: float = _row(
        10.0, unit="seconds", group="query", least=0.01, sentence="Time after which a SPARQL query is killed."
    )
    query_rows: int = _row(
        100_000, unit="count", group="query", least=1,
        sentence="Rows (or triples) of one SPARQL result; a longer result is cut and says so.",
    )
    query_bytes: int = _row(
        64 * 1024**2, unit="bytes", group="query", least=1024,
        sentence="Size of one SPARQL result; a larger result is cut and says so.",
    )
    query_characters: int = _row(
        100_000, unit="count", group="query", least=1, sentence="Longest text of a SPARQL query."
    )
    query_depth: int = _row(
        100, unit="count", group="query", least=1, sentence="Deepest nesting of groups and expressions in a SPARQL query."
    )
    query_workers: int = _row(
        4, unit="count", group="query", least=2,
        sentence="Processes that answer SPARQL queries of visitors; half of them are kept for quick queries.",
    )
    quick_seconds: float = _row(
        0.5, unit="seconds", group="query", least=0.01,
        sentence="Time within which a SPARQL query counts as quick, shared with the clients that wait; a longer one makes room.",
    )
    worker_memory: int = _row(
        1024**3, unit="bytes", group="query", least=64 * 1024**2,
        sentence="Memory of one SPARQL worker beyond what it has when it starts; it is ended when it takes more.",
    )
    memory_statements: int = _row(
        1_000_000, unit="count", group="query",
        sentence="Largest graph that SPARQL queries find in memory (70 MB for 100,000 statements); a larger one stays on disk.",
    )
    graph_store: str = _row(
        "", unit="text", group="query",
        sentence="SPARQL 1.1 endpoint that holds the graph; none means the store of the release.",
    )
    # push
    push_bytes: int = _row(
        8 << 20, unit="bytes", group="push", least=1,
        sentence="Triples that are sent to another store at once, before they are compressed.",
    )
    push_seconds: float = _row(
        600.0, unit="seconds", group="push", least=0.001,
        sentence="Longest time that another store may take to answer: to keep what it was sent, or to count a graph.",
    )
    # service
    host: str = _row("127.0.0.1", unit="text", group="service", sentence="Address that the service listens on.")
    port: int = _row(8000, unit="count", group="service", sentence="Port that the service listens on; 0 takes a free one.")
    concurrency: int = _row(
        100, unit="count", group="service", least=1, sentence="Requests that are worked on at once; others get 503."
    )
    query_queue: int = _row(
        64, unit="count", group="service", sentence="Queries and searches that may wait in one queue for their turn, half of them of one client; others get 503."
    )
    request_bytes: int = _row(
        1024**2, unit="bytes", group="service", least=1, sentence="Largest body of a request; a larger one gets 413."
    )
    header_bytes: int = _row(
        256 * 1024, unit="bytes", group="service", least=1024,
        sentence="Largest head of a request (address and headers); a larger one gets 431.",
    )
    request_seconds: float = _row(
        30.0, unit="seconds", group="service", least=0.1,
        sentence="Time that a client may take to send a request or to read on in an answer; then it is disconnected.",
    )
    connections: int = _row(
        500, unit="count", group="service", least=1, sentence="Connections that are open at once; others get 503."
    )
    client_share: float = _row(
        0.5, unit="share", group="service", least=0.001,
        sentence="Part of concurrency and of connections that one client address may hold; beyond it the client gets 429. Give 1 behind a proxy.",
    )
    client_seconds: float = _row(
        60.0, unit="seconds", group="service",
        sentence="Time of queries, searches and lists longer than page_size that one client may use in a minute; beyond it the client gets 429. 0 sets no budget.",
    )
    picture_bytes: int = _row(
        256 * 1024**2, unit="bytes", group="service",
        sentence="Pictures of pages that are kept in the data folder, those asked for last; drawing one anew takes a second.",
    )
    page_size: int = _row(50, unit="count", group="service", least=1, sentence="Records of a page of a list.")
    page_size_most: int = _row(1000, unit="count", group="service", least=1, sentence="Most records that a page may ask for.")
    cors_origins: tuple[str, ...] = _row(
        ("*",), unit="list", group="service", sentence="Origins whose pages may read the API."
    )
    trusted_hosts: tuple[str, ...] = _row(
        ("*",), unit="list", group="service", sentence="Host names that requests may carry."
    )
    root_path: str = _row(
        "", unit="text", group="service",
        sentence="Path under which another server serves this one (/policygraph): every link, form and redirect begins with it.",
    )
    trusted_proxies: tuple[str, ...] = _row(
        ("127.0.0.1", "::1"), unit="list", group="service",
        sentence="Addresses or networks of servers before this one; what their X-Forwarded-Prefix, -Proto, -Host and -For say counts.",
    )
    tokens_file: str = _row(
        "", unit="text", group="service", sentence="File of hashed bearer tokens; none leaves the service open to all."
    )
    log_queries: bool = _row(
        False, unit="flag", group="service", sentence="Write query strings into the access log."
    )
    refresh_seconds: float = _row(
        1.0, unit="seconds", group="service", least=0.05, sentence="How often the service looks for a new release."
    )
    # search
    hits: int = _row(10, unit="count", group="search", least=1, sentence="Hits that a search gives unless told otherwise.")
    search_characters: int = _row(
        1000, unit="count", group="search", least=1, sentence="Longest query of a search; the rest is left out and said."
    )
    # search in Milvus
    index: str = _row(
        "", unit="text", group="index",
        sentence="Milvus collection that holds the search index of the release (milvus://host:port/collection, or milvus:folder/index.db for a file; {release} in it stands for the hash of the index); none means the release's own.",
    )
    index_token_file: str = _row(
        "", unit="text", group="index", sentence="File that holds the token (user:password, or a key) which Milvus wants; none sends none."
    )
    index_seconds: float = _row(
        10.0, unit="seconds", group="index", least=0.1, sentence="Longest time of one answer of Milvus; then the search fails and says so."
    )
    # encoder
    encoder_device: str = _row(
        "", unit="text", group="encoder",
        sentence="Where the sentence encoder runs: cpu, cuda, or cuda:1 for the second card; none takes the processor for e5-small, and what sentence-transformers finds for its models.",
    )
    # verifying
    verify_characters: int = _row(
        100_000, unit="count", group="verify", least=1,
        sentence="Longest text that is verified, some 200 printed pages; a longer one is refused, since half of it verified would pass for all.",
    )
    verify_claims: int = _row(
        500, unit="count", group="verify", least=1,
        sentence="Claims of one text that are verified; the sentences after them are named as not read.",
    )
    # second reader
    reader: str = _row(
        "", unit="text", group="reader",
        sentence="OpenAI-compatible chat endpoint (http://localhost:11434/v1) that is put the pairs of clauses whose link is in doubt, with both texts, and questions that are not understood; none asks nobody.",
    )
    reader_model: str = _row(
        "", unit="text", group="reader", sentence="Model of the second reader; none takes the first that the endpoint names."
    )
    reader_key_file: str = _row(
        "", unit="text", group="reader", sentence="File that holds the key which the second reader's endpoint wants; none sends none."
    )
    reader_seconds: float = _row(
        60.0, unit="seconds", group="reader", least=0.05,
        sentence="Longest time of one answer of the second reader, from the request to its last byte; then the pair stays as it is.",
    )
    reader_bytes: int = _row(
        64 * 1024, unit="bytes", group="reader", least=256,
        sentence="Largest answer of the second reader; a larger one does not count.",
    )
    reader_pairs: int = _row(
        40, unit="count", group="reader", least=1,
        sentence="Most pairs of clauses of two documents that are put to the second reader, those nearest to the threshold.",
    )
    reader_margin: float = _row(
        0.2, unit="share", group="reader", least=0.0,
        sentence="How far from the threshold the probability of a link may lie to be put to the second reader.",
    )

    # reviewers
    verdicts: str = _row(
        "", unit="text", group="review",
        sentence="File of what reviewers judged; none takes verdicts.jsonl beside the documents that the last build read.",
    )
    as_found: bool = _row(
        False, unit="flag", group="review", sentence="Answer from what the program alone found, without what reviewers judged."
    )
    reviewer: str = _row("", unit="text", group="review", sentence="Name under which the command line judges.")
    reviewers_file: str = _row(
        "", unit="text", group="review",
        sentence="File of reviewers with roles and hashed tokens that serve --review lets in; none takes reviewers.txt beside the verdicts.",
    )
    review_pause_seconds: float = _row(
        3.0, unit="seconds", group="review", least=0.0,
        sentence="How long the service waits for more verdicts before it puts those it has into force.",
    )
    review_page: int = _row(20, unit="count", group="review", least=1, sentence="Records of a page of the queue.")
    review_sessions: int = _row(
        1_000, unit="count", group="review", least=1, sentence="Reviewers that are signed in at once; one more signs out who came first."
    )
    review_refusals: int = _row(
        60, unit="count", group="review", least=0,
        sentence="Unknown tokens of a minute that the audit log names; more are counted as one line, so that no stranger fills the disk.",
    )
    session_seconds: float = _row(
        28_800.0, unit="seconds", group="review", least=1, sentence="How long a reviewer stays signed in on the pages: a working day."
    )

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None, **overrides: Value | None) -> Settings:
        """The settings of the environment, with `overrides` on top; an override of None is as if not given.

        A variable with the prefix that names no setting is left alone: others may use the prefix too.
        """
        environment = os.environ if environ is None else environ
        found: dict[str, Value] = {}
        for setting in SETTINGS:
            text = environment.get(setting.variable)
            if text is not None:
                found[setting.name] = setting.parse(text)
        return cls().but(**found).but(**overrides)

    def but(self, **changes: Value | None) -> Settings:
        """These settings with some replaced; None leaves one as it is."""
        given = {name: value for name, value in changes.items() if value is not None}
        for name, value in given.items():
            if name not in SETTING:
                raise UsageError(f"There is no setting {name!r}.", remedy=f"Settings: {', '.join(SETTING)}.")
            SETTING[name].check(value)
        return replace(self, **given)  # type: ignore[arg-type]


SETTINGS: tuple[Setting, ...] = tuple(
    Setting(name=f.name, default=f.default, **f.metadata)  # type: ignore[arg-type]
    for f in fields(Settings)
)
SETTING: dict[str, Setting] = {setting.name: setting for setting in SETTINGS}


def limit_reached(name: str, *, settings: Settings, what: str) -> LimitError:
    """The error that says which limit stopped `what`, its value, and how to raise it.

    >>> print(limit_reached("query_seconds", settings=Settings(), what="The query was stopped").message)
    The query was stopped: limit query_seconds = 10 s.
    """
    setting = SETTING[name]
    return LimitError(
        f"{what}: limit {name} = {setting.show(getattr(settings, name))}.",
        remedy=f"Raise it with {setting.option} or {setting.variable}, or ask for less.",
    )


def settings_page() -> str:
    """`docs/settings.md`, made from the table."""
    titles: dict[Group, str] = {
        "build": "Building",
        "read": "Reading files",
        "query": "SPARQL",
        "push": "Other SPARQL stores",
        "service": "Service",
        "search": "Search",
        "index": "Search in Milvus",
        "encoder": "Sentence encoder",
        "verify": "Verifying texts",
        "reader": "Second reader",
        "review": "Reviewers",
    }
    lines = [
        "# Settings",
        "",
        "Every limit and setting of policygraph. This page is made from the table in `policygraph/settings.py`"
        " (`make docs`).",
        "",
        "An option of the command line goes before an environment variable, and that before the default. Sizes may be",
        "written with a unit (`64MB`), lists with commas.",
    ]
    for group, title in titles.items():
        lines += ["", f"## {title}", "", "| setting | option | variable | default | what it does |", "|---|---|---|---|---|"]
        lines += [
            f"| `{s.name}` | `{s.option}` | `{s.variable}` | {s.show()} | {s.sentence} |"
            for s in SETTINGS
            if s.group == group
        ]
    return "\n".join(lines) + "\n"
