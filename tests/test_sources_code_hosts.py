"""What issues and requests of GitHub and GitLab say: labels as columns, reviews, drafts, owners, what closes what."""

from __future__ import annotations

import gzip
import json
import os
from collections import defaultdict
from pathlib import Path

import pytest

from conftest import SHARED
from valuestream.log.event import Kind
from valuestream.log.record import Reply, Translated
from valuestream.sources.closing import closes
from valuestream.sources.connector import total
from valuestream.sources.github import GitHub
from valuestream.sources.gitlab import GitLab
from valuestream.sources.reference import reply_of
from valuestream.sources.walk import Rules, Walk, When, Who

ADA, BOB = {"login": "ada", "type": "User"}, {"login": "bob", "type": "User"}
BOT = {"login": "renovate[bot]", "type": "Bot"}
STATE_LABELS = Rules(states=("status: *",))


def at(day: int, second: int = 0) -> str:
    return f"2026-03-{day:02d}T10:00:{second:02d}Z"


def event(kind: str, day: int, actor=ADA, second: int = 0, **more) -> dict:
    number = abs(hash((kind, day, second, str(more)))) % 10**9
    return {"id": number, "event": kind, "actor": actor, "created_at": at(day, second), **more}


def label(name: str, day: int, *, gone: bool = False, second: int = 0) -> dict:
    return event("unlabeled" if gone else "labeled", day, second=second, label={"name": name})


def review(verdict: str, day: int, user=BOB) -> dict:
    return {"id": day, "event": "reviewed", "user": user, "state": verdict, "submitted_at": at(day)}


def github(*timeline: dict, pull: dict | None = None, rules: Rules = STATE_LABELS, commits=(), **fields) -> Translated:
    issue = {"number": 7, "user": ADA, "created_at": at(1), "title": "Item", **fields}
    whole: dict = {"issue": issue, "timeline": list(timeline), "commits": list(commits)}
    if pull is not None:
        issue["pull_request"], whole["pull"] = {}, pull
    translate = total(GitHub(("acme/app",), rules=rules).translation({}))
    return translate("acme/app/issues", Reply("acme/app#7", json.dumps(whole)))


def states(said: Translated) -> list[str]:
    """States with the day of March they were entered."""
    found = [one for one in said.events if one.kind == Kind.STATE]
    return [f"{(one.occurred_at - 1772359200000000) // 86_400_000_000 + 1} {one.value}" for one in found]


def test_an_issue_is_open_until_it_is_closed_and_says_why():
    said = github(event("closed", 3, state_reason="not_planned"), event("reopened", 4), event("closed", 5))
    assert states(said) == ["1 open", "3 closed (not planned)", "4 open", "5 closed"]


def test_a_card_moves_by_one_label_for_another():
    """The old label goes a second before the new one comes: no visit to "open" lies between."""
    said = github(label("status: doing", 2), label("status: doing", 3, gone=True), label("status: review", 3, second=1))
    assert states(said) == ["1 open", "2 status: doing", "3 status: review"]


def test_a_state_label_that_goes_alone_leaves_the_issue_open():
    assert states(github(label("status: doing", 2), label("status: doing", 3, gone=True))) == [
        "1 open", "2 status: doing", "3 open",
    ]  # fmt: skip


def test_a_reopened_issue_is_in_its_column_again():
    assert states(github(label("status: doing", 2), event("closed", 3), event("reopened", 4))) == [
        "1 open", "2 status: doing", "3 closed", "4 status: doing",
    ]  # fmt: skip


def test_a_label_that_says_blocked_blocks_until_the_last_one_goes():
    said = github(
        label("blocked", 2), label("on hold", 3), label("blocked", 4, gone=True), label("on hold", 5, gone=True)
    )
    assert [one.kind for one in said.events if one.kind in (Kind.BLOCK, Kind.UNBLOCK)] == [
        Kind.BLOCK, Kind.BLOCK, Kind.UNBLOCK,
    ]  # fmt: skip


def test_other_labels_are_an_attribute_with_a_history():
    said = github(label("bug", 2), label("ui", 3), label("bug", 4, gone=True))
    assert [one.value for one in said.events if one.field == "labels"] == ["bug", "bug, ui", "ui"]


def test_owners_follow_one_another():
    """ada, then bob beside her, then bob leaves: the work is ada's again."""
    said = github(
        event("assigned", 2, assignee=ADA), event("assigned", 3, assignee=BOB), event("unassigned", 4, assignee=BOB)
    )
    assert [one.value for one in said.events if one.kind == Kind.ASSIGN] == ["ada", "bob", "ada"]


