"""Charts of the stream over time: bands, weeks, load, arrivals and departures, efficiency, kinds."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import Any

from valuestream.pictures.chart_parts import (
    ENOUGH,
    MARGIN,
    READY,
    Look,
    Spec,
    State,
    Table,
    apart,
    finished_chart,
    shares,
)
from valuestream.pictures.chart_words import NO_WORK, NONE_FINISHED, cfd_begin, nothing_finished, where
from valuestream.pictures.duration import count, number, share
from valuestream.pictures.markup import clean
from valuestream.pictures.theme import fit
from valuestream.pictures.words import REOPENED, Doc, part, provenance

HEIGHT = 260
MOST_DAYS = 140
"""Days of the stacked bands; a longer period shows every second, third ... of them."""
BAND_NAMES = {"done": "Done", "cancelled": "Given up"}


def _time(field: str, title: str | None = None) -> Any:
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
            x=_time("day"),
            y=alt.Y("items:Q", stack="zero", title="items", scale=alt.Scale(domain=[0, top], nice=False)),
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
            x=alt.value("width"), y=alt.value(y), text=alt.value(f"{fit(names[i], 118, 12)} {count(bands[i]['n'][-1])}")
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
        .encode(x=alt.value("width"), y=alt.value(y))
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


def throughput(document: Doc, look: Look) -> Spec:
    """Bars a week; weeks that the period cuts are outlined; the mean of the complete ones is a line."""
    import altair as alt

    rows = [
        {
            "week": week["begin"], "finished": week["finished"], "name": week["week"],
            "kind": "complete week" if week["complete"] else "week cut by the period",
        }
        for week in document["weeks"]
    ]  # fmt: skip
    data = alt.InlineData(values=rows)
    x = alt.X("week:O", title="week beginning", axis=_week_axis(rows), scale=alt.Scale(paddingInner=0.15))
    words = ["complete week", "week cut by the period"]
    bars = (
        alt.Chart(data)
        .mark_bar(strokeWidth=1.5)
        .encode(
            x=x,
            y=alt.Y("finished:Q", title="items finished"),
            fill=alt.Fill(
                "kind:N", title=None, scale=alt.Scale(domain=words, range=[look.colour("work"), "transparent"])
            ),
            stroke=alt.Stroke("kind:N", title=None, scale=alt.Scale(domain=words, range=[look.colour("work")] * 2)),
            strokeDash=alt.StrokeDash("kind:N", title=None, scale=alt.Scale(domain=words, range=[[1, 0], [3, 2]])),
            tooltip=[alt.Tooltip("name:N", title="week"), alt.Tooltip("finished:Q"), alt.Tooltip("kind:N", title="")],
        )
    )
    complete = [week["finished"] for week in document["weeks"] if week["complete"]]
    if not complete:
        return finished_chart(bars, look, height=HEIGHT)
    mean = [{"mean": fmean(complete), "said": f"mean {number(fmean(complete))}"}]
    rule = (
        alt.Chart(alt.InlineData(values=mean)).mark_rule(strokeDash=[6, 4], color=look.colour("ink")).encode(y="mean:Q")
    )
    said = (
        alt.Chart(alt.InlineData(values=mean))
        .mark_text(align="left", dx=6, color=look.colour("ink"))
        .encode(y="mean:Q", x=alt.value("width"), text="said:N")
    )
    return finished_chart(alt.layer(bars, rule, said), look, height=HEIGHT, right=74)


def _week_axis(rows: list[dict[str, Any]]) -> Any:
    """At most some six weeks are named."""
    import altair as alt

    weeks = [row["week"] for row in rows]
    step = max(1, -(-len(weeks) // 6))
    said = "utcFormat(toDate(datum.value), '%d %b %y')"
    return alt.Axis(values=weeks[::step], labelAngle=0, labelOverlap=True, labelExpr=said)


def weeks_state(document: Doc) -> State:
    weeks = document.get("weeks") or []
    if not any(week["finished"] or week["arrived"] or week["cancelled"] for week in weeks):
        return State("empty", f"Nothing arrived and nothing was finished{where(document)}.", NONE_FINISHED)
    if not any(week["complete"] for week in weeks):
        return State(
            "too_little", "No week lies wholly in the period, so there is no weekly rate.", "Widen the period."
        )
    return READY


def throughput_table(document: Doc) -> Table:
    return Table(
        ("Week", "finished", "arrived", "given up", "complete"),
        tuple(
            (week["week"], count(week["finished"]), count(week["arrived"]), count(week["cancelled"]),
             "yes" if week["complete"] else "cut by the period")
            for week in document.get("weeks") or []
        ),
    )  # fmt: skip


def load(document: Doc, look: Look) -> Spec:
    """The mean number of items in progress, day by day."""
    import altair as alt

    rows = [{"day": point["day"], "items": point["items"]} for point in document["load"]["points"]]
    per = "day" if document["load"]["step_days"] == 1 else f"{document['load']['step_days']} days"
    chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_area(color=look.colour("flow"), line={"color": look.colour("work"), "strokeWidth": 1.8})
        .encode(
            x=_time("day"),
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


def arrivals(document: Doc, look: Look) -> Spec:
    """Arrivals and departures a week: a solid line with dots against a dashed one with squares."""
    import altair as alt

    words = ["arrived", "left (finished or given up)"]
    rows = [
        {"week": week["begin"], "name": week["week"], "items": n, "what": what}
        for week in document["weeks"]
        if week["complete"]
        for what, n in zip(words, (week["arrived"], week["finished"] + week["cancelled"]), strict=True)
    ]
    lines = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(strokeWidth=2, point={"size": 36, "filled": True})
        .encode(
            x=_time("week"),
            y=alt.Y("items:Q", title="items a week", scale=alt.Scale(zero=True)),
            color=alt.Color(
                "what:N", title=None, scale=alt.Scale(domain=words, range=[look.colour("wait"), look.colour("work")])
            ),
            strokeDash=alt.StrokeDash("what:N", title=None, scale=alt.Scale(domain=words, range=[[1, 0], [6, 3]])),
            shape=alt.Shape("what:N", title=None, scale=alt.Scale(domain=words, range=["circle", "square"])),
            tooltip=[alt.Tooltip("name:N", title="week"), alt.Tooltip("what:N", title=""), alt.Tooltip("items:Q")],
        )
    )
    return finished_chart(lines, look, height=HEIGHT)


def arrivals_state(document: Doc) -> State:
    found = weeks_state(document)
    return State("empty", found.why, found.todo) if found.condition == "too_little" else found


def efficiency(document: Doc, look: Look) -> Spec:
    """Flow efficiency of each week's finished items; hollow where they are fewer than ten."""
    import altair as alt

    basis = provenance(document.get("provenance"))
    words = [f"{ENOUGH} items or more", f"fewer than {ENOUGH}"]
    rows = [
        {
            "week": week["begin"], "name": week["week"], "share": week["flow_efficiency"]["value"],
            "n": week["flow_efficiency"]["n"], "many": words[week["flow_efficiency"]["n"] < ENOUGH],
        }
        for week in document["weeks"]
        if week["flow_efficiency"]["value"] is not None
    ]  # fmt: skip
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=_time("week"),
        y=alt.Y("share:Q", title=f"flow efficiency ({basis})", axis=alt.Axis(format="%"), scale=alt.Scale(zero=True)),
    )
    line = base.mark_line(color=look.colour("work"), strokeWidth=1.6)
    dots = base.mark_point(size=44, filled=True, strokeWidth=1.6, stroke=look.colour("work"), opacity=1).encode(
        fill=alt.Fill("many:N", title=None,
                      scale=alt.Scale(domain=words, range=[look.colour("work"), look.colour("card")])),
        tooltip=[
            alt.Tooltip("name:N", title="week"), alt.Tooltip("share:Q", format=".0%", title="flow efficiency"),
            alt.Tooltip("n:Q", title="items"),
        ],
    )  # fmt: skip
    return finished_chart(alt.layer(line, dots), look, height=HEIGHT)


