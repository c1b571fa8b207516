"""Texts that no office writes, which a fuzzer found: nothing breaks, and everything is where it says."""

from __future__ import annotations

import pytest

from policygraph.extract import extract
from policygraph.graph.validate import check_document
from policygraph.read import read_bytes
from policygraph.segment import segment


@pytest.mark.parametrize(
    "text",
    [
        "一、主要任务\n加强农膜回收，推进农药包装废弃物回收处理。\n牵头：第6一章、牵头单位：省农业农村厅。",  # Arabic and Chinese digits in one number
        "（州）人民政府：\n一、总体要求\nare}}}}}}}\n}}vE",  # a space kept between two words where a clause begins
        "1..\tn\tn\r\tn\r.\t\t.\t",
        "01.ó.\r# 0 0 0",
    ],
)
def test_every_clause_reads_as_its_text(text: str) -> None:
    source = read_bytes(text.encode(), name="a.txt")
    for document, clauses in segment(source, doc_id="a"):
        assert clauses
        assert check_document(extract(source, document, clauses), source.text) == []
