"""What Jira's issues say: saved replies in, events out. And how Jira is asked."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime

import pytest

from conftest import SHARED
from valuestream.log.event import Kind
from valuestream.log.record import Reply
from valuestream.sources import jira
from valuestream.sources.connector import total
from valuestream.sources.jira_complete import is_short
from valuestream.sources.jira_fields import custom_fields
from valuestream.sources.jira_issues import translation
from valuestream.sources.mark import Span

STATUSES = [{"id": "1", "name": "To Do"}, {"id": "3", "name": "Doing"}, {"id": "5", "name": "Done"}]
ADA = {"accountId": "a1", "displayName": "Ada", "accountType": "atlassian"}
BOT = {"accountId": "b1", "displayName": "Automation for Jira", "accountType": "app"}


def change(number: int, day: int, *items: tuple, author=ADA) -> dict:
    """A history: (field, from, fromString, to, toString)."""
    names = ("field", "from", "fromString", "to", "toString")
    told = [dict(zip(names, item, strict=True)) for item in items]
    return {"id": str(number), "author": author, "created": f"2026-03-{day:02d}T10:00:00.000+0100", "items": told}


def move(number: int, day: int, old: str, new: str, author=ADA) -> dict:
    """A history with one change of status; "3 Doing" is an id and what the status was called then."""
    return change(number, day, ("status", *old.split(" ", 1), *new.split(" ", 1)), author=author)


def issue(*histories: dict, status: str = "5", **fields) -> dict:
    said = {"status": {"id": status, "name": "?"}, "created": "2026-03-01T09:00:00.000+0100", "creator": ADA, **fields}
    return {"id": "10001", "key": "SHOP-1", "fields": said, "changelog": {"histories": list(histories)}}


def told(one: dict, statuses=STATUSES, custom=None):
    translate = total(translation("https://acme.example/", statuses, custom or {}))
    return translate("SHOP/issues", Reply("10001", json.dumps(one)))


def states(one: dict, **options) -> list[str]:
    """States with the day of March they were entered."""
    return [f"{day(event)} {event.value}" for event in told(one, **options).events if event.kind == Kind.STATE]


def day(event) -> int:
    return datetime.fromtimestamp(event.occurred_at / 1e6, UTC).day


def values(one: dict, field: str, **options) -> list:
    events = sorted(told(one, **options).events, key=lambda event: event.occurred_at)
    return [event.value for event in events if event.field == field]


def test_the_first_state_is_what_the_first_change_took_away():
    one = issue(move(7, 2, "1 To Do", "3 Doing"), move(8, 5, "3 Doing", "5 Done"))
    assert states(one) == ["1 To Do", "2 Doing", "5 Done"]


def test_an_issue_that_never_moved_is_in_todays_state_since_its_creation():
    assert states(issue(status="1")) == ["1 To Do"]


def test_a_renamed_status_has_the_name_of_today_all_along():
    one = issue(move(7, 2, "1 Open", "3 In Progress"), move(8, 5, "3 WIP", "5 Done"))
    assert states(one) == ["1 To Do", "2 Doing", "5 Done"]


def test_a_status_that_was_deleted_keeps_the_name_it_had():
    one = issue(move(7, 2, "1 To Do", "99 Staging"), move(8, 5, "99 Staging", "5 Done"))
    assert states(one) == ["1 To Do", "2 Staging", "5 Done"]


def test_changes_of_one_instant_stand_in_the_order_of_their_numbers():
    """Bulk fetch may give them in any order."""
    one = issue(move(10, 2, "3 Doing", "5 Done"), move(9, 2, "1 To Do", "3 Doing"))
    events = [event for event in told(one).events if event.kind == Kind.STATE]
    assert [(event.value, event.seq) for event in events] == [("To Do", 0), ("Doing", 9), ("Done", 10)]


def test_times_of_any_zone_and_of_bulk_fetch_are_the_same_instant():
    """The same instant as text with an offset, and as milliseconds since 1970."""
    one = move(7, 2, "1 To Do", "5 Done")
    in_bulk = {**one, "created": 1772442000000}
    first, second = (next(e for e in told(issue(history)).events if e.value == "Done") for history in (one, in_bulk))
    assert first.occurred_at == second.occurred_at == 1_772_442_000_000_000


def test_an_issue_that_moved_to_another_project_stays_the_same_item():
    one = issue(
        change(7, 2, ("Key", None, "OLD-9", None, "SHOP-1"), ("project", "1", "Old", "2", "Shop")),
        project={"key": "SHOP", "name": "Shop"},
    )
    said = told(one)
    assert {event.item for event in said.events} == {"10001"}
    assert said.items[0].key == "SHOP-1"
    assert values(one, "project") == ["Old", "Shop"]


def test_owners_are_named_as_they_are_called_today():
    """Ada was called "A. Lovelace" when she was assigned; her account is the same."""
    one = issue(
        change(7, 2, ("assignee", None, None, "a1", "A. Lovelace")), change(8, 3, ("assignee", "a1", "Ada", None, None))
    )
    assert [event.value for event in told(one).events if event.kind == Kind.ASSIGN] == ["Ada", None]


def test_a_deleted_author_is_nobody():
    history = {**move(7, 2, "1 To Do", "5 Done"), "author": None}
    done = next(event for event in told(issue(history)).events if event.value == "Done")
    assert (done.actor, done.actor_kind) == (None, "unknown")


def test_apps_are_bots():
    done = [e for e in told(issue(move(7, 2, "1 To Do", "5 Done", author=BOT))).events if e.value == "Done"]
    assert [(event.actor, event.actor_kind) for event in done] == [("Automation for Jira", "bot")]


def test_sprints_teams_types_and_flags_have_a_history():
    team = "com.atlassian.jira.plugin.system.customfieldtypes:atlassian-team"
    sprint = "com.pyxis.greenhopper.jira:gh-sprint"
    fields = [("1", "Sprint", sprint), ("2", "Mannschaft", team), ("3", "Story points", "x")]
    custom = custom_fields([
        {"id": f"customfield_{n}", "name": name, "schema": {"custom": kind}} for n, name, kind in fields
    ])  # fmt: skip
    red = {"field": "Mannschaft", "fieldId": "customfield_2", "fromString": "Blue", "toString": "Red"}
    one = issue(
        change(2, 2, ("Sprint", "1", "Sprint 1", "1, 2", "Sprint 1, Sprint 2")),
        change(3, 3, ("issuetype", "1", "Story", "2", "Bug"), ("Flagged", None, "", "1", "Impediment")),
        change(4, 4, ("Flagged", "1", "Impediment", None, "")),
        {**change(5, 5), "items": [red]},
        issuetype={"name": "Bug"},
    )
    assert values(one, "sprint", custom=custom) == ["Sprint 1", "Sprint 2"]
    assert values(one, "team", custom=custom) == ["Blue", "Red"]
    assert values(one, "type", custom=custom) == ["Story", "Bug"]
    blocks = [(event.kind, day(event)) for event in told(one).events if event.kind in (Kind.BLOCK, Kind.UNBLOCK)]
    assert blocks == [(Kind.BLOCK, 3), (Kind.UNBLOCK, 4)]


def test_versions_come_and_go_one_by_one_and_are_a_list():
    """Created with 1.0; 2.0 came, then 1.0 went; today 2.0."""
    one = issue(
        change(2, 2, ("Fix Version", None, None, "2", "2.0")),
        change(3, 3, ("Fix Version", "1", "1.0", None, None)),
        fixVersions=[{"name": "2.0"}],
    )
    assert values(one, "fix version") == ["1.0", "1.0, 2.0", "2.0"]


def test_comments_and_work_logs_are_touches():
    comment = {"id": "5", "author": ADA, "created": "2026-03-02T10:00:00.000+0100"}
    work = {"id": "6", "author": BOT, "started": "2026-03-03T10:00:00.000+0100"}
    one = issue(comment={"comments": [comment]}, worklog={"worklogs": [work]})
    touches = [(event.value, event.actor, event.actor_kind) for event in told(one).events if event.kind == Kind.TOUCH]
    assert touches == [("comment", "Ada", "human"), ("work log", "Automation for Jira", "bot")]


def test_links_say_which_way_they_go():
    link = {"id": "1", "type": {"name": "Blocks"}, "outwardIssue": {"id": "10002", "key": "SHOP-2"}}
    other = {"id": "2", "type": {"name": "Blocks"}, "inwardIssue": {"id": "10003", "key": "SHOP-3"}}
    one = issue(issuelinks=[link, other], parent={"id": "9", "key": "SHOP-9"})
    assert [(a.start, a.end, a.type) for a in told(one).links] == [
        ("10001", "10002", "blocks"), ("10003", "10001", "blocks"), ("10001", "9", "part of"),
    ]  # fmt: skip


def test_a_history_shorter_than_its_stated_total_is_a_reject():
    one = issue(move(7, 2, "1 To Do", "5 Done"))
    one["changelog"]["total"] = 3
    assert is_short(one)
    assert [reject.reason for reject in told(one).rejects] == ["the history is shorter than its stated total"]


def test_a_change_that_is_missing_in_the_middle_is_a_reject():
    one = issue(move(7, 2, "1 To Do", "3 Doing"), move(9, 5, "4 Review", "5 Done"))
    assert [reject.reason for reject in told(one).rejects] == ["a change of state is missing"]


@pytest.mark.parametrize("broken", ['{"id": "1"}', "[]", "null", '{"id": "1", "fields": {"created": "yesterday"}}'])
def test_what_cannot_be_understood_is_a_reject_with_its_reply(broken):
    translate = total(translation("https://acme.example", STATUSES, {}))
    said = translate("SHOP/issues", Reply("1", broken))
    assert said.events == ()
    assert said.rejects[0].body == broken
    assert said.rejects[0].reason.startswith("not understood")


BERLIN = "Europe/Berlin"


def us(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1e6)


def test_jira_is_asked_by_the_minute_of_its_users_wall_clock():
    span = Span(us("2026-07-01T10:00:59+02:00"), us("2026-07-02T10:00:59+02:00"))
    assert jira.changed_within(span, BERLIN) == ' AND updated >= "2026-07-01 10:00" AND updated < "2026-07-02 10:01"'


@pytest.mark.parametrize("instant", ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"])
def test_in_the_hour_that_comes_twice_an_hour_more_is_asked_for(instant):
    """On 25 October, 02:30 comes twice in Berlin; which of them Jira means, nobody knows."""
    assert jira.wall_minute(us(instant), BERLIN) == "2026-10-25 01:30"
    assert jira.wall_minute(us(instant), BERLIN, up=True) == "2026-10-25 03:30"


def test_a_token_with_a_user_is_a_password_and_without_one_a_bearers():
    cloud = jira.Jira("https://acme.example", "t0ken", "ada@example.org").host()
    assert cloud.headers["Authorization"] == "Basic YWRhQGV4YW1wbGUub3JnOnQwa2Vu"
    assert "YWRhQGV4YW1wbGUub3JnOnQwa2Vu" in cloud.secrets
    assert jira.Jira("https://acme.example", "t0ken").host().headers["Authorization"] == "Bearer t0ken"


RECORDED = SHARED / "data" / "replies" / "jira"


@pytest.mark.skipif(not RECORDED.exists(), reason="no recorded replies here")
def test_a_recorded_boards_states_are_those_of_its_changelogs():
    """33 issues of a real board: every change of status is an event, at its instant, in its order, and none besides."""

    def records(name: str) -> list[dict]:
        with gzip.open(RECORDED / f"{name}.jsonl.gz", "rt") as file:
            return [json.loads(line)["data"] for line in file]

    statuses = records("status")
    names = {one["id"]: one["name"] for one in statuses}
    translate = total(translation("https://acme.example", statuses, {}))
    issues = {one["id"]: one for one in records("issues")}
    moves = 0
    for one in issues.values():
        said = translate("EE/issues", Reply(one["id"], json.dumps(one)))
        assert said.rejects == ()
        changes = [
            (
                datetime.strptime(history["created"], "%Y-%m-%dT%H:%M:%S.%f%z").timestamp(),
                names.get(item["to"], item["toString"]),
            )
            for history in sorted(one["changelog"]["histories"], key=lambda history: int(history["id"]))
            for item in history["items"]
            if item["field"] == "status"
        ]
        found = [(event.occurred_at / 1e6, event.value) for event in said.events if event.kind == Kind.STATE]
        assert found[1:] == changes
        moves += len(changes)
    assert (len(issues), moves) == (33, 165)
