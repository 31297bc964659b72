"""Charts of the time that finished items took."""

from __future__ import annotations

import json
from math import log10
from typing import Any, Literal

from valuestream.pictures.chart_parts import (
    ENOUGH,
    MARGIN,
    READY,
    Look,
    Spec,
    State,
    Table,
    apart,
    day_text,
    finished_chart,
    fixed,
    local,
)
from valuestream.pictures.chart_texts import NONE_FINISHED
from valuestream.pictures.chart_words import nothing_finished
from valuestream.pictures.duration import UNKNOWN, duration, many
from valuestream.pictures.markup import clean
from valuestream.pictures.words import Doc, part

DAY = 86_400.0
HEIGHT = 300
LISTED = 20
MOST_TYPES = 6
STEPS = (
    (1.0, "1 s"), (10.0, "10 s"), (60.0, "1 min"), (600.0, "10 min"), (3_600.0, "1 h"), (21_600.0, "6 h"), (DAY, "1 d"),
    (10 * DAY, "10 d"), (100 * DAY, "100 d"), (1_000 * DAY, "1,000 d"),
)  # fmt: skip
"""Marks of a log axis: seconds and what they are called."""
LINES = (("p50", "50 %"), ("p70", "70 %"), ("p85", "85 %"), ("p95", "95 %"))


def scatter(document: Doc, look: Look, measure: str = "lead") -> Spec:
    """Finished items by day of finish and days taken, with lines for 50, 70, 85 and 95 %."""
    import altair as alt

    rows = [
        {
            "at": local(point["finished"], document.get("zone")), "took": point[f"{measure}_s"] / DAY,
            "item": clean(point["item"]), "type": clean(point["type"] or "unknown"),
            **look.link(f"item/{point['item']}"),
        }
        for point in part(document, "scatter", "points") or []
        if point[f"{measure}_s"] is not None
    ]  # fmt: skip
    unit, size = unit_of(max(row["took"] for row in rows))
    for row in rows:
        row["took"] = max(float(f"{row['took'] / size:.4g}"), 1e-6)
    lines = {name: value / DAY / size for name, value in _lines(document, measure).items()}
    top = max(row["took"] for row in rows) * 1.04
    scale, low = _scale(rows, top)
    types = sorted({row["type"] for row in rows})
    by_type = 1 < len(types) <= MOST_TYPES
    encoded: dict[str, Any] = {
        "x": alt.X("at:T", title="finished", axis=alt.Axis(format="%d %b %y", labelOverlap=True, tickCount=6),
                   scale=alt.Scale(type="utc")),
        "y": alt.Y("took:Q", title="time taken, elapsed (log scale)" if scale == "log" else f"{unit} taken, elapsed",
                   scale=alt.Scale(type=scale, domain=[low, top], nice=False), axis=_axis(scale, low, top, size)),
        "tooltip": [alt.Tooltip("item:N"), alt.Tooltip("took:Q", title=unit), alt.Tooltip("type:N"),
                    alt.Tooltip("at:T", format="%Y-%m-%d", title="finished")],
    }  # fmt: skip
    if by_type:
        shapes = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down"][: len(types)]
        encoded["shape"] = alt.Shape("type:N", title=None, scale=alt.Scale(domain=types, range=shapes))
        encoded["color"] = alt.Color(
            "type:N", title=None, scale=alt.Scale(domain=types, range=look.palette(len(types)))
        )
    if look.links is not None:
        encoded["href"] = alt.Href("href:N")
    points = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_point(size=26, opacity=0.65, filled=True, color=look.colour("work"))
        .encode(**encoded)
    )
    if not lines:
        return finished_chart(points, look, height=HEIGHT)
    return finished_chart(
        alt.layer(points, *_percentile_layers(lines, size, scale, low, top, look)), look, height=HEIGHT, right=MARGIN
    )


def cycle(document: Doc, look: Look) -> Spec:
    """The same from first work to done."""
    return scatter(document, look, "cycle")


def _lines(document: Doc, measure: str) -> dict[str, float]:
    found = part(document, "scatter", measure) or {}
    return {name: found[name] for name, _ in LINES if found.get(name) is not None}


def unit_of(days: float) -> tuple[str, float]:
    """The unit a reader would choose for up to so many days, and its size in days."""
    if days >= 2:
        return "days", 1.0
    return ("hours", 1 / 24) if days >= 2 / 24 else ("minutes", 1 / 1440)


