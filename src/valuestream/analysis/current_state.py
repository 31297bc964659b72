"""The current state of a stream: every figure of the map, as one document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, get_args

from valuestream.analysis.asker import Asker, Group
from valuestream.log.record import Artefact
from valuestream.metrics import flow, quality, time
from valuestream.metrics.metric import Exclusion, Figure, Spread
from valuestream.metrics.question import Window, condition
from valuestream.stream import Stage, Stream

Document = dict[str, Any]
ARTEFACTS = frozenset(get_args(Artefact))
MODE_NAMES = ("queue", "work", "external", "blocked")


def totals(ask: Asker, stages: Sequence[Document], stream: Stream, words: Sequence[str]) -> Document:
    """What holds for the stream as a whole. Durations in seconds, shares 0..1, unknown None."""
    hours = bool(stream.calendar.hours)
    return {
        "lead_time_s": asdict(ask.spread(time.LEAD_TIME)),
        "lead_time_working_s": asdict(ask.spread(time.LEAD_TIME_WORKING)) if hours else None,
        "cycle_time_s": asdict(ask.spread(time.CYCLE_TIME)),
        "delivery_time_s": asdict(ask.spread(time.DELIVERY_TIME)),
        "active_s": asdict(ask.spread(time.ACTIVE_TIME)),
        "wait_s": asdict(ask.spread(time.WAIT_TIME)),
        "flow_efficiency": figure(ask.figure(flow.FLOW_EFFICIENCY)),
        "touch_days": figure(ask.figure(flow.TOUCH_DAYS)),
        "throughput_per_week": figure(_or_none_yet(ask, ask.figures(flow.THROUGHPUT).get(()))),
        "arrivals_per_week": figure(_or_none_yet(ask, ask.figures(flow.ARRIVALS).get(()))),
        "flow_load": figure(_count(ask.figure(flow.FLOW_LOAD))),
        "open_age_s": asdict(ask.spread(time.AGE)),
        "rolled_ca": figure(rolled([stage["ca"] for stage in stages if stage["kind"] != "declared"])),
        "first_pass_yield": figure(ask.figure(quality.FIRST_PASS_YIELD)),
        "rework_share": figure(ask.figure(quality.REWORK_SHARE)),
        "flow_distribution": distribution(ask, stream, words),
        "declared": None,
    }


def _or_none_yet(ask: Asker, found: Figure | None) -> Figure:
    """Per week: no row in any complete week is 0 a week; no complete week is unknown."""
    if found is not None:
        return found
    weeks = ask.window.weeks[2]
    return Figure(0.0 if weeks else None, weeks)


def _count(found: Figure) -> Figure:
    return Figure(float(found.n), found.n, found.excluded, found.provenance)


def rolled(accuracies: Sequence[Mapping[str, Any]]) -> Figure:
    """The product of the stages' %C&A; stages where it is unknown are left out and counted.

    >>> rolled([{"value": 0.9, "n": 10}, {"value": 0.9, "n": 10}, {"value": 0.9, "n": 10}]).value
    0.7290000000000001
    """
    known = [ca for ca in accuracies if ca["value"] is not None]
    if not known:
        return Figure(None, 0, (Exclusion("stages without a judged visit", len(accuracies)),) if accuracies else ())
    product = 1.0
    for ca in known:
        product *= ca["value"]
    lost = len(accuracies) - len(known)
    excluded = (Exclusion("stages without a judged visit", lost),) if lost else ()
    return Figure(product, min(ca["n"] for ca in known), excluded)


def distribution(ask: Asker, stream: Stream, words: Sequence[str]) -> dict[str, int]:
    """Finished items by flow item (feature, defect, risk, debt) where declared, else by type."""
    kind_of = {name: kind for kind, names in stream.flow_items.items() for name in names}
    found: dict[str, int] = {}
    for (code,), counted in ask.figures(flow.FLOW_DISTRIBUTION, ["type"]).items():
        if code is None and not kind_of:
            continue
        name = "unknown" if code is None else str(words[code])
        name = kind_of.get(name, "other") if kind_of else name
        found[name] = found.get(name, 0) + counted.n
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))


def stages(ask: Asker, stream: Stream, names: Sequence[str]) -> list[Document]:
    """One document a stage in the map's order; stays after done or cancelled that were reopened come last."""
    by = ["stage"]
    active, wait = ask.spreads(time.STAGE_ACTIVE_TIME, by), ask.spreads(time.STAGE_WAIT_TIME, by)
    hours = bool(stream.calendar.hours)
    active_bh = ask.spreads(time.STAGE_ACTIVE_TIME_WORKING, by) if hours else {}
    wait_bh = ask.spreads(time.STAGE_WAIT_TIME_WORKING, by) if hours else {}
    accuracy = ask.figures(quality.COMPLETE_AND_ACCURATE, by)
    people, transfers = ask.figures(quality.PEOPLE, by), ask.figures(quality.TRANSFERS, by)
    visits = ask.figures(flow.STAGE_VISITS, by)
    arrivals, departures = ask.figures(flow.STAGE_ARRIVALS, by), ask.figures(flow.STAGE_DEPARTURES, by)
    batch, ladders, loads, returns = batches(ask), ladder(ask), load(ask), _returned_to(ask, names)
    found: list[Document] = []
    for code, name in enumerate(names):
        key: Group = (code,)
        reopened = code >= len(stream.stages)
        if reopened and key not in visits and code not in loads:
            continue
        external = not reopened and stream.stages[code].is_external
        found.append(
            {
                "name": name,
                "kind": "reopened" if reopened else "external" if external else "logged",
                "team": None if reopened else stream.stages[code].team,
                "recorded_in": [] if reopened else recorded_in(stream.stages[code]),
                "visits": visits[key].n if key in visits else 0,
                "active_s": _spread(active.get(key)),
                "wait_s": _spread(wait.get(key)),
                "working": {"active_s": _spread(active_bh.get(key)), "wait_s": _spread(wait_bh.get(key))}
                if hours
                else None,
                "per_item_s": ladders.get(code, {"active": 0.0, "wait": 0.0})
                if ladders
                else {"active": None, "wait": None},
                "ca": figure(accuracy.get(key, Figure(None, 0))),
                "returned_to": returns.get(code, {}),
                "batch": batch.get(key, {"mean": None, "as_experienced": None, "largest": None, "n": 0}),
                "people": figure(people.get(key, Figure(None, 0))),
                "transfers": figure(transfers.get(key, Figure(None, 0))),
                "arrivals_per_week": _or_none_yet(ask, arrivals.get(key)).value,
                "departures_per_week": _or_none_yet(ask, departures.get(key)).value,
                "wip": loads.get(code, dict.fromkeys(("n", *MODE_NAMES), 0)),
                "longest_wait": False,
                "provenance": ask.work,
            }
        )
    waits = [stage["per_item_s"]["wait"] or 0.0 for stage in found]
    if waits and max(waits) > 0:
        found[waits.index(max(waits))]["longest_wait"] = True
    return found


