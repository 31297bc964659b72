"""The work of a visit as one stored number, so that a sum of millions of them reads one column and decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from valuestream.flow.grains import NEVER

if TYPE_CHECKING:
    from valuestream.flow.grains import Visits
    from valuestream.flow.shared import Shared


def settled(visits: Visits, left: Shared) -> Any:
    """Work of each visit, hidden work included, less what others count: an Arrow array of int64[n], microseconds.

    left  what of it other journeys count

    NEVER where no work was entered; null where it depends on when one asks: the visit, or work hidden beside it, goes
    on. The view `visits` works that out.
    """
    goes_on = (visits.left == NEVER) | (visits.open_hidden > 0)
    none = (visits.started == NEVER) & (visits.parallel <= 0)
    return pa.array(np.where(none, NEVER, visits.work + visits.parallel - left.us), mask=goes_on)
