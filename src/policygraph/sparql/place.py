"""Where a worker finds the columns of a release, and what it has to know of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policygraph.program import program_version

if TYPE_CHECKING:
    from policygraph.release.folder import Release


class Place(NamedTuple):
    """Where the columns of a release are that tell what its graph says, and its graph: what a worker is told of them."""

    columns: str
    base_iri: str
    graph: str

    @classmethod
    def of(cls, release: Release) -> Place | None:
        """Those of a release that this very program built: another one may say other things of a record in the graph."""
        if release.manifest.program != program_version() or not release.columns.is_dir():
            return None
        return cls(str(release.columns), release.manifest.base_iri, str(release.graph))