def test_a_pull_request_goes_from_draft_to_merged_by_its_reviews():
    said = github(
        event("ready_for_review", 2),
        review("commented", 3),
        review("changes_requested", 4),
        event("review_requested", 5),
        review("approved", 6),
        event("merged", 7),
        event("closed", 7),
        pull={"draft": False, "merged_at": at(7), "merged_by": BOB, "merge_commit_sha": "abc"},
    )
    assert states(said) == [
        "1 draft", "2 open", "3 in_review", "4 changes_requested", "5 open", "6 approved", "7 merged",
    ]  # fmt: skip
    assert said.items[0].attributes == {"sha": "abc"}
    assert said.items[0].artefact == "pull_request"


def test_a_bots_review_is_a_touch_and_no_review():
    said = github(review("approved", 2, BOT), pull={"draft": False, "merged_at": None})
    assert states(said) == ["1 open"]
    assert [(one.value, one.actor, one.actor_kind) for one in said.events if one.kind == Kind.TOUCH] == [
        ("review", "renovate[bot]", "bot")
    ]


def test_a_request_that_is_closed_was_not_merged():
    assert states(github(event("closed", 3), pull={"draft": False, "merged_at": None})) == [
        "1 open", "3 closed (not merged)",
    ]  # fmt: skip


def test_commits_are_touches_of_their_accounts_at_the_time_git_says():
    commit = {"sha": "c1", "author": BOB, "commit": {"author": {"name": "Bob B.", "date": at(2)}}}
    anonymous = {"sha": "c2", "author": None, "commit": {"author": {"name": "Eve", "date": at(3)}}}
    said = github(pull={"draft": False}, commits=[commit, anonymous])
    assert [(one.value, one.actor) for one in said.events if one.kind == Kind.TOUCH] == [
        ("commit", "bob"),
        ("commit", None),
    ]


def test_a_deleted_account_is_nobody():
    said = github(event("closed", 3, actor=None), event("reopened", 4, actor={"login": "ghost", "type": "User"}))
    assert [one.actor for one in said.events if one.kind == Kind.STATE] == ["ada", None, None]


def test_a_server_without_timelines_gives_the_same_by_its_other_lists():
    with_timeline = github(event("closed", 3), review("approved", 2), pull={"draft": False})
    whole = {
        "issue": {"number": 7, "user": ADA, "created_at": at(1), "title": "Item", "pull_request": {}},
        "timeline": None,
        "events": [event("closed", 3)],
        "reviews": [{key: value for key, value in review("approved", 2).items() if key != "event"}],
        "pull": {"draft": False},
        "commits": None,
    }
    translate = GitHub(("acme/app",), rules=STATE_LABELS).translation({})
    assert translate("acme/app/issues", reply_of("acme/app#7", whole)).events == with_timeline.events


def test_projects_and_types_of_the_timeline_are_read():
    said = github(
        event("project_v2_item_status_changed", 2, status="In progress"),
        event("issue_type_added", 3, issue_type={"name": "Bug"}),
        event("milestoned", 4, milestone={"title": "Q2"}),
    )
    assert states(said) == ["1 open", "2 In progress"]
    assert [one.value for one in said.events if one.field == "type"] == ["issue", "Bug"]
    assert [one.value for one in said.events if one.field == "milestone"] == ["Q2"]


def test_a_run_that_was_run_again_keeps_its_failure():
    base = {"id": 5, "status": "completed", "created_at": at(1), "actor": BOT, "run_number": 9, "name": "tests"}
    first = {**base, "run_attempt": 1, "conclusion": "failure", "run_started_at": at(1, 5), "updated_at": at(1, 50)}
    second = {**base, "run_attempt": 2, "conclusion": "success", "run_started_at": at(2), "updated_at": at(2, 50)}
    whole = {"run": {**second, "pull_requests": [{"number": 7}]}, "attempts": [first]}
    said = GitHub(("acme/app",)).translation({})("acme/app/runs", reply_of("acme/app/runs/5", whole))
    assert states(said) == ["1 queued", "1 running", "1 failure", "2 running", "2 success"]
    assert [(one.start, one.end, one.type) for one in said.links] == [("acme/app/runs/5", "acme/app#7", "builds")]


def test_a_deployment_that_a_later_one_replaced_has_not_failed():
    statuses = [{"id": 2, "state": "success", "created_at": at(2)}, {"id": 3, "state": "inactive", "created_at": at(9)}]
    whole = {"deployment": {"id": 1, "created_at": at(1), "environment": "production"}, "statuses": statuses}
    said = GitHub(("acme/app",)).translation({})("acme/app/deployments", reply_of("x", whole))
    assert states(said) == ["1 created", "2 success"]
    assert [(one.field, one.value) for one in said.events if one.kind == Kind.SET] == [("superseded", "yes")]


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("Fixes #12. Not related to #99", [12]),
        ("Fixed a typo. See #12", []),
        ("prefix #7", []),
        ("closes other/repo#9", [9]),
        ("<!-- fixes #3 -->", []),
        ("Run `fixes #3` to see", []),
        ("closes the gap described in #44", []),
        ("Closes #1, #2 and #3", [1, 2, 3]),
        ("Resolves: https://github.com/acme/app/issues/5", [5]),
        ("> fixes #8\n\nNo, it does not.", []),
        ("implements #4 & #6", [4, 6]),
        ("```\nfixes #3\n```", []),
    ],
)
def test_a_closing_word_beside_a_reference_closes_and_nothing_else_does(text, closed):
    assert [one.number for one in closes(text)] == closed


