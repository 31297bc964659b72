"""What reports say around the figures, in one place, ready for translation."""

from __future__ import annotations

from valuestream.pictures.answers import longest
from valuestream.pictures.duration import count, duration, number, share
from valuestream.pictures.markup import clean
from valuestream.pictures.passages import main_returns
from valuestream.pictures.words import (
    Doc,
    active_of_known,
    day_of,
    has_ladder,
    no_lead_time,
    part,
    provenance,
    shown_name,
)

TITLES = {
    "report": "Value stream report",
    "executive": "One page for the decision",
    "weekly": "Weekly review",
    "map": "Value stream map",
}
SECTIONS = {
    "strip": "Where the time of an item goes",
    "targets": "Targets",
    "changed": "What changed",
    "decision": "Decision needed",
    "map": "The map",
    "charts": "Over time",
    "findings": "Findings",
    "left_out": "What the figures leave out",
    "aged": "Items older than most finished ones were",
    "blocked": "Blocked, by reason",
    "since": "Since",
    "week": "The last weeks",
}
FIGURES = {
    "lead_time": "Lead time, median", "throughput": "Items finished a week", "arrivals": "Items arrived a week",
    "first_pass_yield": "Finished without a return", "flow_efficiency": "Flow efficiency",
}  # fmt: skip
"""The main figures of a stream."""
MORE_FIGURES = {
    "lead_time_working_hours": "Lead time in working hours, median", "cycle_time": "From first work to done, median",
    "delivery_time": "From request to done, median", "time_before": "Before the commitment, median",
    "active_time": "Active time of an item, median", "wait_time": "Wait of an item, median",
    "age": "Age of the items in progress, median", "stage_active_time": "Active time of a visit, median",
    "stage_wait_time": "Wait of a visit, median",
    "stage_active_time_working_hours": "Active time of a visit in working hours, median",
    "stage_wait_time_working_hours": "Wait of a visit in working hours, median", "effort": "Active time of all items",
    "touch_days": "Working days with a touch", "flow_load": "Items in progress", "flow_distribution": "Items finished",
    "stage_arrivals": "Visits begun a week", "stage_departures": "Visits ended a week", "stage_visits": "Visits ended",
    "batch_size": "Batch", "batch_size_as_experienced": "Batch that an item finds itself in",
    "largest_batch": "Largest batch", "releases": "Releases", "complete_and_accurate": "%C&A (complete and accurate)",
    "rework_share": "Time spent after a return", "people": "People of a visit", "transfers": "Transfers of a visit",
    "target_attainment": "Finished within their target",
}  # fmt: skip
FEWER = 0.5
"""From which share of the earlier arrivals on two periods can be held against each other without a warning."""
NO_DECISION = "Nothing in these figures asks for a decision: no wait, batch or return stands out."
NO_TARGETS = "No targets are set for this stream: write `targets: {Incident: 85 % within 10 d}` into its file."
NONE_AGED = "No open item is older than 85 % of the finished ones were when they left its stage."
NO_WEEKS = "No item moved in this period."
BACK = "To the pages"
NONE_BLOCKED = "Nothing is blocked."


def three_sentences(document: Doc) -> list[str]:
    """How long and how much of it is work; the longest wait; how well the first time. Computed from the map."""
    if not has_ladder(document):
        return [f"{no_lead_time(document)}."]
    totals = document["totals"]
    lead, active = totals["lead_time_s"], part(totals, "active_s", "mean")
    rests_on = provenance(part(totals, "flow_efficiency", "provenance"))
    efficiency = f"({share(part(totals, 'flow_efficiency', 'value'))}, {rests_on})"
    some = active_of_known(document)
    first = f"An item takes {duration(lead['mean'])} on average"
    if active is not None and not some:
        first += f", {duration(active)} of it active {efficiency}"
    first += f"; 85 % are done within {duration(lead['p85'])}" if lead["p85"] is not None else ""
    first += f"; {some} {efficiency}" if some else ""
    return [f"{first}.", _wait_sentence(document), _return_sentence(document)]