def recorded_in(stage: Stage) -> list[str]:
    """Where a stage's moves are recorded: artefacts of its states; "tracker" for an item's own; else "declared"."""
    before = {state.partition(":")[0] for state in stage.states if ":" in state} & ARTEFACTS
    own = any(state.partition(":")[0] not in before for state in stage.states)
    found = [*sorted(before), *(["tracker"] if own else [])]
    return found or (["declared"] if stage.declared else [])


def ladder(ask: Asker) -> dict[int, dict[str, float]]:
    """Per stage, active and wait seconds per finished item: all passes summed, skipped stages 0.

    The parts of all stages add up to the mean lead time of those items.
    """
    rows = f"{time.LEAD_TIME.of} AND {condition(time.LEAD_TIME, ask.window, ask.filters)}"
    n = ask.run(f"SELECT count(*) FROM items WHERE {rows}")[0][0]
    sums = ask.run(
        "SELECT stage, sum(v.work)::DOUBLE, sum(v.queue + v.blocked + v.external)::DOUBLE FROM visits_us v"
        f" WHERE item IN (SELECT item FROM items WHERE {rows}) GROUP BY stage ORDER BY stage"
    )
    return {stage: {"active": work / n / 1e6, "wait": wait / n / 1e6} for stage, work, wait in sums}


def load(ask: Asker) -> dict[int, dict[str, int]]:
    """Items in progress at the window's end per stage, and how they are there (at `as_of`)."""
    where = condition(flow.FLOW_LOAD, ask.window, ask.filters)
    found: dict[int, dict[str, int]] = {}
    for stage, mode, n in ask.run(
        f"SELECT stage, open_mode, count(*) FROM visits WHERE {where} GROUP BY ALL ORDER BY ALL"
    ):
        counts = found.setdefault(stage, dict.fromkeys(("n", *MODE_NAMES), 0))
        counts["n"] += n
        if mode is not None:
            counts[MODE_NAMES[mode]] += n
    return found


