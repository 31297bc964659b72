"""Laws that hold for every history (design, section 4), on both kernel paths."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import CHANGES
from valuestream import sketch
from valuestream.flow.build import build
from valuestream.flow.grains import IS_CLOSED_UNMAPPED, NEVER, NONE, Items, Visits
from valuestream.log import select
from valuestream.log.order import ordered
from valuestream.sources.sketch import day

STATES = [
    "idea",
    "todo",
    "dev",
    "stuck",
    "review",
    "reviewing",
    "asking",
    "ready",
    "test",
    "packed",
    "done",
    "dropped",
    "closed",
]
PULLS = ["draft", "open", "in_review", "closed", "unheard"]
HOURS = st.integers(0, 30 * 24)


@st.composite
def happening(draw) -> tuple[int, str, str]:
    """(hour, track, event) of one item."""
    hour = draw(HOURS)
    when = f"{hour / 24 + 1:.6f}"
    kind = draw(st.sampled_from(["own", "own", "own", "pull", "interval", "block", "touch", "team"]))
    if kind == "own":
        return hour, "", f"{draw(st.sampled_from(STATES))}@{draw(st.sampled_from(['ada', 'ben', 'build-bot']))} {when}"
    if kind == "pull":
        return hour, f"/pull_request#{draw(st.integers(1, 2))}", f"{draw(st.sampled_from(PULLS))} {when}"
    if kind == "interval":
        end = draw(st.integers(hour, 31 * 24)) / 24 + 1
        return hour, "", f"{draw(st.sampled_from(['dev', 'test', 'reviewing']))}({when}..{end:.6f})@ada"
    if kind == "block":
        return hour, "", draw(st.sampled_from([f"+block vendor {when}", f"-block {when}"]))
    if kind == "touch":
        return hour, "", f"touch@{draw(st.sampled_from(['ada', 'ben']))} {when}"
    return hour, "", f"team={draw(st.sampled_from(['Blue', 'Red']))} {when}"


@st.composite
def histories(draw):
    """A log of one to four items, each a handful of anything."""
    lines = []
    for key in "ABCD"[: draw(st.integers(1, 4))]:
        events = sorted(draw(st.lists(happening(), min_size=1, max_size=9)), key=lambda event: event[0])
        lines += [f"{key}{track}: {event}" for _, track, event in events]
    return ordered(sketch("\n".join(lines)))


@contextmanager
def kernels(path: str):
    before = os.environ.get("VSM_KERNELS")
    os.environ["VSM_KERNELS"] = path
    try:
        yield
    finally:
        os.environ.pop("VSM_KERNELS") if before is None else os.environ.update(VSM_KERNELS=before)


def built(log, *, as_of=None, path="plain", stream=CHANGES) -> tuple[Visits, Items]:
    with kernels(path):
        parts = list(build(log, stream, as_of=as_of).parts())
    if not parts:
        return None
    return parts[0]


law = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


@law
@given(
    histories(),
    st.sampled_from([CHANGES, replace(CHANGES, done=(), cancelled=()), replace(CHANGES, required=("pull_request",))]),
)
def test_the_plain_kernels_are_the_oracle_of_the_compiled_ones(log, stream):
    try:
        plain = built(log, stream=stream)
    except Exception as refused:
        with pytest.raises(type(refused)):
            built(log, path="compiled", stream=stream)
        return
    compiled = built(log, path="compiled", stream=stream)
    for one, other in zip(plain, compiled, strict=True):
        for left, right in zip(one, other, strict=True):
            np.testing.assert_array_equal(left, right)


@law
@given(histories())
def test_the_modes_of_a_visit_add_up_to_its_span(log):
    visits, _ = built(log)
    closed = visits.left != NEVER
    spent = visits.queue + visits.work + visits.blocked + visits.external
    np.testing.assert_array_equal(spent[closed], (visits.left - visits.entered)[closed])
    still = ~closed
    np.testing.assert_array_equal(spent[still], (visits.open_since - visits.entered)[still])


@law
@given(histories())
def test_the_visits_of_a_finished_item_tile_committed_to_finished(log):
    visits, items = built(log)
    for n in np.flatnonzero(items.lead != NEVER):
        mine = np.flatnonzero(visits.of == items.of[n])
        assert visits.entered[mine[0]] == items.committed[n]
        assert visits.left[mine[-1]] == items.finished[n]
        np.testing.assert_array_equal(visits.entered[mine[1:]], visits.left[mine[:-1]])
        assert items.lead[n] == items.queue[n] + items.work[n] + items.blocked[n] + items.external[n]


@law
@given(histories(), st.integers(1, 29))
def test_load_integrated_over_time_is_the_sum_of_item_time(log, last_day):
    as_of = day(last_day)
    found = built(log, as_of=as_of)
    if found is None:
        return
    visits, _ = found
    left = np.where(visits.left == NEVER, as_of, visits.left)
    instants = np.unique(np.concatenate([visits.entered, left]))
    load = np.array([((visits.entered <= at) & (left > at)).sum() for at in instants[:-1]], np.int64)
    assert int((load * np.diff(instants)).sum()) == int((left - visits.entered).sum())


@law
@given(histories(), st.integers(0, 31))
def test_as_of_is_the_log_cut_at_that_instant(log, last_day):
    as_of = day(last_day)
    now, cut = built(log, as_of=as_of), built(select.by(log, as_of), as_of=None)
    assert (now is None) == (cut is None)
    if now is not None:
        for one, other in zip(now, cut, strict=True):
            for left, right in zip(one, other, strict=True):
                np.testing.assert_array_equal(left, right)


@law
@given(histories())
def test_importing_twice_changes_nothing(log):
    names = ("item", "at", "kind", "value", "field", "actor", "track", "ref", "line")
    twice = replace(log, **{name: np.repeat(getattr(log, name), 2) for name in names})
    once, again = built(log), built(ordered(twice))
    for one, other in zip(once, again, strict=True):
        for left, right in zip(one, other, strict=True):
            np.testing.assert_array_equal(left, right)


@law
@given(histories())
def test_building_each_item_alone_gives_the_same_rows(log):
    """What an incremental build rests on: no item's visits depend on another item. Teams are compared by name."""
    visits, items = built(log)
    if (items.life > 1).any():
        return  # their numbers depend on how many lives there are
    names = [*build(log, CHANGES).teams, None]
    for code in range(len(log.items)):
        part = select.rows(log, log.item == code)
        alone, alone_names = built(part)[0], [*build(part, CHANGES).teams, None]
        for name, whole, own in zip(Visits._fields, visits, alone, strict=True):
            mine = whole[visits.of == code]
            if name == "team":
                assert [names[t] for t in mine] == [alone_names[t] for t in own]
            else:
                np.testing.assert_array_equal(mine, own)


@law
@given(histories())
def test_a_returned_visit_names_an_earlier_stage_and_judged_visits_have_left(log):
    visits, items = built(log)
    sent = visits.returned == 1
    assert (visits.returned_to[sent] < visits.stage[sent]).all()
    assert (visits.returned_to[~sent] == NONE).all()
    assert (visits.left[visits.returned != NONE] != NEVER).all()
    assert items.returns.sum() == sent.sum() or (items.outcome == IS_CLOSED_UNMAPPED).any()