def gitlab(record: dict, *, request: bool = False, columns=(), **parts) -> Translated:
    what = "merge_requests" if request else "issues"
    boards = {"boards": [reply_of("acme/app", {"project": "acme/app", "columns": list(columns)})]}
    translate = total(GitLab(("acme/app",)).translation(boards))
    whole = {"record": {"id": 70, "iid": 7, "author": {"username": "ada"}, "created_at": at(1), **record}, **parts}
    return translate(f"acme/app/{what}", reply_of("x", whole))


def state_event(number: int, state: str, day: int) -> dict:
    return {"id": number, "state": state, "user": {"username": "bob"}, "created_at": at(day)}


def note(number: int, body: str, day: int, author: str = "bob", *, system: bool = True) -> dict:
    return {"id": number, "body": body, "author": {"username": author}, "created_at": at(day), "system": system}


def test_gitlab_does_not_log_the_opening_so_it_is_the_creation():
    said = gitlab(
        {"state": "closed"}, resource_state_events=[state_event(1, "closed", 3), state_event(2, "reopened", 4)]
    )
    assert states(said) == ["1 open", "3 closed", "4 open"]


def test_what_was_closed_before_gitlab_logged_it_is_closed_at_its_own_date():
    record = {"state": "closed", "closed_at": at(5), "closed_by": {"username": "bob"}}
    assert states(gitlab(record, resource_state_events=[])) == ["1 open", "5 closed"]


def test_columns_of_boards_are_states():
    labels = [
        {"id": 1, "action": "add", "label": {"name": "Doing"}, "created_at": at(2), "user": None},
        {"id": 2, "action": "remove", "label": {"name": "Doing"}, "created_at": at(3), "user": None},
        {"id": 3, "action": "add", "label": {"name": "In [QA]"}, "created_at": at(3), "user": None},
        {"id": 4, "action": "add", "label": None, "created_at": at(4), "user": None},
    ]
    said = gitlab({}, columns=["Doing", "In [QA]"], resource_label_events=labels)
    assert states(said) == ["1 open", "2 Doing", "3 In [QA]"]
    assert [one.value for one in said.events if one.field == "labels"] == ["(deleted label)"]


def test_notes_of_the_system_say_who_owns_and_who_approved():
    notes = [
        note(5, "approved this merge request", 5),
        note(1, "assigned to @ada", 1),
        note(2, "assigned to @bob and unassigned @ada", 2),
        note(3, "marked this merge request as **ready**", 3),
        note(4, "Looks good, one question", 4, system=False),
    ]
    said = gitlab({"state": "merged", "merged_at": at(6)}, request=True, notes=notes)
    assert states(said) == ["1 draft", "3 open", "4 in_review", "5 approved", "6 merged"]
    assert [one.value for one in said.events if one.kind == Kind.ASSIGN] == ["ada", "bob"]


def test_a_comment_by_the_author_begins_no_review():
    said = gitlab(
        {}, request=True, notes=[note(1, "Done", 2, "ada", system=False), note(2, "x", 3, "x-bot", system=False)]
    )
    assert states(said) == ["1 open"]
    assert [one.actor_kind for one in said.events if one.kind == Kind.TOUCH] == ["human", "bot"]


def test_gitlab_says_itself_what_a_request_closes():
    said = gitlab(
        {"description": "Closes #3"}, request=True, closes_issues=[{"iid": 3, "references": {"full": "acme/app#3"}}]
    )
    assert [(one.end, one.method, one.confidence) for one in said.links] == [
        ("acme/app#3", "vendor", 1.0), ("acme/app#3", "closing keyword", 0.95),
    ]  # fmt: skip


def test_a_walk_tells_a_state_once():
    walk = Walk("A", Rules())
    for second in range(3):
        walk.enters("open", When(second, second, str(second)), Who())
    assert len(walk.done()) == 1


RECORDED = SHARED / "data" / "replies"


def recorded(name: str) -> list[dict]:
    with gzip.open(RECORDED / f"{name}.jsonl.gz", "rt") as file:
        return [json.loads(line) for line in file]