def efficiency_state(document: Doc) -> State:
    weeks = document.get("weeks") or []
    if any(week["flow_efficiency"]["n"] for week in weeks):
        return READY
    if any(week["finished"] for week in weeks):
        return State("not_measurable", "Active time unknown: no finished item was seen in a work state.", NO_WORK)
    return State("empty", f"{nothing_finished(document)}.", NONE_FINISHED)


def efficiency_table(document: Doc) -> Table:
    return Table(
        ("Week", "flow efficiency", "items"),
        tuple(
            (week["week"], share(week["flow_efficiency"]["value"]), count(week["flow_efficiency"]["n"]))
            for week in document.get("weeks") or []
        ),
    )


def distribution(document: Doc, look: Look) -> Spec:
    """Items finished each week by kind, stacked; the legend names each with its share."""
    import altair as alt

    totals = _kinds(document)
    kept = [name for name in totals if name != "other kinds"]
    n = sum(totals.values())
    words = {name: f"{fit(name, 170, 12)} {share(k / n)}" for name, k in totals.items()}
    rows = []
    for week in document["weeks"]:
        told: dict[str, int] = {}
        for kind, k in week["kinds"].items():
            name = clean(kind) if clean(kind) in kept else "other kinds"
            told[name] = told.get(name, 0) + k
        rows += [
            {
                "week": week["begin"],
                "name": week["week"],
                "items": k,
                "kind": words[name],
                "level": list(totals).index(name),
            }
            for name, k in told.items()
        ]
    every = [{"week": week["begin"]} for week in document["weeks"]]
    chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar(stroke=look.colour("card"), strokeWidth=1)
        .encode(
            x=alt.X(
                "week:O",
                title="week beginning",
                axis=_week_axis(every),
                scale=alt.Scale(domain=[e["week"] for e in every]),
            ),
            y=alt.Y("items:Q", title="items finished"),
            order=alt.Order("level:Q"),
            color=alt.Color(
                "kind:N", title=None, scale=alt.Scale(domain=list(words.values()), range=look.palette(len(words)))
            ),
            tooltip=[alt.Tooltip("name:N", title="week"), alt.Tooltip("kind:N"), alt.Tooltip("items:Q")],
        )
    )
    return finished_chart(chart, look, height=HEIGHT)


def _kinds(document: Doc) -> dict[str, int]:
    totals: dict[str, int] = {}
    for week in document.get("weeks") or []:
        for kind, n in week["kinds"].items():
            totals[clean(kind)] = totals.get(clean(kind), 0) + n
    return shares(totals)


def distribution_state(document: Doc) -> State:
    kinds = _kinds(document)
    if list(kinds) == ["unknown"]:
        return State("not_measurable", "The log does not say of what type items are.", "Read a column as `type`.")
    return READY if kinds else State("empty", f"{nothing_finished(document)}.", NONE_FINISHED)


def distribution_table(document: Doc) -> Table:
    totals = _kinds(document)
    n = sum(totals.values())
    return Table(("Kind", "items finished", "share"), tuple((k, count(v), share(v / n)) for k, v in totals.items()))
