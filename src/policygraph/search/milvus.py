"""A Milvus collection that holds what searches look through: where it is, what stands in it, what goes wrong with it.

Invariant: a collection holds one release's index. Its partition `of_<hash>` says which, from before the first row on, and never
changes. It is whole when it has as many rows as that index has units and sentences.

| field | what |
|---|---|
| `key` | a unit's number; of sentences, counted on behind the units |
| `unit` | the unit; rows of the partition `units` and of `sentences` |
| `vector` | the unit's or the sentence's, compared by inner product; left out of a release without an encoder |
| `text`, `head` | of units: the weight in BM25 of each gram of the text and of the heading (`dimension`) |
| the fields of `parts.FIELDS` | values of the row's clauses, as places in the index's names; of agencies with the role (`codes`) |

What is shown of a clause, its characters, how rare a gram is and how sure a search may be stay in the release.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from policygraph.errors import InputError, ReleaseError, UsageError
from policygraph.search.engine import Having, Where
from policygraph.search.index import ClauseIndex
from policygraph.search.parts import FIELDS, ROLES
from policygraph.settings import Settings

_SERVER = re.compile(r"milvus(?P<tls>\+tls)?://(?P<host>[^/\s]+)(?:/(?P<name>[A-Za-z_]\w*))?/?", re.ASCII)
_FILE = re.compile(r"milvus:(?://)?(?P<path>\S+?\.db)(?:/(?P<name>[A-Za-z_]\w*))?/?", re.ASCII)
_NAME = "policygraph"
#: Stands in an address for the hash of the index, so that each release has a collection of its own.
RELEASE = "{release}"
_WRITTEN = "Write milvus://host:port/collection, milvus+tls://… for TLS, or milvus:folder/index.db for a file."
#: Values of one condition that are handed over; of more, the program leaves out what does not meet it.
_MOST_VALUES = 2000
#: Values that a row may have of a field: as many as Milvus lets an array hold.
_MOST_OF_A_ROW = 4096
#: Up to so many rows all vectors are compared: an approximate index leaves out some of those that a search is narrowed to,
#: which then are fetched one by one.
_SCANNED_UNTIL = 100_000
#: No gram: stands where a row has none, since Milvus takes no empty vector.
NO_GRAM = 0
_REFUSED = ("UNAUTHENTICATED", "PERMISSION_DENIED")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a collection is: on a server (`uri` is its HTTP address), or in a file that milvus-lite opens."""

    uri: str
    name: str
    written: str

    @classmethod
    def read(cls, text: str) -> Address:
        """The address that a text writes.

        >>> Address.read("milvus://127.0.0.1:19530/water").uri
        'http://127.0.0.1:19530'
        """
        if server := _SERVER.fullmatch(text):
            return cls(f"{'https' if server['tls'] else 'http'}://{server['host']}", server["name"] or _NAME, text)
        if file := _FILE.fullmatch(text):
            return cls(file["path"], file["name"] or _NAME, text)
        raise UsageError(f"{text!r} is no address of an index.", remedy=_WRITTEN)

    @property
    def is_file(self) -> bool:
        return not self.uri.startswith(("http://", "https://"))


def identity(index: ClauseIndex) -> str:
    """Which index this is: what its clauses, units and sentences are, and which encoder made their vectors."""
    digest = hashlib.sha256()
    for name in ("manifest.json", "lexical/meta.json", "units.npy", "sentences.npy"):
        digest.update(hashlib.sha256((index.folder / name).read_bytes()).digest())
    return digest.hexdigest()[:16]


def dimension(gram: str) -> int:
    """The dimension of a gram in sparse vectors: its one or two characters themselves, for Latin words and rare characters
    28 bits of a hash, where no Chinese character has its place.

    >>> hex(dimension("岸电"))
    '0x5cb87535'
    """
    if len(gram) <= 2 and all("\u3400" <= letter <= "\ufaff" for letter in gram):
        return int.from_bytes(gram.encode("utf-16-be"), "big")
    return 0xE << 28 | int.from_bytes(hashlib.sha256(gram.encode()).digest()[:4], "big") >> 4


def code(field: str, value: int, extra: int) -> int:
    """How a value stands in a row: with the role, if it is an agency's."""
    return value * len(ROLES) + extra if field == "agency" else value


