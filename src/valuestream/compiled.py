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

WORTH_LOADING = 50_000
"""Rows from which loading machine code that an earlier run kept is quicker than running plain Python."""

WORTH_COMPILING = 400_000
"""Rows from which compiling, some ten seconds once, is quicker too."""

_PARTS: set[Callable[..., Any]] = set()


def part(function: F) -> F:
    """Mark a function that kernels call, so that it is compiled with them."""
    _PARTS.add(function)
    return function


def compiled(kernel: F, rows: int, *, allocates: bool = True) -> F:
    """`kernel` itself for few rows, else its compiled twin.

    allocates  False: the kernel makes no array of its own, so that references need not be counted, which
               took more than half of the time of kernels that pass many arrays on

    `VSM_KERNELS` set to `plain` or `compiled` decides for all sizes, so that tests can run both paths.
    """
    return _jitted(kernel, allocates) if runs_compiled(kernel, rows) else kernel  # type: ignore[return-value]


def runs_compiled(kernel: Callable[..., Any], rows: int) -> bool:
    """Whether a kernel over so many rows is run compiled."""
    wish = os.environ.get("VSM_KERNELS", "")
    if wish:
        return wish == "compiled"
    return rows >= WORTH_COMPILING or (rows >= WORTH_LOADING and _is_kept(kernel))


@functools.cache
def _is_kept(kernel: Callable[..., Any]) -> bool:
    return any(cache_folder().glob(f"*/*.{kernel.__name__}-*.nbi"))


@functools.cache
def _jitted(kernel: Callable[..., Any], allocates: bool) -> Callable[..., Any]:
    if "numba" not in sys.modules:
        os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_folder()))
    import numba
    from numba.extending import register_jitable

    while _PARTS:
        register_jitable(_PARTS.pop())
    njit: Any = numba.njit
    counted = {} if allocates else uncounted()
    try:
        cached: Callable[..., Any] = njit(cache=True, nogil=True, **counted)(kernel)
    except RuntimeError as no_cache:
        warnings.warn(f"Compiled code is not kept between runs: {no_cache}", stacklevel=2)
        cached = njit(nogil=True, **counted)(kernel)
    return cached


@functools.cache
def uncounted() -> dict[str, Any]:
    """Numba's option to count no references, which is not a public one: a Numba without it is only slower."""
    import numba

    njit: Any = numba.njit
    try:
        njit(_nrt=False)(_nothing)()
    except (KeyError, TypeError, AttributeError):
        return {}
    return {"_nrt": False}


def _nothing() -> None:
    """Compiled in trial."""


@functools.cache
def cache_folder() -> Path:
    """A folder for machine code, another one for each state of the source.

    Numba looks only at a kernel's own file when it decides whether its cache is stale; parts stand in others.
    """
    source = blake2b(digest_size=8)
    here = Path(__file__)
    for file in sorted(here.parent.rglob("*.py")):
        text = file.read_bytes()
        if file == here or file.parent.name == "flow" or b"valuestream.compiled import" in text:
            source.update(text)
    home = os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "valuestream" / f"kernels-{source.hexdigest()}"
