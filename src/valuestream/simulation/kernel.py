"""The loop runs plain where a run is small and compiled where it is large, with all parts that it calls.

Unlike a kernel of `flow/`, the loop's parts stand in several files. Numba keeps compiled code as long as the
kernel's own file stays the same; so the kernel holds a digest of all parts, and a change to any compiles anew.
"""

from __future__ import annotations

import functools
import os
import sys
import warnings
import zlib
from collections.abc import Callable
from types import CodeType
from typing import Any

from valuestream.compiled import cache_folder, uncounted
from valuestream.simulation.machine import register

Loop = Callable[[Any, Any, int], int]

_PARTS: dict[Callable[..., Any], bool] = {}
_READY: set[Loop] = set()


def part(function: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a function that the loop calls, so that it becomes part of it.

    It is inlined: a call would copy what `Plan` and `State` say of their arrays, which costs more than the work.
    """
    _PARTS[function] = True
    return function


def called(function: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a function with few arguments that the loop calls: one copy of it is enough."""
    _PARTS[function] = False
    return function


WORTH_LOADING = 20_000
"""Events from which loading the loop's machine code is quicker than running it plain."""

WORTH_COMPILING = 1_000_000
"""Events from which compiling, some 15 seconds once, is quicker too."""


def loop_for(run: Loop, events: float) -> Loop:
    """`run` itself for few events, else its compiled twin; `VSM_KERNELS` set to `plain` or `compiled` decides."""
    wish = os.environ.get("VSM_KERNELS", "")
    if wish:
        return compiled_loop(run) if wish == "compiled" else run
    if events >= WORTH_COMPILING or run in _READY or (events >= WORTH_LOADING and _is_kept(run)):
        return compiled_loop(run)
    return run


@functools.cache
def _is_kept(run: Loop) -> bool:
    """Whether an earlier run left machine code of this loop as it is now."""
    return any(cache_folder().glob(f"**/*{_called(run)}*.nbi"))


def is_plain(loop: Loop) -> bool:
    """Whether a loop is the Python function itself."""
    return not hasattr(loop, "signatures")


@functools.cache
def compiled_loop(run: Loop) -> Loop:
    """The loop's compiled twin; it compiles, or loads what is kept, when it is first called."""
    if "numba" not in sys.modules:
        os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_folder()))
    import numba
    from numba.extending import register_jitable

    register()
    for function, inlined in _PARTS.items():
        register_jitable(forceinline=inlined)(function)
    inner = register_jitable(forceinline=True)(run)

    def kernel(plan, state, budget):  # type: ignore[no-untyped-def]
        return inner(plan, state, budget)

    kernel.__qualname__ = _called(run)
    # The loop allocates nothing: without counting references to its forty arrays it is thirty times as quick.
    # The plain run checks bounds; doing it here too would double the time to compile.
    options: dict[str, Any] = {"nogil": True, "boundscheck": False, "error_model": "numpy", **uncounted()}
    jit: Callable[..., Any] = numba.njit
    try:
        quick: Loop = jit(cache=True, **options)(kernel)
    except RuntimeError as no_cache:
        warnings.warn(f"Compiled code is not kept between runs: {no_cache}", stacklevel=2)
        quick = jit(**options)(kernel)
    _READY.add(run)
    return quick


@functools.cache
def _called(run: Loop) -> str:
    """The name under which machine code is kept: it changes with any part of the loop."""
    return f"{run.__name__}_{_digest([run, *_PARTS]):08x}"


def _digest(functions: list[Callable[..., Any]]) -> int:
    """A number that changes with the code of the functions and with the numbers that their modules name."""
    modules = {function.__module__ for function in functions} | {"valuestream.simulation.plan"}
    named = sorted(
        (module, name, value)
        for module in modules
        for name, value in vars(sys.modules[module]).items()
        if isinstance(value, (int, float))
    )
    told = [repr(named), *(f"{f.__module__}.{f.__qualname__} {_PARTS.get(f)} {_told(f.__code__)}" for f in functions)]
    return zlib.crc32("\n".join(told).encode())


def _told(code: CodeType) -> str:
    return f"{code.co_code.hex()} {code.co_consts!r} {code.co_names!r} {code.co_varnames!r}"
