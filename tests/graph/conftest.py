"""The hand-made records as N-Quads, in a store, behind a reader."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from policygraph.graph import EmbeddedStore, Reader, write_document, write_links, write_vocabulary


def _load() -> ModuleType:
    name = "graph_samples"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / "samples.py")
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def samples() -> ModuleType:
    return _load()


@pytest.fixture(scope="session")
def quads(samples: ModuleType) -> dict[str, bytes]:
    documents = [records.document for records in samples.RECORDS]
    return {
        **{records.document.id: write_document(records, version="test") for records in samples.RECORDS},
        "links": write_links(samples.LINKS, documents=documents, version="test"),
    }


@pytest.fixture(scope="session")
def vocabulary() -> bytes:
    return write_vocabulary()


@pytest.fixture(scope="session")
def store(quads: dict[str, bytes]) -> EmbeddedStore:
    return EmbeddedStore.of(*quads.values())


@pytest.fixture(scope="session")
def reader(store: EmbeddedStore) -> Reader:
    return Reader(store)
