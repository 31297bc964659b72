"""What a mapping would change: the stream's main figures now and then, on the same events."""

from __future__ import annotations

from typing import Any

from valuestream.errors import ValuestreamError
from valuestream.log.event import Log
from valuestream.log.states import part
from valuestream.metrics.catalogue import metric
from valuestream.pictures.duration import count, duration, number, share
from valuestream.stream import Stream
from valuestream.value_stream import ValueStream

EVENTS = 300_000
"""Events a preview is made on: an answer within a second or two, on any log."""

SHOWN = ("flow_efficiency", "lead_time", "throughput", "flow_load")
SAYS = {"share": share, "seconds": duration, "items": count, "items per week": number}


def preview(log: Log, now: Stream, then: Stream) -> dict[str, Any]:
    """Both mappings' figures as `vsm.mapping_preview/1`. A figure that is unknown is null."""
    some, step = part(log, EVENTS)
    before, after = _figures(some, now), _figures(some, then)
    return {
        "schema": "vsm.mapping_preview/1",
        "stream": then.name,
        "events": len(some),
        "one_item_in": step,
        "figures": [{"name": name, "now": before[name], "then": after[name]} for name in SHOWN],
        "left_out": {"now": before["left_out"], "then": after["left_out"]},
    }


def told(name: str, value: float | None) -> str:
    """A figure in words, by its metric's unit."""
    return SAYS[metric(name).unit](value)


def _figures(log: Log, stream: Stream) -> dict[str, Any]:
    try:
        with ValueStream(log, stream, unmapped="exclude") as asked:
            found: dict[str, Any] = {name: asked.metric(name).value for name in SHOWN}
            found["lead_time"] = asked.spread("lead_time").mean  # the metric is a median, refused for a few items
            return {**found, "left_out": sum(asked.tables.left_out.values())}
    except ValuestreamError:  # a mapping may be so wrong that nothing is left to ask
        return {**dict.fromkeys(SHOWN), "left_out": None}
