"""The progress bar of long work: on standard error, and only on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from policygraph.build.progress import Progress, silent

_TITLES = {
    "extract_documents": "reading and extracting",
    "resolve_citations": "resolving citations",
    "convert_encoder": "converting the sentence encoder, once for this user",
    "encode_texts": "encoding sentences",
    "align_documents": "aligning",
    "write_columns": "writing records",
    "write_documents": "writing documents",
    "begin_store": "loading the store",
    "begin_check": "checking",
    "check_release": "checking",
    "finish_graph": "finishing the graph",
    "write_index": "indexing",
    "write_manifest": "finishing",
}


@contextmanager
def shown() -> Iterator[Progress]:
    """A progress that shows itself with rate and time left, where there is a terminal to show it on."""
    if not sys.stderr.isatty():
        yield silent
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
                bar.reset(line, description=_TITLES.get(stage, stage), total=total or None)
                at = stage
            bar.update(line, completed=done, total=total or None)

        yield progress
