"""The current state of a stream: every figure of the map, as one document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from valuestream.analysis.asker import Asker, Group, Together
from valuestream.analysis.map_answers import MODE_NAMES, NOTHING, MapAnswers
from valuestream.flow.grains import IS_CANCELLED, IS_DONE
from valuestream.log.record import Artefact
from valuestream.metrics import flow, quality, time
from valuestream.metrics.metric import Exclusion, Figure, Spread
from valuestream.stream import Stage, Stream

Document = dict[str, Any]
ARTEFACTS = frozenset(get_args(Artefact))


def totals(found: MapAnswers, stages: Sequence[Document], stream: Stream, words: Sequence[str]) -> Document:
    """What holds for the stream as a whole. Durations in seconds, shares 0..1, unknown None."""
    done = found.finished
    in_progress = sum(counts["n"] for counts in found.load.values())
    return {
        "lead_time_s": told(done.spread(time.LEAD_TIME)),
        "lead_time_working_s": told(done.spread(time.LEAD_TIME_WORKING)) if stream.calendar.hours else None,
        "cycle_time_s": told(done.spread(time.CYCLE_TIME)),
        "delivery_time_s": told(done.spread(time.DELIVERY_TIME)),
        "active_s": told(done.spread(time.ACTIVE_TIME)),
        "wait_s": told(done.spread(time.WAIT_TIME)),
        "flow_efficiency": figure(done.figure(flow.FLOW_EFFICIENCY)),
        "touch_days": figure(done.figure(flow.TOUCH_DAYS)),
        "throughput_per_week": figure(done.figure(flow.THROUGHPUT)),
        "arrivals_per_week": figure(found.committed.figure(flow.ARRIVALS)),
        "flow_load": figure(Figure(float(in_progress), in_progress)),
        "open_age_s": told(found.open_age),
        "rolled_ca": figure(rolled([stage["ca"] for stage in stages if stage["kind"] != "declared"])),
        "first_pass_yield": figure(done.figure(quality.FIRST_PASS_YIELD)),
        "rework_share": figure(done.figure(quality.REWORK_SHARE)),
        "flow_distribution": distribution(found, stream, words),
        "declared": None,
    }


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


def distribution(answers: MapAnswers, stream: Stream, words: Sequence[str]) -> dict[str, int]:
    """Finished items by flow item (feature, defect, risk, debt) where declared, else by type."""
    kind_of = {name: kind for kind, names in stream.flow_items.items() for name in names}
    found: dict[str, int] = {}
    for (code, outcome), (n, _) in answers.ended.items():
        if outcome != IS_DONE or (code is None and not kind_of):
            continue
        name = "unknown" if code is None else str(words[code])
        name = kind_of.get(name, "other") if kind_of else name
        found[name] = found.get(name, 0) + n
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))


def stages(found: MapAnswers, ask: Asker, stream: Stream, names: Sequence[str]) -> list[Document]:
    """One document a stage in the map's order; stays after done or cancelled that were reopened come last."""
    codes = [
        code
        for code in range(len(names))
        if code < len(stream.stages) or found.left.figure(flow.STAGE_VISITS, (code,)).n or code in found.load
    ]
    made = [_stage(found, ask, stream, names, code) for code in codes]
    waits = [stage["per_item_s"]["wait"] or 0.0 for stage in made]
    if waits and max(waits) > 0:
        made[waits.index(max(waits))]["longest_wait"] = True
    return made


