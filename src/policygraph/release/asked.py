"""Pairs of documents that the build left, aligned when asked for and kept in the data folder: by the content of both, so
that another process, and a release in which neither changed, has them.

What is kept may be removed at any time; where it cannot be written, the next process aligns the pair again.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping

from policygraph.align.asked import Evidence, align_asked
from policygraph.cache import Cache, key_of
from policygraph.corpus.folder import REFIT, read_refit
from policygraph.encode.kept import KeptTokens
from policygraph.model import DocumentRecords, Links
from policygraph.program import program_version
from policygraph.release.folder import Release

#: Bytes of pairs that stay, those asked for last: some hundred kilobytes a pair, so a thousand pairs.
_MOST_BYTES = 256 << 20


class AskedPairs:
    """The pairs of one release that are aligned on the spot."""

    def __init__(self, release: Release) -> None:
        cache = release.folder.parent.parent / "cache"
        self._kept = Cache(cache / "asked")
        self._contents = {document.id: document.digest for document in release.manifest.documents}
        name, _, encoder = release.manifest.encoder.rpartition(" ")
        self._refit = read_refit(release.folder / REFIT)
        self._encoder, self._tokens = release.manifest.encoder, KeptTokens(cache / "vectors", hash=encoder) if name else None

    def links(self, higher: DocumentRecords, lower: DocumentRecords, *, texts: Mapping[str, str]) -> tuple[Links, Evidence]:
        """The links of two documents and by what they were found: by meaning where a build kept what the encoder reads of
        both, since to encode them takes longer than one waits for an answer; else by wording."""
        ends = [[each.document.id, self._contents.get(each.document.id, each.document.sha256)] for each in (higher, lower)]
        key = key_of("asked", ends, self._encoder, program_version(), *([self._refit] if self._refit else []))
        for known in Evidence:
            kept = self._kept.get(key_of(key, known.value))
            if isinstance(kept, Links):
                with contextlib.suppress(OSError):
                    os.utime(self._kept.path(key_of(key, known.value)))
                return kept, known
        links, by = self._align(higher, lower, texts=texts)
        with contextlib.suppress(OSError):
            self._kept.put(key_of(key, by.value), links)
            self._kept.leave_newest(_MOST_BYTES)
        return links, by

    def _align(
        self, higher: DocumentRecords, lower: DocumentRecords, *, texts: Mapping[str, str]
    ) -> tuple[Links, Evidence]:
        if self._tokens is not None:
            with contextlib.suppress(LookupError):
                return align_asked(higher, lower, texts=texts, encoder=self._tokens, refit=self._refit), Evidence.MEANING
        return align_asked(higher, lower, texts=texts, refit=self._refit), Evidence.WORDING
