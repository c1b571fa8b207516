"""The command line: each command a thin wrapper over one method of `PolicyGraph`, or over `build`.

Results go to standard output, everything else (progress, warnings, errors) to standard error. Exit status: 0 well, 1
something could not be done, 2 wrong usage. Modules here import nothing heavy: `policygraph --help` must answer at once.
"""

from __future__ import annotations

import os
import sys

import typer

from policygraph.cli import build, cite, links, read, releases, review, rules, search, serve, verify
from policygraph.errors import PolicyGraphError

app = typer.Typer(
    name="policygraph",
    help="A knowledge graph of Chinese policy documents, with evidence down to the character.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for module in (build, read, links, cite, search, verify, rules, serve):
    module.register(app)
app.add_typer(releases.app, name="releases")
app.add_typer(review.app, name="review")
app.command()(review.evaluate)
app.command()(review.refit)


#: The exit status of Ctrl-C, which Typer catches.
_INTERRUPTED = 130


def _version(wanted: bool) -> None:
    if wanted:
        from policygraph.program import program_version

        typer.echo(f"policygraph {program_version()}")
        raise typer.Exit


@app.callback()
def _top(
    version: bool = typer.Option(False, "--version", help="Show the version and end.", callback=_version, is_eager=True),
    as_found: bool = typer.Option(False, "--as-found", help="What the program alone found, without what reviewers judged."),
) -> None:
    del version
    if as_found:
        os.environ["POLICYGRAPH_AS_FOUND"] = "on"  # a setting like any other, for all that the command opens


def main() -> None:
    """Run a command; an error is one line, with the way out."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # many small products: threads for each cost more than they save
    try:
        app()
    except PolicyGraphError as error:
        typer.echo(f"policygraph: {error}", err=True)
        sys.exit(error.exit_status)
    except BrokenPipeError:
        # The reader of our output (head, less) has gone: nothing is wrong, and nobody is left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        typer.echo(f"policygraph: {where}{error.strerror or error}. Check the path and its permissions.", err=True)
        sys.exit(1)
    except SystemExit as ended:
        if ended.code == _INTERRUPTED:
            typer.echo("policygraph: interrupted; nothing was lost, the last release is still in service.", err=True)
        raise
