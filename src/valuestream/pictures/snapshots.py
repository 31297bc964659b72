"""Snapshots and what changed from one to another, as plain text within the columns asked for."""

from __future__ import annotations

from valuestream.pictures.cells import paragraph, table
from valuestream.pictures.duration import UNKNOWN, count, duration
from valuestream.pictures.figures import LEAST, said
from valuestream.pictures.markup import clean
from valuestream.pictures.words import Doc, period

SIGN = {"better": "◆ better", "worse": "◆ worse", "changed": "◆ changed"}
"""No arrows: they would say which way a figure went, and a longer wait is worse."""


def snapshots_text(document: Doc, width: int = 100) -> str:
    """A list of snapshots (`vsm.snapshots/1`)."""
    width = max(width, LEAST)
    if not document["snapshots"]:
        return "No snapshots yet: `vsm snapshot NAME` makes one.\n"
    rows = [
        [clean(row["name"]), clean(row["stream"]), period(row), count(row["finished"]), row["taken_at"][:10]]
        if row["readable"]
        else [clean(row["name"]), "unreadable", UNKNOWN, UNKNOWN, UNKNOWN]
        for row in document["snapshots"]
    ]
    return "\n".join(table(["Snapshot", "Stream", "Window", "Finished", "Taken"], rows, width)) + "\n"


def comparison_text(document: Doc, width: int = 100, *, whole: bool = False) -> str:
    """A comparison (`vsm.compare/1`): what is beyond its interval, or with `whole` every figure."""
    width = max(width, LEAST)
    head = [line for one, sign in ((document["a"], "A"), (document["b"], "B")) for line in _named(one, sign, width)]
    items = document["items"]
    finished = f"Finished items: {count(items['both'])} in both, {count(items['only_a'])} only in A"
    told = [*paragraph(f"{finished}, {count(items['only_b'])} only in B.", width)]
    changed = ", ".join(map(clean, document["config"]))
    told += paragraph(
        f"The stream's file changed: {changed}." if changed else "The stream's file did not change.", width
    )
    told += [line for note in document["notes"] for line in paragraph(clean(note), width)]
    blocks = [head, told, _figures(document["figures"], width, whole=whole), paragraph(document["rule"], width)]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _named(one: Doc, sign: str, width: int) -> list[str]:
    filters = ", ".join(f"{clean(k)} = {' or '.join(map(clean, v))}" for k, v in one["filters"].items())
    told = [clean(one["stream"]), _days(one["window"]), filters, f"taken {one['taken_at'][:10]}"]
    return paragraph(f"{sign}: {clean(one['name'])} · {' · '.join(filter(None, told))}", width)


def _days(window: Doc) -> str:
    return f"{window['since'][:10]} until {window['until'][:10]}"


def _figures(rows: list[Doc], width: int, *, whole: bool) -> list[str]:
    shown = [row for row in rows if whole or row["beyond"]]
    judged = [row for row in rows if row["beyond"] is not None]
    told = f"{count(sum(row['beyond'] for row in judged))} of {count(len(judged))} figures differ by more than chance"
    told += " would make." if whole or not shown else " would make; `--all` shows the others."
    if not shown:
        return paragraph(told, width)
    heads = ["Figure", "A", "B", "Difference", "n", "95 %", ""]
    lines = table(heads, [_row(row) for row in shown], width, 20)
    return [*paragraph(told, width), *lines]


def _row(row: Doc) -> list[str]:
    unit = row["unit"]
    name = f"{row['metric']}, {clean(row['stage'])}" if row["stage"] else row["metric"]
    limits = row["interval"]
    n = [count(row[side]["n"]) if row[side] else UNKNOWN for side in "ab"]
    return [
        name,
        *(said(row[side]["value"], unit) if row[side] else UNKNOWN for side in "ab"),
        signed(row["difference"], unit),
        "/".join(n),
        UNKNOWN if limits is None else f"{signed(limits['low'], unit)} to {signed(limits['high'], unit)}",
        SIGN[row["verdict"]] if row["verdict"] else clean(row["why"] or "within"),
    ]


def signed(value: float | None, unit: str) -> str:
    """A difference with its sign; shares in points."""
    if value is None:
        return UNKNOWN
    if unit == "share":
        return "0 pt" if abs(value) < 0.0005 else f"{100 * value:+.1f} pt"
    if unit == "seconds":
        return "0 s" if not value else f"{'+' if value > 0 else '-'}{duration(abs(value))}"
    if abs(value) < 0.005:
        return "0"
    return f"{value:+.2f}".rstrip("0").rstrip(".") if abs(value) < 100 else f"{value:+,.0f}"
