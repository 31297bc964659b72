"""The possible constraint: a stage seen to pass less than is asked of it. A long wait alone is no evidence.

Two kinds of evidence, each with chance allowed for:

- the rate under load: in weeks in which items waited for the stage all the time it could not have had more to do, so
  what left it then is what it can do. Evidence where the 95 % interval of that rate ends below the demand on it.
- growth: more came than left, (came - left) / sqrt(came + left) > 2, and items wait there at the end.

It stays "possible" until a simulation confirms it. External stages are none of ours, and a first stage in which
nobody works is a backlog of options.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any

from valuestream.analysis.asker import Asker
from valuestream.analysis.demand import Demand
from valuestream.calendar import local_day, week_begin_us, week_of
from valuestream.engine.explaining import EVERYBODY
from valuestream.flow.grains import NEVER
from valuestream.flow.loaded import EVER, Weeks, weeks
from valuestream.metrics.question import Is, rows_with

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from valuestream.engine.tables import Tables
    from valuestream.stream import Stream

    I64 = npt.NDArray[np.int64]

Document = dict[str, Any]
LEAST_WEEKS = 6
LOADED = 0.95
"""Share of a week in which something must wait for it to be a week under load."""
GROWTH = 2.0
LEVEL = 0.95


@dataclass(frozen=True)
class Seen:
    """One stage over the complete weeks. `waiting`: items that wait there at the end of the last of them.

    rates   departures in each week under load
    """

    weeks: int
    came: int
    left: int
    waiting: int
    rates: tuple[int, ...]

    @property
    def interval(self) -> tuple[float, float, float] | None:
        """Mean weekly rate under load with its 95 % interval; None for fewer than six such weeks."""
        if len(self.rates) < LEAST_WEEKS:
            return None
        import numpy as np
        from scipy.stats import t

        rates = np.array(self.rates, float)
        half = float(t.ppf((1 + LEVEL) / 2, len(rates) - 1) * rates.std(ddof=1) / sqrt(len(rates)))
        return float(rates.mean()), float(rates.mean()) - half, float(rates.mean()) + half

    @property
    def growth(self) -> float:
        """How far arrivals exceed departures, in standard deviations of independent counts."""
        return (self.came - self.left) / sqrt(self.came + self.left) if self.came + self.left else 0.0


def constraint(ask: Asker, tables: Tables, stream: Stream, asked: Demand | None) -> tuple[int, Document] | None:
    """The stage (its code) with the strongest evidence, and the evidence; None where there is none.

    asked  what the charter asks for; where it says nothing, what arrives at a stage is the demand on it

    Not looked for with filters other than by team (servers are not divided by type), in fewer than six complete weeks,
    or where the waits are not known yet (see `Tables.explained`).
    """
    if any(not isinstance(one, Is) or one.column != "team" for one in ask.filters) or ask.window.weeks[2] < LEAST_WEEKS:
        return None
    if not tables.explained:
        return None
    found = _seen(ask, stream)
    share = _share(ask, None if asked is None else asked.per_day * asked.day.days_a_week)
    evidence = {code: told for code, one in found.items() if (told := judged(one, share))}
    if not evidence:
        return None
    code = max(evidence, key=lambda k: evidence[k]["short_by"])
    return code, evidence[code]


def told(stages: Sequence[Document], found: tuple[int, Document] | None, names: Sequence[str]) -> list[Document]:
    """The stages of a map, each with its `constraint`: the evidence, or None."""
    name, evidence = (names[found[0]], found[1]) if found else (None, None)
    return [{**stage, "constraint": evidence if stage["name"] == name else None} for stage in stages]


def judged(seen: Seen, share: float = 1.0) -> Document | None:
    """The evidence that a stage passes less than is asked of it, or None.

    share  by how much the demand exceeds what arrived, where the charter asks for more
    """
    demand = seen.came / seen.weeks * share
    rate = seen.interval
    short = rate is not None and rate[2] < demand
    grows = seen.growth > GROWTH and seen.waiting > 0
    if not (short or grows):
        return None
    said = []
    if short and rate is not None:
        said.append(
            f"In {len(seen.rates)} weeks in which items waited for it all the time it passed {rate[0]:.1f} a week"
            f" ({rate[1]:.1f} to {rate[2]:.1f}); {demand:.1f} a week are asked of it."
        )
    if grows:
        said.append(
            f"In {seen.weeks} weeks {seen.came:,} came and {seen.left:,} left: what is there grew by"
            f" {seen.came - seen.left:,}, more than chance would make."
        )
    passed = rate[0] if short and rate is not None else seen.left / seen.weeks
    return {
        "evidence": " ".join(said),
        "rate_per_week": None if rate is None else rate[0],
        "interval": None if rate is None else [rate[1], rate[2]],
        "weeks_under_load": len(seen.rates),
        "demand_per_week": demand,
        "weeks": seen.weeks,
        "came": seen.came,
        "left": seen.left,
        "short_by": 1 - passed / demand if demand else 0.0,
    }


def _share(ask: Asker, per_week: float | None) -> float:
    """The charter's demand in multiples of what arrived in the stream; at least 1."""
    if per_week is None or ask.filters:
        return 1.0
    begin, end, weeks = ask.window.weeks
    arrived = ask.run(f"SELECT count(*) FROM items WHERE committed >= {begin} AND committed < {end}")[0][0]
    return max(1.0, per_week * weeks / arrived) if arrived else 1.0


