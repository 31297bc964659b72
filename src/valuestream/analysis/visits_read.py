"""The visits that a question means, from columns that are held: they tell what the engine tells `VisitsAsked`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from valuestream.analysis.asker import Asker, Together
from valuestream.analysis.columns import UNKNOWN, first_of, grouped
from valuestream.analysis.visits_asked import WAITED, Document, Row, VisitsAsked, older_than
from valuestream.analysis.visits_held import MOST, Held, held
from valuestream.metrics import flow, quality, time
from valuestream.metrics.metric import Metric
from valuestream.metrics.ranks import Ranked, ranked, spread_row

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    I64 = npt.NDArray[np.int64]


def visits_of(ask: Asker, *, hours: bool, most: int = MOST) -> VisitsAsked:
    """The visits of a question: held where they are no more than `most`, else asked for.

    hours  whether the stream has working hours
    """
    found = held(ask, hours=hours, most=most)
    return VisitsAsked(ask) if found is None else VisitsRead(ask, found)


class VisitsRead(VisitsAsked):
    """See `VisitsAsked`."""

    def __init__(self, ask: Asker, visits: Held) -> None:
        import numpy as np

        super().__init__(ask)
        window, self._at = ask.window, visits.steps.at
        self._unit = visits.steps.unit
        self._left, later = visits.ended(window.since, window.until)
        self._rows = later.where(later["entered"] < self._at(window.until))
        self._still = self._rows.where(self._rows["left"] >= self._at(window.until))
        self._stage = self._left["stage"].astype(np.int64)
        self._stages = int(self._stage.max(initial=-1)) + 1

    def left(self, metrics: Sequence[Metric]) -> Together:
        answers = {
            flow.STAGE_VISITS: self._visits, flow.STAGE_DEPARTURES: self._departures,
            time.STAGE_ACTIVE_TIME: self._active, time.STAGE_WAIT_TIME: self._wait,
            quality.COMPLETE_AND_ACCURATE: self._accurate, quality.PEOPLE: self._hands("people"),
            quality.TRANSFERS: self._hands("transfers"),
            time.STAGE_ACTIVE_TIME_WORKING: self._active_working, time.STAGE_WAIT_TIME_WORKING: self._wait_working,
        }  # fmt: skip
        return self.ask.told({metric: {(k,): row for k, row in enumerate(answers[metric]())} for metric in metrics})

    def _visits(self) -> list[Row]:
        return [(n, n) for n in self._count]

    def _departures(self) -> list[Row]:
        begin, end = (self._at(edge) for edge in self.ask.window.weeks[:2])
        left = self._left["left"]
        inside = self._counts((left >= begin) & (left < end))[:, 1].tolist()
        return list(zip(inside, self._count, strict=True))

    def _active(self) -> list[Row]:
        return [spread_row(one, n - one.n) for one, n in zip(self._ranked("active"), self._count, strict=True)]

    def _wait(self) -> list[Row]:
        return [spread_row(one) for one in self._ranked("wait")]

    def _active_working(self) -> list[Row]:
        begun = self._counts(self._left["active"] != UNKNOWN)[:, 1].tolist()
        found = zip(self._ranked("active_bh"), self._count, begun, strict=True)
        return [spread_row(one, n - with_work, with_work - one.n) for one, n, with_work in found]

    def _wait_working(self) -> list[Row]:
        return [spread_row(one, n - one.n) for one, n in zip(self._ranked("wait_bh"), self._count, strict=True)]

    def _accurate(self) -> list[Row]:
        unknown, kept, back = self._counts(self._left["returned"] - UNKNOWN, 3).T.tolist()
        found = zip(back, (a + b for a, b in zip(kept, back, strict=True)), unknown, strict=True)
        return [(1.0 - k / n if n else None, n, lost) for k, n, lost in found]

    def _hands(self, what: str) -> Callable[[], list[Row]]:
        """The mean of a small number of the visits whose people are known."""

        def found() -> list[Row]:
            import numpy as np

            known = self._left["people"] != UNKNOWN
            counts = self._counts(np.where(known, self._left[what] + 1, 0))
            n = counts[:, 1:].sum(axis=1).tolist()
            total = (counts[:, 1:] @ np.arange(counts.shape[1] - 1)).tolist()
            return [
                (of / k if k else None, k, lost) for of, k, lost in zip(total, n, counts[:, 0].tolist(), strict=True)
            ]

        return found

    @cached_property
    def _count(self) -> list[int]:
        """Visits that left, by stage."""
        import numpy as np

        found: list[int] = np.bincount(self._stage, minlength=self._stages).tolist()
        return found

    def _counts(self, small: Any, width: int = 2) -> I64:
        """The visits that left by stage and a small number of theirs: int64[stages, at least width]."""
        import numpy as np

        width = max(width, int(small.max(initial=0)) + 1)
        cell = self._stage * width + small
        return np.bincount(cell, minlength=self._stages * width).reshape(self._stages, width)

    def _ranked(self, name: str) -> list[Ranked]:
        known = self._left[name] != UNKNOWN
        stage, us = self._stage, self._left[name]
        if not known.all():
            stage, us = stage[known], us[known]
        return ranked(stage, us, self._stages, unit=self._unit)

    def load(self) -> Iterable[Row]:
        found = grouped(self._still["stage"], self._still["open_mode"])
        return [(*key, n) for key, n in zip(found.keys, found.count(), strict=True)]

    def entries(self) -> Iterable[Row]:
        import numpy as np

        begin, end = (self._at(edge) for edge in self.ask.window.weeks[:2])
        begun = self._rows.where(self._rows["entered"] >= self._at(self.ask.window.since))
        found = grouped(begun["came_from"], begun["stage"])
        inside = found.count((begun["entered"] >= begin) & (begun["entered"] < end))
        known = np.flatnonzero(begun["before"] != UNKNOWN)
        waited = ranked(found.group.take(known), begun["before"].take(known), len(found.keys), unit=self._unit)
        for key, n, weekly, one in zip(found.keys, found.count(), inside, waited, strict=True):
            yield (*key, n, weekly, one.mean, one.percentiles)

    def exits(self) -> Iterable[Row]:
        gone = self._left.where(self._left["last"] | (self._left["returned"] == 1))
        found = grouped(gone["stage"], gone["went_to"], gone["returned_to"])
        last, sent = found.count(gone["last"]), found.count(gone["returned"] == 1)
        told = [(*key, k, n) for key, k, n in zip(found.keys, last, sent, strict=True)]
        return sorted(told, key=lambda row: [(code is None, code or 0) for code in row[:3]])

    def longest(self, stage: int) -> Document:
        sql = f"SELECT item, {WAITED} AS wait FROM visits_us WHERE stage = {stage} AND {self.of_finished}"
        found = self.ask.arrow(sql)
        return first_of(found["item"].to_numpy(), "sum", found["wait"].to_numpy())

    def there(self, stage: int) -> Document:
        here = self._still.where(self._still["stage"] == stage)
        return first_of(here["item"], "min", here["entered"])

    def returned(self, pairs: Sequence[tuple[int, int]]) -> dict[tuple[int, ...], Document]:
        stage, to = self._stage, self._left["returned_to"]
        return {pair: first_of(self._left["item"][(stage == pair[0]) & (to == pair[1])], "count") for pair in pairs}

    def slowest(self, stages: Sequence[int]) -> dict[tuple[int, ...], Document]:
        of = {stage: self._left.where(self._stage == stage) for stage in stages}
        return {(stage,): first_of(rows["item"], "max", rows["wait"]) for stage, rows in of.items()}

    def often(self, stage: int) -> Document:
        return first_of(self._left["item"][self._stage == stage], "count")

    def old(self, limit_s: float) -> Document:
        import numpy as np

        found = self.ask.arrow(f"SELECT item, age_s FROM items WHERE {older_than(limit_s)}")
        item, age = found["item"].to_numpy(), found["age_s"].to_numpy()
        among = np.isin(item, self._still["item"])
        return first_of(item[among], "max", age[among])
