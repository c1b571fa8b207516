"""`docs/r.md`: the files that it reads are written, and the columns that it names are in them. R itself is not run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from policygraph import PolicyGraph

PAGE = (Path(__file__).parents[1] / "docs" / "r.md").read_text("utf-8")
#: Words of R and of its packages, and names that the page makes.
_OF_R = {"install", "packages", "c", "library", "arrow", "dplyr", "tidyr", "ggplot2", "documents", "targets", "clauses", "duties", "links", "read_parquet", "out", "parquet", "filter", "is", "na", "left_join", "select", "by", "unnest", "count", "sort", "TRUE", "in", "carriers", "arrange", "desc", "mutate", "year", "substr", "ggplot", "aes", "fill", "geom_bar", "name", "responsibilities", "alignments", "deadlines"}


def test_columns_that_the_page_names_are_in_the_files(corpus_data: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    with PolicyGraph.open(corpus_data) as graph:
        graph.export(tmp_path, format="parquet")
    named = set(re.findall(r'"out/(\w+\.parquet)"', PAGE))
    assert named and {name for name in named if not (tmp_path / name).exists()} == set()
    code = re.sub(r'"[^"]*"|#.*', "", "\n".join(re.findall(r"```r\n(.*?)```", PAGE, re.DOTALL)))
    columns: set[str] = set()
    for name in named:
        schema = parquet.read_schema(tmp_path / name)
        columns |= set(schema.names)
        if name == "responsibilities.parquet":
            columns |= {field.name for field in schema.field("agencies").type.value_type}
    used = {word for word in re.findall(r"[A-Za-z_]\w*", code) if word not in _OF_R}
    assert len(used) > 10
    assert used - columns == set()
