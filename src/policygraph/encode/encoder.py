"""Sentence encoders: texts as unit vectors, near to each other when they mean the same, across languages."""

from __future__ import annotations

import hashlib
import json
import os
import re
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from policygraph.encode.convert import Progress, cache_folder, converted, encoder_hash
from policygraph.encode.pieces import Pieces
from policygraph.encode.weights import Floats, Weights, find_weights, unpack
from policygraph.errors import EncoderError, UsageError

if TYPE_CHECKING:
    import onnxruntime

Ints = NDArray[np.int64]

_LEVELS = 127



@dataclass(frozen=True, slots=True)
class TokenVectors:
    """A vector for every token of a text that was given in stretches: stretch `k` has the tokens from `edges[k]` to
    `edges[k + 1]`. `pieces` tells equal tokens by equal numbers. Vectors are kept in 8 bits, a scale for each, for there
    are some hundred a clause."""

    pieces: Ints
    edges: Ints
    levels: NDArray[np.int8]
    scales: Floats

    @classmethod
    def of(cls, pieces: Ints, edges: Ints, vectors: Floats) -> TokenVectors:
        scales = np.abs(vectors).max(axis=1, keepdims=True, initial=1e-9) / _LEVELS
        return cls(pieces, edges, np.rint(vectors / scales).astype(np.int8), scales.astype(np.float32))

    def vectors(self) -> Floats:
        return self.levels.astype(np.float32) * self.scales