def batches(ask: Asker) -> dict[Group, Document]:
    """Per stage: mean batch, the batch as an item experiences it, the largest, visits in known batches."""
    mean = ask.figures(flow.BATCH_SIZE, ["stage"])
    felt = ask.figures(flow.BATCH_SIZE_EXPERIENCED, ["stage"])
    largest = ask.figures(flow.LARGEST_BATCH, ["stage"])
    return {
        key: {"mean": found.value, "as_experienced": felt[key].value, "largest": largest[key].value, "n": found.n}
        for key, found in mean.items()
    }


def _returned_to(ask: Asker, names: Sequence[str]) -> dict[int, dict[str, int]]:
    where = condition(quality.COMPLETE_AND_ACCURATE, ask.window, ask.filters)
    found: dict[int, dict[str, int]] = {}
    sql = f"SELECT stage, returned_to, count(*) FROM visits WHERE returned = 1 AND {where} GROUP BY ALL ORDER BY ALL"
    for stage, to, n in ask.run(sql):
        found.setdefault(stage, {})[names[to]] = n
    return found


def returns(stages: Sequence[Document]) -> list[Document]:
    """Every return loop with its share of what the sender's judged visits passed on or sent back."""
    return [
        {"from": stage["name"], "to": to, "n": n, "share": n / stage["ca"]["n"]}
        for stage in stages
        for to, n in stage["returned_to"].items()
    ]


def transitions(ask: Asker, names: Sequence[str]) -> list[Document]:
    """Every move from stage to stage; its time is what the receiving visit waited before work started.

    Time is None where the receiver has no work, and for moves out of the stream.
    """
    entered = condition(flow.STAGE_ARRIVALS, _all_weeks(ask), ask.filters)
    left = condition(flow.STAGE_VISITS, ask.window, ask.filters)
    half, most = (f"percentile_cont({p}) WITHIN GROUP (ORDER BY wait_before_s)" for p in (0.5, 0.85))
    found = []
    for source, to, n, mean, p50, p85 in ask.run(
        f"SELECT came_from, stage, count(*), avg(wait_before_s), {half}, {most} FROM visits WHERE {entered}"
        " GROUP BY came_from, stage ORDER BY came_from NULLS FIRST, stage"
    ):
        start = "(start)" if source is None else names[source]
        found.append({"from": start, "to": names[to], "n": n, "mean_s": mean, "p50_s": p50, "p85_s": p85})
    ended = "SELECT finished FROM items i WHERE i.item = visits.item"
    for source, to, n in ask.run(
        f"SELECT stage, went_to, count(*) FROM visits WHERE way IN (3, 4) AND left_at = ({ended}) AND {left}"
        " GROUP BY stage, went_to ORDER BY stage, went_to"
    ):
        found.append({"from": names[source], "to": names[to], "n": n, "mean_s": None, "p50_s": None, "p85_s": None})
    return found


def _all_weeks(ask: Asker) -> Window:
    return replace(ask.window, weeks=(ask.window.since, ask.window.until, 1))


def grey(ask: Asker) -> Document | None:
    """The block before the boundary: how long requests lie before commitment. None where nothing is known of it."""
    found = ask.spread(time.TIME_BEFORE)
    return {"wait_s": asdict(found)} if found.n else None


def outcomes(ask: Asker) -> tuple[dict[str, int], list[Document]]:
    """Items finished, open and cancelled in the window, and what is left out of lead time with its reason."""
    where = condition(flow.THROUGHPUT, _all_weeks(ask), ask.filters)
    done, cancelled, unseen = ask.run(
        "SELECT count(*) FILTER (WHERE outcome = 1), count(*) FILTER (WHERE outcome = 2),"
        f" count(*) FILTER (WHERE outcome = 1 AND lead_s IS NULL) FROM items WHERE {where}"
    )[0]
    still = condition(flow.FLOW_LOAD, ask.window, ask.filters)
    open_now = ask.run(f"SELECT count(*) FROM visits WHERE {still}")[0][0]
    unmapped, waiting = ask.run(
        "SELECT count(*) FILTER (WHERE outcome = 3), count(*) FILTER (WHERE outcome = 4) FROM items"
    )[0]
    excluded = [
        {"reason": "finished, no observed start: no lead time", "n": unseen},
        {"reason": "ended in ignored states without done", "n": unmapped},
        {"reason": "not yet in the stream", "n": waiting},
    ]
    counts = {"finished": done, "open": open_now, "cancelled": cancelled}
    return counts, [row for row in excluded if row["n"]]


def figure(found: Figure) -> Document:
    """A figure as JSON carries it."""
    return {**asdict(found), "excluded": [asdict(exclusion) for exclusion in found.excluded]}


def _spread(found: Spread | None) -> Document:
    return asdict(found or Spread(0, None, None, None, None))
