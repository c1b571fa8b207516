"""Objects in a store that fsspec reaches (`s3://bucket/prefix`; the extra `ray` brings S3), as far as reading and keeping need
them.

Who may do what is the store's own business: credentials and the endpoint come from where its tools find them
(AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, ~/.aws, the role of a machine), on every machine that takes part.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from policygraph.errors import PolicyGraphError, UsageError


class _Files(Protocol):
    """What is used of fsspec's file systems."""

    def cat_file(self, path: str) -> bytes: ...

    def pipe_file(self, path: str, value: bytes, mode: str = ...) -> object: ...

    def info(self, path: str) -> dict[str, object]: ...

    def find(self, path: str) -> list[str]: ...


def is_address(place: str) -> bool:
    """Whether a place is one of an object store, and no folder.

    >>> is_address("s3://policies/corpus"), is_address("corpus")
    (True, False)
    """
    return "://" in place


@dataclass(frozen=True, slots=True)
class ObjectPath:
    """An object, or all whose names begin with this one and a slash, with the methods of `Path` that are needed here.

    What the store refuses, or does not answer, is a PolicyGraphError; an object that is not there a FileNotFoundError.
    """

    url: str

    def __str__(self) -> str:
        return self.url

    def __truediv__(self, name: str) -> ObjectPath:
        return ObjectPath(f"{self.url.rstrip('/')}/{name}")

    @property
    def name(self) -> str:
        return self.url.rpartition("/")[2]

    def absolute(self) -> ObjectPath:
        return self

    def with_name(self, name: str) -> ObjectPath:
        return ObjectPath(f"{self.url.rpartition('/')[0]}/{name}")

    def exists(self) -> bool:
        return self.size() is not None

    def size(self) -> int | None:
        """Its bytes; None where there is no such object."""
        files = _files(self.url)
        try:
            with _told(self.url):
                return int(str(files.info(_path(self.url))["size"]))
        except FileNotFoundError:
            return None

    def read_bytes(self) -> bytes:
        files = _files(self.url)
        with _told(self.url):
            return files.cat_file(_path(self.url))

    def read_text(self, encoding: str) -> str:
        return self.read_bytes().decode(encoding)

    def create(self, data: bytes) -> None:
        """Write it; raises FileExistsError where it is there already."""
        self._write(data, mode="create")

    def replace(self, data: bytes) -> None:
        """Write it, whether it is there or not."""
        self._write(data, mode="overwrite")

    def _write(self, data: bytes, *, mode: str) -> None:
        files = _files(self.url)
        try:
            with _told(self.url):
                files.pipe_file(_path(self.url), data, mode=mode)
        except FileNotFoundError as error:
            raise _no_bucket(self.url) from error

    def names(self) -> list[str]:
        """The names of all objects below this one, seen from here."""
        top = _path(self.url).rstrip("/") + "/"
        files = _files(self.url)
        try:
            with _told(self.url):
                found = files.find(top)
        except FileNotFoundError as error:
            raise _no_bucket(self.url) from error
        return sorted(name.removeprefix(top) for name in found if name.startswith(top) and name != top)


def _no_bucket(url: str) -> PolicyGraphError:
    bucket = url.partition("://")[2].partition("/")[0]
    return PolicyGraphError(f"There is no bucket {bucket!r} for {url}.", remedy="Make it with your store's tools, or name another; is AWS_ENDPOINT_URL right?")


@contextmanager
def _told(url: str) -> Iterator[None]:
    """Errors of the store with the way out; those that say that an object is there or not pass."""
    refused: tuple[type[Exception], ...] = (PermissionError, *_of_s3("NoCredentialsError", "CredentialRetrievalError", "PartialCredentialsError"))
    silent: tuple[type[Exception], ...] = (OSError, *_of_s3("BotoCoreError"))
    try:
        yield
    except (FileNotFoundError, FileExistsError):
        raise
    except refused as error:
        raise PolicyGraphError(
            f"The store refuses {url} ({_first(error)}).",
            remedy="Give credentials that may read and write there (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile), on every machine.",
        ) from error
    except silent as error:
        raise PolicyGraphError(
            f"The store of {url} does not answer as it should ({_first(error)}).",
            remedy="Is it up, and AWS_ENDPOINT_URL right? The release in service is as it was.",
        ) from error


def _of_s3(*names: str) -> tuple[type[Exception], ...]:
    """Errors of S3's client that are no OSError, where it is loaded."""
    module = sys.modules.get("botocore.exceptions")
    found: list[type[Exception]] = [getattr(module, name) for name in names] if module else []
    return tuple(found)


@lru_cache(maxsize=4)
def _files_of(protocol: str) -> _Files:
    try:
        import fsspec

        files: _Files = fsspec.filesystem(protocol, use_listings_cache=False)
    except ImportError as error:
        raise UsageError(
            f"{protocol}:// needs a package that is not installed ({_first(error)}).", remedy="For s3://: pip install 'policygraph[ray]'."
        ) from error
    except ValueError as error:
        raise UsageError(f"{protocol}:// is no kind of store that is known.", remedy="For instance s3://bucket/prefix.") from error
    return files


def _files(url: str) -> _Files:
    return _files_of(url.partition("://")[0])


def _path(url: str) -> str:
    return url.partition("://")[2]


def _first(error: Exception) -> str:
    """The first line of what an engine says."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
