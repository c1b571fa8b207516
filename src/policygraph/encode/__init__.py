"""Encode: sentences go in, unit vectors come out, near to each other when the sentences mean the same.

Search and alignment share one encoder. A vector depends on its own text, the kind (query or passage) and the model
alone, whatever was encoded beside it. Nothing is fetched, unless the setting `encoder` names a sentence-transformers model
that is not on this machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from policygraph.encode.encoder import E5Encoder, Encoder, SentenceTransformerEncoder, open_encoder
    from policygraph.encode.kept import KeptEncoder

__all__ = ["E5Encoder", "Encoder", "KeptEncoder", "SentenceTransformerEncoder", "open_encoder"]


def __getattr__(name: str) -> object:
    """The public names, each from its module when first asked: importing the package loads no engine."""
    from importlib import import_module

    if name in __all__:
        return getattr(import_module(f"policygraph.encode.{'kept' if name == 'KeptEncoder' else 'encoder'}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
