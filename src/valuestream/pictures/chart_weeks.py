"""Charts of weeks: what is finished and arrives, how much of the time is work, and of what kind it is."""

from __future__ import annotations

from statistics import fmean
from typing import Any

from valuestream.pictures.chart_bands import HEIGHT, day_axis
from valuestream.pictures.chart_parts import (
    ENOUGH,
    PERCENT,
    READY,
    Look,
    Spec,
    State,
    Table,
    finished_chart,
    fixed,
    shares,
)
from valuestream.pictures.chart_texts import NO_WORK, NONE_FINISHED
from valuestream.pictures.chart_words import nothing_finished, where
from valuestream.pictures.duration import count, number, share
from valuestream.pictures.markup import clean
from valuestream.pictures.theme import fit
from valuestream.pictures.words import Doc, provenance


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
            y=alt.Y("finished:Q", title="items finished", axis=alt.Axis(tickMinStep=1)),
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
        .encode(y="mean:Q", x=fixed("x", "width"), text="said:N")
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
            x=day_axis("week"),
            y=alt.Y("items:Q", title="items a week", scale=alt.Scale(zero=True), axis=alt.Axis(tickMinStep=1)),
            color=alt.Color(
                "what:N",
                title=None,
                scale=alt.Scale(domain=words, range=[look.colour("wait"), look.colour("work")]),
                legend=alt.Legend(symbolStrokeWidth=0),
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
        x=day_axis("week"),
        y=alt.Y(
            "share:Q", title=f"flow efficiency ({basis})", axis=alt.Axis(labelExpr=PERCENT), scale=alt.Scale(zero=True)
        ),
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
            y=alt.Y("items:Q", title="items finished", axis=alt.Axis(tickMinStep=1)),
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