def expression(where: Where) -> str:
    """Conditions in Milvus's language."""
    groups = [" or ".join(_one(having) for having in group) for group in where if all(len(h.values) <= _MOST_VALUES for h in group)]
    return " and ".join(f"({group})" for group in groups)


def _one(having: Having) -> str:
    extras = [having.extra] if having.extra is not None else range(len(ROLES) if having.field == "agency" else 1)
    codes = sorted(code(having.field, value, extra) for value in having.values for extra in extras)
    return f"array_contains_any({having.field}, {codes or [-1]})"


class Collection:
    """A collection at an address. Everything that goes wrong there is a `ReleaseError` with the way out."""

    def __init__(self, address: Address, *, token: str = "", seconds: float = 10.0) -> None:
        self.address, self.name = address, address.name
        self._token, self._seconds = token, seconds

    @cached_property
    def _client(self) -> Any:
        os.environ.setdefault("PYTHON_DOTENV_DISABLED", "1")  # a client has no business with settings of other programs
        try:
            from pymilvus import MilvusClient
        except ImportError as error:
            remedy = 'Install the extra: pip install "policygraph[milvus]".'
            raise UsageError(f"The index {self.address.written} needs the package pymilvus.", remedy=remedy) from error
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL + 1)  # what went wrong is said once, by the error
        uri = self.address.uri
        if self.address.is_file:
            logging.getLogger("milvus_lite").setLevel(logging.CRITICAL + 1)
            uri = str(Path(uri).absolute())
        return MilvusClient(uri=uri, token=self._token, timeout=self._seconds)

    @contextlib.contextmanager
    def _reached(self) -> Iterator[Any]:
        try:
            from grpc import RpcError
            from pymilvus.exceptions import MilvusException
        except ImportError:
            RpcError = MilvusException = OSError  # noqa: N806
        try:
            yield self._client
        except (RpcError, MilvusException, OSError) as error:
            raise self._trouble(error) from error

    def _trouble(self, error: Exception) -> ReleaseError:
        where = self.address.written
        if any(status.endswith(_REFUSED) for status in _statuses(error)):
            return ReleaseError(f"{where} refuses the token.", remedy="Give a file that holds user:password or a key: --index-token-file.")
        said = " ".join(str(getattr(error, "message", None) or error).split())[:200]
        if self.address.is_file:
            remedy = "Is another program at it? Serve it with `milvus-lite server`, and give milvus://host:port."
            return ReleaseError(f"The index {where} cannot be opened ({said}).", remedy=remedy)
        if getattr(error, "code", None) == 2 or isinstance(error, OSError):
            return ReleaseError(f"{where} cannot be reached ({said}).", remedy="Does Milvus run there? Or leave --index out: the release has an index of its own.")
        return ReleaseError(f"{where} answers: {said}.", remedy="Its log says more; or leave --index out: the release has an index of its own.")

    @classmethod
    def named(cls, settings: Settings, index: ClauseIndex) -> Collection:
        """The collection that the settings name for an index, with the token that they name."""
        path, token = settings.index_token_file, ""
        if path:
            try:
                token = Path(path).read_text("utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                remedy = "It holds one line: user:password, or a key. See --index-token-file."
                raise InputError(f"The token file {path} cannot be read ({error}).", remedy=remedy) from error
        return cls(Address.read(settings.index.replace(RELEASE, identity(index))), token=token, seconds=settings.index_seconds)

    # what is there

    @property
    def exists(self) -> bool:
        with self._reached() as client:
            return bool(client.has_collection(self.name, timeout=self._seconds))

    @property
    def of(self) -> str:
        """Which index it holds."""
        with self._reached() as client:
            names = client.list_partitions(self.name, timeout=self._seconds)
        return next((name.removeprefix("of_") for name in names if name.startswith("of_")), "")

    def count(self, first: int | None = None, last: int | None = None) -> int:
        """How many rows there are, of all or from the key `first` to before `last`."""
        within = "" if first is None else f"key >= {first} and key < {last}"
        with self._reached() as client:
            found = client.query(
                self.name, filter=within, output_fields=["count(*)"], consistency_level="Strong", timeout=self._seconds
            )
        return int(found[0]["count(*)"])

    def check(self, index: ClauseIndex) -> None:
        """Refuse a collection that does not hold just this index."""
        again = f"policygraph push --index {self.address.written}"
        if not self.exists:
            raise ReleaseError(f"There is no collection {self.name} at {self.address.written}.", remedy=f"Fill it: {again}.")
        self.refuse_other(index)
        self.load()
        rows, wanted = self.count(), rows_of(index)
        if rows != wanted:
            raise ReleaseError(f"{self.address.written} holds {rows:,} of {wanted:,} rows.", remedy=f"Go on with it: {again}.")

    def load(self) -> None:
        """Let it be counted and searched: one that Milvus had let go of, or had when it was ended."""
        with self._reached() as client:
            client.load_collection(self.name, timeout=self._seconds)

    def refuse_other(self, index: ClauseIndex) -> None:
        """Refuse the collection of another release."""
        if (held := self.of) != (wanted := identity(index)):
            raise ReleaseError(
                f"{self.address.written} holds the index {held or 'of no release'}, not {wanted} of this release.",
                remedy="Push this release into a collection of another name, and serve that; then drop this one.",
            )

    # making

    def make(self, index: ClauseIndex) -> None:
        """Make the collection, empty, for this index."""
        with self._reached() as client:
            from pymilvus import DataType

            schema = client.create_schema(auto_id=False, enable_dynamic_field=False, description=f"policygraph index {identity(index)}")
            schema.add_field("key", DataType.INT64, is_primary=True)
            schema.add_field("unit", DataType.INT64)
            params = client.prepare_index_params()
            params.add_index("unit", index_type="INVERTED")
            if index.semantic:
                schema.add_field("vector", DataType.FLOAT_VECTOR, dim=index.manifest["encoder"]["dimension"])
                params.add_index("vector", index_type="FLAT" if rows_of(index) <= _SCANNED_UNTIL else "AUTOINDEX", metric_type="IP")
            for field in ("text", "head"):
                schema.add_field(field, DataType.SPARSE_FLOAT_VECTOR)
                params.add_index(field, index_type="SPARSE_INVERTED_INDEX", metric_type="IP")
            for field in FIELDS:
                schema.add_field(field, DataType.ARRAY, element_type=DataType.INT64, max_capacity=_MOST_OF_A_ROW)
            client.create_collection(self.name, schema=schema, index_params=params, timeout=self._seconds)
            for partition in ("units", "sentences", f"of_{identity(index)}"):
                client.create_partition(self.name, partition, timeout=self._seconds)

    def put(self, rows: list[dict[str, Any]], *, partition: str) -> None:
        """Put rows in; those of the same keys are replaced."""
        with self._reached() as client:
            client.upsert(self.name, rows, partition_name=partition, timeout=self._seconds)

    def finish(self) -> None:
        """What was put in is kept for good."""
        with self._reached() as client:
            client.flush(self.name)

    # asking

    def search(self, asked: Any, *, field: str, partition: str, limit: int, where: str = "") -> list[tuple[int, float]]:
        """Keys with their inner products, best first."""
        with self._reached() as client:
            (found,) = client.search(
                self.name, [asked], anns_field=field, limit=limit, filter=where, output_fields=["key"],
                partition_names=[partition], search_params={"metric_type": "IP"}, timeout=self._seconds,
            )  # fmt: skip
        return [(int(hit["key"]), float(hit["distance"])) for hit in found]

    def get(self, keys: list[int], field: str) -> dict[int, Any]:
        """A field of some rows, by key."""
        with self._reached() as client:
            found = client.get(self.name, ids=keys, output_fields=["key", field], timeout=self._seconds)
        return {int(row["key"]): row[field] for row in found}


def _statuses(error: BaseException) -> list[str]:
    """What gRPC said in an error and in those that it came of. Retried ones come of each other in circles."""
    chain = [error]
    for each in chain:
        chain += [cause for cause in (each.__cause__, each.__context__) if cause is not None and cause not in chain]
    codes = [getattr(each, "code", None) for each in chain]
    return [str(code()) for code in codes if callable(code)]


def rows_of(index: ClauseIndex) -> int:
    """How many rows a collection of this index has."""
    return index.units + (len(index.sentences) if index.semantic else 0)
