"""Where an encoder runs: on the processor as told, on a card that is there or not at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from policygraph.encode.encoder import E5Encoder, open_encoder
from policygraph.errors import EncoderError, UsageError

TEXTS = ["到2025年年底，长江干流水质保持Ⅱ类。", "推广岸电。"]


def has_card() -> bool:
    import onnxruntime

    return "CUDAExecutionProvider" in onnxruntime.get_available_providers()


def test_the_processor_named_gives_the_vectors_and_the_hash_of_none_named() -> None:
    named, plain = open_encoder(device="cpu"), open_encoder()
    assert named.hash == plain.hash
    assert np.array_equal(named.encode_passages(TEXTS), plain.encode_passages(TEXTS))


@pytest.mark.skipif("has_card()", reason="a card is here")
@pytest.mark.parametrize("device", ["cuda", "cuda:1"])
def test_without_a_card_it_says_what_is_missing(device: str) -> None:
    with pytest.raises(EncoderError, match=rf"cannot run on {device}: this onnxruntime has no CUDAExecutionProvider .*onnxruntime-gpu"):
        E5Encoder(device=device)


def test_a_device_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match=r"encoder_device: 'gpu' is no device. Give --encoder-device cpu, cuda"):
        E5Encoder(device="gpu")


@pytest.mark.skipif("has_card()", reason="a card is here")
def test_a_build_ends_with_one_line(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.txt").write_text("清江保护方案\n\n一、任务\n\n（一）推广岸电。\n", "utf-8")
    command = [sys.executable, "-m", "policygraph", "build", str(tmp_path / "corpus"), "-o", str(tmp_path / "data"), "--encoder-device", "cuda"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "CUDAExecutionProvider" in done.stderr.strip().splitlines()[-1]
    assert not (tmp_path / "data" / "current").exists()
