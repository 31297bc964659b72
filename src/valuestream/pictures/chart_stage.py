"""Charts of one stage: trend, distribution, slowest visits, moves in and out."""

from __future__ import annotations

from typing import Any

from valuestream.pictures.chart_bands import HEIGHT, day_axis
from valuestream.pictures.chart_parts import READY, Look, Spec, State, Table, day_text, finished_chart
from valuestream.pictures.chart_texts import NONE_FINISHED
from valuestream.pictures.chart_words import where
from valuestream.pictures.duration import UNKNOWN, count, duration, share
from valuestream.pictures.markup import clean
from valuestream.pictures.theme import fit
from valuestream.pictures.words import Doc

HOUR, DAY = 3_600.0, 86_400.0
WAYS = {
    "forward": "on", "skip": "on, over a stage", "back": "back", "done": "done", "cancelled": "given up",
    "open": "still here",
}  # fmt: skip
ENDS = {"(start)": "the start", "(end)": "the end", "(done)": "done", "(cancelled)": "given up"}


def trend(document: Doc, look: Look) -> Spec:
    """Mean wait and mean active time of the visits that left in each week; hollow where the period cuts the week."""
    import altair as alt

    words = _known(document)
    dashes, shapes = [[6, 3], [1, 0]][: len(words)], ["square", "circle"][: len(words)]
    weeks = [week for week in document["weeks"] if week["n"]]
    most = max([week[key] or 0.0 for week in weeks for key in ("wait_s", "active_s")] or [0.0])
    unit, size = ("days", DAY) if most >= 2 * DAY else ("hours", HOUR) if most >= 2 * HOUR else ("minutes", 60.0)
    rows = [
        {
            "week": week["begin"],
            "name": week["week"],
            "what": what,
            "time": week[key] / size,
            "said": duration(week[key]),
            "n": n,
        }
        for week in weeks
        for what, key, n in (("wait", "wait_s", week["n"]), ("active", "active_s", week["active_n"]))
        if week[key] is not None
    ]
    chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(strokeWidth=2, point={"size": 36, "filled": True})
        .encode(
            x=day_axis("week"),
            y=alt.Y("time:Q", title=f"{unit} a visit, mean, elapsed", scale=alt.Scale(zero=True)),
            color=_two_colours(words, look),
            strokeDash=alt.StrokeDash("what:N", title=None, scale=alt.Scale(domain=words, range=dashes)),
            shape=alt.Shape("what:N", title=None, scale=alt.Scale(domain=words, range=shapes)),
            tooltip=[alt.Tooltip("name:N", title="week"), alt.Tooltip("what:N", title=""),
                     alt.Tooltip("said:N", title="mean"), alt.Tooltip("n:Q", title="visits")],
        )
    )  # fmt: skip
    return finished_chart(chart, look, height=HEIGHT)


def _known(document: Doc) -> list[str]:
    """Wait, and active time where any is known: others' work is not."""
    return ["wait", "active"] if any(row["active"] for row in document.get("distribution") or []) else ["wait"]


def _two_colours(words: list[str], look: Look) -> Any:
    """Waiting and working."""
    import altair as alt

    return alt.Color(
        "what:N",
        title=None,
        scale=alt.Scale(domain=words, range=[look.colour("wait"), look.colour("work")][: len(words)]),
        legend=alt.Legend(symbolStrokeWidth=0),
    )


def visits_state(document: Doc) -> State:
    if not visits(document):
        return State("empty", f"No visit to {clean(document['stage'])} ended{where(document)}.", NONE_FINISHED)
    return READY


def visits(document: Doc) -> int:
    return sum(week["n"] for week in document.get("weeks") or [])


def trend_table(document: Doc) -> Table:
    return Table(
        ("Week", "visits left", "wait, mean", "wait, median", "wait, 85 % within", "active, mean", "complete"),
        tuple(
            (week["week"], count(week["n"]), *map(duration, (week["wait_s"], week["wait_p50_s"], week["wait_p85_s"],
             week["active_s"])), "yes" if week["complete"] else "cut by the period")
            for week in document.get("weeks") or []
        ),
    )  # fmt: skip


def distribution(document: Doc, look: Look) -> Spec:
    """Visits by classes of time: two bars a class."""
    import altair as alt

    words = _known(document)
    kept = _classes(document)
    rows = [{"class": name, "what": what, "visits": row[what]} for name, row in kept for what in words]
    chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar()
        .encode(
            x=alt.X("class:O", sort=[name for name, _ in kept], title=None, axis=alt.Axis(labelAngle=-40)),
            xOffset=alt.XOffset("what:N", sort=words),
            y=alt.Y("visits:Q", title="visits", axis=alt.Axis(tickMinStep=1)),
            color=_two_colours(words, look),
            tooltip=[alt.Tooltip("class:N", title="time"), alt.Tooltip("what:N", title=""), alt.Tooltip("visits:Q")],
        )
    )
    return finished_chart(chart, look, height=HEIGHT)


