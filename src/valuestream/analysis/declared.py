"""What people said of stages: beside what was logged, or alone, as a whole map with ranges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from valuestream.analysis.current_state import figure, rolled
from valuestream.analysis.demand import Day, Demand, demand
from valuestream.metrics.metric import Exclusion, Figure, Spread
from valuestream.stream import Estimate, Length, Stage, Stream

Document = dict[str, Any]
Range = tuple[float, float, float]
NOTHING: Estimate = (Length(), Length(), Length())


def demand_told(asked: Demand | None) -> Document | None:
    """Demand and takt, as a map tells them."""
    if asked is None:
        return None
    return {"asked": asked.asked, "per_day": asked.per_day, "day_s": asked.day.day_s, "takt_s": asked.takt_s}


def beside(stage: Stage, asked: Demand | None) -> Document | None:
    """What people said of a stage: low, likely, high in elapsed seconds; None where nobody was asked."""
    said = stage.declared
    if said is None:
        return None
    return {
        "process_s": _range(said.process_s),
        "wait_s": _range(said.wait_s),
        "ca": said.complete_and_accurate,
        "inventory": said.inventory,
        "inventory_days": None if said.inventory is None or asked is None else asked.days(said.inventory),
        "n": said.n,
        "by": said.by,
        "date": said.date,
    }


def with_declared(stages: Sequence[Document], stream: Stream) -> list[Document]:
    """The stages of a map with what people said of each, and how long its queue lasts at the demand.

    A stage without states has no logged figures: it shows what was said, and adds nothing to the ladder, since its time
    lies in the waits of the logged stages around it.
    """
    asked = demand(stream)
    by_name = {stage.name: stage for stage in stream.stages}
    made = []
    for document in stages:
        stage = by_name.get(document["name"])
        queue = document["wip"]["queue"] + document["wip"]["blocked"]
        days = None if asked is None or stage is None or stage.is_declared else asked.days(queue)
        document = {**document, "declared": None, "inventory_days": days}
        if stage is not None:
            document["declared"] = beside(stage, asked)
            if stage.is_declared:
                document |= _shown(stage, document["declared"], asked)
        made.append(document)
    return made


def _shown(stage: Stage, said: Document | None, asked: Demand | None) -> Document:
    """A declared stage's own figures: the likely values, and who stands behind them."""
    n = (stage.declared.n if stage.declared else None) or 1
    wait = _waits(stage, asked)
    ca = None if said is None else said["ca"]
    return {
        "kind": "declared",
        "active_s": asdict(_likely(None if said is None else said["process_s"], n)),
        "wait_s": asdict(_likely(None if wait is None else {"likely": wait[1]}, n)),
        "per_item_s": {"active": None, "wait": None},
        "ca": figure(Figure(ca, n if ca is not None else 0, provenance="declared")),
        "wip": _lying(None if said is None else said["inventory"]),
        "inventory_days": None if said is None else said["inventory_days"],
        "provenance": "declared",
    }


def _lying(inventory: float | None) -> Document:
    """What lies before a stage as people told it; how many are in work there nobody said."""
    n = None if inventory is None else round(inventory)
    return {"n": n, "queue": n, "work": None, "external": None, "blocked": None}


def _likely(said: Mapping[str, float] | None, n: int) -> Spread:
    return Spread(0, None, None, None, None) if said is None else Spread(n, said["likely"], None, None, None)


def _waits(stage: Stage, asked: Demand | None) -> Range | None:
    """Elapsed seconds before a stage: what was said, and the time its inventory lasts; None where neither is known."""
    said = stage.declared
    if said is None:
        return None
    stock = None if said.inventory is None or asked is None else asked.elapsed_s(said.inventory)
    if said.wait_s is None and stock is None:
        return None
    low, likely, high = said.wait_s or (0.0, 0.0, 0.0)
    return low + (stock or 0.0), likely + (stock or 0.0), high + (stock or 0.0)


def declared_map(stream: Stream) -> Document:
    """Everything of a map that declared stages alone can tell: the ladder of likely values, and the ranges.

    Low is when every step is at its best, high when every step is at its worst. In a stream with working hours a day
    that somebody said is a working day: lead time in days, and flow efficiency, are of working time.
    """
    asked, day = demand(stream), Day.of(stream.calendar)
    stages = [_stage(stage, asked) for stage in stream.stages]
    waits = [stage["per_item_s"]["wait"] or 0.0 for stage in stages]
    if waits and max(waits) > 0:
        stages[waits.index(max(waits))]["longest_wait"] = True
    return {
        "items": {"finished": 0, "open": 0, "cancelled": 0},
        "totals": _totals(stream, stages, asked, day),
        "stages": stages,
        "transitions": [],
        "returns": [],
        "grey": None,
        "charter": vars(stream.charter),
        "demand": demand_told(asked),
        "findings": [],
        "excluded": [],
        "notes": [],
    }


