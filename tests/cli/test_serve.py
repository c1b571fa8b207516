"""The commands of the service: what they say before they serve."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest

from policygraph.release.folder import FORMAT, Manifest
from policygraph.settings import SETTINGS


def run(*arguments: str, given: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "policygraph", *arguments]
    return subprocess.run(command, input=given, capture_output=True, text=True, timeout=60, env={**os.environ, "COLUMNS": "200", **environment})


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "releases" / "r1"
    folder.mkdir(parents=True)
    ox.Store(str(folder / "store")).flush()
    manifest = Manifest(
        format=FORMAT, id="r1", program="test", base_iri="https://example.org/", encoder="none", inputs=(), documents=(),
        problems=(), warnings=(), links={}, statements=0, files={},
    )  # fmt: skip
    (folder / "manifest.json").write_text(manifest.to_json(), "utf-8")
    (tmp_path / "current").write_text("r1", "utf-8")
    return tmp_path


def test_every_setting_of_the_service_is_an_option() -> None:
    shown = run("serve", "--help").stdout
    missing = [s.option for s in SETTINGS if s.group in ("query", "service", "search") and s.option not in shown]
    assert not missing


def test_a_token_is_kept_as_its_hash() -> None:
    assert run("hash-token", given="secret\n").stdout.strip() == hashlib.sha256(b"secret").hexdigest()


def test_tokens_over_a_network_are_warned_of(data: Path) -> None:
    """192.0.2.1 is an address that no machine has, so nothing is opened."""
    (data / "tokens").write_text(hashlib.sha256(b"secret").hexdigest())
    served = run("serve", "--data", str(data), "--host", "192.0.2.1", "--port", "0", "--tokens-file", str(data / "tokens"))
    assert "TLS" in served.stderr
    assert served.returncode != 0


def test_a_wrong_setting_is_said_in_one_line(data: Path) -> None:
    served = run("serve", "--data", str(data), POLICYGRAPH_QUERY_SECONDS="soon")
    assert served.returncode == 2
    assert "query_seconds" in served.stderr
    assert "Traceback" not in served.stderr


def test_a_folder_without_a_release_is_said(tmp_path: Path) -> None:
    served = run("serve", "--data", str(tmp_path))
    assert served.returncode == 1
    assert "policygraph build" in served.stderr