class Encoder(Protocol):
    """What search and alignment ask of an encoder. Vectors are float32, one row a text, of length 1."""

    @property
    def name(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    @property
    def hash(self) -> str:
        """What decides the vectors: an index made with another hash is refused."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> Floats: ...

    def encode_passages(self, texts: Sequence[str]) -> Floats: ...

    def encode_stretches(self, texts: Sequence[Sequence[str]]) -> list[TokenVectors]:
        """Texts as passages, each given in stretches that follow each other, with a vector for every token."""
        ...

    def __hash__(self) -> int:
        """Two encoders are told apart by identity."""
        ...


class E5Encoder:
    """multilingual-e5-small, 8-bit, in onnxruntime: the default encoder. No network, no torch.

    The first use on a machine converts the weights (seconds; `progress` is told) and keeps the model in `cache`. The
    model itself is loaded at the first text. Texts longer than the model's 512 tokens are encoded in windows and
    averaged by length. Safe to share between threads.
    """

    name = "multilingual-e5-small/int8"

    def __init__(
        self, weights: Path | None = None, *, cache: Path | None = None, threads: int | None = None,
        progress: Progress | None = None, device: str = "",
    ) -> None:  # fmt: skip
        """`device`: `cpu` (or nothing), `cuda`, or `cuda:1` for the second card. A model that was made of 8-bit steps may leave
        some of them to the processor there."""
        self._providers = _providers(device)
        self._path = weights or find_weights()
        self._cache = cache or cache_folder()
        self._threads = threads or _processors()
        self._progress = progress
        self._lock = threading.Lock()
        self._loaded: tuple[Weights, Pieces, Floats] | None = None
        self._sessions: dict[int, onnxruntime.InferenceSession] = {}
        self.hash = encoder_hash(self._path, cache=self._cache)
        self.dimension = 384

    def encode_queries(self, texts: Sequence[str]) -> Floats:
        return self._encode(["query: " + text for text in texts])

    def encode_passages(self, texts: Sequence[str]) -> Floats:
        return self._encode(["passage: " + text for text in texts])

    def encode_stretches(self, texts: Sequence[Sequence[str]]) -> list[TokenVectors]:
        session = self._session(1)
        with ThreadPoolExecutor(self._threads) as pool:
            return list(pool.map(lambda parts: self._tokens(parts, session), texts))

    def _tokens(self, parts: Sequence[str], session: onnxruntime.InferenceSession) -> TokenVectors:
        """A text that is longer than the model reads is read in windows that end where a stretch ends."""
        weights, pieces, offsets = self._load()
        front = pieces.cut("passage: ")
        cut = [pieces.cut_on(part) if number else pieces.cut(part) for number, part in enumerate(parts)]
        width = weights.sizes.positions - 2 - len(front)
        windows: list[list[int]] = [[]]
        for ids in (part[a : a + width] for part in cut for a in range(0, len(part), width)):
            if len(windows[-1]) + len(ids) > width:
                windows.append([])
            windows[-1] += ids
        found = []
        for window in windows:
            ids = [weights.begin, *front, *window, weights.end]
            words = unpack(weights.words[ids]) + offsets[: len(ids)]
            (tokens,) = session.run(["tokens"], {"words": words[None]})
            found.append(np.asarray(tokens[0][1 + len(front) : -1], np.float32))
        edges = np.concatenate([[0], np.cumsum([len(ids) for ids in cut])]).astype(np.int64)
        return TokenVectors.of(np.array([i for ids in cut for i in ids], np.int64), edges, np.concatenate(found))

    def tokens(self, text: str) -> int:
        """How many tokens the model reads for a passage, the marks of begin and end included."""
        return len(self._load()[1].cut("passage: " + text)) + 2

    def _load(self) -> tuple[Weights, Pieces, Floats]:
        with self._lock:
            if self._loaded is None:
                weights = Weights(self._path)
                positions = weights.floats("emb.pos").reshape(-1, weights.sizes.hidden)
                first_type = weights.floats("emb.type")[: weights.sizes.hidden]
                self._loaded = weights, Pieces(weights), positions + first_type
            return self._loaded

    def _session(self, threads: int) -> onnxruntime.InferenceSession:
        """The model, for one text on several threads or for several texts beside each other on one each."""
        weights, _, _ = self._load()
        with self._lock:
            if threads not in self._sessions:
                model = converted(weights, self.hash, cache=self._cache, progress=self._progress)
                self._sessions[threads] = _session(model, threads, self._providers)
            return self._sessions[threads]

    def _encode(self, texts: list[str]) -> Floats:
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        if len(texts) == 1:
            return normalised(self._vector(texts[0], self._session(self._threads))[None])
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        session = self._session(1)
        longest_first = sorted(range(len(texts)), key=lambda i: -len(texts[i]))  # so that all threads end together
        with ThreadPoolExecutor(self._threads) as pool:
            for i, vector in zip(longest_first, pool.map(lambda i: self._vector(texts[i], session), longest_first), strict=True):
                vectors[i] = vector
        return normalised(vectors)

    def _vector(self, text: str, session: onnxruntime.InferenceSession) -> Floats:
        """The sum over the windows of a text."""
        weights, pieces, _ = self._load()
        width = weights.sizes.positions - 2
        ids = pieces.cut(text)
        if len(ids) <= width:
            return self._run(ids, session)
        windows = [ids[a : a + width] for a in range(0, len(ids), width)]
        return np.asarray(np.sum([self._run(window, session) * len(window) for window in windows], axis=0), np.float32)

    def _run(self, ids: list[int], session: onnxruntime.InferenceSession) -> Floats:
        """The mean vector of one window of pieces: one at a time, so that a vector depends on its own text only."""
        weights, _, offsets = self._load()
        words = unpack(weights.words[[weights.begin, *ids, weights.end]]) + offsets[: len(ids) + 2]
        (vector,) = session.run(["vector"], {"words": words[None]})
        return np.asarray(vector[0], np.float32)


Providers = tuple[tuple[str, dict[str, str]], ...]
_DEVICE = re.compile(r"(?P<kind>cpu|cuda)(?::(?P<number>\d+))?")
_ON_CPU: Providers = (("CPUExecutionProvider", {}),)


def _device(written: str) -> tuple[str, str]:
    """Kind and number of a device as it is written: cuda:1."""
    match = _DEVICE.fullmatch(written)
    if match is None:
        raise UsageError(f"encoder_device: {written!r} is no device.", remedy="Give --encoder-device cpu, cuda, or cuda:1 for the second card.")
    return match["kind"], match["number"] or "0"


def _providers(device: str) -> Providers:
    """What onnxruntime runs the model on: the device, and the processor for what the device cannot do."""
    kind, number = _device(device or "cpu")
    if kind == "cpu":
        return _ON_CPU
    known = _onnxruntime().get_available_providers()
    if "CUDAExecutionProvider" not in known:
        raise EncoderError(
            f"The encoder cannot run on {device}: this onnxruntime has no CUDAExecutionProvider ({', '.join(known)}).",
            remedy="Install onnxruntime-gpu in its place, on a machine with an NVIDIA card, CUDA and cuDNN; or leave --encoder-device out.",
        )
    return (("CUDAExecutionProvider", {"device_id": number}), *_ON_CPU)


def _onnxruntime() -> ModuleType:
    try:
        import onnxruntime
    except ImportError as error:
        remedy = "Install it (pip install onnxruntime), name another encoder, or build with --no-encoder."
        raise EncoderError("The default encoder needs the package onnxruntime.", remedy=remedy) from error
    module: ModuleType = onnxruntime
    return module


def _session(model: bytes, threads: int, providers: Providers = _ON_CPU) -> onnxruntime.InferenceSession:
    onnxruntime = _onnxruntime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    # a plain sum and normalisation is faster than the two fused, which later passes would make of it
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    # threads that wait sleep soon: on a busy machine others need the processor
    options.add_session_config_entry("session.intra_op.spin_duration_us", "50")
    options.add_session_config_entry("session.force_spinning_stop", "1")
    session = onnxruntime.InferenceSession(model, options, providers=list(providers))
    wanted, _ = providers[0]
    if wanted not in session.get_providers():  # it went on without it: the driver or a library is missing
        raise EncoderError(
            f"The encoder cannot run on the card: onnxruntime has {wanted} and could not begin it.",
            remedy="Its log says which library is missing (CUDA, cuDNN, the driver); or leave --encoder-device out.",
        )
    return session


class SentenceTransformerEncoder:
    """Any model of the package sentence-transformers, by name or folder (extra `sentence-transformers`).

    A folder is never looked for on a hub. The model's own prompts named `query` and `passage` (or `document`) are
    used where it has them.
    """

    def __init__(self, model: str | Path, *, device: str = "") -> None:
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            remedy = 'Install the extra: pip install "policygraph[sentence-transformers]".'
            raise EncoderError(f"The encoder {model} needs the package sentence-transformers.", remedy=remedy) from error
        if device:
            _check_torch(device)
        try:
            self._model = SentenceTransformer(str(model), device=device or None, local_files_only=Path(model).is_dir())
        except (OSError, ValueError) as error:
            remedy = "Give a folder that sentence-transformers can load, or the name of a model of a hub within reach."
            raise EncoderError(f"The encoder {model} cannot be loaded: {error}", remedy=remedy) from error
        self.name = str(model)
        current = getattr(self._model, "get_embedding_dimension", None)  # its name from version 6 on
        dimension = (current or self._model.get_sentence_embedding_dimension)()
        if dimension is None:
            raise EncoderError(f"The encoder {model} does not tell its dimension.")
        self.dimension = int(dimension)
        self.hash = self._hash()

    def encode_queries(self, texts: Sequence[str]) -> Floats:
        return self._encode(texts, ("query",))

    def encode_passages(self, texts: Sequence[str]) -> Floats:
        return self._encode(texts, ("passage", "document"))

    def encode_stretches(self, texts: Sequence[Sequence[str]]) -> list[TokenVectors]:
        """One vector a stretch, each stretch by itself: models differ in what they tell of tokens."""
        parts = list(dict.fromkeys(part for text in texts for part in text))
        place = {part: i for i, part in enumerate(parts)}
        vectors = self.encode_passages(parts)
        found = []
        for text in texts:
            rows = np.array([place[part] for part in text], np.int64)
            found.append(TokenVectors.of(rows, np.arange(len(rows) + 1), vectors[rows]))
        return found

    def _encode(self, texts: Sequence[str], names: tuple[str, ...]) -> Floats:
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        prompt = next((self._model.prompts[name] for name in names if self._model.prompts.get(name)), "")
        vectors = self._model.encode(list(texts), prompt=prompt, convert_to_numpy=True, show_progress_bar=False)
        return normalised(np.asarray(vectors, np.float32))

    def _hash(self) -> str:
        digest = hashlib.sha256(json.dumps(self._model.prompts, sort_keys=True).encode())
        for name, tensor in sorted(self._model.state_dict().items()):
            if ".pooler." in name:
                continue  # no part of a sentence's vector; random where the model comes without
            digest.update(name.encode())
            digest.update(tensor.detach().cpu().float().numpy().tobytes())
        return digest.hexdigest()


def open_encoder(
    name: str | None = None, *, device: str = "", threads: int | None = None, progress: Progress | None = None
) -> Encoder:
    """The default encoder (`e5-small`, on so many threads), or the sentence-transformers model that `name` gives (a
    folder, or a name on a hub), on a device (`cpu`, `cuda`, `cuda:1`) if one is given."""
    if name in (None, "", "e5-small", E5Encoder.name):
        return E5Encoder(threads=threads, progress=progress, device=device)
    return SentenceTransformerEncoder(str(name), device=device)


def _check_torch(device: str) -> None:
    """Refuse a card that torch does not see."""
    import torch

    kind, number = _device(device)
    if kind == "cuda" and int(number) >= torch.cuda.device_count():
        built = "" if torch.version.cuda else " was built without CUDA and"
        raise EncoderError(
            f"The encoder cannot run on {device}: torch {torch.__version__}{built} sees {torch.cuda.device_count()} cards.",
            remedy="Install a torch with CUDA, on a machine with an NVIDIA card and its driver; or leave --encoder-device out.",
        )


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def normalised(vectors: Floats) -> Floats:
    """Rows made of length 1; a row of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)
