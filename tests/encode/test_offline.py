"""The engine of the encoder reports to its maker unless told not to: a file of its reports would lie in the home folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_SEARCH = """
import time
from policygraph.encode.encoder import open_encoder
open_encoder().encode_queries(["岸电"])
time.sleep(2)
"""


def test_encoding_notes_nothing_outside_its_own_cache(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    environment = os.environ | {"HOME": str(home), "POLICYGRAPH_CACHE": str(tmp_path / "cache")}
    environment.pop("ORT_DISABLE_TELEMETRY", None)
    environment.pop("XDG_CACHE_HOME", None)
    subprocess.run([sys.executable, "-c", _SEARCH], env=environment, check=True, timeout=120)
    assert [path for path in home.rglob("*") if path.is_file() and "olicygraph" not in str(path)] == []
