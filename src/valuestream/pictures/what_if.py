"""What a simulation says, as plain text within the columns asked for."""

from __future__ import annotations

from valuestream.pictures.cells import paragraph, table
from valuestream.pictures.duration import UNKNOWN, duration, many, number, share
from valuestream.pictures.markup import clean
from valuestream.pictures.words import Doc

LEAST = 40
ROWS = (
    ("Lead time, mean", "lead_mean_s"),
    ("Lead time, median", "lead_p50_s"),
    ("85 % within", "lead_p85_s"),
    ("Finished a week", "throughput_per_week"),
    ("In progress", "load"),
    ("Flow efficiency", "flow_efficiency"),
    ("First pass", "first_pass"),
)
CAUTION = "A model that reproduces the mean has not shown that it knows what a change would do: try it small."


def simulation_text(document: Doc, width: int = 100) -> str:
    """A simulation document (`vsm.simulation/1`) within `width` columns, at least 40; ends in a newline."""
    width = max(width, LEAST)
    blocks = [_head(document, width)]
    blocks.append(_figures(document, width))
    for scenario in document["scenarios"]:
        if scenario["notes"]:
            blocks.append(
                [f"{clean(scenario['name'])}:", *(line for note in scenario["notes"] for line in _note(note, width))]
            )
    blocks.append(_stages(document, width))
    blocks.append(_foot(document, width))
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def levers_text(document: Doc, *, top: int = 10, width: int = 100) -> str:
    """A document of levers (`vsm.levers/1`) within `width` columns; ends in a newline."""
    width = max(width, LEAST)
    blocks = [_head(document, width)]
    ranking = document["ranking"]
    if ranking is None:
        doubts = [line for doubt in document["trust"]["doubts"] for line in paragraph(clean(doubt), width)]
        blocks.append(["No ranking is given:", *doubts])
        return "\n\n".join("\n".join(block) for block in blocks) + "\n"
    rows = [
        [
            f"{clean(row['place'])}: {row['says']}",
            _with(row["saves_s"], duration),
            number(row["throughput_per_week"]["value"]),
        ]
        for row in ranking[:top]
    ]
    blocks.append(table(["What saves most of the mean lead time", "Saves (95 %)", "Items/wk"], rows, width))
    if ranking:
        first = " ".join(f"--set '{clean(change)}'" for change in ranking[0]["set"])
        blocks.append(paragraph(f"Look at the first more closely: vsm simulate SOURCE {first}", width))
    if document["one_by_one_s"]:
        told = _with(document["one_by_one_s"], duration)
        blocks.append(paragraph(f"Without batches, releases and gates the lead time would be {told}.", width))
    blocks.append(_constraint(document["constraint"], width))
    blocks.append(_foot(document, width))
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def trust_lines(document: Doc, width: int) -> list[str]:
    """How far the model may be believed: always shown."""
    found = document["trust"]
    if found is None:
        return paragraph("Written by hand: nothing was measured, so nothing says how near it is to your stream.", width)
    now, held = found["now"], found["held_out"]
    told = (
        f"Simulated now {duration(now['simulated_s'])}, measured {duration(now['measured_s'])} "
        f"({many(now['n'], 'item')}). {share(found['unexplained'])} of the waiting has no cause that the model knows."
    )
    if held:
        told += (
            f" Fitted to the first part of the log alone, it says {duration(held['simulated_s'])} for the rest; "
            f"measured {duration(held['measured_s'])} ({many(held['n'], 'item')})."
        )
    lines = paragraph(told, width)
    for doubt in found["doubts"]:
        lines += paragraph(f"Doubt: {clean(doubt)}", width)
    for note in found["notes"]:
        lines += paragraph(clean(note), width)
    return lines


def _head(document: Doc, width: int) -> list[str]:
    return [clean(document["model"]), *trust_lines(document, width)]


def _figures(document: Doc, width: int) -> list[str]:
    names = [clean(scenario["name"]) for scenario in document["scenarios"]]
    heads = ["", "Now", *names]
    return table(heads, answer_rows(document["now"], [one["then"] for one in document["scenarios"]]), width)


def answer_rows(now: Doc, thens: list[Doc]) -> list[list[str]]:
    """A row a figure: its name, now, and then under each scenario."""
    return [[label, with_interval(now, key), *(with_interval(then, key) for then in thens)] for label, key in ROWS]


def with_interval(figures: Doc, key: str) -> str:
    """One of the figures, with its interval."""
    said = share if key in ("flow_efficiency", "first_pass") else duration if key.endswith("_s") else number
    return _with(figures[key], said)


def _with(found: Doc, said: object) -> str:
    """A figure with its interval."""
    tell = said if callable(said) else str
    if found["value"] is None:
        return UNKNOWN
    if found["low"] is None:
        return str(tell(found["value"]))
    low = (
        found["low"]
        if tell is duration and found["value"] < 0
        else max(found["low"], 0.0)
        if tell is share
        else found["low"]
    )
    return f"{tell(found['value'])} ({tell(low)} to {tell(found['high'])})"


def _stages(document: Doc, width: int) -> list[str]:
    rows = []
    then = {stage["name"]: stage for one in document["scenarios"][:1] for stage in one["stages"]}
    for stage in document["stages"]:
        row = [
            clean(stage["name"]), duration(stage["wait_s"]["value"]), duration(stage["active_s"]["value"]),
            number(stage["load"]["value"]), share(stage["utilisation"]["value"]),
        ]  # fmt: skip
        if then:
            other = then.get(stage["name"])
            row += (
                [duration(other["wait_s"]["value"]), share(other["utilisation"]["value"])] if other else [UNKNOWN] * 2
            )
        rows.append(row)
    heads = ["Stage, a visit", "Wait", "Active", "Items", "Busy"]
    heads += ["Wait then", "Busy then"] if then else []
    return table(heads, rows, width)


def _constraint(found: Doc | None, width: int) -> list[str]:
    if found is None:
        return []
    place, load = clean(found["candidate"]), share(found["load"])
    said = {
        "confirmed": f"The constraint is {place} (asked for {load} of its capacity): more capacity there pays most.",
        "refuted": f"{place} is asked for most of its capacity ({load}), but more at {clean(found['instead'] or '')} "
        "pays more: it is not the constraint.",
        "open": f"{place} is asked for most of its capacity ({load}); the intervals do not tell whether it is the "
        "constraint.",
    }
    return paragraph(said[found["verdict"]], width)


def _note(note: str, width: int) -> list[str]:
    return paragraph(f"Note: {clean(note)}", width)


def _foot(document: Doc, width: int) -> list[str]:
    runs = document["runs"]
    kind = "models of resampled logs" if runs["refitted"] else "runs"
    lines = [line for note in document["notes"] for line in _note(note, width)]
    lines += paragraph(f"95 % intervals over {runs['columns']} {kind}, seed {document['seed']}. {CAUTION}", width)
    return lines
