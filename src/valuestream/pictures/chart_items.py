"""Charts of single items: time taken, age, promises."""

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
    local,
)
from valuestream.pictures.chart_words import (
    NONE_FINISHED,
    PASSED,
    nothing_finished,
    target_name,
)
from valuestream.pictures.duration import UNKNOWN, count, duration, share
from valuestream.pictures.markup import clean
from valuestream.pictures.theme import fit
from valuestream.pictures.words import Doc, part

DAY = 86_400.0
HEIGHT = 300
LISTED = 20
MOST_TYPES = 6
AGED = ("within the 85 % mark", "older than the 85 % mark")
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
    unit, size = _unit(max(row["took"] for row in rows))
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
        "y": alt.Y("took:Q", title=f"{unit} taken, elapsed" + (" (log scale)" if scale == "log" else ""),
                   scale=alt.Scale(type=scale, domain=[low, top], nice=False),
                   axis=alt.Axis(tickCount=5, format="~r")),
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


def _unit(days: float) -> tuple[str, float]:
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
    rows = [
        {"at": value, "y": y, "said": f"{names[name]} within {duration(value * size * DAY)}"}
        for (name, value), y in zip(lines.items(), ys, strict=True)
    ]
    base = alt.Chart(alt.InlineData(values=rows))
    rules = base.mark_rule(strokeDash=[6, 4], color=look.colour("ink"), opacity=0.75).encode(y=alt.Y("at:Q"))
    texts = [
        alt.Chart(alt.InlineData(values=[row]))
        .mark_text(align="left", baseline="middle", dx=6, fontSize=12, color=look.colour("ink"))
        .encode(x=alt.value("width"), y=alt.value(row["y"]), text=alt.value(row["said"]))
        for row in rows
    ]
    return [rules, *texts]


def scatter_state(document: Doc, measure: str = "lead") -> State:
    n = part(document, "scatter", measure, "n") or 0
    if not n:
        return State("empty", f"{nothing_finished(document)}.", NONE_FINISHED)
    if n < ENOUGH:
        return State("too_little", f"{count(n)} items: percentiles need at least {ENOUGH}.", NONE_FINISHED)
    return READY


def cycle_state(document: Doc) -> State:
    if part(document, "scatter", "lead", "n") and not part(document, "scatter", "cycle", "n"):
        return State("not_measurable", "No finished item was seen in work.", "Say which states are work.")
    return scatter_state(document, "cycle")


def scatter_table(document: Doc, measure: str = "lead") -> Table:
    """The percentiles, then the slowest items of those drawn."""
    found = part(document, "scatter", measure) or {}
    rows = [(f"{words} within", duration(found.get(name)), "", "") for name, words in LINES]
    points = [p for p in part(document, "scatter", "points") or [] if p[f"{measure}_s"] is not None]
    slow = sorted(points, key=lambda p: -p[f"{measure}_s"])[:LISTED]
    zone = document.get("zone")
    rows += [
        (clean(p["item"]), duration(p[f"{measure}_s"]), clean(p["type"] or UNKNOWN), day_text(p["finished"], zone))
        for p in slow
    ]
    links = tuple([""] * len(LINES) + [f"item/{p['item']}" for p in slow])
    return Table(("Slowest items", "took", "type", "finished"), tuple(rows), links)


def cycle_table(document: Doc) -> Table:
    return scatter_table(document, "cycle")


def ageing(document: Doc, look: Look) -> Spec:
    """Open items by stage and age; the ages at which finished items left each stage as ticks; late ones as diamonds."""
    import altair as alt

    found = document["ageing"]
    marks = {mark["stage"]: mark for mark in found["marks"]}
    order = list(dict.fromkeys([mark["stage"] for mark in found["marks"]] + [row["stage"] for row in found["items"]]))
    at = {stage: k for k, stage in enumerate(order)}
    unit, size = _unit(max(row["age_s"] for row in found["items"]) / DAY)
    seen: dict[str, int] = {}
    rows = []
    for row in found["items"]:
        k = seen[row["stage"]] = seen.get(row["stage"], -1) + 1
        limit = marks.get(row["stage"], {}).get("p85_s")
        rows.append(
            {
                "x": at[row["stage"]] + ((k * 7) % 11 - 5) / 16, "age": row["age_s"] / DAY / size,
                "item": clean(row["item"]), "aged": AGED[limit is not None and row["age_s"] > limit],
                "said": duration(row["age_s"]),
                "stage": clean(row["stage"]), "how": PASSED.get(row["how"] or "", UNKNOWN),
                **look.link(f"item/{row['item']}"),
            }
        )  # fmt: skip
    encoded: dict[str, Any] = {
        "x": _stage_axis(order),
        "y": alt.Y("age:Q", title=f"age in {unit}, elapsed"),
        "shape": alt.Shape("aged:N", title=None, scale=alt.Scale(domain=list(AGED), range=["circle", "diamond"])),
        "color": alt.Color("aged:N", title=None,
                           scale=alt.Scale(domain=list(AGED), range=[look.colour("work"), look.colour("bn")])),
        "tooltip": [alt.Tooltip("item:N"), alt.Tooltip("said:N", title="age"), alt.Tooltip("stage:N"),
                    alt.Tooltip("how:N", title="now")],
    }  # fmt: skip
    if look.links is not None:
        encoded["href"] = alt.Href("href:N")
    points = alt.Chart(alt.InlineData(values=rows)).mark_point(size=46, filled=True, opacity=0.8).encode(**encoded)
    limits = [
        {
            "x": at[mark["stage"]] - 0.42, "x2": at[mark["stage"]] + 0.42, "age": mark[key] / DAY / size, "mark": words,
            "said": f"{words} of finished items: {duration(mark[key])}",
        }
        for mark in found["marks"]
        for key, words in (("p50_s", "50 %"), ("p85_s", "85 %"))
        if mark[key] is not None
    ]  # fmt: skip
    if not limits:
        return finished_chart(points, look, height=HEIGHT)
    base = alt.Chart(alt.InlineData(values=limits)).encode(x=_stage_axis(order), y=alt.Y("age:Q"))
    ticks = base.mark_rule(strokeWidth=2, color=look.colour("ink")).encode(
        x2="x2:Q", tooltip=[alt.Tooltip("said:N", title="mark")]
    )
    words = base.mark_text(align="left", dy=-6, fontSize=11, color=look.colour("mut")).encode(text="mark:N")
    return finished_chart(alt.layer(ticks, words, points), look, height=HEIGHT)


