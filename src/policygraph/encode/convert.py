"""The encoder's layers as an 8-bit ONNX model, made once from the 4-bit weights and kept in the user's cache folder.

The graph takes word vectors (looked up in the weights file itself, so that 96 million of the 118 million parameters
are neither copied nor loaded), and gives the mean over the tokens. Weights are signed 8-bit, a scale for each output
channel, held to 63 levels a side: processors with AVX2 but without VNNI add pairs of products in 16 bits, and 127
levels saturate there (cosine to the unquantised model 0.992 at worst, against 0.994).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from policygraph.encode.weights import Weights
from policygraph.errors import EncoderError

if TYPE_CHECKING:
    import onnx

#: Goes into the encoder's hash: raise it when the same weights would give other vectors.
CONVERSION = 5

#: Levels a side of a weight; the head of this file says why not 127.
_LEVELS = 63
_MICROSOFT = "com.microsoft"
_MODEL, _MANIFEST = "model.onnx", "manifest.json"

Progress = Callable[[str], None]


def cache_folder() -> Path:
    """Where converted models are kept: POLICYGRAPH_CACHE, else `policygraph` in XDG_CACHE_HOME or ~/.cache."""
    if chosen := os.environ.get("POLICYGRAPH_CACHE"):
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "policygraph"


def encoder_hash(path: Path, *, cache: Path) -> str:
    """The hash of the weights file and of the way they are converted. The file is read once; as long as its size and
    time stay, the note in the cache folder answers."""
    stat = path.stat()
    stamp = f"{path.resolve()} {stat.st_size} {stat.st_mtime_ns} {CONVERSION}"
    note = cache / "weights" / f"{hashlib.sha256(stamp.encode()).hexdigest()[:16]}.txt"
    if note.exists() and len(known := note.read_text("ascii").strip()) == 64:
        return known
    with path.open("rb") as file:
        weights = hashlib.file_digest(file, "sha256").hexdigest()
    digest = hashlib.sha256(f"{weights} {CONVERSION}".encode()).hexdigest()
    _write(note, digest.encode())
    return digest


def converted(weights: Weights, digest: str, *, cache: Path, progress: Progress | None = None) -> bytes:
    """The ONNX model of these weights, from the cache folder, or made now.

    The model is checked against the hash written beside it, and made again when it does not agree. Two processes
    that convert at once each write a folder of their own; the first to rename it wins, and both use that.
    """
    folder = cache / "encoder" / digest[:16]
    model = _read(folder)
    if model is not None:
        return model
    if progress:
        progress("Converting the sentence encoder, once for this user")
    model = build(weights)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=".new-", dir=folder.parent))
        (fresh / _MODEL).write_bytes(model)
        manifest = {"encoder": digest, "sha256": hashlib.sha256(model).hexdigest(), "bytes": len(model)}
        (fresh / _MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")
        if folder.exists():
            shutil.rmtree(folder, ignore_errors=True)
        try:
            fresh.rename(folder)
        except OSError:
            shutil.rmtree(fresh, ignore_errors=True)
    except OSError as error:
        if progress:
            progress(f"The converted encoder cannot be kept in {cache} ({error}); it is made again next time")
    return model


def _read(folder: Path) -> bytes | None:
    try:
        manifest = json.loads((folder / _MANIFEST).read_text("utf-8"))
        model = (folder / _MODEL).read_bytes()
    except (OSError, ValueError):
        return None
    return model if hashlib.sha256(model).hexdigest() == manifest.get("sha256") else None


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    except OSError:
        return


class _Graph:
    """Collects the nodes and the constants of the model."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, array: np.ndarray) -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, operator: str, inputs: list[str], *outputs: str, domain: str = "", **attributes: float) -> str:
        from onnx import helper

        node = helper.make_node(operator, inputs, list(outputs), name=outputs[0], domain=domain)
        node.attribute.extend(helper.make_attribute(key, attributes[key]) for key in sorted(attributes))
        self.nodes.append(node)
        return outputs[0]

    def levels(self, names: list[str], *, columns: int, output: str) -> tuple[str, str, str]:
        """The named matrices side by side in 8 bits, a scale for each output channel, and their biases."""
        matrix = np.concatenate([self.weights.matrix(f"{name}.w", columns) for name in names])
        bias = np.concatenate([self.weights.floats(f"{name}.b") for name in names])
        scale = np.maximum(np.abs(matrix).max(axis=1), np.float32(1e-12)) / np.float32(_LEVELS)
        levels = np.rint(matrix / scale[:, None]).astype(np.int8)
        return (
            self.constant(f"{output}.w", levels.T), self.constant(f"{output}.scale", scale),
            self.constant(f"{output}.b", bias),
        )  # fmt: skip

    def linear(self, value: str, name: str, *, columns: int, output: str) -> str:
        """`value` times the named matrix, plus its bias."""
        levels, scale, bias = self.levels([name], columns=columns, output=output)
        return self.node("DynamicQuantizeMatMul", [value, levels, scale, "", bias], output, domain=_MICROSOFT)

    def attention(self, embedded: str, names: list[str], *, output: str) -> str:
        """`embedded` made queries, keys and values by the three named matrices, and what the heads see with them. One
        operator: it writes the three where the heads read them."""
        sizes = self.weights.sizes
        levels, scale, bias = self.levels(names, columns=sizes.hidden, output=output)
        zeros = self.constant(f"{output}.zero", np.zeros(3 * sizes.hidden, np.int8))
        value, step, zero = f"{output}.value", f"{output}.step", f"{output}.offset"
        self.node("DynamicQuantizeLinear", [embedded], value, step, zero)
        inputs = [value, levels, bias, step, scale, "", zero, zeros]
        return self.node("QAttention", inputs, output, domain=_MICROSOFT, num_heads=sizes.heads)

    def norm(self, inputs: list[str], name: str, output: str) -> str:
        """Layer normalisation of a value, or of a sum of two."""
        parameters = [self.constant(f"{output}.{part}", self.weights.floats(f"{name}.{part}")) for part in "wb"]
        value = inputs[0] if len(inputs) == 1 else self.node("Add", inputs, f"{output}.sum")
        return self.node("LayerNormalization", [value, *parameters], output, epsilon=self.weights.sizes.epsilon, axis=-1)


