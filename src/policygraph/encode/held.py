"""An encoder whose model is held by the machines of a cluster; what it gives is what it gives here."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, cast

import numpy as np

from policygraph.encode.encoder import Encoder, TokenVectors, open_encoder
from policygraph.encode.weights import Floats
from policygraph.errors import EncoderError

if TYPE_CHECKING:
    from policygraph.cluster import RayCluster


class HeldEncoder:
    """Shares texts out among the machines. `encoder` is the same encoder here, which says what it is and encodes queries: they are
    few."""

    def __init__(self, encoder: Encoder, cluster: RayCluster, *, name: str, device: str = "") -> None:
        self._encoder = encoder
        self._held = cluster.hold(partial(_same, name, device=device, hash=encoder.hash), cards=1 if device.startswith("cuda") else 0)
        self.name, self.dimension, self.hash = encoder.name, encoder.dimension, encoder.hash

    def encode_queries(self, texts: Sequence[str]) -> Floats:
        return self._encoder.encode_queries(texts)

    def encode_passages(self, texts: Sequence[str]) -> Floats:
        found = [np.asarray(part, np.float32) for part in self._held.call("encode_passages", texts)]
        return np.concatenate([np.zeros((0, self.dimension), np.float32), *found])

    def encode_stretches(self, texts: Sequence[Sequence[str]]) -> list[TokenVectors]:
        found: list[TokenVectors] = []
        for part in self._held.call("encode_stretches", texts):
            found += cast("list[TokenVectors]", part)
        return found


def _same(name: str, *, device: str, hash: str) -> Encoder:  # noqa: A002
    """The encoder of this name on this machine, which has to be the one that the build has."""
    encoder = open_encoder(name, device=device)
    if encoder.hash != hash:
        raise EncoderError(f"A machine of the Ray cluster has another encoder {name!r} than this one.", remedy="Install the same weights on all of them.")
    return encoder
