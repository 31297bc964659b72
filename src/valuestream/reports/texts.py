"""What reports say around the figures, in one place, ready for translation."""

from __future__ import annotations

from valuestream.pictures.duration import count, duration, number, share
from valuestream.pictures.markup import clean
from valuestream.pictures.words import (
    Doc,
    has_ladder,
    longest,
    main_returns,
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
    "since": "Since the snapshot",
    "week": "The last weeks",
}
FIGURES = {
    "lead_time": "Lead time, mean", "throughput": "Items finished a week",
    "first_pass_yield": "Finished without a return", "flow_efficiency": "Flow efficiency",
}  # fmt: skip
NO_DECISION = "Nothing in these figures asks for a decision: no wait, batch or return stands out."
NO_TARGETS = "No targets are set for this stream: write `targets: {Incident: 85 % within 10 d}` into its file."
NONE_AGED = "No open item is older than 85 % of the finished ones were when they left its stage."
NONE_BLOCKED = "Nothing is blocked."


def three_sentences(document: Doc) -> list[str]:
    """How long and how much of it is work; the longest wait; how well the first time. Computed from the map."""
    if not has_ladder(document):
        return [f"{no_lead_time(document)}."]
    totals = document["totals"]
    lead, active = totals["lead_time_s"], part(totals, "active_s", "mean")
    basis = provenance(part(totals, "flow_efficiency", "provenance"))
    first = f"An item takes {duration(lead['mean'])} on average"
    first += f"; 85 % are done within {duration(lead['p85'])}" if lead["p85"] is not None else ""
    if active is not None:
        first += f"; {duration(active)} of it is active ({share(part(totals, 'flow_efficiency', 'value'))}, {basis})"
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
            f"; most come back from {clean(main[0]['from'])} to {clean(main[0]['to'])} ({share(main[0].get('share'))})"
        )
    return f"{said}."


def decisions(document: Doc) -> list[str]:
    """What somebody has to decide, from the findings that name a stage: at most two, the costliest first."""
    ask = {
        "longest_wait": "Decide who finds out why items wait there, and by when.",
        "returns": "Decide what must be clear before the work is handed on, so that less comes back.",
        "batch": "Decide whether it may let items go one by one, or more often.",
        "no_rejection": "Decide whether the check is still needed for every item; ask first what it deters.",
        "aged": "Decide which of these to finish first and which to give up.",
    }  # fmt: skip
    found = [f for f in document.get("findings") or [] if f["kind"] in ask]
    return [f"{clean(f['sentence'])} {ask[f['kind']]}" for f in found[:2]]


def shown(figure: str, value: float | None) -> str:
    """A figure of the table of changes."""
    if figure == "lead_time":
        return duration(value)
    return number(value) if figure == "throughput" else share(value)


def verdict(row: Doc) -> str:
    """Whether a difference is more than chance would make; never why it came about."""
    if row["before"] is None or row["after"] is None:
        return "not known on both sides"
    if row["beyond_chance"] is None:
        return "no interval to judge by"
    if not row["beyond_chance"]:
        return "not distinguishable from chance"
    better = (row["after"] > row["before"]) == (row["better"] == "higher")
    return f"{'better' if better else 'worse'}, by more than chance would make"


def periods(changes: Doc) -> str:
    """Which two periods are compared."""
    before, after = (f"{changes[key]['since'][:10]} until {changes[key]['until'][:10]}" for key in ("before", "after"))
    if changes["halves"]:
        return f"The log does not reach back far enough, so the period's halves are compared: {before} against {after}."
    return f"{before} against {after}."


def late(document: Doc) -> str:
    """The sentence above the aged items."""
    found = document["ageing"]
    return f"{count(found['late'])} of {count(found['n'])} open items."
