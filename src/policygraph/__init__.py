"""policygraph: Chinese policy documents in, an evidence-bearing knowledge graph out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from policygraph.program import VERSION

if TYPE_CHECKING:
    from policygraph.errors import PolicyGraphError
    from policygraph.facade import PolicyGraph
    from policygraph.settings import Settings

# onnxruntime reports to its maker from its first import on, unless this is set; policygraph reports to nobody
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

__version__ = VERSION
__all__ = ["PolicyGraph", "PolicyGraphError", "Settings", "__version__"]

_HOMES = {
    "PolicyGraph": "policygraph.facade",
    "PolicyGraphError": "policygraph.errors",
    "Settings": "policygraph.settings",
}


def __getattr__(name: str) -> Any:
    """Fetch the public names when they are first used: `import policygraph` itself loads nothing."""
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