def by_request(name: str) -> dict[int, list[dict]]:
    found = defaultdict(list)
    for one in recorded(name):
        found[int(one["url"].split("/pulls/")[1].split("/")[0])].append(one["data"])
    return found


@pytest.mark.skipif(not RECORDED.exists(), reason="no recorded replies here")
def test_recorded_pull_requests_end_as_github_says():
    """Every recorded pull request is merged, closed or open in the log exactly as in the list of pull requests."""
    pulls = {one["data"]["number"]: one["data"] for one in recorded("github/pull_requests")}
    reviews, commits = by_request("github/pull_request_reviews"), by_request("github/pull_request_commits")
    translate = total(GitHub(("panjf2000/ants",)).translation({}))
    seen = 0
    for one in (line["data"] for line in recorded("github/issues")):
        pull = pulls.get(one["number"])
        if pull is None or not one.get("pull_request"):
            continue
        parts = {"reviews": reviews[one["number"]], "commits": commits[one["number"]]}
        said = translate(
            "panjf2000/ants/issues", reply_of("x", {"issue": one, "timeline": None, "pull": pull, **parts})
        )
        assert said.rejects == ()
        last = [event.value for event in said.events if event.kind == Kind.STATE][-1]
        assert (last == "merged") == bool(pull["merged_at"])
        assert (last == "closed (not merged)") == (pull["state"] == "closed" and not pull["merged_at"])
        seen += 1
    assert seen >= 15


@pytest.mark.skipif(not RECORDED.exists(), reason="no recorded replies here")
@pytest.mark.parametrize(
    ("name", "what", "n"),
    [
        ("issues", "issues", 16),
        ("merge_requests", "merge_requests", 18),
        ("pipeline", "pipelines", 29),
        ("deployments", "deployments", 8),
    ],
)
def test_recorded_replies_of_gitlab_are_understood(name, what, n):
    translate = total(GitLab(("a/b",)).translation({}))
    said = [translate(f"a/b/{what}", reply_of("x", {"record": one["data"]})) for one in recorded(f"gitlab/{name}")]
    assert len(said) == n
    assert all(one.events and not one.rejects for one in said)


VENDOR = os.environ.get("VSM_TEST_OCTOKIT")


@pytest.mark.skipif(not VENDOR, reason="`make test-servers` fetches GitHub's published examples")
def test_githubs_published_examples_are_understood():
    """Every example of the OpenAPI description, and every webhook's issue, pull request, run and deployment."""
    assert VENDOR is not None
    folder = Path(VENDOR)
    api = json.loads((folder / "@octokit/openapi/generated/api.github.com.json").read_text())
    examples = {name: one["value"] for name, one in api["components"]["examples"].items() if "value" in one}
    translate = GitHub(("octocat/hello",)).translation({})  # not made total: a mistake is an error here
    pull = examples["pull-request"]
    timeline = [*examples["timeline-issue-events"], *examples["issue-event-for-issue-items"]]
    for one in (*examples["issue-items"], examples["issue"]):
        for parts in (
            {},
            {"pull": pull, "commits": examples["commit-items"], "reviews": examples["pull-request-review-items"]},
        ):
            issue = {**one, "pull_request": {}} if parts else one
            said = translate("octocat/hello/issues", reply_of("x", {"issue": issue, "timeline": timeline, **parts}))
            assert said.events
    for one in examples["workflow-run-paginated"]["workflow_runs"]:
        assert translate("octocat/hello/runs", reply_of("x", {"run": one})).events
    for one in examples["deployment-items"]:
        whole = {"deployment": one, "statuses": examples["deployment-status-items"]}
        assert translate("octocat/hello/deployments", reply_of("x", whole)).events
    hooks = json.loads((folder / "@octokit/webhooks-examples/api.github.com/index.json").read_text())
    read = 0
    for hook in hooks:
        for example in hook["examples"]:
            read += _hook(translate, hook["name"], example)
    assert read > 60


def _hook(translate, name: str, example: dict) -> int:
    """One webhook's payload as if it were the reply of a list."""
    if name == "issues":
        return bool(translate("octocat/hello/issues", reply_of("x", {"issue": example["issue"]})).events)
    if name == "pull_request":
        pull = example["pull_request"]
        whole = {"issue": {**pull, "pull_request": {}}, "pull": pull}
        return bool(translate("octocat/hello/issues", reply_of("x", whole)).events)
    if name == "workflow_run":
        return bool(translate("octocat/hello/runs", reply_of("x", {"run": example["workflow_run"]})).events)
    if name in ("deployment", "deployment_status"):
        whole = {"deployment": example["deployment"], "statuses": [example.get("deployment_status")]}
        return bool(translate("octocat/hello/deployments", reply_of("x", whole)).events)
    return 0
