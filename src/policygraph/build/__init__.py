"""The build: a corpus folder goes in, a release in service comes out, and this is the only place where stages are put together.

`pipeline` lists the stages with what each reads and writes; `reading` makes records of files, `writing` a release of
records. A build that is killed at any instant leaves the release before it in service, and the next goes on from the cache.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from policygraph.build.pipeline import BuildReport, build

__all__ = ["BuildReport", "build"]


def __getattr__(name: str) -> object:
    """The public names when first asked: a worker process loads its own stage alone."""
    from importlib import import_module

    if name in __all__:
        return getattr(import_module("policygraph.build.pipeline"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
