"""A model of what people said of their stages: for workshops, before anything is logged.

Process and wait times are triangular between low and high with the likely value at the peak. Nobody was asked how many
work at once, so there are as many as are needed, and the declared wait is all the wait there is.
"""

from __future__ import annotations

import re

import numpy as np

from valuestream.errors import ConfigError
from valuestream.simulation.capacity import Hours, hours_of
from valuestream.simulation.check import check
from valuestream.simulation.demand import Arrivals
from valuestream.simulation.duration import DAY_S, WEEK_S, Duration, empirical
from valuestream.simulation.model import Model, Origin, Route, Stage
from valuestream.simulation.plan import F64
from valuestream.stream import Declared, Estimate, Stream

POINTS = 200
PLENTY = 1_000
DEMAND = re.compile(r"^\s*([\d.,]+)\s*(?:\w+\s+)?(?:per|a|an|/)\s*(hour|day|week|month|quarter|year)\b", re.IGNORECASE)
SECONDS = {
    "hour": 3_600.0,
    "day": 86_400.0,
    "week": WEEK_S,
    "month": 365.25 / 12 * 86_400.0,
    "quarter": 365.25 / 4 * 86_400.0,
    "year": 365.25 * 86_400.0,
}
USUAL_DEMAND = 10.0
"""Items a week where nobody said how many; without queues it changes no time."""


def declared_model(stream: Stream) -> Model:
    """The model of a stream's declared stages. ConfigError with the place for a stage of which nothing was declared."""
    stages, routes, origins = [], [], []
    calendar = stream.calendar
    hours = (hours_of("hours", calendar),) if any(calendar.hours) else ()
    for number, one in enumerate(stream.stages):
        said = one.declared
        if said is None or (said.process is None and said.wait is None):
            raise ConfigError(
                f"stages.{one.name}.declared: nothing was declared of {one.name!r}.",
                "Give `declared: {process: 2 h, wait: [1 d, 2 d, 5 d]}`, or simulate a log.",
            )
        stages.append(_stage(one.name, said, hours))
        origins += _origins(one.name, said)
        if said.complete_and_accurate is not None and said.complete_and_accurate < 1 and number:
            back = stream.stages[number - 1].name
            routes.append(Route(one.name, back, 1 - said.complete_and_accurate))
            origins.append(Origin(f"routes.{one.name}.{back}", "declared", said.n, "what is not complete and accurate"))
    per_week, how = _demand(stream.charter.demand)
    origins.append(Origin("arrivals.per_week", how, None, stream.charter.demand or ""))
    model = Model(
        stream.name, Arrivals(per_week=per_week), tuple(stages), tuple(routes), calendars=hours, origins=tuple(origins)
    )
    return check(model)


def _stage(name: str, said: Declared, hours: tuple[Hours, ...]) -> Stage:
    return Stage(
        name,
        _duration(_worked(said.process, hours)) or Duration("deterministic", 0.0),
        servers=PLENTY,
        calendar=hours[0].name if hours else None,
        timer=_duration(said.wait_s),
    )


def _origins(name: str, said: Declared) -> list[Origin]:
    who = " ".join(part for part in (said.by or "", said.date or "") if part)
    found = [Origin(f"stages.{name}.servers", "assumed", None, "as many as are needed")]
    if said.process:
        found.append(Origin(f"stages.{name}.service", "declared", said.n, who))
    if said.wait:
        found.append(Origin(f"stages.{name}.timer", "declared", said.n, who))
    return found


def _worked(said: Estimate | None, hours: tuple[Hours, ...]) -> tuple[float, float, float] | None:
    """Seconds of work: where hours are known, a day is a working day of them."""
    if said is None:
        return None
    if not hours:
        return said[0].elapsed_s, said[1].elapsed_s, said[2].elapsed_s
    days = {int(begin // DAY_S) for begin, _ in hours[0].slots}
    week_s = hours[0].per_week
    day_s = week_s / len(days)
    return said[0].working_s(day_s, week_s), said[1].working_s(day_s, week_s), said[2].working_s(day_s, week_s)


def _duration(said: tuple[float, float, float] | None) -> Duration | None:
    if said is None:
        return None
    low, likely, high = said
    if low == high:
        return Duration("deterministic", likely)
    return empirical(tuple(triangular(low, likely, high, (np.arange(POINTS) + 0.5) / POINTS).tolist()))


def triangular(low: float, likely: float, high: float, share: F64) -> F64:
    """The value below which that share of a triangular distribution lies.

    >>> triangular(0.0, 1.0, 2.0, np.array([0.0, 0.5, 1.0])).tolist()
    [0.0, 1.0, 2.0]
    """
    peak = (likely - low) / (high - low)
    rising = low + np.sqrt(share * (high - low) * (likely - low))
    falling = high - np.sqrt((1 - share) * (high - low) * (high - likely))
    found: F64 = np.where(share < peak, rising, falling)
    return found


def _demand(said: str | None) -> tuple[float, str]:
    """`480 per week`, `3 a day`: items per week.

    >>> _demand("480 per week"), _demand("1,200 changes a year")[1], _demand(None)
    ((480.0, 'declared'), 'declared', (10.0, 'assumed'))
    """
    match = DEMAND.match(said or "")
    if not match:
        return USUAL_DEMAND, "assumed"
    return float(match[1].replace(",", "")) * WEEK_S / SECONDS[match[2].lower()], "declared"
