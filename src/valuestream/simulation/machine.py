"""Two operations that one instruction does and Python code cannot ask for: a product of 128 bits, a float's two halves.

Each stands here twice: as Python, which the plain run uses and which is the oracle, and as the instructions that take
its place in the compiled loop.
"""

from __future__ import annotations

import math
from typing import Any

WORD = 0xFFFFFFFFFFFFFFFF
MULTIPLIER = 0xD2B74407B1CE6E93
WEYL = 0x9E3779B97F4A7C15
ROUNDS = 7
"""One more than the fewest with which Philox 2x64 passed every test of its authors."""

ROOT_HALF = math.sqrt(0.5)
_ROOT_HALF_BITS = 0x3FE6A09E667F3BCD


def philox(c0: int, c1: int, key: int, rounds: int = ROUNDS) -> tuple[int, int]:
    """Philox 2x64 (Salmon et al. 2011): two random 64-bit words of a counter of two and a key, all unsigned."""
    for _ in range(rounds):
        product = MULTIPLIER * c0
        c0, c1 = (product >> 64) ^ key ^ c1, product & WORD
        key = (key + WEYL) & WORD
    return c0, c1


def words(c0: int, c1: int, key: int) -> tuple[int, int]:
    """The upper 53 bits of both words of `philox`; negative arguments stand for unsigned ones of the same bits."""
    a, b = philox(c0 & WORD, c1 & WORD, key & WORD)
    return a >> 11, b >> 11


def halves(x: float) -> tuple[float, int]:
    """(m, e) with x = m * 2**e and m from the root of a half up to the root of two; x is positive and not tiny."""
    m, e = math.frexp(x)
    return (2.0 * m, e - 1) if m < ROOT_HALF else (m, e)


def register() -> None:
    """Tell Numba the instructions for `words` and `halves`."""
    import numba.core.cgutils
    import numba.extending
    from llvmlite import ir
    from numba.core import types

    # mypy knows no types of these
    intrinsic: Any = numba.extending.intrinsic
    overload: Any = numba.extending.overload
    pack_array: Any = numba.core.cgutils.pack_array
    pair_of: Any = types.UniTuple

    i64, i128 = ir.IntType(64), ir.IntType(128)

    @intrinsic  # type: ignore[untyped-decorator]
    def of_counter(_typing: Any, _c0: Any, _c1: Any, _key: Any) -> Any:
        def code(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            c0, c1, key = arguments
            for _ in range(ROUNDS):
                product = builder.mul(builder.zext(c0, i128), ir.Constant(i128, MULTIPLIER))
                high = builder.trunc(builder.lshr(product, ir.Constant(i128, 64)), i64)
                c0, c1 = builder.xor(builder.xor(high, key), c1), builder.trunc(product, i64)
                key = builder.add(key, ir.Constant(i64, WEYL))
            return pack_array(builder, [builder.lshr(word, ir.Constant(i64, 11)) for word in (c0, c1)])

        return pair_of(types.int64, 2)(types.int64, types.int64, types.int64), code

    @intrinsic  # type: ignore[untyped-decorator]
    def mantissa(_typing: Any, _x: Any) -> Any:
        def code(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            bits = builder.bitcast(arguments[0], i64)
            above = builder.sub(bits, ir.Constant(i64, _ROOT_HALF_BITS))
            whole = builder.and_(above, ir.Constant(i64, -(1 << 52)))
            return builder.bitcast(builder.sub(bits, whole), ir.DoubleType())

        return types.float64(types.float64), code

    @intrinsic  # type: ignore[untyped-decorator]
    def exponent(_typing: Any, _x: Any) -> Any:
        def code(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            above = builder.sub(builder.bitcast(arguments[0], i64), ir.Constant(i64, _ROOT_HALF_BITS))
            return builder.ashr(above, ir.Constant(i64, 52))

        return types.int64(types.float64), code

    @overload(words, jit_options={"forceinline": True})
    def _words(c0, c1, key):  # type: ignore[no-untyped-def]
        return lambda c0, c1, key: of_counter(c0, c1, key)

    @overload(halves, jit_options={"forceinline": True})
    def _halves(x):  # type: ignore[no-untyped-def]
        return lambda x: (mantissa(x), exponent(x))