def _seen(ask: Asker, stream: Stream) -> dict[int, Seen]:
    """What was seen of each stage that may be the constraint."""
    import numpy as np

    begin, _, n = ask.window.weeks
    zone = stream.calendar.zone
    first = int(week_of(local_day(np.array([begin], np.int64), zone))[0])
    edges = np.array([week_begin_us(first + k, zone) for k in range(n + 1)], np.int64)
    found = _kept(ask, first, n) if _one_team(ask) else _counted(ask, edges)
    candidates = [code for code, stage in enumerate(stream.stages) if not (stage.is_external or stage.is_declared)]
    if 0 in candidates and not _works(ask, 0, int(edges[-1])):
        candidates.remove(0)
    return {code: seen(found[code], edges) for code in candidates if code in found}


def _one_team(ask: Asker) -> bool:
    """Whether the weeks that are kept, by team and of everybody, are those asked for: waits of two teams overlap."""
    return not ask.filters or (len(ask.filters) == 1 and len(ask.filters[0].codes) == 1)


def _kept(ask: Asker, first: int, n: int) -> dict[int, Weeks]:
    """The weeks of each stage as they were found at the build."""
    import numpy as np

    team = ask.filters[0].codes[0] if ask.filters else EVERYBODY
    sql = f"SELECT stage, week, {', '.join(Weeks._fields)} FROM loads"
    found: dict[int, I64] = {}
    for code, week, *told in ask.run(f"{sql} WHERE team = {team} AND week >= {first} AND week < {first + n}"):
        found.setdefault(code, np.zeros((len(told), n), np.int64))[:, week - first] = told
    return {code: Weeks(*columns) for code, columns in found.items()}


def _counted(ask: Asker, edges: I64) -> dict[int, Weeks]:
    """The same from the visits that fall into them."""
    import numpy as np

    inside = f"entered < {edges[-1]} AND (left_at_stored >= {edges[0]} OR left_at_stored = {NEVER})"
    chosen = " AND ".join([inside, "(left_at IS NULL OR left_at > entered)", *(map(rows_with, ask.filters))])
    table = ask.arrow(
        f"SELECT stage, entered, coalesce(started, left_at, {EVER}) AS until, coalesce(left_at, {EVER}) AS gone"
        f" FROM visits_us WHERE {chosen}"
    )
    stage, entered, until, gone = (table[name].to_numpy() for name in table.column_names)
    found = {}
    for code in np.unique(stage).tolist():
        here = stage == code
        found[code] = weeks(entered[here], until[here], gone[here], edges)
    return found


def _works(ask: Asker, code: int, until: int) -> bool:
    """Whether anybody ever worked in a stage."""
    worked = " AND ".join(["(work > 0 OR started IS NOT NULL)", *map(rows_with, ask.filters)])
    return bool(ask.run(f"SELECT 1 FROM visits_us WHERE stage = {code} AND entered < {until} AND {worked} LIMIT 1"))


def seen(found: Weeks, edges: I64) -> Seen:
    """What a stage did in the weeks between `edges`."""
    import numpy as np

    under = found.covered >= LOADED * np.diff(edges)
    rates = tuple(int(n) for n, load in zip(found.went, under, strict=True) if load)
    return Seen(len(edges) - 1, int(found.came.sum()), int(found.went.sum()), int(found.waiting[-1]), rates)
