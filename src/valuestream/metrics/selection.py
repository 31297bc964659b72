"""Percentiles of very many rows, without holding or sorting them: bins of their values say where to look.

One statement counts the rows of each group by bin; a percentile then lies in a bin that is known, and a second one
reads the few rows of such bins. The answer is that of `percentile_cont` over all rows: bins only say where it is. Where
a bin holds one value only, it says what it is, too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from valuestream.metrics.metric import Metric
from valuestream.metrics.question import Condition, Group, Window, condition
from valuestream.metrics.time import NO_HOURS, median

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

Key = tuple[Any, ...]

FRACTIONS = (0.5, 0.85, 0.95)
UNKNOWN, ZERO = -1, 0
"""Bins of their own: rows without the duration, and those of which it is nothing."""

NULL = -1
_MOST_PAIRS = 500


@dataclass(frozen=True)
class Binned:
    """A duration of closed visits: `us`, SQL of its microseconds; `bin`, the stored column with `bins_of` it.

    edges  int64[k], by which that column was made
    """

    us: str
    bin: str
    edges: Any = field(compare=False)

    def only(self, bin_: int) -> int | None:
        """The one value, in microseconds, that a bin can hold; None: several."""
        if bin_ == ZERO:
            return 0
        if bin_ == len(self.edges):
            return None
        first = int(self.edges[bin_ - 1])
        return first if int(self.edges[bin_]) == first + 1 else None


class _Place(NamedTuple):
    """The order statistic number `nth` (from 0) of the rows in a bin."""

    bin: int
    nth: int


class _Group(NamedTuple):
    """How many rows of a group are in which bin, and their microseconds: int64[k] each, bins ascending."""

    bin: Any
    n: Any
    us: Any

    @property
    def unknown(self) -> int:
        return int(self.n[self.bin == UNKNOWN].sum())

    @property
    def known(self) -> int:
        return int(self.n.sum()) - self.unknown

    @property
    def mean_s(self) -> float | None:
        return int(self.us[self.bin != UNKNOWN].sum()) / self.known / 1e6 if self.known else None

    def places(self, p: float) -> tuple[_Place, _Place]:
        """Where the two values are between which a percentile lies."""
        at = p * (self.known - 1)
        return self._place(math.floor(at)), self._place(math.ceil(at))

    def _place(self, rank: int) -> _Place:
        first = int((self.bin == UNKNOWN).sum())
        upto = self.n[first:].cumsum()
        k = int(upto.searchsorted(rank, side="right"))
        return _Place(int(self.bin[first + k]), rank - int(upto[k] - self.n[first + k]))


def bins_of(us: Any, edges: Any) -> np.ndarray:
    """The bin of each duration: int16[n], never smaller for a longer one; ZERO for nothing.

    us     int64[n], microseconds
    edges  int64[k], the least value of each bin but the first; ascending from 1
    """
    import numpy as np

    found: np.ndarray = np.searchsorted(edges, us, side="right").astype(np.int16)
    return found


def fitting(metric: Metric, binned: Mapping[str, Binned]) -> Binned | None:
    """How a metric's duration is binned; None where the metric must be asked in one statement."""
    x = metric.spread
    if x is None or x not in binned or metric.over != "visits" or metric.clock != "left_at" or metric.sql != median(x):
        return None
    plain = metric.of in ("true", f"{x} IS NOT NULL") and all(
        reason == NO_HOURS or rule in (f"{x} IS NULL", "started IS NULL") for reason, rule in metric.leaves_out
    )
    return binned[x] if plain else None


def rows(
    metric: Metric,
    window: Window,
    filters: Sequence[Condition],
    by: Sequence[Group],
    duration: Binned,
    run: Callable[[str], pa.Table],
) -> Iterator[tuple[Any, ...]]:
    """What `question.answer` would find, row by row."""
    groups = _groups(run(counted(metric, window, filters, by, duration)), len(by))
    places = {key: [group.places(p) for p in FRACTIONS] if group.known else [] for key, group in groups.items()}
    wanted = {(key, place.bin) for key, pairs in places.items() for pair in pairs for place in pair}
    looked = sorted((key, bin_) for key, bin_ in wanted if duration.only(bin_) is None)
    values = _values(run(within(metric, window, filters, by, duration, looked)), len(by)) if looked else {}
    for key, group in groups.items():
        n, unknown = group.known, group.unknown
        at = (
            [_between(values, duration, key, pair, p * (n - 1)) for pair, p in zip(places[key], FRACTIONS, strict=True)]
            if n
            else [None] * len(FRACTIONS)
        )
        asked_of = n + unknown if metric.of == "true" else n
        lost = [0 if reason == NO_HOURS else unknown for reason, _ in metric.leaves_out]  # there are some, else no bins
        yield (*(None if code == NULL else code for code in key), at[0], asked_of, *lost, n, group.mean_s, *at)


def counted(metric: Metric, window: Window, filters: Sequence[Condition], by: Sequence[Group], duration: Binned) -> str:
    """Statement: groups, bin, how many rows, their microseconds summed; in order of groups and bins.

    Rows are grouped by columns as they are stored, of which the engine knows how few values they have.
    """
    keys = [f"{_stored(group)} AS by_{k}" for k, group in enumerate(by)]
    places = ", ".join(str(k + 1) for k in range(len(by) + 1))
    inner = (
        f"SELECT {', '.join([*keys, f'{duration.bin} AS bin', 'count(*) AS n', f'sum({duration.us}) AS us'])}"
        f" FROM {_from(metric, window, filters, by)} GROUP BY {places}"
    )
    return f"SELECT {', '.join([*_shown(by), 'bin', 'n', 'us::BIGINT AS us'])} FROM ({inner}) counted ORDER BY {places}"


