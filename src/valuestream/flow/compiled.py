"""Kernels run as they are on small logs and compiled on large ones; the plain version is the oracle."""

from __future__ import annotations

import functools
import os
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

WORTH_COMPILING = 50_000
"""Rows from which compiling (or loading the cached machine code) is quicker than running plain Python."""

_PARTS: set[Callable[..., Any]] = set()


def part(function: F) -> F:
    """Mark a function that kernels call, so that it is compiled with them. It must stand in the kernel's file."""
    _PARTS.add(function)
    return function


def compiled(kernel: F, rows: int) -> F:
    """`kernel` itself for few rows, else its compiled twin.

    `VSM_KERNELS` set to `plain` or `compiled` decides for all sizes, so that tests can run both paths.
    """
    wish = os.environ.get("VSM_KERNELS", "")
    if wish == "plain" or (wish != "compiled" and rows < WORTH_COMPILING):
        return kernel
    return _jitted(kernel)  # type: ignore[return-value]


@functools.cache
def _jitted(kernel: Callable[..., Any]) -> Callable[..., Any]:
    import numba
    from numba.extending import register_jitable

    for function in list(_PARTS):
        if function.__module__ == kernel.__module__:
            register_jitable(function)
            _PARTS.discard(function)
    try:
        return numba.njit(cache=True, nogil=True)(kernel)  # type: ignore[no-any-return]
    except RuntimeError as no_cache:
        warnings.warn(f"Compiled code is not kept between runs: {no_cache}", stacklevel=2)
        return numba.njit(nogil=True)(kernel)  # type: ignore[no-any-return]