def build(weights: Weights) -> bytes:
    """The serialised model; the same bytes each time. Input: `words` (1, tokens, hidden) with position and type added.
    Outputs: `tokens` (1, tokens, hidden), a vector a token, and `vector` (1, hidden), their mean. One text at a time: 8-bit levels of the values inside
    follow the largest of a run, so that a vector would depend on the texts beside it."""
    try:
        from onnx import TensorProto, helper
    except ImportError as error:
        remedy = "Install it (pip install onnx), or build with --no-encoder."
        raise EncoderError("Converting the encoder needs the package onnx, which is missing.", remedy=remedy) from error

    sizes, graph = weights.sizes, _Graph(weights)
    value = graph.norm(["words"], "emb.ln", "embedded")
    for layer in range(sizes.layers):
        name = f"l{layer}"
        seen = graph.attention(value, [f"{name}.{part}" for part in "qkv"], output=f"{name}.seen")
        seen = graph.linear(seen, f"{name}.ao", columns=sizes.hidden, output=f"{name}.out")
        value = graph.norm([value, seen], f"{name}.aln", f"{name}.middle")
        inner = graph.linear(value, f"{name}.fi", columns=sizes.hidden, output=f"{name}.inner")
        inner = graph.node("Gelu", [inner], f"{name}.gelu", domain=_MICROSOFT)
        inner = graph.linear(inner, f"{name}.fo", columns=sizes.inner, output=f"{name}.outer")
        last = layer == sizes.layers - 1
        value = graph.norm([value, inner], f"{name}.oln", "tokens" if last else f"{name}.value2")
    graph.node("ReduceMean", [value, graph.constant("axes", np.array([1], np.int64))], "vector", keepdims=0)
    inputs = [helper.make_tensor_value_info("words", TensorProto.FLOAT, [1, "tokens", sizes.hidden])]
    outputs = [
        helper.make_tensor_value_info("vector", TensorProto.FLOAT, [1, sizes.hidden]),
        helper.make_tensor_value_info("tokens", TensorProto.FLOAT, [1, "tokens", sizes.hidden]),
    ]
    model = helper.make_model(
        helper.make_graph(graph.nodes, "multilingual-e5-small", inputs, outputs, graph.constants),
        opset_imports=[helper.make_opsetid("", 18), helper.make_opsetid(_MICROSOFT, 1)],
        ir_version=9,
        producer_name="policygraph",
    )
    return bytes(model.SerializeToString(deterministic=True))
