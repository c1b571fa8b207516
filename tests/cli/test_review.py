"""`policygraph review` and `evaluate`, as processes of their own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def data(small_data: Path, tmp_path: Path) -> Path:
    shutil.copytree(small_data.parent, tmp_path / "top", symlinks=True)
    return tmp_path / "top" / "data"


def test_queue_judge_apply_and_back(cli, data):
    waiting = json.loads(cli("review", "queue", "--data", data, "--json").stdout)
    first = waiting[0]["id"]
    done = cli("review", "reject", first, "--reason", "对象不同", "--data", data, POLICYGRAPH_REVIEWER="li")
    assert done.returncode == 0 and done.stdout.split("\t")[1] == "rejected" and "In service" in done.stderr
    higher, lower = waiting[0]["higher"], waiting[0]["document"]
    shown = json.loads(cli("implements", higher, "--lower", lower, "--data", data, "--json").stdout)
    alone = json.loads(cli("--as-found", "implements", higher, "--lower", lower, "--data", data, "--json").stdout)
    assert len(alone) == len(shown) + 1
    listed = json.loads(cli("review", "list", "--data", data, "--json").stdout)
    assert [(row["reviewer"], row["judgement"], row["reason"]) for row in listed] == [("li", "rejected", "对象不同")]
    assert cli("review", "withdraw", listed[0]["id"], "--data", data, "--reviewer", "wang").returncode == 2
    assert cli("review", "withdraw", listed[0]["id"], "--data", data, "--reviewer", "li").returncode == 0
    assert json.loads(cli("implements", higher, "--lower", lower, "--data", data, "--json").stdout) == alone


def test_evaluate_says_how_many_hold(cli, data):
    ids = [row["id"] for row in json.loads(cli("review", "queue", "--data", data, "--json").stdout)]
    cli("review", "reject", ids[0], "--later", "--data", data, "--reviewer", "li")
    cli("review", "accept", *ids[1:], "--later", "--data", data, "--reviewer", "li")
    cli("review", "accept", *ids, "--later", "--data", data, "--reviewer", "wang")
    found = json.loads(cli("evaluate", "--data", data, "--json").stdout)
    assert found["scores"][0]["judged"] == len(ids) - 1 and found["scores"][0]["disputed"] == 1
    assert found["agreement"][0]["same"] == len(ids) - 1 and found["disagreements"] == [ids[0]]


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("accept", "link-0"), 2, "--reviewer"),
        (("accept", "link-0", "--reviewer", "li"), 1, "no record 'link-0'"),
        (("queue", "--kind", "clause"), 2, "no kind of record"),
        (("correct", "link-0", "relation", "--reviewer", "li"), 2, "no FIELD=VALUE"),
        (("withdraw", "v-0", "--reviewer", "li"), 1, "no verdict"),
    ],
)
def test_what_cannot_be_judged_is_said_in_one_line(cli, data, arguments, status, says):
    done = cli("review", *arguments, "--data", data)
    assert done.returncode == status and says in done.stderr and done.stderr.count("\n") == 1


def test_what_was_missed_is_added(cli, data):
    said = ("indicator=示范区", "value=3", "unit=个", "--document", "sichuan-river-2023", "--quote", "建成示范区3个", "--reviewer", "li", "--data", data)
    assert cli("review", "add", "target", *said).returncode == 0
    found = json.loads(cli("targets", "--indicator", "示范区", "--data", data, "--json").stdout)
    assert [row["verdict"] for row in found if row["value"] == 3 and row["indicator"] == "示范区"]
    missing = cli("review", "add", "link", "relation=implements", "--reviewer", "li", "--data", data)
    assert missing.returncode == 2 and "--lower and --higher" in missing.stderr


def test_build_tells_of_broken_lines_and_of_verdicts_that_fit_nothing(cli, data):
    corpus = data.parent / "corpus"
    target = json.loads(cli("targets", "--indicator", "农膜回收率", "--region", "四川", "--data", data, "--json").stdout)[0]
    cli("review", "correct", target["id"], "value=88", "--data", data, "--reviewer", "li")
    with (corpus / "verdicts.jsonl").open("a", encoding="utf-8") as file:
        file.write("{broken\n")
    path = corpus / "sichuan-river-2023.txt"
    path.write_text(path.read_text("utf-8").replace("农膜回收率达到85%以上", "农膜回收率提高到90%"), "utf-8")
    built = cli("build", corpus, "-o", data)
    assert built.returncode == 0
    assert "verdicts, line 2" in built.stderr and "fits nothing (stale)" in built.stderr
    assert json.loads(cli("targets", "--indicator", "农膜回收率", "--region", "四川", "--data", data, "--json").stdout)[0]["value"] == 90
