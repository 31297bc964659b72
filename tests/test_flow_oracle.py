"""The kernels against a second implementation from the text of the design, over random histories."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import flow_oracle
from conftest import CHANGES
from valuestream import Stage, Stream, sketch
from valuestream.flow.build import build
from valuestream.flow.grains import NEVER, NONE, OUTCOMES, WAYS
from valuestream.log.event import Kind
from valuestream.log.order import ordered
from valuestream.sources.sketch import parse

PAUSES_S = st.sampled_from([0, 10, 30, 60, 120, 299, 300, 301])
VISIT = (
    *("stage", "nth", "entered", "left", "queue", "work", "blocked", "external", "parallel", "way", "returned"),
    *("returned_to", "rework", "requeues", "people", "transfers", "team"),
)
ITEM = (
    *("requested", "committed", "started", "finished", "outcome", "lead", "returns", "reopened", "first_pass", "life"),
)
MODES = ("queue", "work", "external", "blocked")

WIDE = replace(
    CHANGES,
    name="an external stage before others, teams, pull requests in every stage",
    stages=(
        Stage("Dev", queue=("todo",), work=("dev", "pull_request:draft"), blocked=("stuck",), team="Blue"),
        Stage("Ask", external=("asking", "pull_request:outside")),
        Stage(
            "Review",
            queue=("review", "pull_request:open"),
            work=("reviewing", "pull_request:in_review"),
            blocked=("pull_request:jam",),
        ),
        Stage("Test", queue=("ready",), work=("test", "pull_request:testing"), external=("away",)),
        Stage("Release", queue=("packed",), work=("releasing", "pull_request:shipping"), team="Red"),
    ),
    teams={"Blue": ("ada",), "Red": ("ben",)},
)
STREAMS = {
    "normal": CHANGES,
    "wide": WIDE,
    "wide without teams": replace(WIDE, stages=tuple(replace(s, team=None) for s in WIDE.stages), teams={}),
    "required": replace(WIDE, required=("pull_request",)),
    "no done": replace(WIDE, done=(), ignore=("closed", "done")),
}
OWN = [
    *("idea", "todo", "dev", "stuck", "review", "reviewing", "asking", "ready", "test", "packed", "releasing"),
    *("done", "done", "dropped", "closed"),
]
PULLS = ["draft", "open", "in_review", "closed", "unheard", "outside", "jam", "testing", "shipping"]
DAYS = st.one_of(st.integers(1, 6), st.integers(1, 30))


@st.composite
def happening(draw, kinds: list[str]) -> tuple[int, str]:
    """(day, line of a sketch)."""
    day = draw(DAYS)
    kind = draw(st.sampled_from(kinds))
    end = draw(st.one_of(st.integers(day, day + 3), st.integers(day, 31), st.just("")))
    people = st.sampled_from(["", "", "@ada", "@ben", "@build-bot"])
    by = draw(st.sampled_from(["", "", " by bob", " by ada", " by ci-bot"]))
    if kind == "own":
        return day, f"A: {draw(st.sampled_from(OWN))}{draw(people)} {day}{by}"
    if kind == "change":
        return day, f"A: {draw(st.sampled_from(OWN))} {day}{by}"
    if kind == "pull":
        return day, f"A/pull_request#{draw(st.integers(1, 2))}: {draw(st.sampled_from(PULLS))} {day}{by}"
    if kind == "interval":
        word = draw(st.sampled_from(["dev", "test", "reviewing", "todo", "asking", "done", "dropped", "idea"]))
        return day, f"A: {word}({day}..{end}){draw(st.sampled_from(['', '@ada', '@eve']))}"
    if kind == "pull interval":
        word, who = draw(st.sampled_from(PULLS)), draw(st.sampled_from(["", "@ada"]))
        return day, f"A/pull_request#{draw(st.integers(1, 2))}: {word}({day}..{end}){who}"
    if kind == "block":
        return day, f"A: {draw(st.sampled_from(['+block vendor', '-block']))} {day}"
    if kind == "touch":
        return day, f"A: touch@{draw(st.sampled_from(['ada', 'ben', 'build-bot']))} {day}"
    return day, f"A: team={draw(st.sampled_from(['Blue', 'Red']))} {day}"


@st.composite
def histories(draw) -> str:
    """The sketch of one item, ties in the order drawn."""
    kinds = draw(
        st.sampled_from(
            [
                ["own"],
                ["change", "pull"],
                ["interval"],
                ["interval", "pull", "block"],
                ["own", "own", "pull", "pull", "team"],
                ["own", "own", "interval"],
                ["change", "team", "touch"],
                ["pull", "pull interval", "interval", "touch"],
                ["own", "pull", "interval", "pull interval", "block", "touch", "team"],
            ]
        )
    )
    events = draw(st.lists(happening(kinds), min_size=1, max_size=9))
    return "\n".join(line for _, line in sorted(events, key=lambda event: event[0]))


def built(text: str, stream: Stream) -> tuple[list[dict], list[dict]]:
    """Visits and items of the kernels as dicts; the stretch not yet over is closed at the item's last event."""
    flow = build(ordered(sketch(text)), stream)
    heard = [e.at for e in parse(text) if e.item == "A" and not (e.kind is Kind.STATE and e.value in stream.ignore)]
    last = max(heard, default=None)
    visits, items = [], []
    for part in flow.parts():
        for n in range(len(part[0].of)):
            row = {name: int(getattr(part[0], name)[n]) for name in (*VISIT, "of")}
            since, mode = int(part[0].open_since[n]), int(part[0].open_mode[n])
            if mode != NONE:
                row[MODES[mode]] += last - since
            if hidden := int(part[0].open_hidden[n]):
                row["parallel"] += hidden * (last - since)
            row["team"] = None if row["team"] == NONE else flow.teams[row["team"]]
            visits.append(in_words(row, flow.key(row.pop("of"))))
        for n in range(len(part[1].of)):
            row = {name: int(getattr(part[1], name)[n]) for name in (*ITEM, "of")}
            items.append(in_words(row, flow.key(row.pop("of"))))
    return visits, items


