"""valuestream: where the time of work goes, from request to delivery.

>>> from valuestream import Stage, Stream, ValueStream, sketch
>>> log = sketch("A: todo 1, dev 2, review 3, done 11")
>>> stream = Stream("changes", (Stage("Dev", ("todo",), ("dev",)), Stage("Review", ("review",))), done=("done",))
>>> ValueStream(log, stream).metric("flow_efficiency").value
0.1
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from valuestream.config import load, one_stream
    from valuestream.sources.open import read
    from valuestream.sources.sketch import sketch
    from valuestream.sources.source import Reading
    from valuestream.stream import Stage, Stream
    from valuestream.value_stream import ValueStream

__version__ = "0.1.0"
__all__ = ["Reading", "Stage", "Stream", "ValueStream", "__version__", "load", "one_stream", "read", "sketch"]

_HOMES = {
    "Reading": "valuestream.sources.source",
    "Stage": "valuestream.stream",
    "Stream": "valuestream.stream",
    "ValueStream": "valuestream.notebook",  # which shows it in notebooks
    "load": "valuestream.config",
    "one_stream": "valuestream.config",
    "read": "valuestream.sources.open",
    "sketch": "valuestream.sources.sketch",
}


def __getattr__(name: str) -> Any:
    """Public names are imported when first used, so that `import valuestream` stays quick."""
    if name not in _HOMES:
        raise AttributeError(f"module 'valuestream' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
