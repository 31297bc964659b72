"""The charts: one card a question. The pages, the report and notebooks draw what stands here.

>>> card("throughput").heading
'How much is finished each week?'
"""

from __future__ import annotations

from difflib import get_close_matches

from valuestream.errors import UnknownName
from valuestream.pictures import chart_flow as flow
from valuestream.pictures import chart_items as items
from valuestream.pictures import chart_stage as stage
from valuestream.pictures import chart_words as words
from valuestream.pictures.chart_parts import Card, Look, Spec, State, Table
from valuestream.pictures.duration import UNKNOWN
from valuestream.pictures.words import Doc, part

__all__ = ["FLOW", "STAGE", "Card", "Look", "Spec", "State", "Table", "card", "how_here", "sentence", "spec", "table"]

_H, _W = words.HEADINGS, words.HOW


def _complete_weeks(document: Doc) -> int:
    return sum(week["complete"] for week in document.get("weeks") or [])


def _finished(document: Doc) -> int:
    return sum(week["finished"] for week in document.get("weeks") or [])


SCATTER = Card(
    "scatter", _H["scatter"], _W["scatter"], lambda d: words.time_taken(d, "lead"), items.scatter_table,
    items.scatter_state, lambda d: part(d, "scatter", "lead", "n") or 0, "finished items", items.scatter,
)  # fmt: skip
CYCLE = Card(
    "cycle", _H["cycle"], _W["cycle"], lambda d: words.time_taken(d, "cycle"), items.cycle_table, items.cycle_state,
    lambda d: part(d, "scatter", "cycle", "n") or 0, "finished items", items.cycle,
)  # fmt: skip
WIP = Card(
    "wip", _H["wip"], _W["wip"], words.widest_band, flow.cfd_table, flow.cfd_state,
    lambda d: len(part(d, "cfd", "days") or []), "points in time", flow.wip,
)  # fmt: skip
CFD = Card(
    "cfd", _H["cfd"], _W["cfd"], words.flowing, flow.cfd_table, flow.cfd_state,
    lambda d: len(part(d, "cfd", "days") or []), "points in time", flow.cfd,
)  # fmt: skip
THROUGHPUT = Card(
    "throughput", _H["throughput"], _W["throughput"], words.per_week, flow.throughput_table, flow.weeks_state,
    _complete_weeks, "complete weeks", flow.throughput,
)  # fmt: skip
LOAD = Card(
    "load", _H["load"], _W["load"], words.in_progress, flow.load_table, flow.cfd_state,
    lambda d: len(part(d, "load", "points") or []), "points in time", flow.load,
)  # fmt: skip
ARRIVALS = Card(
    "arrivals", _H["arrivals"], _W["arrivals"], words.net_flow, flow.throughput_table, flow.arrivals_state,
    _complete_weeks, "complete weeks", flow.arrivals,
)  # fmt: skip
EFFICIENCY = Card(
    "efficiency", _H["efficiency"], _W["efficiency"], words.worked_share, flow.efficiency_table, flow.efficiency_state,
    lambda d: sum(week["flow_efficiency"]["n"] for week in d.get("weeks") or []), "finished items", flow.efficiency,
)  # fmt: skip
AGEING = Card(
    "ageing", _H["ageing"], _W["ageing"], words.too_old, items.ageing_table, items.ageing_state,
    lambda d: part(d, "ageing", "n") or 0, "open items", items.ageing,
)  # fmt: skip
TARGETS = Card(
    "targets", _H["targets"], _W["targets"], words.promises, items.targets_table, items.targets_state,
    lambda d: sum(row["n"] for row in d.get("targets") or []), "finished items", items.targets,
)  # fmt: skip
DISTRIBUTION = Card(
    "distribution", _H["distribution"], _W["distribution"], words.kinds_finished, flow.distribution_table,
    flow.distribution_state, _finished, "finished items", flow.distribution,
)  # fmt: skip
STAGE_TREND = Card(
    "stage_trend", _H["stage_trend"], _W["stage_trend"], words.stage_trend, stage.trend_table, stage.visits_state,
    stage.visits, "visits", stage.trend,
)  # fmt: skip
STAGE_DISTRIBUTION = Card(
    "stage_distribution", _H["stage_distribution"], _W["stage_distribution"], words.stage_spread,
    stage.distribution_table, stage.visits_state, stage.visits, "visits", stage.distribution,
)  # fmt: skip
STAGE_SLOWEST = Card(
    "stage_slowest", _H["stage_slowest"], _W["stage_slowest"], words.stage_slowest, stage.slowest_table,
    stage.visits_state, stage.visits, "visits",
)  # fmt: skip
STAGE_HERE = Card(
    "stage_here", _H["stage_here"], _W["stage_here"], words.stage_here, stage.here_table, stage.here_state,
    lambda d: part(d, "here", "n") or 0, "items",
)  # fmt: skip
STAGE_MOVES = Card(
    "stage_moves", _H["stage_moves"], _W["stage_moves"], words.stage_moves, stage.moves_table, stage.moves_state,
    stage.visits, "visits", stage.moves,
)  # fmt: skip

FLOW: tuple[Card, ...] = (
    SCATTER, CYCLE, WIP, CFD, THROUGHPUT, ARRIVALS, LOAD, EFFICIENCY, AGEING, TARGETS, DISTRIBUTION,
)  # fmt: skip
"""The cards of a `vsm.flow/1` document, in the order of the page."""

STAGE: tuple[Card, ...] = (STAGE_TREND, STAGE_DISTRIBUTION, STAGE_MOVES, STAGE_HERE, STAGE_SLOWEST)
"""The cards of a `vsm.stage/1` document."""


def card(name: str) -> Card:
    """The card of that name. UnknownName lists what there is."""
    known = {one.name: one for one in (*FLOW, *STAGE)}
    if name not in known:
        near = get_close_matches(name, known, 3) or list(known)
        raise UnknownName(f"No chart '{name}'.", f"Known: {', '.join(near)}.")
    return known[name]


def how_here(row: Doc) -> str:
    """How an open item is in its stage, in words: waiting, in work, with others, blocked."""
    return words.PASSED.get(row.get("how") or "", UNKNOWN)


def spec(name: str, document: Doc, look: Look = Look()) -> Spec | None:  # noqa: B008 - frozen
    """A chart as a Vega-Lite dict; None where there is nothing to draw, which `card(name).state` explains."""
    return card(name).spec(document, look)


def sentence(name: str, document: Doc) -> str:
    """The answer in one sentence or two, computed from the document."""
    return card(name).sentence(document)


def table(name: str, document: Doc) -> Table:
    """The chart's figures as a table."""
    return card(name).table(document)
