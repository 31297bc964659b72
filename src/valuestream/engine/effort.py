"""The work of a visit as one stored number, so that a sum of millions of them reads one column and decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from valuestream.flow.grains import NEVER

if TYPE_CHECKING:
    from valuestream.flow.grains import Visits
    from valuestream.flow.shared import Shared


def settled(visits: Visits, left: Shared) -> Any:
    """Work of each visit so far, hidden work included, less what others count: int64[n], microseconds.

    left  what of it other journeys count

    NEVER where no work was entered. What goes on when one asks is not in it: the view `visits` adds that.
    """
    none = (visits.started == NEVER) & (visits.parallel <= 0)
    return np.where(none, NEVER, visits.work + visits.parallel - left.us)
