"""The progress of long work, on standard error: a bar on a terminal, elsewhere a line now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from policygraph.build.progress import Progress

_TITLES = {
    "extract_documents": "reading and extracting",
    "resolve_citations": "resolving citations",
    "convert_encoder": "converting the sentence encoder, once for this user",
    "encode_texts": "encoding sentences",
    "align_documents": "aligning",
    "write_columns": "writing records",
    "write_documents": "writing documents",
    "begin_store": "loading the store",
    "begin_links": "loading the store",
    "begin_check": "checking",
    "check_release": "checking",
    "finish_graph": "finishing the graph",
    "write_index": "indexing",
    "write_manifest": "finishing",
    "fill_index": "filling the collection",
}
#: The long stages of a build in their order, so that it can be said what is still to come.
_LONG = ("extract_documents", "write_documents", "align_documents", "write_index", "finish_graph")
#: Seconds between two lines where there is no terminal: logs stay short, and a stage that hangs is seen.
_LINE_SECONDS = 15.0


def what(stage: str) -> str:
    """A stage in words, with what comes after it.

    >>> what("write_index")
    'indexing (then finishing the graph)'
    """
    said = _TITLES.get(stage, stage)
    if stage in _LONG[:-1]:
        return f"{said} (then {', '.join(_TITLES[each] for each in _LONG[_LONG.index(stage) + 1 :])})"
    return said


class Lines:
    """A progress in lines: how far the stage is, and how long it still takes at the pace so far."""

    def __init__(self) -> None:
        self.stage, self.began, self.told = "", 0.0, time.monotonic()

    def __call__(self, stage: str, *, done: int, total: int) -> None:
        now = time.monotonic()
        if stage != self.stage:
            self.stage, self.began = stage, now
        if now - self.told < _LINE_SECONDS or not 0 < done < total:
            return
        self.told = now
        left = (now - self.began) / done * (total - done)
        typer.echo(f"{what(stage)}: {done} of {total}, about {left:.0f} s left", err=True)


@contextmanager
def shown() -> Iterator[Progress]:
    """A progress that shows itself with rate and time left."""
    if not sys.stderr.isatty():
        yield Lines()
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        ProgressColumn,
        SpinnerColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bar
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:.1f}/s" if task.speed else "")

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        line = bar.add_task("starting", total=None)
        at = ""

        def progress(stage: str, *, done: int, total: int) -> None:
            nonlocal at
            if stage != at:
                bar.reset(line, description=what(stage), total=total or None)
                at = stage
            bar.update(line, completed=done, total=total or None)

        yield progress