def _stage_axis(order: list[str]) -> Any:
    """Stages side by side at 0, 1, 2 ...: points may stand beside each other within one."""
    import altair as alt

    names = json.dumps([fit(clean(stage), 120 if len(order) > 6 else 150, 12) for stage in order])
    slant = len(order) > 6
    return alt.X(
        "x:Q", title=None, scale=alt.Scale(domain=[-0.5, len(order) - 0.5], nice=False),
        axis=alt.Axis(values=list(range(len(order))), labelExpr=f"{names}[datum.value]", ticks=False, labelLimit=160,
                      labelAngle=-35 if slant else 0, labelAlign="right" if slant else "center"),
    )  # fmt: skip


def ageing_state(document: Doc) -> State:
    found = document.get("ageing") or {}
    if not found.get("n"):
        return State("empty", "No item is open at the end of the period.", "Move the end of the period.")
    if not any(mark["p85_s"] is not None for mark in found.get("marks") or []):
        return State(
            "too_little", "Fewer than ten items finished: there is no mark to hold ages against.", NONE_FINISHED
        )
    return READY


def ageing_table(document: Doc) -> Table:
    rows = (document.get("ageing") or {}).get("items") or []
    return Table(
        ("Item", "age", "stage", "in this stage for", "now"),
        tuple(
            (clean(row["item"]), duration(row["age_s"]), clean(row["stage"]), duration(row["in_stage_s"]),
             PASSED.get(row["how"] or "", UNKNOWN))
            for row in rows[: 5 * LISTED]
        ),
        tuple(f"item/{row['item']}" for row in rows[: 5 * LISTED]),
    )  # fmt: skip


def targets(document: Doc, look: Look) -> Spec:
    """A bar a target, as long as the share that was kept; the tick is what was promised."""
    import altair as alt

    words = ["kept", "not kept"]
    rows = [
        {
            "of": fit(f"{target_name(row)} in {duration(row['within_s'])}", 190, 12), "attained": row["attained"],
            "share": row["share"], "said": f"{share(row['attained'])} of {count(row['n'])}",
            "verdict": words[0] if row["met"] else words[1],
        }
        for row in document["targets"]
        if row["attained"] is not None
    ]  # fmt: skip
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("of:N", title=None, sort=None, axis=alt.Axis(labelLimit=200))
    )
    colours = alt.Scale(domain=words, range=[look.colour("work"), look.colour("bn")])
    bars = base.mark_bar(height=16).encode(
        x=alt.X(
            "attained:Q", title="share within the time promised", axis=alt.Axis(format="%"),
            scale=alt.Scale(domain=[0, 1]),
        ),
        color=alt.Color("verdict:N", title=None, scale=colours),
    )  # fmt: skip
    said = base.mark_text(align="left", dx=6, color=look.colour("ink")).encode(x=alt.value("width"), text="said:N")
    ticks = base.mark_tick(thickness=3, height=26, color=look.colour("ink")).encode(x="share:Q")
    return finished_chart(alt.layer(bars, ticks, said), look, height=34 * len(rows) + 10)


def targets_state(document: Doc) -> State:
    rows = document.get("targets") or []
    if not rows:
        todo = "Write `targets: {Incident: 85 % within 10 d}` into its file."
        return State("empty", "No targets are set for this stream.", todo)
    if not any(row["attained"] is not None for row in rows):
        return State("empty", "No item of the types with a target finished.", NONE_FINISHED)
    return READY


def targets_table(document: Doc) -> Table:
    """What was promised and what was kept."""
    return Table(
        ("Items", "promised", "kept by", "n"),
        tuple(
            (target_name(row), f"{share(row['share'])} within {duration(row['within_s'])}", share(row["attained"]),
             count(row["n"]))
            for row in document.get("targets") or []
        ),
    )  # fmt: skip
