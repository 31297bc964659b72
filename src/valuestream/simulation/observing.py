"""The columns of a stream's tables, read for a fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import numpy as np

from valuestream.calendar import EPOCH, Calendar, local_us
from valuestream.errors import ConfigError
from valuestream.simulation.capacity import Hours, hours_of
from valuestream.simulation.duration import DAY_S
from valuestream.simulation.fit_days_off import days_off_of
from valuestream.simulation.observed import NOWHERE, Items, Observed, Visits
from valuestream.simulation.plan import F64, I64
from valuestream.stream import CANCELLED, DONE, Stream

VISITS_SQL = """
    SELECT item, stage, nth, entered, started, left_at, queue_s, work_s, blocked_s, external_s,
        came_from, went_to, type, team
    FROM visits WHERE {chosen} ORDER BY item, entered, nth
"""
ITEMS_SQL = """
    SELECT item, committed, finished, outcome, lead_s, type
    FROM items WHERE committed IS NOT NULL AND {chosen} ORDER BY item
"""


def observed(
    arrow: Callable[[str], Any],
    stream: Stream,
    *,
    stages: Sequence[str],
    words: Sequence[str],
    teams: Sequence[str],
    as_of: int,
    measured: bool,
    chosen: str = "true",
    hands: Any = None,
) -> Observed:
    """The columns of a stream's tables.

    arrow    runs one statement over the views `visits` and `items` and returns an Arrow table (`Tables.arrow`)
    stages   names by code, "(done)" and "(cancelled)" at the end; as_of: microseconds UTC
    chosen   which items, as a condition on `item`
    hands    who moved on which visit (`Tables.hands`); None: nobody is known

    ConfigError where nothing was ever committed, or a duration is negative.
    """
    zone = stream.calendar.zone
    visits, items = arrow(VISITS_SQL.format(chosen=chosen)), arrow(ITEMS_SQL.format(chosen=chosen))
    if not items.num_rows:
        raise ConfigError(
            f"The stream {stream.name!r} has no item that ever entered a stage.",
            "A model is fitted to stays in stages: choose a longer window, or write a model by hand.",
        )
    committed = local_us(_codes(items, "committed"), zone)
    day = 86_400_000_000
    monday = int((committed.min() // day + 3) // 7 * 7 - 3) * day

    def seconds(table: Any, name: str) -> F64:
        values = table[name].to_numpy(zero_copy_only=False)
        if values.dtype.kind != "f":
            return _since(values.astype(np.int64), zone, monday)
        found = np.full(len(values), np.nan)
        known = np.isfinite(values)
        found[known] = _since(values[known].astype(np.int64), zone, monday)
        return found

    own = [name for name in stages if name not in (DONE, CANCELLED)]
    end = float(_since(np.array([as_of]), zone, monday)[0])
    return Observed(
        name=stream.name,
        stages=tuple(own),
        external=tuple(stage.is_external for stage in stream.stages),
        visits=_checked(
            Visits(
                item=_codes(visits, "item"),
                stage=_codes(visits, "stage"),
                nth=_codes(visits, "nth"),
                entered=seconds(visits, "entered"),
                started=seconds(visits, "started"),
                left=seconds(visits, "left_at"),
                queue=_numbers(visits, "queue_s"),
                work=_numbers(visits, "work_s"),
                blocked=_numbers(visits, "blocked_s"),
                external=_numbers(visits, "external_s"),
                came_from=_codes(visits, "came_from"),
                went_to=_codes(visits, "went_to"),
                type=_codes(visits, "type"),
                team=_codes(visits, "team"),
                by=_movers(visits, hands),
                late=np.zeros(visits.num_rows),
            ),
            stages,
        ),
        items=Items(
            _codes(items, "item"),
            seconds(items, "committed"),
            seconds(items, "finished"),
            _codes(items, "outcome"),
            _numbers(items, "lead_s"),
            _codes(items, "type"),
        ),
        end=end,
        hours=_hours(stream.calendar),
        measured=measured,
        words=words,
        teams=teams,
        of=tuple((name, None) for name in own),
        days_off=days_off_of(stream.calendar, EPOCH.date() + timedelta(days=monday // day), int(end // DAY_S)),
    )


def _since(at: I64, zone: str, monday: int) -> F64:
    found: F64 = (local_us(at, zone) - monday) / 1e6
    return found


def _movers(visits: Any, hands: Any) -> I64:
    """Who moved on each visit; NOWHERE where nobody is known."""
    item, stage, nth = (_codes(visits, name) for name in ("item", "stage", "nth"))
    found = np.full(len(item), NOWHERE, np.int64)
    if hands is None or not hands.num_rows or not len(item):
        return found
    spans = int(stage.max()) + 2, int(nth.max()) + 2
    keys = (item * spans[0] + stage) * spans[1] + nth
    theirs = [_codes(hands, name) for name in ("item", "stage", "nth", "who")]
    known = (theirs[1] < spans[0]) & (theirs[2] < spans[1])
    others = ((theirs[0] * spans[0] + theirs[1]) * spans[1] + theirs[2])[known]
    order = np.argsort(others)
    at = np.minimum(np.searchsorted(others[order], keys), len(order) - 1)
    same = others[order][at] == keys
    found[same] = theirs[3][known][order][at][same]
    return found


def _codes(table: Any, name: str) -> I64:
    """Whole numbers, NOWHERE for null."""
    import pyarrow.compute as pc

    return np.asarray(pc.fill_null(table[name], NOWHERE).to_numpy(), np.int64)


def _numbers(table: Any, name: str) -> F64:
    return np.asarray(table[name].to_numpy(zero_copy_only=False), np.float64)


def _checked(visits: Visits, stages: Sequence[str]) -> Visits:
    """ConfigError for a stay that ends before it begins: local clocks that go back are no such thing."""
    for name in ("queue", "work", "blocked", "external"):
        wrong = np.flatnonzero(getattr(visits, name) < 0)
        if len(wrong):
            stage = stages[int(visits.stage[wrong[0]])]
            raise ConfigError(
                f"A stay in {stage!r} has a negative {name} time ({getattr(visits, name)[wrong[0]]:g} s).",
                "Times must not run backwards: correct the source, or leave the item out.",
            )
    return visits


def _hours(calendar: Calendar) -> Hours | None:
    return hours_of("hours", calendar) if any(calendar.hours) else None
