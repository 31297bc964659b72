"""The demo: a log whose truth is known."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from valuestream.calendar import local_day, rfc3339, week_label, week_of
from valuestream.log.event import NONE, Kind, Log
from valuestream.people import kinds, proposed_service_accounts
from valuestream.sources.demo import demo, demo_stream, truth
from valuestream.sources.demo_truth import BOT, DEVELOPERS, LEAVES, MANAGER
from valuestream.sources.write_csv import write_csv
from valuestream.working_hours import working_us

WORK = {"In development": "Development", "In review": "Review", "In test": "Test", "In approval": "Approval"}
QUEUE = {
    "Ready": "Development",
    "Ready for review": "Review",
    "Ready for test": "Test",
    "Waiting for approval": "Approval",
    "Waiting for release": "Release",
}
LOG = demo()
TRUTH = truth()


class Row(NamedTuple):
    item: str
    at: int
    kind: Kind
    value: str | None
    field: str | None
    actor: str


def rows(log: Log = LOG) -> list[Row]:
    assert log.field is not None
    assert log.actor is not None
    names = {Kind.ASSIGN: log.people}
    return [
        Row(
            log.items[item],
            at,
            Kind(kind),
            None if value == NONE else names.get(Kind(kind), log.words)[value],
            None if field == NONE else log.fields[field],
            log.people[actor],
        )
        for item, at, kind, value, field, actor in zip(
            *(column.tolist() for column in (log.item, log.at, log.kind, log.value, log.field, log.actor)), strict=True
        )
    ]


def histories() -> dict[str, list[Row]]:
    """The states and blocks of each item, in order."""
    by_item = defaultdict(list)
    for row in rows():
        if row.kind in (Kind.STATE, Kind.BLOCK, Kind.UNBLOCK):
            by_item[row.item].append(row)
    return by_item


def path(history: list[Row]) -> list[str]:
    return [row.value or "" for row in history if row.kind == Kind.STATE]


def columns(log: Log) -> list[bytes]:
    assert log.field is not None
    assert log.actor is not None
    return [column.tobytes() for column in (log.item, log.at, log.kind, log.value, log.field, log.actor)]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others():
    from valuestream.sources import demo as module

    module._made.cache_clear()
    again = demo(seed=1)
    assert columns(again) == columns(LOG)
    assert (again.items, again.words, again.people) == (LOG.items, LOG.words, LOG.people)
    assert columns(demo(seed=2)) != columns(LOG)


def test_events_stand_in_the_order_of_their_instants_and_begin_an_item_with_its_type_and_team():
    assert (np.diff(LOG.at) >= 0).all()
    first: dict[str, list[Row]] = defaultdict(list)
    for row in rows():
        first[row.item].append(row)
    for events in first.values():
        assert [row.field for row in events[:3]] == ["type", "team", None]
        assert events[2].value == "Backlog"


def test_about_two_thousand_items_arrive_over_nine_months():
    real = TRUTH.realised
    assert TRUTH.weeks == 39
    assert real.committed == pytest.approx(2000, abs=4 * 2000**0.5)
    assert rfc3339(TRUTH.begin_us) == "2024-01-08T08:00:00Z"
    assert rfc3339(TRUTH.end_us) == "2024-10-04T15:00:00Z"
    assert LOG.at.max() == real.last_us < TRUTH.end_us


def test_the_truth_counts_what_the_log_says():
    real, paths = TRUTH.realised, [path(history) for history in histories().values()]
    ends = Counter(states[-1] for states in paths)
    assert real.created == len(paths) == len(LOG.items)
    assert real.committed == sum("Ready" in states for states in paths)
    assert real.finished == ends.pop("Released") == len(real.lead_us) == len(real.cycle_us)
    assert real.cancelled == ends.pop("Cancelled")
    assert real.open_in == ends
    assert real.blocks == sum(row.kind == Kind.BLOCK for row in rows())
    assert real.first_pass == sum(s[-1] == "Released" and s.count("In development") == 1 for s in paths)
    types = {row.item: row.value for row in rows() if row.field == "type"}
    assert real.types == Counter(types[key] for key in real.lead_us)


def test_the_truth_adds_up_the_stays_that_the_log_says():
    spent: Counter[tuple[str, str]] = Counter()
    lead = {}
    for item, history in histories().items():
        if path(history)[-1] != "Released":
            continue
        lead[item] = history[-1].at - next(row.at for row in history if row.value == "Ready")
        state, blocked = "", False
        for row, after in pairwise(history):
            state = row.value or "" if row.kind == Kind.STATE else state
            blocked = row.kind == Kind.BLOCK
            stage = WORK.get(state) or QUEUE.get(state)
            if stage:
                spent[stage, "blocked" if blocked else "work" if state in WORK else "queue"] += after.at - row.at
    real = TRUTH.realised
    assert real.lead_us == lead
    for name, facts in real.stages.items():
        known = (facts.queue_us, facts.work_us, facts.blocked_us)
        assert known == (spent[name, "queue"], spent[name, "work"], spent[name, "blocked"])
    assert sum(spent.values()) == sum(lead.values())


def test_the_truth_counts_visits_departures_and_returns_of_each_stage():
    visits: Counter[str] = Counter()
    left: Counter[str] = Counter()
    returns: Counter[str] = Counter()
    stages = WORK | QUEUE
    for history in histories().values():
        states = path(history)
        for old, new in pairwise(states):
            here, there = stages.get(old), stages.get(new)
            if there and there != here and states[-1] == "Released":
                visits[there] += 1
            if here and there != here and new != "Cancelled":
                left[here] += 1
                returns[here] += new == "In development"
    del returns["Development"]
    real = TRUTH.realised.stages
    assert {name: facts.visits for name, facts in real.items()} == visits
    assert {name: facts.left for name, facts in real.items()} == left
    assert {name: facts.returns for name, facts in real.items() if facts.returns} == +returns


def test_returns_cancellations_blocks_and_types_come_out_as_published():
    real = TRUTH.realised

    def near(k: int, n: int, p: float) -> bool:
        return abs(k - n * p) < 4 * (n * p * (1 - p)) ** 0.5

    for stage, p in TRUTH.return_probability.items():
        assert near(real.stages[stage].returns, real.stages[stage].left, p)
    assert near(real.cancelled, real.committed, TRUTH.cancel_share)
    assert near(real.blocks, real.committed, TRUTH.block_share)
    for name, share in TRUTH.type_shares.items():
        assert near(real.types[name], real.finished, share)


def test_hands_on_hours_come_out_as_published():
    real = TRUTH.realised.stages
    for stage in ("Review", "Test", "Approval"):
        service, n = TRUTH.service[stage], real[stage].visits
        mean_h = real[stage].worked_us / n / 3.6e9
        assert mean_h == pytest.approx(service.mean_h, abs=4 * service.mean_h * service.variation / n**0.5)


def test_who_reviews_tests_or_approves_works_on_nothing_else_until_it_is_done():
    # so the working hours of a stay in these states are the hands-on hours exactly
    spent: Counter[str] = Counter()
    for history in histories().values():
        states = [row for row in history if row.kind == Kind.STATE]
        if states[-1].value == "Released":
            at = working_us(np.array([row.at for row in states]), TRUTH.calendar)
            for row, stay in zip(states[:-1], np.diff(at).tolist(), strict=True):
                spent[row.value or ""] += stay
    for state in ("In review", "In test", "In approval"):
        assert spent[state] == TRUTH.realised.stages[WORK[state]].worked_us
    assert spent["In development"] > TRUTH.realised.stages["Development"].worked_us


def test_people_work_in_office_hours_only():
    moments = np.array([row.at for row in rows()])
    asleep = working_us(moments + 1_000_000, TRUTH.calendar) - working_us(moments, TRUTH.calendar)
    assert (asleep == 1_000_000).all()


def test_everything_that_waits_is_released_on_thursday_at_ten_by_the_bot():
    real = TRUTH.realised
    instants: Counter[str | None] = Counter()
    for row in rows():
        if row.field == "release":
            assert row.at == TRUTH.releases[row.value or ""]
            assert row.actor == BOT
            instants[row.value] += 1
    assert instants == real.releases
    assert sum(real.releases.values()) == real.finished
    at = np.array(list(TRUTH.releases.values()))
    days = local_day(at, "Europe/Berlin")
    assert set((days % 7).tolist()) == {0}  # 1970-01-01 was a Thursday
    assert [week_label(week).replace("-W", ".") for week in week_of(days).tolist()] == list(TRUTH.releases)
    # the clock changes on 2024-03-31: ten o'clock is 09:00 UTC before, 08:00 after
    assert rfc3339(TRUTH.releases["2024.13"]) == "2024-03-28T09:00:00Z"
    assert rfc3339(TRUTH.releases["2024.14"]) == "2024-04-04T08:00:00Z"


def test_the_map_is_worth_looking_at():
    real = TRUTH.realised
    assert 11 < real.mean_lead_s / 86_400 < 16
    assert 0.15 < real.flow_efficiency < 0.30
    waits = {name: facts.queue_us + facts.blocked_us for name, facts in real.stages.items()}
    assert max(waits, key=lambda name: waits[name]) == "Approval"
    assert real.stages["Approval"].returns == 0
    steady = [n for name, n in real.releases.items() if TRUTH.releases[name] > TRUTH.steady_from_us]
    assert 30 < np.mean(steady) < 55


def test_approvals_begin_on_their_days_and_only_for_what_was_handed_in_the_week_before():
    weeks = []
    for history in histories().values():
        at = {row.value: row.at for row in history if row.kind == Kind.STATE}
        if "In approval" in at:
            asked, begun = local_day(
                np.array([at["Waiting for approval"], at["In approval"]]), "Europe/Berlin"
            ).tolist()
            assert (begun + 3) % 7 in TRUTH.approval_days
            weeks.append((begun + 3) // 7 - (asked + 3) // 7)
    assert min(weeks) == 1


def test_in_the_fourth_month_team_red_loses_a_developer_and_its_reviews_wait():
    changed = TRUTH.changes[0].at_us
    assert rfc3339(changed) == "2024-04-08T07:00:00Z"
    assert [change.team for change in TRUTH.changes] == ["Red", "Red"]
    begun = [row.at for row in rows() if row.kind == Kind.ASSIGN and row.value == row.actor == LEAVES]
    assert begun
    assert max(begun) < changed
    waits = TRUTH.realised.review_waits
    assert waits["Red", "after"].mean_s > 5 * waits["Red", "before"].mean_s
    assert waits["Blue", "after"].mean_s < 2 * waits["Blue", "before"].mean_s


def test_nobody_reviews_their_own_work():
    developer: dict[str, str] = {}
    for row in rows():
        if row.kind == Kind.STATE and row.value == "Ready for review":
            developer[row.item] = row.actor
        if row.kind == Kind.STATE and row.value == "In review":
            assert row.actor != developer[row.item]


def test_touches_are_evidence_of_work_by_people():
    touches = [row for row in rows() if row.kind == Kind.TOUCH]
    assert {row.value for row in touches} == {"commit", "comment"}
    assert BOT not in {row.actor for row in touches}
    assert {row.item for row in touches} <= set(LOG.items)
    assert len(touches) > len(LOG.items)


def test_the_bot_is_known_by_its_name_and_no_person_is_taken_for_a_machine():
    by_name = dict(zip(LOG.people, kinds(LOG), strict=True))
    assert [name for name, kind in by_name.items() if kind != "human"] == [BOT]
    assert proposed_service_accounts(LOG) == []


def test_the_stream_claims_every_state_and_names_every_person():
    stream = demo_stream()
    claimed = {state for stage in stream.stages for state in stage.states}
    claimed |= {*stream.done, *stream.cancelled, *stream.before}
    assert claimed == {row.value for row in rows() if row.kind == Kind.STATE}
    members = {name for team in stream.teams.values() for name in team}
    assert members | {MANAGER, BOT} == set(LOG.people)
    assert {capacity.people for capacity in TRUTH.capacities if capacity.stage == "Review"} == set(DEVELOPERS.values())


@pytest.mark.parametrize(("items", "months"), [(500, 9), (4000, 9), (500, 3)])
def test_another_number_of_items_keeps_the_load(items: int, months: int):
    real = truth(3, items, months).realised
    assert real.committed == pytest.approx(items, abs=4 * items**0.5)
    assert sum(real.open_in.values()) < 0.3 * items + 100
    assert real.finished > 0.6 * items


def test_the_log_as_csv_says_each_change_of_state_with_what_was_known(tmp_path: Path):
    file = tmp_path / "demo.csv"
    written = write_csv(LOG, file)
    with file.open(encoding="utf-8", newline="") as lines:
        read = list(csv.DictReader(lines))
    states = [row for row in rows() if row.kind == Kind.STATE]
    assert [(r["item"], r["time"], r["state"], r["actor"]) for r in read] == [
        (row.item, rfc3339(row.at), row.value, row.actor) for row in states
    ]
    assert written.rows == len(states)
    released = [r for r in read if r["state"] == "Released"]
    assert Counter(r["release"] for r in released) == TRUTH.realised.releases
    assert {r["release"] for r in read if r["state"] != "Released"} == {""}
    assert all(r["assignee"] == r["actor"] for r in read if r["state"] in ("In review", "In test", "In approval"))
    assert {(r["team"], r["type"]) for r in read if r["item"] == "DEMO-1"} == {
        tuple(row.value for row in rows() if row.item == "DEMO-1" and row.field in ("team", "type"))[::-1]
    }


def test_a_csv_counts_what_its_rows_cannot_say(tmp_path: Path):
    """
    A: type=Bug 00:00:00, todo 00:00:01, touch 00:00:02
    A/pull_request#7: open 00:00:03
    A: +block 00:00:04, priority=high 00:00:05, done 00:00:06, team=Blue 00:00:07
    """
    # (kind, value, field, track), a second apart; words todo, open, done, Bug, high, Blue; fields type, priority, team
    events = [
        (Kind.SET, 3, 0, -1),
        (Kind.STATE, 0, -1, -1),
        (Kind.TOUCH, -1, -1, -1),
        (Kind.STATE, 1, -1, 0),
        (Kind.BLOCK, -1, -1, -1),
        (Kind.SET, 4, 1, -1),
        (Kind.STATE, 2, -1, -1),
        (Kind.SET, 5, 2, -1),
    ]
    kind, value, field, track = (np.array(column) for column in zip(*events, strict=True))
    log = Log(
        "t",
        np.zeros(8, np.int32),
        np.arange(8, dtype=np.int64) * 1_000_000,
        kind.astype(np.int8),
        value.astype(np.int32),
        items=["A"],
        words=["todo", "pull_request:open", "done", "Bug", "high", "Blue"],
        fields=["type", "priority", "team"],
        tracks=["pull_request#7"],
        field=field.astype(np.int16),
        track=track.astype(np.int32),
    )
    written = write_csv(log, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == (
        "item,time,state,actor,assignee,team,type,release\n"
        "A,1970-01-01T00:00:01Z,todo,,,,Bug,\n"
        "A,1970-01-01T00:00:06Z,done,,,,Bug,\n"
    )
    # unsaid: the touch, the track, the block, the priority, and the team set after the last state
    assert written == (2, 5)
