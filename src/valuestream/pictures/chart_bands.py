"""Charts of items in progress: how many, in which stage, and how they flow through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from valuestream.pictures.chart_parts import (
    MARGIN,
    READY,
    Look,
    Spec,
    State,
    Table,
    apart,
    finished_chart,
    fixed,
)
from valuestream.pictures.chart_texts import NONE_FINISHED
from valuestream.pictures.chart_words import cfd_begin, where
from valuestream.pictures.duration import count, number
from valuestream.pictures.markup import clean
from valuestream.pictures.theme import fit
from valuestream.pictures.words import Doc, part

HEIGHT = 260
MOST_DAYS = 140
"""Days of the stacked bands; a longer period shows every second, third ... of them."""
BAND_NAMES = {"done": "Done", "cancelled": "Given up"}
REOPENED = {"(done)": "Reopened", "(cancelled)": "Taken up again"}
"""Short enough to stand beside a band."""


def day_axis(field: str, title: str | None = None) -> Any:
    """An axis of local days, told as UTC (see `chart_parts.local`)."""
    import altair as alt

    return alt.X(f"{field}:T", title=title, scale=alt.Scale(type="utc"),
                 axis=alt.Axis(format="%d %b %y", labelOverlap=True, tickCount=6))  # fmt: skip


def wip(document: Doc, look: Look) -> Spec:
    """Items in progress by stage at the end of each day, stacked as the map stands: the last stage lowest."""
    days, bands = document["cfd"]["days"], document["cfd"]["bands"]
    going = [band for band in bands if band["kind"] in ("stage", "reopened")]
    step = -(-len(days) // MOST_DAYS)
    chosen = range(len(days) - 1, -1, -step)[::-1]
    return _stacked([days[d] for d in chosen], [{**b, "n": [b["n"][d] for d in chosen]} for b in going], look)


def cfd(document: Doc, look: Look) -> Spec:
    """The cumulative flow: done lowest, the first stage on top, from where the bands can be read (`cfd_begin`)."""
    first = cfd_begin(document)
    bands = []
    for band in document["cfd"]["bands"]:
        base = 0 if band["kind"] in ("stage", "reopened") or not first else band["n"][first - 1]
        bands.append({**band, "n": [n - base for n in band["n"][first:]]})
    return _stacked(document["cfd"]["days"][first:], bands, look)


def _stacked(days: Sequence[str], bands: Sequence[Doc], look: Look) -> Spec:
    import altair as alt

    bands = [band for band in bands if any(band["n"])] or list(bands)
    stacked = sorted(range(len(bands)), key=lambda i: _level(bands[i], i))
    stages = [i for i in range(len(bands)) if bands[i]["kind"] == "stage"]
    palette = dict(zip(stages, look.palette(len(stages)), strict=True))
    names = {i: _band_name(bands[i]) for i in stacked}
    rows = [
        {"day": day, "band": names[i], "level": k, "items": bands[i]["n"][d]}
        for k, i in enumerate(stacked)
        for d, day in enumerate(days)
    ]
    colours = [palette.get(i, look.colour("line" if bands[i]["kind"] == "done" else "grey")) for i in stacked]
    top = max((sum(band["n"][d] for band in bands) for d in range(len(days))), default=0) * 1.02 or 1.0
    domain = [names[i] for i in stacked]
    areas = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_area(stroke=look.colour("card"), strokeWidth=0.8, opacity=1)
        .encode(
            x=day_axis("day"),
            y=alt.Y(
                "items:Q",
                stack="zero",
                title="items",
                scale=alt.Scale(domain=[0, top], nice=False),
                axis=alt.Axis(tickMinStep=1),
            ),
            order=alt.Order("level:Q"),
            color=alt.Color("band:N", legend=None, scale=alt.Scale(domain=domain, range=colours)),
            tooltip=[alt.Tooltip("band:N"), alt.Tooltip("items:Q"), alt.Tooltip("day:T", format="%Y-%m-%d")],
        )
    )
    middles, base = [], 0.0
    for i in stacked:
        middles.append(HEIGHT * (1 - (base + bands[i]["n"][-1] / 2) / top))
        base += bands[i]["n"][-1]
    labels = [
        alt.Chart(alt.InlineData(values=[{}]))
        .mark_text(align="left", baseline="middle", dx=22, fontSize=12, color=look.colour("ink"))
        .encode(
            x=fixed("x", "width"),
            y=fixed("y", y),
            text=fixed("text", f"{fit(names[i], 118, 12)} {count(bands[i]['n'][-1])}"),
        )
        for i, y in zip(stacked, apart(middles, 15.0, 6.0, HEIGHT - 6.0), strict=True)
    ]
    keys = [
        alt.Chart(alt.InlineData(values=[{}]))
        .mark_point(
            shape="square",
            size=70,
            filled=True,
            xOffset=13,
            opacity=1,
            color=colour,
            stroke=look.colour("mut"),
            strokeWidth=0.6,
        )
        .encode(x=fixed("x", "width"), y=fixed("y", y))
        for colour, y in zip(colours, apart(middles, 15.0, 6.0, HEIGHT - 6.0), strict=True)
    ]
    return finished_chart(alt.layer(areas, *keys, *labels), look, height=HEIGHT, right=MARGIN + 20)


def _level(band: Doc, i: int) -> tuple[int, int]:
    """Cancelled lowest, then done, reopened, and the stages from last to first."""
    return {"cancelled": 0, "done": 1, "reopened": 2}.get(band["kind"], 3), -i


def _band_name(band: Doc) -> str:
    if band["kind"] == "reopened":
        return REOPENED.get(band["band"], clean(band["band"]))
    return BAND_NAMES.get(band["kind"], clean(band["band"]))


def cfd_state(document: Doc) -> State:
    days = part(document, "cfd", "days") or []
    if not days:
        return State("empty", f"No item was in progress{where(document)}.", NONE_FINISHED)
    if len(days) == 1:
        return State(
            "empty", f"The period has one day only, {days[0]}: there is no course to draw.", "Widen the period."
        )
    return READY


def cfd_table(document: Doc) -> Table:
    """The bands at some twelve days."""
    days, bands = part(document, "cfd", "days") or [], part(document, "cfd", "bands") or []
    step = max(1, -(-len(days) // 12))
    chosen = sorted({*range(len(days) - 1, -1, -step)})
    return Table(
        ("End of", *(_band_name(band) for band in bands)),
        tuple((days[d], *(count(band["n"][d]) for band in bands)) for d in chosen),
    )


def load(document: Doc, look: Look) -> Spec:
    """The mean number of items in progress, day by day."""
    import altair as alt

    rows = [{"day": point["day"], "items": point["items"]} for point in document["load"]["points"]]
    per = "day" if document["load"]["step_days"] == 1 else f"{document['load']['step_days']} days"
    chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_area(color=look.colour("flow"), line={"color": look.colour("work"), "strokeWidth": 1.8})
        .encode(
            x=day_axis("day"),
            y=alt.Y("items:Q", title=f"items in progress, mean of {per}", scale=alt.Scale(zero=True)),
            tooltip=[alt.Tooltip("day:T", format="%Y-%m-%d"), alt.Tooltip("items:Q", format=".1f")],
        )
    )
    return finished_chart(chart, look, height=HEIGHT)


def load_table(document: Doc) -> Table:
    points = part(document, "load", "points") or []
    step = max(1, -(-len(points) // 24))
    chosen = sorted({*range(len(points) - 1, -1, -step)})
    return Table(("Day", "items in progress"), tuple((points[i]["day"], number(points[i]["items"])) for i in chosen))
