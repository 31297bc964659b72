"""The charts: one card a question. The pages, the report and notebooks draw what stands here.

>>> card("throughput").heading
'How much is finished each week?'
"""

from __future__ import annotations

from difflib import get_close_matches

from valuestream.errors import UnknownName
from valuestream.pictures import chart_age as age
from valuestream.pictures import chart_bands as bands
from valuestream.pictures import chart_scatter as scatter
from valuestream.pictures import chart_stage as stage
from valuestream.pictures import chart_texts as texts
from valuestream.pictures import chart_weeks as weeks
from valuestream.pictures import chart_words as words
from valuestream.pictures.chart_parts import Card, Look, Spec, State, Table
from valuestream.pictures.duration import UNKNOWN
from valuestream.pictures.words import Doc, part

__all__ = ["FLOW", "STAGE", "Card", "Look", "Spec", "State", "Table", "card", "how_here", "sentence", "spec", "table"]

_H, _W = texts.HEADINGS, texts.HOW


def _complete_weeks(document: Doc) -> int:
    return sum(week["complete"] for week in document.get("weeks") or [])


def _finished(document: Doc) -> int:
    return sum(week["finished"] for week in document.get("weeks") or [])


SCATTER = Card(
    "scatter", _H["scatter"], _W["scatter"], lambda d: words.time_taken(d, "lead"), scatter.scatter_table,
    scatter.scatter_state, lambda d: part(d, "scatter", "lead", "n") or 0, "finished item", scatter.scatter,
)  # fmt: skip
CYCLE = Card(
    "cycle", _H["cycle"], _W["cycle"], lambda d: words.time_taken(d, "cycle"), scatter.cycle_table, scatter.cycle_state,
    lambda d: part(d, "scatter", "cycle", "n") or 0, "finished item", scatter.cycle,
)  # fmt: skip
WIP = Card(
    "wip", _H["wip"], _W["wip"], words.widest_band, bands.cfd_table, bands.cfd_state,
    lambda d: len(part(d, "cfd", "days") or []), "point in time", bands.wip, "points in time",
)  # fmt: skip
CFD = Card(
    "cfd", _H["cfd"], _W["cfd"], words.flowing, bands.cfd_table, bands.cfd_state,
    lambda d: len(part(d, "cfd", "days") or []), "point in time", bands.cfd, "points in time",
)  # fmt: skip
THROUGHPUT = Card(
    "throughput", _H["throughput"], _W["throughput"], words.per_week, weeks.throughput_table, weeks.weeks_state,
    _complete_weeks, "complete week", weeks.throughput,
)  # fmt: skip
LOAD = Card(
    "load", _H["load"], _W["load"], words.in_progress, bands.load_table, bands.cfd_state,
    lambda d: len(part(d, "load", "points") or []), "point in time", bands.load, "points in time",
)  # fmt: skip
ARRIVALS = Card(
    "arrivals", _H["arrivals"], _W["arrivals"], words.net_flow, weeks.throughput_table, weeks.arrivals_state,
    _complete_weeks, "complete week", weeks.arrivals,
)  # fmt: skip
EFFICIENCY = Card(
    "efficiency", _H["efficiency"], _W["efficiency"], words.worked_share, weeks.efficiency_table,
    weeks.efficiency_state, lambda d: sum(week["flow_efficiency"]["n"] for week in d.get("weeks") or []),
    "finished item", weeks.efficiency,
)  # fmt: skip
AGEING = Card(
    "ageing", _H["ageing"], _W["ageing"], words.too_old, age.ageing_table, age.ageing_state,
    lambda d: part(d, "ageing", "n") or 0, "open item", age.ageing,
)  # fmt: skip
TARGETS = Card(
    "targets", _H["targets"], _W["targets"], words.promises, age.targets_table, age.targets_state,
    lambda d: sum(row["n"] for row in d.get("targets") or []), "finished item", age.targets,
)  # fmt: skip
DISTRIBUTION = Card(
    "distribution", _H["distribution"], _W["distribution"], words.kinds_finished, weeks.distribution_table,
    weeks.distribution_state, _finished, "finished item", weeks.distribution,
)  # fmt: skip
STAGE_TREND = Card(
    "stage_trend", _H["stage_trend"], _W["stage_trend"], words.stage_trend, stage.trend_table, stage.visits_state,
    stage.visits, "visit", stage.trend,
)  # fmt: skip
STAGE_DISTRIBUTION = Card(
    "stage_distribution", _H["stage_distribution"], _W["stage_distribution"], words.stage_spread,
    stage.distribution_table, stage.visits_state, stage.visits, "visit", stage.distribution,
)  # fmt: skip
STAGE_SLOWEST = Card(
    "stage_slowest", _H["stage_slowest"], _W["stage_slowest"], words.stage_slowest, stage.slowest_table,
    stage.visits_state, stage.visits, "visit",
)  # fmt: skip
STAGE_HERE = Card(
    "stage_here", _H["stage_here"], _W["stage_here"], words.stage_here, stage.here_table, stage.here_state,
    lambda d: part(d, "here", "n") or 0, "item",
)  # fmt: skip
STAGE_MOVES = Card(
    "stage_moves", _H["stage_moves"], _W["stage_moves"], words.stage_moves, stage.moves_table, stage.moves_state,
    stage.visits, "visit", stage.moves,
)  # fmt: skip

FLOW: tuple[Card, ...] = (
    SCATTER, THROUGHPUT, AGEING, WIP, CFD, ARRIVALS, LOAD, EFFICIENCY, TARGETS, DISTRIBUTION, CYCLE,
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
    return texts.PASSED.get(row.get("how") or "", UNKNOWN)


def spec(name: str, document: Doc, look: Look = Look()) -> Spec | None:  # noqa: B008 - frozen
    """A chart as a Vega-Lite dict; None where there is nothing to draw, which `card(name).state` explains."""
    return card(name).spec(document, look)


def sentence(name: str, document: Doc) -> str:
    """The answer in one sentence or two, computed from the document."""
    return card(name).sentence(document)


def table(name: str, document: Doc) -> Table:
    """The chart's figures as a table."""
    return card(name).table(document)
