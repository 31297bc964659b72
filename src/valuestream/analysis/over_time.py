"""How a stream fares over time: everything the flow page and the report draw, as one document."""

from __future__ import annotations

from typing import Any

from valuestream.analysis.ageing import ageing
from valuestream.analysis.asker import Asker
from valuestream.analysis.days import seen
from valuestream.analysis.load import load_and_cfd
from valuestream.analysis.rows import Known
from valuestream.analysis.scatter import scatter
from valuestream.analysis.weekly import weeks
from valuestream.stream import Stream

Document = dict[str, Any]


def over_time(ask: Asker, stream: Stream, known: Known) -> Document:
    """The parts of `vsm.flow/1` behind what every document says of itself."""
    days = seen(ask, stream.calendar.zone, known.as_of)
    nothing: Document = {"step_days": 1}
    load, cfd = ({**nothing, "points": []}, {**nothing, "days": [], "bands": []})
    if days is not None:
        load, cfd = load_and_cfd(ask, days, known.stages)
    return {
        "scatter": scatter(ask, known),
        "weeks": [] if days is None else weeks(ask, days, stream, known.words),
        "load": load,
        "cfd": cfd,
        "ageing": ageing(ask, known),
    }
