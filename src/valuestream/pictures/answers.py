"""What a map answers, in sentences: where the time goes, what items wait for, what holds them up."""

from __future__ import annotations

from valuestream.pictures import declared
from valuestream.pictures.duration import duration, number, share
from valuestream.pictures.markup import clean
from valuestream.pictures.passages import main_returns
from valuestream.pictures.words import Doc, active_of_known, has_ladder, no_lead_time, part, shown_name, stages

CAUSES = (
    "blocked", "others outside", "batch fills", "batch is ready", "later items first", "hands busy", "off hours",
    "put back", "unexplained",
)  # fmt: skip
"""In the order in which they are looked for (`analysis/causes.py`)."""


def causes(document: Doc) -> Doc | None:
    """What items wait for: `names` of the causes found, `rows` of stages with a part for each; None where unknown.

    `told` is the largest part in a sentence. Causes stand in the order in which they are looked for.
    """
    rows = [stage for stage in document.get("stages") or [] if stage.get("causes")]
    found = [(shown_name(stage), row["cause"], row["seconds"]) for stage in rows for row in stage["causes"]]
    if not any(cause != "unexplained" for _, cause, _ in found):
        return None
    here = {cause for _, cause, _ in found}
    names = [cause for cause in CAUSES if cause in here]
    whole = sum(seconds for *_, seconds in found)
    name, cause, most = max(found, key=lambda part: part[2])
    unknown = sum(seconds for _, cause, seconds in found if cause == "unexplained")
    return {
        "names": names,
        "rows": [
            {"stage": shown_name(stage), "parts": [parts.get(cause) for cause in names], "whole": sum(parts.values())}
            for stage in rows
            if (parts := {row["cause"]: row["seconds"] for row in stage["causes"]})
        ],
        "told": f"Most of it: {duration(most)} an item at {name}, {cause} ({share(most / whole)} of all waiting)."
        f" {share(unknown / whole)} is unexplained.",
    }


def possible_constraint(document: Doc) -> Doc | None:
    """The stage that there is evidence against, where there is one."""
    return next((stage for stage in document.get("stages") or [] if part(stage, "constraint", "evidence")), None)


def longest(document: Doc) -> Doc | None:
    return next((stage for stage in document.get("stages") or [] if stage.get("longest_wait")), None)


def sentence(document: Doc) -> str:
    """What the picture shows, for those who hear it."""
    named = [shown_name(stage) for stage in stages(document)]
    said = f"A value stream of {len(named)} stage{'' if len(named) == 1 else 's'}"
    said += f": {', '.join(named)}." if named else "."
    return f"{said} {answer(document)}"


def answer(document: Doc) -> str:
    """Where the time goes and what holds items up, in a few sentences."""
    if declared.is_declared(document):
        return f"{declared.headline(document)}."
    if not has_ladder(document):
        return f"{no_lead_time(document)}."
    totals = document["totals"]
    efficiency = share(part(totals, "flow_efficiency", "value"))
    active = active_of_known(document) or f"{duration(part(totals, 'active_s', 'mean'))} of it is active"
    said = f"An item takes {duration(totals['lead_time_s']['mean'])} on average;"
    said += f" {active} (flow efficiency {efficiency})."
    if stage := longest(document):
        said += f" Longest wait: {shown_name(stage)}, {duration(part(stage, 'per_item_s', 'wait'))} per item"
        batch = part(stage, "batch", "mean")
        said += f", leaving in batches of {number(batch)}." if batch and batch >= 1.5 else "."
    if narrow := possible_constraint(document):
        said += f" Possible constraint: {shown_name(narrow)}."
    strong = [f"{clean(r['from'])} to {clean(r['to'])} {share(r.get('share'))}" for r in main_returns(document)[0]]
    return said + (f" Returns: {'; '.join(strong[:5])}." if strong else "")