def _stage(stage: Stage, asked: Demand | None) -> Document:
    said = beside(stage, asked)
    wait = _waits(stage, asked)
    unknown = figure(Figure(None, 0, provenance="declared"))
    return {
        "name": stage.name,
        "team": stage.team,
        "recorded_in": ["declared"] if stage.declared else [],
        "visits": 0,
        "working": None,
        "returned_to": {},
        "batch": {"mean": None, "as_experienced": None, "largest": None, "n": 0},
        "people": unknown,
        "transfers": unknown,
        "arrivals_per_week": None,
        "departures_per_week": None,
        "longest_wait": False,
        "declared": said,
        **_shown(stage, said, asked),
        "per_item_s": {
            "active": said["process_s"]["likely"] if said and said["process_s"] else None,
            "wait": None if wait is None else wait[1],
        },
    }


def _totals(stream: Stream, stages: Sequence[Document], asked: Demand | None, day: Day) -> Document:
    told = totals(stream, asked, day)
    n = min([stage.declared.n or 1 for stage in stream.stages if stage.declared], default=0)
    known = {name: asdict(_likely(told[name], n)) for name in ("lead_time_s", "process_s", "wait_s")}
    none = asdict(Spread(0, None, None, None, None))
    efficiency = told["flow_efficiency"]
    unsaid = sum(stage.declared is None or stage.declared.process is None for stage in stream.stages)
    lost = (Exclusion("stages without a declared process time", unsaid),) if unsaid else ()
    share = Figure(None if efficiency is None else efficiency["likely"], n, lost, "declared")
    unknown = figure(Figure(None, 0, provenance="declared"))
    return {
        "lead_time_s": known["lead_time_s"],
        "lead_time_working_s": None,
        "cycle_time_s": none,
        "delivery_time_s": none,
        "active_s": known["process_s"],
        "wait_s": known["wait_s"],
        "flow_efficiency": figure(share),
        "touch_days": unknown,
        "throughput_per_week": unknown,
        "arrivals_per_week": unknown,
        "flow_load": unknown,
        "open_age_s": none,
        "rolled_ca": {**figure(rolled([stage["ca"] for stage in stages])), "provenance": "declared"},
        "first_pass_yield": unknown,
        "rework_share": unknown,
        "flow_distribution": {},
        "declared": told,
    }


def totals(stream: Stream, asked: Demand | None, day: Day) -> Document:
    """Sums over the stages, low, likely and high: elapsed, in days of the calendar, and the share of process time."""
    said = [stage.declared for stage in stream.stages if stage.declared]
    stock_days = sum(asked.days(one.inventory) for one in said if asked is not None and one.inventory is not None)
    stock_s = sum(asked.elapsed_s(one.inventory) for one in said if asked is not None and one.inventory is not None)
    process, wait = [one.process or NOTHING for one in said], [one.wait or NOTHING for one in said]

    def elapsed(parts: Sequence[Estimate], k: int) -> float:
        return sum(part[k].elapsed_s for part in parts)

    def worked(parts: Sequence[Estimate], k: int) -> float:
        return sum(part[k].working_s(day.day_s, day.week_s) for part in parts)

    busy = [worked(process, k) for k in range(3)]
    idle = [worked(wait, k) + stock_days * day.day_s for k in range(3)]
    shares = [_share(busy[0], idle[2]), _share(busy[1], idle[1]), _share(busy[2], idle[0])]
    known = all(share is not None for share in shares) and any(one.process for one in said)
    return {
        "lead_time_s": _range([elapsed(process, k) + elapsed(wait, k) + stock_s for k in range(3)]),
        "lead_time_days": _range([(busy[k] + idle[k]) / day.day_s for k in range(3)]),
        "process_s": _range([elapsed(process, k) for k in range(3)]),
        "wait_s": _range([elapsed(wait, k) + stock_s for k in range(3)]),
        "flow_efficiency": _range([share or 0.0 for share in shares]) if known else None,
        "day_s": day.day_s,
    }


def _share(busy: float, idle: float) -> float | None:
    return busy / (busy + idle) if busy + idle else None


def _range(said: Sequence[float] | None) -> dict[str, float] | None:
    return None if said is None else dict(zip(("low", "likely", "high"), said, strict=True))
