"""Texts of known patterns -> microseconds, many at once, in DuckDB."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from valuestream.sources.patterns import EPOCH_RANGE_S, EPOCH_UNITS, SERIAL_RANGE, ZONE, Pattern

if TYPE_CHECKING:
    from valuestream.log.event import I64

UNREAD = np.iinfo(np.int64).min
"""Stands where no pattern reads the text."""

_SERIAL_DAY_OF_1970 = 25_569

_TIMES = """
with cut as (select c, regexp_extract(c, $zone, 1) as z from cells),
told as (select try_strptime(rtrim(left(c, length(c) - length(z))), $forms) as t, z, replace(z, ':', '') as o from cut)
select epoch_us(t) - case when z in ('', 'Z', 'z', 'UTC', 'GMT') then 0
       else (case when o[1] = '-' then -1 else 1 end)
            * (cast(o[2:3] as bigint) * 3600 + coalesce(try_cast(o[4:5] as bigint), 0) * 60) * 1000000 end as us,
       z <> '' as zoned
from told
"""


def read(cells: Any, patterns: Sequence[Pattern], order: str) -> tuple[I64, Any]:
    """The instants of trimmed, non-empty texts by patterns of one family.

    cells     Arrow strings [n]
    order     "dmy", "mdy" or "ymd", for patterns that leave it open
    returns   int64[n], microseconds: UTC where the text names a zone, else wall clock; UNREAD where nothing
              reads it; and bool[n], whether it names a zone (numbers since 1970 do)
    """
    from valuestream.sources import parser

    if patterns[0].family == "number":
        sql, given = _numbers(patterns[0].form), {}
    else:
        sql, given = _TIMES, {"forms": [_ordered(p, order) for p in patterns], "zone": ZONE}
    with parser.cursor() as con:
        con.register("cells", pa.table({"c": cells}))
        table = con.sql(sql, params=given).to_arrow_table()
    us = table["us"].combine_chunks().fill_null(int(UNREAD))
    return np.asarray(us), np.asarray(table["zoned"].combine_chunks())


def _ordered(pattern: Pattern, order: str) -> str:
    """The strptime form with day, month and year in their places."""
    if order == "ymd" and pattern.family == "numeric" and "%y" in pattern.form:
        return pattern.form.replace("%y", "%d").format("%y", "%m")
    return pattern.form.format(*(("%m", "%d") if order == "mdy" else ("%d", "%m")))


def _numbers(unit: str) -> str:
    """SQL that reads numbers in a unit; a number that the unit makes implausible is null."""
    if unit == "days":
        low, high = SERIAL_RANGE
        us = f"cast(round((n - {_SERIAL_DAY_OF_1970}) * 86400000) as bigint) * 1000"
        return f"select case when n between {low} and {high} then {us} end as us, false as zoned from ({_AS_NUMBER})"
    per_s = EPOCH_UNITS[unit]
    whole = "try_cast(c as bigint)" + (f" * {1_000_000 // per_s}" if per_s <= 1_000_000 else " // 1000")
    part = f"cast(round(n * {1_000_000 / per_s}) as bigint)"
    low, high = (seconds * per_s for seconds in EPOCH_RANGE_S)
    us = f"case when contains(c, '.') then {part} else {whole} end"
    return f"select case when n between {low}.0 and {high}.0 then {us} end as us, true as zoned from ({_AS_NUMBER})"


_AS_NUMBER = "select c, try_cast(c as double) as n from cells"