def within(
    metric: Metric,
    window: Window,
    filters: Sequence[Condition],
    by: Sequence[Group],
    duration: Binned,
    looked: Sequence[tuple[Key, int]],
) -> str:
    """Statement: groups, bin and microseconds of the rows in the bins to be looked into, at least of those groups."""
    keys = [f"{_stored(group)} AS by_{k}" for k, group in enumerate(by)]
    wanted = sorted({bin_ for _, bin_ in looked})
    bins = f"{duration.bin} BETWEEN {wanted[0]} AND {wanted[-1]}"  # tested while reading; IN is a join behind it
    bins += f" AND {duration.bin} IN ({', '.join(map(str, wanted))})"
    inner = (
        f"SELECT {', '.join([*keys, f'{duration.bin} AS bin', f'{duration.us} AS us'])}"
        f" FROM {_from(metric, window, filters, by)} WHERE {bins}{_of_group(by, duration, looked)}"
    )
    return f"SELECT {', '.join([*_shown(by), 'bin', 'us'])} FROM ({inner}) looked"


def _of_group(by: Sequence[Group], duration: Binned, looked: Sequence[tuple[Key, int]]) -> str:
    """Each bin only of the groups that need it: a tenth of the rows, where there are ten teams."""
    if len(by) != 1 or len(looked) > _MOST_PAIRS:
        return ""
    size = len(duration.edges) + 1
    numbers = ", ".join(str(key[0] * size + bin_) for key, bin_ in looked)
    return f" AND coalesce({_stored(by[0])}, {NULL})::BIGINT * {size} + {duration.bin} IN ({numbers})"


def _stored(group: Group) -> str:
    return f"{group.sql}_stored" if group.sql in ("team", "type") else group.sql


def _shown(by: Sequence[Group]) -> list[str]:
    return [f"nullif(by_{k}, -1)" if _stored(group) != group.sql else f"by_{k}" for k, group in enumerate(by)]


def _from(metric: Metric, window: Window, filters: Sequence[Condition], by: Sequence[Group]) -> str:
    asked = f"(SELECT * FROM visits_us WHERE {condition(metric, window, filters, as_stored=True)}) visits"
    return " ".join([asked, *(group.join for group in by if group.join)])


def _groups(found: pa.Table, keys: int) -> dict[Key, _Group]:
    """The bins of each group, from rows in order of groups and bins."""
    *codes, bin_, n, us = _columns(found)
    if not len(bin_):
        return {} if keys else {(): _Group(bin_, n, us)}
    begins = _begins(codes, len(bin_))
    named = zip(*(column[begins].tolist() for column in codes), strict=True) if keys else [()]
    ends = [*begins[1:], len(bin_)]
    parts = [_Group(bin_[begin:end], n[begin:end], us[begin:end]) for begin, end in zip(begins, ends, strict=True)]
    return dict(zip(named, parts, strict=True))


def _values(found: pa.Table, keys: int) -> dict[tuple[Key, int], Any]:
    """The values of each group and bin, in any order."""
    import numpy as np

    *codes, us = _columns(found)
    least = [int(column.min()) for column in codes]
    ranges = [int(column.max()) - low + 1 for column, low in zip(codes, least, strict=True)]
    number = np.zeros(len(us), np.int64)
    for column, low, size in zip(codes, least, ranges, strict=True):
        number = number * size + (column - low)
    small = math.prod(ranges) < 1 << 16  # NumPy sorts 16 bits by counting
    order = np.argsort(number.astype(np.uint16) if small else number, kind="stable")
    codes, us = [column[order] for column in codes], us[order]
    begins = _begins(codes, len(us))
    ends = [*begins[1:], len(us)]
    named = zip(*(column[begins].tolist() for column in codes), strict=True)
    return {(tuple(key), bin_): us[begin:end] for (*key, bin_), begin, end in zip(named, begins, ends, strict=True)}


def _columns(found: pa.Table) -> list[Any]:
    """The columns as int64[n], null as NULL."""
    import numpy as np

    return [column.fill_null(NULL).to_numpy().astype(np.int64) for column in found.columns]


def _begins(codes: Sequence[Any], n: int) -> list[int]:
    """Where a row differs from the one before it."""
    import numpy as np

    new = np.zeros(n, np.bool_)
    new[0] = True
    for column in codes:
        new[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(new).tolist()


def _between(
    values: Mapping[tuple[Key, int], Any], duration: Binned, key: Key, places: tuple[_Place, _Place], at: float
) -> float:
    """The percentile in seconds, interpolated between the two values around the place `at`."""
    import numpy as np

    near = {bin_: np.sort(values[key, bin_]) for bin_ in {one.bin for one in places} if duration.only(bin_) is None}
    low, high = (int(near[one.bin][one.nth]) if one.bin in near else duration.only(one.bin) for one in places)
    assert low is not None
    assert high is not None
    return (low + (at - math.floor(at)) * (high - low)) / 1e6
