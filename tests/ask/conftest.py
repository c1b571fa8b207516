"""The corpus read, extracted and aligned once for all tests of links and questions, by wording alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from policygraph.align import align
from policygraph.align.library import Library
from policygraph.extract import extract
from policygraph.model import DocumentRecords
from policygraph.read import read_file
from policygraph.segment import segment

CORPUS = Path(__file__).resolve().parents[2] / "corpus"
FILES = ("national-yangtze-2022.md", "sichuan-yangtze-2023.txt", "chongqing-yangtze-2023.txt")


def read_corpus(*names: str) -> tuple[list[DocumentRecords], dict[str, str]]:
    records, texts = [], {}
    for name in names:
        source = read_file(CORPUS / name)
        for document, clauses in segment(source, doc_id=Path(name).stem):
            records.append(extract(source, document, clauses))
            texts[document.id] = source.text
    return records, texts


@pytest.fixture(scope="session")
def corpus() -> tuple[list[DocumentRecords], dict[str, str]]:
    return read_corpus(*FILES)


@pytest.fixture(scope="session")
def library(corpus: tuple[list[DocumentRecords], dict[str, str]]) -> Library:
    records, texts = corpus
    return Library(tuple(records), align(records, texts=texts))
