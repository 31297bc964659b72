"""Charts of open items against finished ones, and of promises against what was kept."""

from __future__ import annotations

import json
from typing import Any

from valuestream.pictures.chart_parts import (
    PERCENT,
    READY,
    Look,
    Spec,
    State,
    Table,
    finished_chart,
    fixed,
)
from valuestream.pictures.chart_scatter import DAY, HEIGHT, LISTED, unit_of
from valuestream.pictures.chart_texts import NONE_FINISHED, PASSED
from valuestream.pictures.chart_words import target_name
from valuestream.pictures.duration import UNKNOWN, count, duration, share
from valuestream.pictures.markup import clean
from valuestream.pictures.theme import fit
from valuestream.pictures.words import Doc

AGED = ("within the 85 % mark", "older")


def ageing(document: Doc, look: Look) -> Spec:
    """Open items by stage and age; the ages at which finished items left each stage as ticks; late ones as diamonds."""
    import altair as alt

    found = document["ageing"]
    marks = {mark["stage"]: mark for mark in found["marks"]}
    order = list(dict.fromkeys([mark["stage"] for mark in found["marks"]] + [row["stage"] for row in found["items"]]))
    at = {stage: k for k, stage in enumerate(order)}
    unit, size = unit_of(max(row["age_s"] for row in found["items"]) / DAY)
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
    words = [word for word in AGED if any(row["aged"] == word for row in rows)]
    look_of = {AGED[0]: ("circle", look.colour("work")), AGED[1]: ("diamond", look.colour("bn"))}
    legend = alt.Legend() if any(mark["p85_s"] is not None for mark in found["marks"]) else None
    encoded: dict[str, Any] = {
        "x": _stage_axis(order),
        "y": alt.Y("age:Q", title=f"age in {unit}, elapsed"),
        "shape": alt.Shape("aged:N", title=None, legend=legend,
                           scale=alt.Scale(domain=words, range=[look_of[word][0] for word in words])),
        "color": alt.Color("aged:N", title=None, legend=legend,
                           scale=alt.Scale(domain=words, range=[look_of[word][1] for word in words])),
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
    placed: dict[str, Any] = {"align": "left", "dy": -6, "fontSize": 11}
    halo = base.mark_text(stroke=look.colour("card"), strokeWidth=4, strokeJoin="round", **placed).encode(text="mark:N")
    said = base.mark_text(color=look.colour("ink"), **placed).encode(text="mark:N")
    return finished_chart(alt.layer(points, ticks, halo, said), look, height=HEIGHT)


def _stage_axis(order: list[str]) -> Any:
    """Stages side by side at 0, 1, 2 ...: points may stand beside each other within one."""
    import altair as alt

    slant = len(order) > 6
    names = json.dumps([fit(clean(stage), 120 if slant else 150, 12) for stage in order])
    # the letters that there is room for: a name that found none would be left out
    said = f"truncate({names}[datum.value], {'20' if slant else f'max(4, floor(width / {len(order) * 7.5}))'})"
    return alt.X(
        "x:Q", title=None, scale=alt.Scale(domain=[-0.5, len(order) - 0.5], nice=False),
        axis=alt.Axis(values=list(range(len(order))), labelExpr=said, ticks=False, labelLimit=160, labelPadding=8,
                      labelOverlap=False, labelAngle=-35 if slant else 0, labelAlign="right" if slant else "center"),
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
            "attained:Q", title="share within the time promised", axis=alt.Axis(labelExpr=PERCENT),
            scale=alt.Scale(domain=[0, 1]),
        ),
        color=alt.Color("verdict:N", title=None, scale=colours),
    )  # fmt: skip
    said = base.mark_text(align="left", dx=6, color=look.colour("ink")).encode(x=fixed("x", "width"), text="said:N")
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
