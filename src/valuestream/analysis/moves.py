"""How items move: from stage to stage, back, and out of the stream."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from valuestream.analysis.asker import Asker
from valuestream.analysis.visits_asked import VisitsAsked
from valuestream.metrics.question import Window, whole

Document = dict[str, Any]


@dataclass(frozen=True)
class Moves:
    """The moves of a window.

    transitions   every move from stage to stage with what the receiver waited, then those out of the stream
    arrived       stage (code) -> visits begun in the complete weeks
    returned_to   stage (code) -> name of an earlier stage -> visits sent back there
    """

    transitions: list[Document]
    arrived: Counter[int]
    returned_to: dict[int, dict[str, int]]


def all_weeks(ask: Asker) -> Window:
    """The window as if it were one complete week."""
    return whole(ask.window)


def moves(visits: VisitsAsked, names: Sequence[str]) -> Moves:
    """Every move; its time is what the receiving visit waited before work started.

    Time is None where the receiver has no work, and for moves out of the stream.
    """
    found, arrived = _entries(visits, names)
    exits, back = _exits(visits, names)
    return Moves([*found, *exits], arrived, back)


def _entries(visits: VisitsAsked, names: Sequence[str]) -> tuple[list[Document], Counter[int]]:
    found, arrived = [], Counter[int]()
    for source, to, n, inside, mean, us in visits.entries():
        mean_s, p50, p85 = (mean / 1e6, us[0] / 1e6, us[1] / 1e6) if us else (None, None, None)
        start = "(start)" if source is None else names[source]
        found.append({"from": start, "to": names[to], "n": n, "mean_s": mean_s, "p50_s": p50, "p85_s": p85})
        arrived[to] += inside
    return found, arrived


def _exits(visits: VisitsAsked, names: Sequence[str]) -> tuple[list[Document], dict[int, dict[str, int]]]:
    """Last moves out of the stream, by stage and end, and moves back, by stage and where to."""
    gone, back = [], dict[int, dict[str, int]]()
    for stage, to, returned_to, last, sent in visits.exits():
        if last:
            gone.append(
                {"from": names[stage], "to": names[to], "n": last, "mean_s": None, "p50_s": None, "p85_s": None}
            )
        if sent:
            counts = back.setdefault(stage, {})
            counts[names[returned_to]] = counts.get(names[returned_to], 0) + sent
    return gone, {stage: {to: counts[to] for to in names if to in counts} for stage, counts in back.items()}
