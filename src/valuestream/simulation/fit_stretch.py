"""The stretch of a log in which items come as usual: an extract of some months goes on until its last item is closed.

"All tickets opened from March to May, with their history until February" ends in nine months without arrivals. A rate
over all of it is four times too low, and what is finished in the tail is what took longest: no time for a model to
be compared with.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from valuestream.simulation.duration import DAY_S, WEEK_S
from valuestream.simulation.observed import Observed
from valuestream.simulation.plan import F64

LULL = 0.2
"""Share of a usual week's arrivals below which items do not come as usual."""
LONGEST_S = 3 * WEEK_S
"""A lull at the begin or end that is no longer may be chance, or a holiday."""
FEWEST = 100


@dataclass(frozen=True)
class Stretch:
    """From when until when items come as usual, in seconds of the log; `whole` where that is all of it."""

    begin: float
    end: float
    whole: bool

    @property
    def weeks(self) -> float:
        """How long it is."""
        return max(1e-9, (self.end - self.begin) / WEEK_S)

    def holds(self, at: F64) -> np.ndarray:
        """Which instants lie in it."""
        return (at >= self.begin) & (at < self.end) if not self.whole else np.ones(len(at), np.bool_)


def stretch(observed: Observed) -> Stretch:
    """The stretch from the first to the last week that is like the week in which the median item came."""
    came, begin, end = np.sort(observed.items.committed), observed.begin, observed.end
    if len(came) < FEWEST:
        return Stretch(begin, end, True)
    weekly = np.bincount(((came - begin) // WEEK_S).astype(np.int64))
    usual = weekly[int((np.median(came) - begin) // WEEK_S)]
    busy = np.flatnonzero(weekly >= LULL * usual)
    first, last = begin + busy[0] * WEEK_S, begin + (busy[-1] + 1) * WEEK_S
    daily = np.bincount(((came - begin) // DAY_S).astype(np.int64))
    days = np.flatnonzero(daily[: int((last - begin) // DAY_S)] >= LULL * usual / 7)
    last = begin + (days[-1] + 1) * DAY_S
    first = first if first - begin > LONGEST_S else begin
    last = last if end - last > LONGEST_S else end
    return Stretch(float(first), float(last), bool(first == begin and last == end))