def _classes(document: Doc) -> list[tuple[str, Doc]]:
    """The classes with their names, from the first to the last that holds a visit."""
    rows = document.get("distribution") or []
    used = [i for i, row in enumerate(rows) if row["wait"] or row["active"]]
    return [(_class(row), row) for row in rows[: max(used, default=-1) + 1]]


def _class(row: Doc) -> str:
    if row["to_s"] is None:
        return f"≥ {_short(row['from_s'])}"
    return f"< {_short(row['to_s'])}"


def _short(seconds: float) -> str:
    """`15 min`, `4 h`, `2 d`: edges are whole."""
    for size, unit in ((DAY, "d"), (HOUR, "h"), (60.0, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def distribution_table(document: Doc) -> Table:
    return Table(
        ("Time", "visits by wait", "visits by active time"),
        tuple((name, count(row["wait"]), count(row["active"])) for name, row in _classes(document)),
    )


def slowest_table(document: Doc) -> Table:
    rows, zone = document.get("slowest") or [], document.get("zone")
    return Table(
        ("Item", "stayed", "waited", "active", "visit", "entered", "left"),
        tuple(
            (clean(row["item"]), duration(row["span_s"]), duration(row["wait_s"]), duration(row["active_s"]),
             count(row["nth"]),
             day_text(row["entered"], zone), day_text(row["left"], zone))
            for row in rows
        ),
        tuple(f"item/{row['item']}" for row in rows),
    )  # fmt: skip


def here_table(document: Doc) -> Table:
    rows, zone = (document.get("here") or {}).get("items") or [], document.get("zone")
    return Table(
        ("Item", "here for", "visit", "entered"),
        tuple(
            (clean(row["item"]), duration(row["in_stage_s"]), count(row["nth"]), day_text(row["entered"], zone))
            for row in rows
        ),
        tuple(f"item/{row['item']}" for row in rows),
    )


def here_state(document: Doc) -> State:
    if not (document.get("here") or {}).get("n"):
        return State("empty", "Nothing is in this stage at the end of the period.", "Move the end of the period.")
    return READY


def moves(document: Doc, look: Look) -> Spec:
    """Where visits came from and where they went, on one scale; returns and given-up ones named."""
    import altair as alt

    words = ["came from", "went on to", "went back to", "ended as"]
    colours = [look.colour("work"), look.colour("flow"), look.colour("rw"), look.colour("mut")]
    rows = [
        {
            "what": "came from",
            "name": fit(f"from {ENDS.get(row['stage'], clean(row['stage']))}", 200, 12),
            "visits": row["n"],
        }
        for row in document["came_from"]
    ]
    for row in document["went_to"]:
        what = {"back": words[2], "done": words[3], "cancelled": words[3]}.get(row["way"], words[1])
        name = ENDS.get(row["stage"], clean(row["stage"]))
        rows.append(
            {
                "what": what,
                "name": fit(f"{'back ' if row['way'] == 'back' else ''}to {name}", 200, 12),
                "visits": row["n"],
            }
        )
    names = list(dict.fromkeys(row["name"] for row in rows))
    shown = [k for k, word in enumerate(words) if any(row["what"] == word for row in rows)]
    words, colours = [words[k] for k in shown], [colours[k] for k in shown]
    room = alt.Scale(domainMax=1.25 * max(row["visits"] for row in rows), nice=False)  # for the number behind the bar
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("name:N", sort=names, title=None, axis=alt.Axis(labelLimit=210))
    )
    bars = base.mark_bar(height=15, stroke=look.colour("mut"), strokeWidth=0.6).encode(
        x=alt.X("visits:Q", title="visits", scale=room, axis=alt.Axis(tickMinStep=1)),
        color=alt.Color(
            "what:N", title=None, scale=alt.Scale(domain=words, range=colours), legend=alt.Legend(columns=2)
        ),
        tooltip=[alt.Tooltip("what:N", title=""), alt.Tooltip("name:N", title=""), alt.Tooltip("visits:Q")],
    )
    said = base.mark_text(align="left", dx=4, color=look.colour("ink")).encode(
        x="visits:Q", text=alt.Text("visits:Q", format=",")
    )
    return finished_chart(alt.layer(bars, said), look, height=26 * len(names) + 10, right=30)


def moves_state(document: Doc) -> State:
    if not document.get("came_from") and not document.get("went_to"):
        return State("empty", f"Nothing entered or left{where(document)}.", NONE_FINISHED)
    return READY


def moves_table(document: Doc) -> Table:
    gone = sum(row["n"] for row in document.get("went_to") or [])
    rows = [
        (
            "from " + ENDS.get(row["stage"], clean(row["stage"])),
            count(row["n"]),
            UNKNOWN,
            duration(row["wait_before_s"]),
        )
        for row in document.get("came_from") or []
    ]
    rows += [
        (
            f"to {ENDS.get(row['stage'], clean(row['stage']))} ({WAYS[row['way']]})",
            count(row["n"]),
            share(row["n"] / gone),
            UNKNOWN,
        )
        for row in document.get("went_to") or []
    ]
    return Table(("Move", "visits", "share of departures", "wait before work, mean"), tuple(rows))