def _stage(found: MapAnswers, ask: Asker, stream: Stream, names: Sequence[str], code: int) -> Document:
    key: Group = (code,)
    left, weeks = found.left, ask.window.weeks[2]
    reopened = code >= len(stream.stages)
    external = not reopened and stream.stages[code].is_external
    departures = left.figure(flow.STAGE_DEPARTURES, key).value or 0.0
    return {
        "name": names[code],
        "kind": "reopened" if reopened else "external" if external else "logged",
        "team": None if reopened else stream.stages[code].team,
        "recorded_in": [] if reopened else recorded_in(stream.stages[code]),
        "visits": left.figure(flow.STAGE_VISITS, key).n,
        "active_s": told(left.spread(time.STAGE_ACTIVE_TIME, key)),
        "wait_s": told(left.spread(time.STAGE_WAIT_TIME, key)),
        "working": {
            "active_s": told(left.spread(time.STAGE_ACTIVE_TIME_WORKING, key)),
            "wait_s": told(left.spread(time.STAGE_WAIT_TIME_WORKING, key)),
        }
        if stream.calendar.hours
        else None,
        "per_item_s": _per_item(found, code),
        "ca": figure(left.figure(quality.COMPLETE_AND_ACCURATE, key)),
        "returned_to": found.moves.returned_to.get(code, {}),
        "batch": _batch(found.batches, key),
        "people": figure(left.figure(quality.PEOPLE, key)),
        "transfers": figure(left.figure(quality.TRANSFERS, key)),
        "arrivals_per_week": found.moves.arrived[code] / weeks if weeks else None,
        "departures_per_week": departures if weeks else None,
        "wip": found.load.get(code, dict.fromkeys(("n", *MODE_NAMES), 0)),
        "longest_wait": False,
        "provenance": ask.work,
    }


def recorded_in(stage: Stage) -> list[str]:
    """Where a stage's moves are recorded: artefacts of its states; "tracker" for an item's own; else "declared"."""
    before = {state.partition(":")[0] for state in stage.states if ":" in state} & ARTEFACTS
    own = any(state.partition(":")[0] not in before for state in stage.states)
    found = [*sorted(before), *(["tracker"] if own else [])]
    return found or (["declared"] if stage.declared else [])


def _per_item(found: MapAnswers, code: int) -> Document:
    """Active and wait seconds per finished item: all passes summed, skipped stages 0.

    The parts of all stages add up to the mean lead time of those items.
    """
    if not found.ladder:
        return {"active": None, "wait": None}
    n = found.finished.figure(time.LEAD_TIME).n
    spent = found.ladder.get(code, NOTHING)
    return {"active": spent.work / n / 1e6, "wait": spent.wait / n / 1e6}


def _batch(found: Together, key: Group) -> Document:
    """Mean batch, the batch as an item experiences it, the largest, and the visits in known batches."""
    mean = found.figure(flow.BATCH_SIZE, key)
    felt, largest = found.figure(flow.BATCH_SIZE_EXPERIENCED, key), found.figure(flow.LARGEST_BATCH, key)
    return {"mean": mean.value, "as_experienced": felt.value, "largest": largest.value, "n": mean.n}


def returns(stages: Sequence[Document]) -> list[Document]:
    """Every return loop with its share of what the sender's judged visits passed on or sent back."""
    return [
        {"from": stage["name"], "to": to, "n": n, "share": n / stage["ca"]["n"]}
        for stage in stages
        for to, n in stage["returned_to"].items()
    ]


def grey(found: MapAnswers) -> Document | None:
    """The block before the boundary: how long requests lie before commitment. None where nothing is known of it."""
    before = found.committed.spread(time.TIME_BEFORE)
    return {"wait_s": told(before)} if before.n else None


def outcomes(found: MapAnswers) -> tuple[dict[str, int], list[Document]]:
    """Items finished, open and cancelled in the window, and what is left out of lead time with its reason."""
    done, cancelled = (
        sum(n for (_, outcome), (n, _) in found.ended.items() if outcome == wanted)
        for wanted in (IS_DONE, IS_CANCELLED)
    )
    unseen = sum(lost for (_, outcome), (_, lost) in found.ended.items() if outcome == IS_DONE)
    unmapped, waiting = found.nowhere
    excluded = [
        {"reason": "finished, no observed start: no lead time", "n": unseen},
        {"reason": "ended in ignored states without done", "n": unmapped},
        {"reason": "not yet in the stream", "n": waiting},
    ]
    in_progress = sum(counts["n"] for counts in found.load.values())
    counts = {"finished": done, "open": in_progress, "cancelled": cancelled}
    return counts, [row for row in excluded if row["n"]]


def figure(found: Figure) -> Document:
    """A figure as JSON carries it."""
    return {**vars(found), "excluded": [dict(vars(exclusion)) for exclusion in found.excluded]}


def told(found: Spread) -> Document:
    """A distribution as JSON carries it."""
    return dict(vars(found))