def in_words(row: dict, key: str) -> dict:
    told = {name: None if value == NEVER else value for name, value in row.items()}
    for name in ("returned", "returned_to", "people", "first_pass"):
        if told.get(name) == NONE:
            told[name] = None
    if "way" in told:
        told["way"] = WAYS[told["way"]]
    if "outcome" in told:
        told["outcome"] = OUTCOMES[told["outcome"]]
    return {"key": key, **told}


def expected(text: str, stream: Stream) -> tuple[list[dict], list[dict]]:
    """The same from the oracle."""
    visits, items = flow_oracle.flow(text, stream)
    return [named(v, VISIT) for v in visits], [named(i, ITEM) for i in items]


def named(row: dict, columns: tuple[str, ...]) -> dict:
    key = row["key"] if row["life"] == 1 else f"{row['key']}#{row['life']}"
    return {"key": key, **{name: row[name] for name in columns}}


@settings(
    max_examples=int(os.environ.get("VSM_ORACLE_EXAMPLES", "150")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(text=histories(), stream=st.sampled_from(list(STREAMS.values())))
@pytest.mark.parametrize("path", ["plain", "compiled"])
def test_the_kernels_say_what_the_design_says(path, text, stream):
    before = os.environ.get("VSM_KERNELS")
    os.environ["VSM_KERNELS"] = path
    try:
        visits, items = built(text, stream)
    finally:
        os.environ.pop("VSM_KERNELS") if before is None else os.environ.update(VSM_KERNELS=before)
    own_visits, own_items = expected(text, stream)
    assert sorted(visits, key=by_key) == sorted(own_visits, key=by_key)
    assert sorted(items, key=by_key) == sorted(own_items, key=by_key)


def by_key(row: dict) -> str:
    return row["key"]


@st.composite
def departures(draw) -> str:
    """A few items moved within minutes, with and without a release."""
    lines = []
    for key in "ABCDEF"[: draw(st.integers(2, 6))]:
        second = 60 * draw(st.integers(0, 5))
        for _ in range(draw(st.integers(2, 5))):
            at = f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
            if draw(st.integers(0, 3)) == 0:
                lines.append(f"{key}: release={draw(st.sampled_from(['r1', 'r2']))} {at}")
            state = draw(st.sampled_from(["todo", "dev", "review", "reviewing", "test", "packed", "done", "asking"]))
            by = draw(st.sampled_from([" by ada", " by ada", " by bob", "", " by ci-bot"]))
            lines.append(f"{key}: {state} {at}{by}")
            second += draw(PAUSES_S)
    return "\n".join(lines)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=departures())
def test_visits_leave_in_the_batches_the_design_says(text):
    flow = build(ordered(sketch(text)), CHANGES)
    rows = [
        {"row": n, "item": v.of[n], "left": v.left[n], "stage": v.stage[n], "went_to": v.went_to[n]}
        | {name: None if (code := getattr(v, name)[n]) == NONE else code for name in ("left_by", "release")}
        for v, _ in flow.parts()
        for n in range(len(v.of))
    ]
    left = [row for row in rows if row["left"] != NEVER]
    found = flow_oracle.batches(left)
    own = {left[n]["row"]: ({left[m]["row"] for m in group}, bulk) for n, (group, bulk) in found.items()}
    together: dict[int, set[int]] = {}
    bulk = set()
    for part in flow.batches():
        for n in range(len(part.visit)):
            together.setdefault(int(part.batch[n]), set()).add(int(part.visit[n]))
            if part.bulk[n]:
                bulk.add(int(part.visit[n]))
    assert {row: group for group in together.values() for row in group} == {
        row: group for row, (group, _) in own.items()
    }
    assert bulk == {row for row, (_, is_bulk) in own.items() if is_bulk}