def _wait_sentence(document: Doc) -> str:
    stage = longest(document)
    if stage is None:
        return "Nothing was seen to wait."
    wait, lead = part(stage, "per_item_s", "wait") or 0.0, document["totals"]["lead_time_s"]["mean"]
    said = f"The longest wait is {shown_name(stage)}: {duration(wait)}, {share(wait / lead)} of the lead time"
    batch = part(stage, "batch", "mean")
    return said + (f", released in batches of {number(batch)}." if batch and batch >= 1.5 else ".")


def _return_sentence(document: Doc) -> str:
    first_pass = part(document, "totals", "first_pass_yield", "value")
    if first_pass is None:
        return "How much comes back is unknown."
    said = f"{share(first_pass)} of the items are finished without a return"
    main = main_returns(document)[0]
    if main:
        said += (
            f"; most often {clean(main[0]['from'])} sends back to {clean(main[0]['to'])}"
            f" ({share(main[0].get('share'))} of its visits)"
        )
    return f"{said}."


def decisions(document: Doc) -> list[str]:
    """What somebody has to decide, from the findings that name a stage: at most two, the costliest first."""
    ask = {
        "longest_wait": "Decide who finds out why items wait there, and by when.",
        "constraint": "Decide what would let more through there; What if tries it before anyone reorganises.",
        "returns": "Decide what must be clear before the work is handed on, so that less comes back.",
        "batch": "Decide whether it may let items go one by one, or more often.",
        "no_rejection": "Decide whether the check is still needed for every item; ask first what it deters.",
        "aged": "Decide which of these to finish first and which to give up.",
    }  # fmt: skip
    found = [f for f in document.get("findings") or [] if f["kind"] in ask]
    return [f"{clean(f['sentence'])} {ask[f['kind']]}" for f in found[:2]]


def figure_name(metric: str, stage: str | None = None) -> str:
    """What a metric is called in a table of changes."""
    name = (FIGURES | MORE_FIGURES).get(metric, metric.replace("_", " ").capitalize())
    return f"{clean(stage)}: {name}" if stage else name


def shown(unit: str, value: float | None) -> str:
    """A figure in its unit."""
    if unit == "seconds":
        return duration(value)
    return share(value) if unit == "share" else number(value)


def verdict(beyond: bool | None, before: float | None, after: float | None, better: str) -> str:
    """Whether a difference is more than the two figures are sure of; never why it came about."""
    if before is None or after is None:
        return "not known on both sides"
    if beyond is None:
        return "no interval to judge by"
    if not beyond:
        return "not distinguishable from chance"
    if better == "neither":
        return "changed, by more than chance would make"
    return f"{'better' if (after > before) == (better == 'higher') else 'worse'}, by more than chance would make"


def caution(changes: Doc) -> str:
    """A warning where far fewer items arrived in the later period: those finished then are its slow ones."""
    rows = {row["figure"]: row for row in changes["figures"]}
    before, after = (rows["arrivals"][key] for key in ("before", "after"))
    if before is None or after is None or after >= FEWER * before:
        return ""
    return (
        f"Far fewer items arrived in the later period ({number(after)} a week against {number(before)}): the log may"
        " end its intake there, and what was finished later are the slow ones of before."
    )


def periods(changes: Doc) -> str:
    """Which two periods are compared."""
    zone = changes.get("zone")
    before, after = (
        " until ".join(day_of(changes[key][end], zone)[:10] for end in ("since", "until"))
        for key in ("before", "after")
    )
    if changes["halves"]:
        return f"The log does not reach back far enough, so the period's halves are compared: {before} against {after}."
    return f"{before} against {after}."


def late(document: Doc) -> str:
    """The sentence above the aged items."""
    found = document["ageing"]
    return f"{count(found['late'])} of {count(found['n'])} open items."
