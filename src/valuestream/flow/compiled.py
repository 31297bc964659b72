"""Kernels run as they are on small logs and compiled on large ones; the plain version is the oracle."""

from __future__ import annotations

import functools
import os
import sys
import warnings
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

WORTH_COMPILING = 50_000
"""Rows from which compiling (or loading the cached machine code) is quicker than running plain Python."""

_PARTS: set[Callable[..., Any]] = set()


def part(function: F) -> F:
    """Mark a function that kernels call, so that it is compiled with them."""
    _PARTS.add(function)
    return function


def compiled(kernel: F, rows: int) -> F:
    """`kernel` itself for few rows, else its compiled twin.

    `VSM_KERNELS` set to `plain` or `compiled` decides for all sizes, so that tests can run both paths.
    """
    return _jitted(kernel) if runs_compiled(rows) else kernel  # type: ignore[return-value]


def runs_compiled(rows: int) -> bool:
    """Whether kernels over so many rows are compiled."""
    wish = os.environ.get("VSM_KERNELS", "")
    return wish == "compiled" or (wish != "plain" and rows >= WORTH_COMPILING)


@functools.cache
def _jitted(kernel: Callable[..., Any]) -> Callable[..., Any]:
    if "numba" not in sys.modules:
        os.environ.setdefault("NUMBA_CACHE_DIR", str(_cache_folder()))
    import numba
    from numba.extending import register_jitable

    while _PARTS:
        register_jitable(_PARTS.pop())
    try:
        cached: Callable[..., Any] = numba.njit(cache=True, nogil=True)(kernel)
    except RuntimeError as no_cache:
        warnings.warn(f"Compiled code is not kept between runs: {no_cache}", stacklevel=2)
        cached = numba.njit(nogil=True)(kernel)
    return cached


def _cache_folder() -> Path:
    """A folder for machine code, another one for each state of the source.

    Numba looks only at a kernel's own file when it decides whether its cache is stale; parts stand in others.
    """
    source = blake2b(digest_size=8)
    for file in sorted(Path(__file__).parents[1].rglob("*.py")):
        if "import compiled" in (text := file.read_text(encoding="utf-8")) or file.name == "grains.py":
            source.update(text.encode())
    home = os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "valuestream" / f"kernels-{source.hexdigest()}"