def _scale(rows: list[dict[str, Any]], top: float) -> tuple[Literal["linear", "log"], float]:
    """Linear, unless the slowest item would press the others against the axis; and where the axis begins."""
    values = sorted(row["took"] for row in rows)
    median = values[len(values) // 2]
    if len(values) < ENOUGH or top < 15 * median:
        return "linear", 0.0
    low = 10.0 ** (int(log10(max(values[len(values) // 50], 1e-3))) - 1)
    for row in rows:  # what took no time at all stands on the axis
        row["took"] = max(row["took"], low)
    return "log", low


def _axis(scale: str, low: float, top: float, size: float) -> Any:
    """A linear axis counts its unit; a log axis names its steps as a reader would: `1 min`, `1 h`, `10 d`."""
    import altair as alt

    if scale == "linear":
        return alt.Axis(tickCount=5, format="~r")
    steps = {seconds / DAY / size: name for seconds, name in STEPS if low <= seconds / DAY / size <= top}
    said = f"{json.dumps(list(steps.values()))}[indexof({json.dumps(list(steps))}, datum.value)]"
    return alt.Axis(values=list(steps), labelExpr=said)


def _percentile_layers(
    lines: dict[str, float], size: float, scale: str, low: float, top: float, look: Look
) -> list[Any]:
    """Dashed rules with their labels in the right margin, moved apart where they would touch."""
    import altair as alt

    names = dict(LINES)

    def pixel(value: float) -> float:
        if scale == "log":
            return HEIGHT * (1 - (log10(max(value, low)) - log10(low)) / (log10(top) - log10(low)))
        return HEIGHT * (1 - value / top)

    ys = apart([pixel(value) for value in lines.values()], 15.0, 6.0, HEIGHT - 6.0)
    rows: list[dict[str, Any]] = [
        {"at": value, "y": y, "said": f"{names[name]} within {duration(value * size * DAY)}"}
        for (name, value), y in zip(lines.items(), ys, strict=True)
    ]
    base = alt.Chart(alt.InlineData(values=rows))
    rules = base.mark_rule(strokeDash=[6, 4], color=look.colour("ink"), opacity=0.75).encode(y=alt.Y("at:Q"))
    texts = [
        alt.Chart(alt.InlineData(values=[row]))
        .mark_text(align="left", baseline="middle", dx=6, fontSize=12, color=look.colour("ink"))
        .encode(x=fixed("x", "width"), y=fixed("y", row["y"]), text=fixed("text", row["said"]))
        for row in rows
    ]
    return [rules, *texts]


def scatter_state(document: Doc, measure: str = "lead") -> State:
    n = part(document, "scatter", measure, "n") or 0
    if not n:
        return State("empty", f"{nothing_finished(document)}.", NONE_FINISHED)
    if n < ENOUGH:
        return State("too_little", f"Only {many(n, 'item')}: percentiles need at least {ENOUGH}.", NONE_FINISHED)
    return READY


def cycle_state(document: Doc) -> State:
    if part(document, "scatter", "lead", "n") and not part(document, "scatter", "cycle", "n"):
        return State("not_measurable", "No finished item was seen in work.", "Say which states are work.")
    return scatter_state(document, "cycle")


def scatter_table(document: Doc, measure: str = "lead") -> Table:
    """The percentiles, then the slowest items of those drawn."""
    found = part(document, "scatter", measure) or {}
    rows = [(f"{words} within", duration(found[name]), "", "") for name, words in LINES if found.get(name) is not None]
    lines = len(rows)
    points = [p for p in part(document, "scatter", "points") or [] if p[f"{measure}_s"] is not None]
    slow = sorted(points, key=lambda p: -p[f"{measure}_s"])[:LISTED]
    zone = document.get("zone")
    rows += [
        (clean(p["item"]), duration(p[f"{measure}_s"]), clean(p["type"] or UNKNOWN), day_text(p["finished"], zone))
        for p in slow
    ]
    links = tuple([""] * lines + [f"item/{p['item']}" for p in slow])
    return Table(("Slowest items", "took", "type", "finished"), tuple(rows), links)


def cycle_table(document: Doc) -> Table:
    return scatter_table(document, "cycle")
