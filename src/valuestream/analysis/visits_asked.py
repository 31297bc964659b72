"""The visits that a question means, statement by statement: what the map tells of them, and the items behind it.

`VisitsRead` tells the same of visits that were read once. Tests hold one to the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from valuestream.analysis.asker import Asker, Together
from valuestream.analysis.columns import SHOWN
from valuestream.flow.grains import NEVER
from valuestream.metrics import flow
from valuestream.metrics.metric import Metric
from valuestream.metrics.question import condition, of_items, whole
from valuestream.metrics.stored_durations import VISITS
from valuestream.metrics.together import FRACTIONS

Document = dict[str, Any]
Row = tuple[Any, ...]
WAITED, WAITED_BEFORE = VISITS["wait_s"], VISITS["wait_before_s"]


class VisitsAsked:
    """Asks of the window and filters of an `Asker`. Durations are microseconds; stages and items are codes.

    What lists items gives `items`, the first `SHOWN` of them, of equals the one that came earlier into the log, and
    `n`, how many there are.
    """

    def __init__(self, ask: Asker) -> None:
        self.ask = ask
        self.of_finished = of_items(ask.window, ask.filters)
        self.left_in_window = condition(flow.STAGE_VISITS, ask.window, ask.filters, as_stored=True)
        self.running = condition(flow.FLOW_LOAD, ask.window, ask.filters, as_stored=True)

    def left(self, metrics: Sequence[Metric]) -> Together:
        """Metrics of the visits that ended in the window, by stage."""
        return self.ask.together(metrics, ["stage"])

    def load(self) -> Iterable[Row]:
        """Stage, mode or None, and how many visits go on like that at the window's end."""
        return self.ask.run(
            f"SELECT stage, open_mode, count(*) FROM visits_us WHERE {self.running} GROUP BY ALL ORDER BY ALL"
        )

    def entries(self) -> Iterable[Row]:
        """Where from (None: the start) and the stage, how many visits began in the window and in its complete weeks,
        and of what they waited before work the mean and the percentiles.
        """
        entered = condition(flow.STAGE_ARRIVALS, whole(self.ask.window), self.ask.filters)
        begin, end, _ = self.ask.window.weeks
        return self.ask.run(
            f"SELECT came_from, stage, count(*), count(*) FILTER (WHERE entered >= {begin} AND entered < {end}),"
            f" avg({WAITED_BEFORE}), percentile_cont({FRACTIONS}) WITHIN GROUP (ORDER BY {WAITED_BEFORE})"
            f" FROM visits_us WHERE {entered} GROUP BY came_from, stage ORDER BY came_from NULLS FIRST, stage"
        )

    def exits(self) -> Iterable[Row]:
        """Stage, where to, where it was sent back to or None; how many visits were last ones, and were sent back."""
        return self.ask.run(
            "SELECT stage, went_to, returned_to,"
            " count(*) FILTER (WHERE way IN (3, 4) AND left_at_stored = item_finished_stored) AS last,"
            f" count(*) FILTER (WHERE returned = 1) AS sent FROM visits_us WHERE {self.left_in_window}"
            " AND (way IN (3, 4) OR returned = 1)"
            " GROUP BY stage, went_to, returned_to ORDER BY stage, went_to, returned_to"
        )

    def longest(self, stage: int) -> Document:
        """Finished items that waited for a stage, the longest in all first."""
        return self._items(f"visits_us WHERE stage = {stage} AND {self.of_finished}", f"-sum({WAITED})")

    def there(self, stage: int) -> Document:
        """Items that are in a stage at the window's end, those that came first first."""
        return self._items(f"visits WHERE stage = {stage} AND {self.running}", "min(entered)")

    def returned(self, pairs: Sequence[tuple[int, int]]) -> dict[tuple[int, ...], Document]:
        """By stage and where to, the items that were sent back, those most often first."""
        listed = ", ".join(f"({stage}, {to})" for stage, to in pairs)
        back = f"returned_to IS NOT NULL AND (stage, returned_to) IN ({listed}) AND {self.left_in_window}"
        return self._items_by("stage, returned_to", f"visits_us WHERE {back}", "-count(*)")

    def slowest(self, stages: Sequence[int]) -> dict[tuple[int, ...], Document]:
        """By stage, the items that left it, the one that waited longest in a visit first."""
        listed = ", ".join(map(str, stages))
        rows = f"visits_us WHERE stage IN ({listed}) AND {self.left_in_window}"
        return self._items_by("stage", rows, f"-max({WAITED})")

    def often(self, stage: int) -> Document:
        """Items that left a stage, those most often first."""
        return self._items(f"visits_us WHERE stage = {stage} AND {self.left_in_window}", "-count(*)")

    def old(self, limit_s: float) -> Document:
        """Items in progress at the window's end that are older than a limit, the oldest first."""
        among = f"item IN (SELECT item FROM visits_us WHERE {self.running})"
        return self._items(f"items WHERE {older_than(limit_s)} AND {among}", "-max(age_s)")

    def _items(self, rows: str, first: str) -> Document:
        return first_items(self.ask, rows, first)

    def _items_by(self, parts: str, rows: str, first: str) -> dict[tuple[int, ...], Document]:
        """The same for each combination of integer columns, the rows read once."""
        grouped = f"SELECT {parts}, item, {first} AS x FROM {rows} GROUP BY {parts}, item"
        found = self.ask.run(
            f"SELECT {parts}, count(*), min(ROW(x, item), {SHOWN}) FROM ({grouped}) asked GROUP BY {parts}"
        )
        return {tuple(part): _listed(told) for *part, n, items in found for told in [(n, items)]}


def older_than(limit_s: float) -> str:
    """Items in progress older than a limit, as a condition on `items`."""
    return f"finished_stored = {NEVER} AND age_s > {limit_s!r}"


def first_items(ask: Asker, rows: str, first: str) -> Document:
    """`items`: those with the least `first` (SQL over an item's rows) among the items of rows (FROM ...), of equals
    the one that came earlier into the log; `n`: how many items those are.
    """
    grouped = f"SELECT item, {first} AS x FROM {rows} GROUP BY item"
    return _listed(ask.run(f"SELECT count(*), min(ROW(x, item), {SHOWN}) FROM ({grouped}) asked")[0])


def _listed(row: tuple[int, list[tuple[Any, int]] | None]) -> Document:
    n, first = row
    return {"items": [item for _, item in first or ()], "n": n}
