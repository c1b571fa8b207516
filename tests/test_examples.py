"""The notebooks of `examples/` run from top to bottom, each in a kernel of its own, on a release of the corpus."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

nbformat = pytest.importorskip("nbformat", reason="nbclient is not installed")
nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed")
pytest.importorskip("ipykernel", reason="ipykernel is not installed")
pytest.importorskip("matplotlib", reason="matplotlib is not installed")
pytest.importorskip("pandas", reason="pandas is not installed")

TOP = Path(__file__).parents[1]
NOTEBOOKS = sorted((TOP / "examples").glob("*.ipynb"))
#: What must stand in the outputs of a notebook, so that one that runs and says nothing fails.
SAYS = {
    "01-who-implements": ("sichuan-yangtze-2023/part_3/item_1/para_9", "深入推进入河排污口排查整治", "环水体〔2022〕55号"),
    "02-targets-across-provinces": ("农膜回收率", "image/png", "stricter"),
    "03-agency-network": ("生态环境部", "image/png"),
    "04-sparql-into-pandas": ("mandatory", "sichuan-yangtze-2023"),
    "05-your-own-corpus": ("2 files", "stricter", "四川省清江实施方案"),
}


def test_every_notebook_is_known() -> None:
    assert [path.stem for path in NOTEBOOKS] == sorted(SAYS)


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs_and_says_what_it_promises(path: Path, corpus_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel is this very Python: its specification is written here, whatever others the machine has."""
    specification = tmp_path / "jupyter" / "kernels" / "python3"
    specification.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (specification / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "Python 3", "language": "python"}), "utf-8")
    for name, folder in (("JUPYTER_PATH", "jupyter"), ("JUPYTER_RUNTIME_DIR", "runtime"), ("IPYTHONDIR", "ipython"), ("MPLCONFIGDIR", "matplotlib")):
        monkeypatch.setenv(name, str(tmp_path / folder))
    monkeypatch.setenv("POLICYGRAPH_ENCODER", "none")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    (tmp_path / "data").symlink_to(corpus_data)
    (tmp_path / "ontology").symlink_to(TOP / "ontology")
    (tmp_path / "examples").mkdir()
    notebook: Any = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert all(not cell.get("outputs") for cell in notebook.cells), "outputs are not kept in the repository"
    client = nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path / "examples")}})
    client.execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    said = "\n".join(str(output.get("text", "")) + str(dict(output.get("data", {}))) for output in outputs)
    assert [words for words in SAYS[path.stem] if words not in said] == []
    assert [output.text for output in outputs if output.get("name") == "stderr"] == []
