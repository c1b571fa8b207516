"""`policygraph verify`: what it prints, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest


@pytest.fixture
def verify(small_data, tmp_path):
    def run(data, *arguments):
        command = [sys.executable, "-m", "policygraph", "verify", "-", "--data", str(small_data), *arguments]
        return subprocess.run(command, input=data, capture_output=True, cwd=tmp_path, env={**os.environ, "PYTHONIOENCODING": "utf-8"}, timeout=600, check=False)

    return run


def test_text_that_is_found_ends_with_0_and_says_where(verify):
    done = verify("四川方案提出，到2025年，农膜回收率达到85%以上。".encode())
    assert done.returncode == 0, done.stderr.decode()
    lines = [line.split("\t") for line in done.stdout.decode().splitlines()]
    row = dict(zip(lines[0], lines[1], strict=True))
    assert (row["status"], row["document"]) == ("found", "sichuan-river-2023") and int(row["start"]) < int(row["end"])


def test_text_that_is_wrong_ends_with_1_and_says_what_the_source_says(verify):
    done = verify("四川方案提出，到2025年，农膜回收率达到80%以上。".encode(), "--json")
    found = json.loads(done.stdout)
    assert done.returncode == 1 and found["outcome"] == "contradicted"
    assert found["claims"][0]["says"] == "农膜回收率达到85%以上"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"a" * 5_000_000, "verify_characters"),
        (b"\xff\xfeabc\x00\x01", "byte-order mark"),
        (b"", "is empty"),
        ("《湖北方案》提出农膜回收率达到85%。".encode(), "not_held"),
        ("天气很好。".encode(), "nothing_checked: Nothing was checked"),
        ("四川方案提出农膜回收率达到85%。".encode("gb18030"), "differs"),
    ],
)
def test_text_that_cannot_be_verified_says_why(verify, data, says):
    done = verify(data)
    assert done.returncode == 1 and says in done.stderr.decode() and "Traceback" not in done.stderr.decode()


def test_file_of_any_format_is_read(cli, small_data, tmp_path):
    docx = pytest.importorskip("docx")
    document = docx.Document()
    document.add_paragraph("国家方案提出，到2025年年底，农膜回收率达到85%以上。")
    document.save(str(tmp_path / "report.docx"))
    assert cli("verify", tmp_path / "report.docx", "--data", small_data).returncode == 0
    (tmp_path / "report.xyz").write_bytes(b"\x00\x01\x02\x03" * 100)
    refused = cli("verify", tmp_path / "report.xyz", "--data", small_data)
    assert refused.returncode == 1 and "binary data" in refused.stderr
