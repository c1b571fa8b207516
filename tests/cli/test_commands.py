"""The command line as a process: what it prints, where, and with which exit status."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import resource
import signal
import subprocess
import sys
import time

import pytest

#: A command line of the same library with nothing behind it.
_BARE = """
import sys, typer
app = typer.Typer()
app.command()(lambda: None)
app.command("other")(lambda: None)
sys.argv = ["bare", "--help"]
app()
"""


def commands():
    from policygraph.cli import app

    return sorted((c.name or c.callback.__name__).replace("_", "-") for c in app.registered_commands)


def processor_seconds(*arguments):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_help_starts_at_once():
    """It takes no more than a few times what a command line takes that does nothing."""
    bare = min(processor_seconds("-c", _BARE) for _ in range(3))
    assert min(processor_seconds("-m", "policygraph", "--help") for _ in range(5)) <= 3 * bare


def test_help_loads_nothing_heavy():
    command = [sys.executable, "-X", "importtime"]
    loaded, bare = (
        {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
        for done in (
            subprocess.run([*command, *arguments], capture_output=True, text=True, check=True)
            for arguments in (["-m", "policygraph", "--help"], ["-c", _BARE])
        )
    )
    assert loaded - bare - set(sys.stdlib_module_names) == {"policygraph"}


def test_help_lists_every_command(cli):
    shown = cli("--help").stdout
    for name in commands():
        assert f"  {name} " in shown


@pytest.mark.parametrize("name", commands())
def test_every_command_explains_itself(cli, name):
    done = cli(name, "--help")
    assert done.returncode == 0
    assert "--help" in done.stdout and len(done.stdout.splitlines()) > 4


def test_version(cli):
    assert cli("--version").stdout.startswith("policygraph 0.1.0+")


def test_build_prints_a_table_of_documents_and_where_to_go_next(cli, small_corpus, tmp_path):
    done = cli("build", small_corpus, "-o", tmp_path / "data")
    assert done.returncode == 0, done.stderr
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    assert lines[0] == ["id", "clauses", "tasks", "targets", "deadlines", "responsibilities", "citations"]
    assert [line[0] for line in lines[1:]] == ["chongqing-river-2023", "national-river-2022", "sichuan-river-2023"]
    assert "Where to go next" in done.stderr


@pytest.mark.slow
def test_build_with_a_bad_file_builds_the_others_and_exits_1(cli, small_corpus, tmp_path):
    (small_corpus / "bad.txt").write_bytes(b"")
    done = cli("build", small_corpus, "-o", tmp_path / "data", "--json")
    assert done.returncode == 1
    said = json.loads(done.stdout)
    assert len(said["documents"]) == 3 and said["problems"][0]["source"] == "bad.txt"
    assert cli("info").returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("info",),
        ("audit",),
        ("targets",),
        ("targets", "--indicator", "农膜回收率"),
        ("due", "--by", "2023-12-31"),
        ("agency", "生态环境厅"),
        ("sparql", "-e", "SELECT ?s WHERE { ?s a ?t } LIMIT 3"),
        ("releases", "list"),
    ],
    ids=" ".join,
)
def test_json_is_json_and_the_table_has_the_same_rows(cli, small_data, arguments):
    as_json = cli(*arguments, "--data", small_data, "--json")
    assert as_json.returncode == 0, as_json.stderr
    value = json.loads(as_json.stdout)
    table = cli(*arguments, "--data", small_data)
    assert table.returncode == 0
    if isinstance(value, list) and value:
        assert len(table.stdout.splitlines()) == len(value) + 1


def test_query_from_file_and_from_standard_input(cli, small_data, tmp_path):
    query = "ASK { ?s ?p ?o }"
    (tmp_path / "query.rq").write_text(query)
    assert "true" in cli("sparql", tmp_path / "query.rq", "--data", small_data).stdout
    done = subprocess.run(
        [sys.executable, "-m", "policygraph", "sparql", "-", "--data", str(small_data)], input=query, capture_output=True, text=True, check=True
    )
    assert "true" in done.stdout


@pytest.mark.parametrize("format", ["jsonl", "csv", "nquads", "turtle", "jsonld"])
def test_export_writes_files(cli, small_data, tmp_path, format):  # noqa: A002
    done = cli("export", "--format", format, "-o", tmp_path / "out", "--data", small_data)
    assert done.returncode == 0, done.stderr
    written = [line for line in done.stdout.splitlines() if line]
    assert written and all((tmp_path / "out").rglob("*"))


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("nonsense",), 2, "nonsense"),
        (("due", "--by", "soon"), 2, "2023-12-31"),
        (("build", "no-such-folder"), 1, "There is no folder"),
        (("build", "--workers", "many"), 2, "a whole number"),
        (("info", "--data", "no-such-folder"), 1, "policygraph build"),
        (("sparql", "-e", "SELECT nonsense"), 1, "cannot be parsed"),
        (("sparql",), 2, "-e QUERY"),
        (("sparql", "no-such-file"), 2, "cannot be read"),
        (("agency", "海军"), 1, "For instance"),
        (("export", "--format", "wax", "-o", "out"), 2, "wax"),
        (("releases", "rollback", "zzz"), 1, "Releases: "),
        (("releases", "compare", "zzz"), 1, "Releases: "),
        (("add", "no-such-file.txt"), 1, "Check its name"),
        (("add", "corpus", "--corpus", "/dev/null"), 1, "Name a folder with --corpus"),
        (("build", ".", "-o", "/proc/x"), 1, "Name another folder"),
        (("build", ".", "-o", "/dev/null"), 1, "Name another folder"),
        (("releases", "prune", "--data", "/dev/null/x"), 1, "policygraph build"),
        (("export", "-o", "/proc/x"), 1, "Choose a folder"),
        (("sparql", "no-such-file.rq"), 2, "or the query itself with -e"),
        (("implemented-by", "sichuan-river-2023", "--clause", "part_99"), 1, "there is: para_1"),
        (("coverage", "sichuan-river-2023", "national-river-2022"), 1, "Swap them: national-river-2022 sichuan-river-2023"),
        (("coverage", "sichuan-river-2023", "sichuan-river-2023"), 1, "is named twice"),
        (("coverage", "national-river-2022", "--status", "done"), 1, "implemented, partly"),
        (("targets", "--region", "湖北"), 1, "There are documents of: "),
        (("due", "--region", "湖北"), 1, "There are documents of: "),
        (("agency", ""), 2, "生态环境厅"),
        (("hash-token", ""), 2, "standard input"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_error_is_one_line_with_the_way_out(cli, small_data, arguments, status, says):
    done = cli(*arguments, POLICYGRAPH_DATA=str(small_data))
    assert done.returncode == status, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    if status == 1:
        assert len(done.stderr.strip().splitlines()) == 1


def test_coverage_and_compare_are_summed_up_and_name_the_answering_clause(cli, small_data):
    pair = ("national-river-2022", "sichuan-river-2023", "--data", small_data)
    done = cli("coverage", *pair)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert rows[0][-1] == "answer"
    assert all(row[-1].startswith("sichuan-river-2023/") for row in rows[1:] if row[0] == "implemented")
    demands = sum(row[0] in ("dropped", "added") for row in rows)  # a row each, and no clause more
    assert f"{len(rows) - 1 - demands} clauses: " in done.stderr
    assert f"{demands} demands of linked clauses that the other document does not have: " in done.stderr
    assert " targets: " in cli("compare", *pair).stderr


@pytest.mark.slow
def test_build_proposes_what_the_release_answers(cli, small_corpus, tmp_path):
    for name in ("chongqing-river-2023.txt", "national-river-2022.txt", "sichuan-river-2023.txt"):
        said = cli("build", small_corpus).stderr
        proposed = [line.split("#")[0].split() for line in said.partition("Where to go next:\n")[2].splitlines()]
        for _, *arguments in proposed[:-1]:
            assert cli(*(argument.strip("“”") for argument in arguments)).returncode == 0, arguments
        (small_corpus / name).unlink()


def test_build_of_nothing_readable_says_of_each_file_why(cli, tmp_path):
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.txt").write_bytes(b"")
    (tmp_path / "corpus" / "b.txt").write_bytes(b"\0\1\2" * 99)
    said = cli("build").stderr
    assert "built: a.txt: is empty. Put" in said and "  b.txt: is binary data, not text. Give" in said


def test_day_that_the_calendar_lacks_is_a_line_with_the_way_out(cli, small_corpus, tmp_path):
    (small_corpus / "manifest.toml").write_text('[documents."national-river-2022.txt"]\ndate = "2023-99-01"\n')
    done = cli("build", small_corpus, "-o", tmp_path / "data")
    assert done.returncode == 1 and "'2023-99-01' is no day" in done.stderr and "2022-08-31" in done.stderr


def test_corpus_folder_that_cannot_be_made_is_a_line_with_the_way_out(cli, small_corpus):
    done = cli("add", small_corpus / "national-river-2022.txt", "--corpus", "/proc/c", "--yes")
    assert done.returncode == 1 and "/proc/c cannot be made" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("command", ["rollback", "prune"])
def test_data_folder_that_cannot_be_written_is_a_line_with_the_way_out(cli, small_corpus, tmp_path, command):
    assert cli("build", small_corpus).returncode == 0
    (tmp_path / "data" / "lock").unlink()
    (tmp_path / "data" / "lock").mkdir()  # what permissions do to others, a folder does to root, too
    done = cli("releases", command)
    assert done.returncode == 1 and "The data folder data cannot be written" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_interrupted_build_says_that_nothing_was_lost(small_corpus, tmp_path):
    pipe = small_corpus / "a-pipe.txt"
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "policygraph", "build", str(small_corpus), "-o", str(tmp_path / "data")]
    heard = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # a shell in the background has it ignored
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=heard) as build:
        held = None
        while held is None and build.poll() is None:  # until the build waits for what the pipe brings
            with contextlib.suppress(OSError):
                held = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
            time.sleep(0.01)
        build.send_signal(signal.SIGINT)
        said = build.communicate()[1]
    os.close(held)
    assert build.returncode == 130
    assert said == "policygraph: interrupted; nothing was lost, the last release is still in service.\n"


@pytest.mark.slow
def test_releases_list_compare_rollback_and_prune(cli, small_corpus, tmp_path):
    assert cli("build", small_corpus).returncode == 0
    plan = small_corpus / "sichuan-river-2023.txt"
    plan.write_text(plan.read_text("utf-8").replace("12座", "13座"), "utf-8")
    assert cli("build", small_corpus).returncode == 0
    first, second = (row["id"] for row in json.loads(cli("releases", "list", "--json").stdout))
    changes = json.loads(cli("releases", "compare", first[:6], "--json").stdout)
    assert any(change["change"] == "changed" and change["kind"] == "Clause" for change in changes)
    assert all("national-river-2022/" not in change["id"] for change in changes if change["kind"] == "Clause")
    assert first in cli("releases", "rollback").stdout
    assert json.loads(cli("info", "--json").stdout)["id"] == first
    assert second in cli("releases", "prune", "--keep", "1").stdout
    assert [row["id"] for row in json.loads(cli("releases", "list", "--json").stdout)] == [first]


def test_add_shows_what_it_understood_and_warns_before_it_guesses(cli, tmp_path, small_corpus):
    new = tmp_path / "incoming"
    new.mkdir()
    text = (small_corpus / "national-river-2022.txt").read_text("utf-8")
    (new / "plan.txt").write_text(text, "utf-8")
    (new / "vague.txt").write_text("第一条 建设污水处理厂。\n\n第二条 开展巡查。\n", "utf-8")
    done = cli("add", new, "--corpus", tmp_path / "fresh", "--json")
    rows = {row["id"]: row for row in json.loads(done.stdout)}
    assert rows["plan"]["number"] == "国环〔2022〕5号" and rows["plan"]["region"] == "000000"
    assert rows["vague"]["warnings"]
    assert done.returncode == 1 and "--yes" in done.stderr
    assert [path.name for path in (tmp_path / "fresh").iterdir()] == ["plan.txt"]
    assert cli("add", new / "vague.txt", "--corpus", tmp_path / "fresh", "--yes").returncode == 0
    again = cli("add", new / "plan.txt", "--corpus", tmp_path / "fresh")
    assert again.returncode == 1 and "same content" in again.stderr


def test_reader_that_goes_away_is_no_error(small_data):
    command = f"{sys.executable} -m policygraph targets --data {small_data} --json | head -c 1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("command", "groups"), [("build", ("build", "read")), ("add", ("read",))])
def test_limits_that_messages_name_are_options(cli, command, groups):
    from policygraph.settings import SETTINGS

    shown = cli(command, "--help").stdout
    assert [row.option for row in SETTINGS if row.group in groups and row.option not in shown] == []


def test_rules_counts_what_fired_and_explains_one(cli, small_data):
    lines = [line.split("\t") for line in cli("rules", "--counts", "--data", small_data).stdout.splitlines()]
    assert lines[0] == ["rule", "fired", "stands_for"]
    assert int(dict(line[:2] for line in lines[1:])["task.directive"]) > 0
    told = json.loads(cli("rules", "deadline.bare/1", "--json").stdout)
    assert told[0]["takes"]["fields"] == {"date": "2025-12-31"} and told[0]["leaves"]["because"]
    assert cli("rules", "deadline.nothing").returncode == 1
