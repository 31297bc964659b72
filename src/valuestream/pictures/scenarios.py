"""Saved scenarios and what they came to, as plain text within the columns asked for."""

from __future__ import annotations

from valuestream.pictures.cells import paragraph, table
from valuestream.pictures.duration import UNKNOWN
from valuestream.pictures.markup import clean
from valuestream.pictures.what_if import LEAST, answer_rows, with_interval
from valuestream.pictures.words import Doc

NOTHING = "No scenarios yet: `vsm simulate --set 'Review.servers=+1' --save NAME` keeps one.\n"


def scenarios_text(document: Doc, width: int = 100) -> str:
    """A list of scenarios (`vsm.scenarios/1`): what each changes, by how much it changed the mean lead time, when."""
    width = max(width, LEAST)
    if not document["scenarios"]:
        return NOTHING
    rows = [
        [clean(row["name"]), clean(", ".join(row["set"])), _change(row["answered"]), *_when(row["answered"])]
        if row["readable"]
        else [clean(row["name"]), "unreadable", UNKNOWN, UNKNOWN, UNKNOWN]
        for row in document["scenarios"]
    ]
    heads = ["Scenario", "Changes", "Lead time, mean (95 %)", "Answered", "Data as of"]
    return "\n".join(table(heads, rows, width)) + "\n"


def scenario_text(document: Doc, width: int = 100) -> str:
    """One scenario (`vsm.scenario/1`): its changes, and the figures of its last answer."""
    width = max(width, LEAST)
    head = [clean(document["name"]), f"of {clean(document['stream'])}, saved {document['saved_at'][:10]}"]
    if document["why"]:
        head += paragraph(clean(document["why"]), width)
    head += [f"  {clean(change)}" for change in document["set"]]
    blocks = [head]
    found = document["answered"]
    if found is None:
        blocks.append(["It was not asked yet."])
    else:
        blocks.append(table(["", "Now", "Then"], answer_rows(found["now"], [found["then"]]), width))
        blocks.append(
            paragraph(f"{answered_on(found)} Ask again: vsm simulate --with '{clean(document['name'])}'", width)
        )
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def answered_on(found: Doc) -> str:
    """When an answer was given, and on which data, settings and version."""
    data = f"data as of {found['as_of'][:10]}" if found["as_of"] else "a model written by hand"
    doubt = (
        "" if found["ranks"] is not False else " The model was too far from what was measured to rank changes by it."
    )
    build = f"settings {found['config_hash']}, version {found['app']}, seed {found['seed']}"
    return f"Answered {found['at'][:10]} on {data}, {build}.{doubt}"


def _change(found: Doc | None) -> str:
    return UNKNOWN if found is None else with_interval(found["change"], "lead_mean_s")


def _when(found: Doc | None) -> list[str]:
    if found is None:
        return [UNKNOWN, UNKNOWN]
    return [found["at"][:10], found["as_of"][:10] if found["as_of"] else UNKNOWN]
