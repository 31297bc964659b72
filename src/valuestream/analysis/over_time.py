"""How a stream fares over time: everything the flow page and the report draw, as one document."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from valuestream.analysis.ageing import ageing
from valuestream.analysis.asker import Asker
from valuestream.analysis.days import Days
from valuestream.analysis.load import load_and_cfd
from valuestream.analysis.scatter import scatter
from valuestream.analysis.targets import targets
from valuestream.analysis.weekly import weeks
from valuestream.stream import Stream

Document = dict[str, Any]


def seen(ask: Asker, zone: str, as_of: int) -> Days | None:
    """The days of the window from the first visit on, or None where there is none."""
    first = ask.run("SELECT min(entered) FROM visits")[0][0]
    if first is None:
        return None
    until = min(ask.window.until, as_of + 1)
    since = max(ask.window.since, min(first, until - 1))
    return Days(since, until, zone) if since < until else None


def over_time(
    ask: Asker, stream: Stream, *, names: Sequence[str], words: Sequence[str], key: Callable[[int], str], as_of: int
) -> Document:
    """The parts of `vsm.flow/1` behind what every document says of itself."""
    days = seen(ask, stream.calendar.zone, as_of)
    nothing: Document = {"step_days": 1}
    load, cfd = ({**nothing, "points": []}, {**nothing, "days": [], "bands": []})
    if days is not None:
        load, cfd = load_and_cfd(ask, days, names)
    codes = {str(word): code for code, word in enumerate(words)}
    return {
        "scatter": scatter(ask, key, words),
        "weeks": [] if days is None else weeks(ask, days, stream, words),
        "load": load,
        "cfd": cfd,
        "ageing": ageing(ask, key, names, as_of),
        "targets": list(targets(ask, stream, codes.get)),
    }
