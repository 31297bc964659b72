"""What a visit knows of its item's end: questions of finished items find their visits by it, without a join."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from valuestream.flow.grains import IS_DONE, NEVER

if TYPE_CHECKING:
    from valuestream.flow.grains import Items

COLUMNS = ("item_finished", "item_counts", "item_type", "item_team")


def ends(items: Items) -> dict[str, Any]:
    """Columns for the visits of these items, which stand in the items' order, those of an item together.

    item_finished           the instant its item finished, NEVER while that is open
    item_counts             1: its item is done and its lead time is known; else 0
    item_type, item_team    of its item at the finish
    """
    of = np.repeat(np.arange(len(items.of)), items.visits)
    counts = (items.outcome == IS_DONE) & (items.lead != NEVER)
    found = (items.finished, counts.astype(np.int8), items.type, items.team)
    return {name: column[of] for name, column in zip(COLUMNS, found, strict=True)}
