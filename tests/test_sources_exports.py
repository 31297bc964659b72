"""What trackers' export menus give: recognised, read as far as it goes, and the rest said."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from conftest import SHARED
from sources_reading import states, told
from valuestream import Reading, read
from valuestream.discovering import suggested
from valuestream.errors import InputError
from valuestream.value_stream import ValueStream

JIRA = """\
Summary,Issue key,Issue id,Issue Type,Status,Project key,Priority,Assignee,Creator,Created,Updated,Resolved,\
Labels,Labels,Sprint,Sprint,Custom field (Story Points),Custom field (Team),Custom field (Notes)
One,PAY-1,1,Bug,Done,PAY,High,ada,bob,12/Oct/24 2:03 PM,14/Oct/24 9:00 AM,14/Oct/24 9:00 AM,ui,web,S1,S2,3,Blue,a
"Two, and more",PAY-2,2,Story,In Progress,PAY,Low,,bob,13/Oct/24 2:03 PM,15/Oct/24 1:00 AM,,,,S2,,5,,b
"""


@pytest.fixture
def write(tmp_path: Path):
    def save(content: object, name: str = "export.csv") -> Path:
        text = content if isinstance(content, str) else json.dumps(content)
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return save


def test_jira_says_what_an_item_is_and_when_it_was_created_and_resolved(write):
    assert told(read(write(JIRA))) == [
        "PAY-1 2024-10-12 14:03 SET type Bug",
        "PAY-1 2024-10-12 14:03 SET team Blue",
        "PAY-1 2024-10-12 14:03 SET priority High",
        "PAY-1 2024-10-12 14:03 SET sprint S2",
        "PAY-1 2024-10-12 14:03 SET labels ui, web",
        "PAY-1 2024-10-12 14:03 SET project PAY",
        "PAY-1 2024-10-12 14:03 SET Story Points 3",
        "PAY-1 2024-10-12 14:03 SET Notes a",
        "PAY-1 2024-10-12 14:03 ASSIGN ada",
        "PAY-1 2024-10-12 14:03 STATE created by bob",
        "PAY-1 2024-10-14 09:00 STATE Done",
        "PAY-2 2024-10-13 14:03 SET type Story",
        "PAY-2 2024-10-13 14:03 SET priority Low",
        "PAY-2 2024-10-13 14:03 SET sprint S2",
        "PAY-2 2024-10-13 14:03 SET project PAY",
        "PAY-2 2024-10-13 14:03 SET Story Points 5",
        "PAY-2 2024-10-13 14:03 SET Notes b",
        "PAY-2 2024-10-13 14:03 STATE created by bob",
        "PAY-2 2024-10-15 01:00 SET status In Progress",
    ]


def test_jiras_notes_say_what_is_missing_and_how_to_get_it(write):
    notes = "\n".join(read(write(JIRA)).notes)
    assert "Read as Jira's CSV export: item = Issue key" in notes
    assert "It has no history of states" in notes
    assert "vsm sync" in notes
    assert "time-in-status add-on" in notes
    assert "1 of 2 items have no end" in notes


def test_a_jira_export_has_a_map_of_one_stage_from_created_to_resolved(write):
    log = read(write(JIRA))
    with ValueStream(log, suggested(log)) as stream:
        document = stream.map()
    # PAY-1 took from the 12th, 14:03 to the 14th, 9:00
    assert document["totals"]["lead_time_s"]["mean"] == 2 * 86_400 - (5 * 3600 + 3 * 60)
    assert document["items"] == {"finished": 1, "open": 1, "cancelled": 0}
    assert document["totals"]["flow_efficiency"]["value"] is None  # nothing says when work began


@pytest.mark.parametrize(
    "date, read_as",
    [
        ("12/Okt/24 2:03 PM", "2024-10-12 14:03"),
        ("03/Mär/25 14:03", "2025-03-03 14:03"),
        ("3/févr./25 14:03", "2025-02-03 14:03"),
        ("03.10.2024 14:03", "2024-10-03 14:03"),
        ("2024-10-12 14:03:05.1", "2024-10-12 14:03:05.1"),
    ],
)
def test_dates_as_jira_writes_them_elsewhere(write, date, read_as):
    text = f"Issue key,Issue Type,Status,Created,Resolved\nA,Bug,Done,{date},\n"
    assert {at for _, at, _ in states(read(write(text)))} == {read_as}


def test_a_date_that_cannot_be_read_is_one_reject_and_no_more(write):
    [reject] = read(write(JIRA.replace("12/Oct/24 2:03 PM", "once"))).rejects
    assert (reject.place, reject.reason) == ("line 2", "time is unreadable")


def test_a_jira_export_in_german_is_known(write):
    text = "Zusammenfassung,Vorgangsschlüssel,Vorgangstyp,Status,Erstellt,Erledigt\n"
    text += "Eins,A,Bug,Fertig,01.10.2024,15.10.2024\n"
    assert [state for _, _, state in states(read(write(text)))] == ["created", "Fertig"]


CLOUD = """\
Summary,Issue key,Issue id,Issue Type,Status,Assignee,Assignee Id,Reporter,Reporter Id,Creator,Creator Id,Created,\
Updated,Resolved,Watchers,Watchers,Log Work,Attachment,Custom field (Rank),Custom field (Approvals),Comment,Comment,\
Parent key,Status Category,Status Category Changed
One,DI-1,1,Bug,In Review,Bot,712020:bb,Ada,712020:aa,Ada,712020:aa,25/Feb/26 3:51 PM,27/Feb/26 4:40 PM,,Bot,Ada,\
paired;26/Feb/26 9:00 AM;712020:aa;3600,26/Feb/26 8:00 AM;712020:aa;a.png;https://x/a.png,0|i02m1z:,\
com.acme.ApprovalsCFValue@685c0085,"25/Feb/26 4:40 PM;712020:bb;Fixed; see ""a"", please",,DI-86,In Progress,\
25/Feb/26 4:38 PM
Two,DI-2,2,Bug,Shipped,,,Ada,712020:aa,Ada,712020:aa,25/Feb/26 3:51 PM,26/Feb/26 9:00 AM,,,,,,0|i02m20:,\
com.acme.ApprovalsCFValue@1f2e3d4c,,,,Done,26/Feb/26 9:00 AM
Three,DI-3,3,Bug,To Do,,,Ada,712020:aa,Ada,712020:aa,25/Feb/26 3:51 PM,25/Feb/26 3:51 PM,,,,,,0|i02m21:,,,,,To Do,\
25/Feb/26 3:51 PM
"""
"""The layout of a real export of Jira's cloud, of which most columns are left out here."""


def test_jiras_category_of_states_says_since_when_an_item_is_under_way_or_done(write):
    assert states(read(write(CLOUD))) == [
        ("DI-1", "2026-02-25 15:51", "created"),
        ("DI-1", "2026-02-25 16:38", "In Progress"),  # in review by now, and nothing says since when
        ("DI-2", "2026-02-25 15:51", "created"),
        ("DI-2", "2026-02-26 09:00", "Shipped"),  # no resolution, as in projects that a team manages itself
        ("DI-3", "2026-02-25 15:51", "created"),
    ]
    assert "DI-1 2026-02-27 16:40 SET status In Review" in told(read(write(CLOUD)))


def test_comments_attachments_and_worklogs_are_touches_of_the_people_that_the_other_columns_name(write):
    assert [event for event in told(read(write(CLOUD))) if "TOUCH" in event] == [
        "DI-1 2026-02-25 16:40 TOUCH comment by Bot",
        "DI-1 2026-02-26 08:00 TOUCH attachment by Ada",
        "DI-1 2026-02-26 09:00 TOUCH work log by Ada",
    ]


def test_ranks_and_objects_of_add_ons_are_no_attributes(write):
    log = read(write(CLOUD))
    assert list(log.fields) == ["type", "parent", "status"]


def test_a_custom_field_called_as_a_meaning_of_ours_is_only_an_attribute(write):
    text = "Issue key,Issue Type,Status,Created,Custom field (ended)\nA,Bug,To Do,2024-01-01,2024-01-03\n"
    assert told(read(write(text))) == [
        "A 2024-01-01 SET type Bug",
        "A 2024-01-01 SET custom ended 2024-01-03",
        "A 2024-01-01 STATE created",
        "A 2024-01-01 SET status To Do",
    ]


def test_a_field_that_says_something_else_of_every_item_is_no_attribute(write):
    rows = "".join(f"A-{n},Bug,Done,2024-01-01,2024-01-03,text {n},{n % 2}\n" for n in range(10))
    text = "Issue key,Issue Type,Status,Created,Resolved,Custom field (Notes),Custom field (Odd)\n"
    log = read(write(text + rows))
    assert list(log.fields) == ["type", "Odd"]
    assert any("1 custom fields were not kept" in note for note in log.notes)


def test_a_history_with_jiras_columns_is_read_as_a_history(write):
    text = "Issue key,Issue Type,Status,Created,field,from,to,time\nA,Bug,Done,2024-01-01,status,todo,done,2024-01-03\n"
    assert [state for _, _, state in states(read(write(text)))] == ["todo", "done"]


def test_a_shape_that_is_asked_for_decides(write):
    log = read(write(JIRA), Reading(shape="sheet", columns={"item": "Issue key"}))
    assert {"Created", "Resolved"} <= {state for _, _, state in states(log)}


def test_a_column_for_the_team_can_be_named(write):
    log = read(write(JIRA), Reading(columns={"team": "Project key"}))
    assert "PAY-2 2024-10-13 14:03 SET team PAY" in told(log)


def test_gitlabs_csv_is_read_in_utc(write):
    text = (
        "Title,Issue ID,URL,State,Author Username,Assignee Username,Due Date,Created At (UTC),Updated At (UTC),"
        "Closed At (UTC),Milestone,Labels\n"
        "One,7,u,Closed,bob,ada,,2024-01-01 10:00:00,2024-01-03 10:00:00,2024-01-03 10:00:00,M1,workflow::dev\n"
        "Two,8,u,Open,bob,,,2024-01-02 10:00:00,2024-01-03 10:00:00,,,\n"
    )
    assert states(read(write(text))) == [
        ("7", "2024-01-01 10:00", "opened"),
        ("7", "2024-01-03 10:00", "Closed"),
        ("8", "2024-01-02 10:00", "opened"),
    ]


def test_gitlab_since_18_4_numbers_issues_by_iid(write):
    text = (
        "ID,IID,Title,Description,Type,URL,State,Confidential,Locked,Milestone,Labels,Author,Author Username,Assignee,"
        "Assignee Username,Created At (UTC),Updated At (UTC),Closed At (UTC),Due Date,Start Date,Parent ID,Parent IID,"
        "Parent Title,Time Estimate,Time Spent,Weight\n"
        '900,7,One,,Issue,u,Closed,No,No,,,Bob,bob,"Ada, Cy","ada, cy",2024-01-01 10:00:00,2024-01-03 10:00:00,'
        "2024-01-03 10:00:00,,,,,Epic,0,0,\n"
    )
    assert told(read(write(text))) == [
        "7 2024-01-01 10:00 SET type Issue",
        "7 2024-01-01 10:00 SET parent Epic",
        "7 2024-01-01 10:00 ASSIGN ada",
        "7 2024-01-01 10:00 STATE opened by bob",
        "7 2024-01-03 10:00 STATE Closed",
    ]


def test_an_issue_that_was_closed_and_is_open_again_has_no_end(write):
    text = "Issue ID,State,Created At (UTC),Closed At (UTC)\n7,Open,2024-01-01 10:00:00,2024-01-03 10:00:00\n"
    assert [state for _, _, state in states(read(write(text)))] == ["opened"]


def test_gitlabs_merge_requests_do_not_say_when_they_were_merged(write):
    text = (
        "Title,Description,MR IID,URL,State,Source Branch,Target Branch,Source Project ID,Target Project ID,Author,"
        "Author Username,Assignees,Assignee Usernames,Approvers,Approver Usernames,Merged User,Merged Username,"
        "Milestone ID,Created At (UTC),Updated At (UTC)\n"
        "One,,7,u,merged,b,main,1,1,Bob,bob,Ada,ada,,,Cy,cy,,2024-01-01 10:00:00 UTC,2024-01-03 10:00:00 UTC\n"
    )
    log = read(write(text))
    assert told(log) == [
        "7 2024-01-01 10:00 SET target branch main",
        "7 2024-01-01 10:00 ASSIGN ada",
        "7 2024-01-01 10:00 STATE opened by bob",
        "7 2024-01-03 10:00 SET status merged",
    ]
    assert any("It does not say when a request was merged" in note for note in log.notes)


def test_azure_names_people_with_their_addresses_which_are_kept(write):
    text = "ID,Work Item Type,Assigned To,State,Created By,Created Date,Changed Date\n"
    text += '"7","Task","Ada Lovelace <ada@x.example>","New","Bob <bob@x.example>","3/4/2026 6:55:03 PM",'
    text += '"3/15/2026 2:58:05 PM"\n'
    assert told(read(write(text)))[1:3] == [
        "7 2026-03-04 18:55:03 ASSIGN ada@x.example",
        "7 2026-03-04 18:55:03 STATE New by bob@x.example",
    ]


def test_azure_devops_tells_as_many_states_as_the_query_has_dates(write):
    text = (
        "ID,Work Item Type,Title,Assigned To,State,Created Date,Activated Date,Resolved Date,Closed Date,"
        "State Change Date\n"
        "1,Bug,One,ada <ada@x>,Closed,1/1/2024 9:00:00 AM,1/2/2024 9:00:00 AM,,1/13/2024 9:00:00 AM,"
        "1/13/2024 9:00:00 AM\n"
        "2,Bug,Two,,In QA,1/1/2024 9:00:00 AM,1/2/2024 9:00:00 AM,,,1/14/2024 9:00:00 AM\n"
    )
    assert states(read(write(text))) == [
        ("1", "2024-01-01 09:00", "New"),
        ("1", "2024-01-02 09:00", "Active"),
        ("1", "2024-01-13 09:00", "Closed"),
        ("2", "2024-01-01 09:00", "New"),
        ("2", "2024-01-02 09:00", "Active"),
        ("2", "2024-01-14 09:00", "In QA"),
    ]


def test_what_another_process_calls_closed_is_called_so(write):
    text = "ID,Work Item Type,State,Created Date,Closed Date,State Change Date\n"
    text += "1,Bug,Done,1/1/2024 9:00:00 AM,1/13/2024 9:00:00 AM,1/13/2024 9:00:00 AM\n"
    assert [state for _, _, state in states(read(write(text)))] == ["New", "Done"]


def test_an_azure_query_without_dates_is_an_error_that_names_the_columns(write):
    with pytest.raises(InputError, match="without a date of creation") as caught:
        read(write("ID,Work Item Type,Title,Assigned To,State,Tags\n1,Bug,One,ada,New,\n"))
    assert "Created Date, State Change Date" in caught.value.hint


@pytest.mark.parametrize(
    "header, hint",
    [
        ("Title\tURL\tAssignees\tStatus\tLabels\n", "gh issue list"),
        ("Card ID\tCard Name\tCard URL\tLabels\tMembers\tDue Date\tList ID\tList Name\tArchived\n", "as JSON"),
    ],
)
def test_exports_without_any_date_say_which_has_them(write, header, hint):
    with pytest.raises(InputError, match="without a date of creation") as caught:
        read(write(header + "a\tb\tc\td\te\n", "export.tsv"))
    assert hint in caught.value.hint


GH = [
    {
        "number": 12, "title": "Login", "state": "MERGED", "isDraft": False, "createdAt": "2024-01-01T10:00:00Z",
        "mergedAt": "2024-01-03T10:00:00Z", "closedAt": "2024-01-03T10:00:00Z", "author": {"login": "ada"},
        "mergedBy": {"login": "bob"}, "assignees": [], "labels": [{"name": "ui"}],
        "reviews": [{"author": {"login": "bob"}, "submittedAt": "2024-01-02T10:00:00Z", "state": "APPROVED"}],
    },
    {
        "number": 13, "title": "Help", "state": "CLOSED", "stateReason": "NOT_PLANNED", "labels": [],
        "createdAt": "2024-01-01T10:00:00Z", "closedAt": "2024-01-04T10:00:00Z", "assignees": [{"login": "cy"}],
    },
    {"number": 14, "title": "Open", "state": "OPEN", "createdAt": "2024-01-02T10:00:00Z", "closedAt": None},
]  # fmt: skip


@pytest.mark.parametrize("as_lines", [False, True])
def test_githubs_lists_say_opened_and_closed_or_merged(write, as_lines):
    content = "\n".join(map(json.dumps, GH)) if as_lines else GH
    log = read(write(content, "prs.json"))
    assert states(log) == [
        ("#12", "2024-01-01 10:00", "open"),
        ("#12", "2024-01-03 10:00", "merged"),
        ("#13", "2024-01-01 10:00", "open"),
        ("#13", "2024-01-04 10:00", "closed (not planned)"),
        ("#14", "2024-01-02 10:00", "open"),
    ]
    assert "#12 2024-01-02 10:00 TOUCH review by bob" in told(log)
    assert "#13 2024-01-01 10:00 ASSIGN cy" in told(log)
    assert "#12 2024-01-01 10:00 SET type pull request" in told(log)


@pytest.mark.parametrize("as_lines", [False, True])
def test_a_history_with_githubs_keys_is_read_as_a_history(write, as_lines):
    rows = [{"number": "INC1", "state": state, "time": f"2024-01-0{day}"} for day, state in ((1, "New"), (3, "Closed"))]
    log = read(write("\n".join(map(json.dumps, rows)) if as_lines else rows, "log.json"))
    assert states(log) == [("INC1", "2024-01-01", "New"), ("INC1", "2024-01-03", "Closed")]


def test_numbers_of_several_repositories_are_told_apart(write):
    two = [{**GH[2], "html_url": f"https://x/{name}/14"} for name in ("a", "b")]
    assert list(read(write(two, "issues.json")).items) == ["https://x/a/14", "https://x/b/14"]


def test_a_list_without_times_is_an_error_that_says_how_to_ask(write):
    with pytest.raises(InputError, match="without the time at which they were opened") as caught:
        read(write([{"number": 1, "state": "OPEN", "title": "x"}], "issues.json"))
    assert "createdAt" in caught.value.hint


@pytest.mark.skipif(not SHARED.exists(), reason="the recorded replies are elsewhere")
@pytest.mark.parametrize(
    "vendor, kind, ended",
    [("github", "issues", "closed_at"), ("github", "pull_requests", "closed_at"), ("gitlab", "issues", "closed_at")],
)
def test_recorded_replies_are_read_entry_by_entry(write, vendor, kind, ended):
    with gzip.open(SHARED / "data" / "replies" / vendor / f"{kind}.jsonl.gz", "rt", encoding="utf-8") as replies:
        entries = [json.loads(line)["data"] for line in replies]
    log = read(write(entries, "list.json"))
    assert not log.rejects
    once = {entry["html_url"] if "html_url" in entry else entry["iid"]: entry for entry in entries}
    assert len(log.items) == len(once)
    ends = {(item, at) for item, at, state in states(log) if state != "open"}
    assert len(ends) == sum(entry[ended] is not None for entry in once.values())


# Trello

ADA, BOB = {"id": "m1", "username": "ada"}, {"id": "m2", "username": "bob"}
TODO, DEV, DONE = ({"id": f"l{n}", "name": name} for n, name in enumerate(("To do", "Dev", "Done")))
ONE, OLD = {"id": "65920080aaaaaaaaaaaaaaaa", "idShort": 1}, {"id": "658d8a80bbbbbbbbbbbbbbbb", "idShort": 2}


def action(kind: str, date: str, card: dict, by: dict = ADA, **data: object) -> dict:
    return {"type": kind, "date": f"2024-01-{date}Z", "memberCreator": by, "data": {"card": card, **data}}


BOARD = {
    "name": "Board",
    "lists": [{**TODO, "name": "Backlog"}, DEV, DONE],
    "members": [ADA, BOB],
    "cards": [
        {**ONE, "name": "Login", "idList": "l2", "labels": [{"name": "ui"}]},
        {**OLD, "name": "Help", "idList": "l1"},
    ],
    "actions": [
        action("updateCard", "06T10:00:00.000", {**ONE, "closed": True}, list=DONE, old={"closed": False}),
        action("updateCard", "05T10:00:00.000", ONE, listBefore=DEV, listAfter=DONE, old={"idList": "l1"}),
        action("commentCard", "04T10:00:00.000", ONE, BOB, list=DEV, text="hm"),
        action("updateCard", "04T09:00:00.000", OLD, listBefore=TODO, listAfter=DEV, old={"idList": "l0"}),
        action("addMemberToCard", "03T10:00:00.000", ONE, idMember="m2", member=BOB),
        action("updateCard", "02T10:00:00.000", {**ONE, "name": "Login"}, list=DEV, old={"name": "login"}),
        action("updateCard", "02T09:00:00.000", ONE, listBefore=TODO, listAfter=DEV, old={"idList": "l0"}),
        action("createCard", "01T10:00:00.000", ONE, list=TODO),
        {"type": "updateBoard", "date": "2024-01-01T00:00:00.000Z", "data": {"board": {}}},
    ],
}


def test_a_trello_boards_actions_are_its_history(write):
    log = read(write(BOARD, "board.json"))
    assert told(log)[:9] == [
        "#1 2024-01-01 10:00 SET title Login",
        "#1 2024-01-01 10:00 SET labels ui",
        "#1 2024-01-01 10:00 STATE Backlog by ada",
        "#1 2024-01-02 09:00 STATE Dev by ada",
        "#1 2024-01-03 10:00 ASSIGN bob by ada",
        "#1 2024-01-04 10:00 TOUCH comment by bob",
        "#1 2024-01-05 10:00 STATE Done by ada",
        "#1 2024-01-06 10:00 STATE (archived) by ada",
        "#2 2023-12-28 14:47:28 SET title Help",
    ]


def test_a_card_older_than_the_actions_stood_where_it_was_first_seen_since_its_id_was_made(write):
    log = read(write(BOARD, "board.json"))
    # 0x658d8a80 is 2023-12-28 14:47:28 UTC
    assert [s for s in states(log) if s[0] == "#2"] == [
        ("#2", "2023-12-28 14:47:28", "Backlog"),
        ("#2", "2024-01-04 09:00", "Dev"),
    ]
    assert any("1 cards were made before the first action" in note for note in log.notes)


def test_a_board_with_as_many_actions_as_the_menu_gives_says_that_older_ones_are_missing(write):
    more = [action("commentCard", "07T10:00:00.000", ONE)] * 1000
    log = read(write({**BOARD, "actions": [*more, *BOARD["actions"]]}, "board.json"))
    assert any("older ones are missing" in note for note in log.notes)


def test_a_card_that_comes_back_from_the_archive_stands_where_it_stood(write):
    back = action("updateCard", "08T10:00:00.000", {**ONE, "closed": False}, old={"closed": True})
    log = read(write({**BOARD, "actions": [back, *BOARD["actions"]]}, "board.json"))
    assert [state for item, _, state in states(log) if item == "#1"][-2:] == ["(archived)", "Done"]


def test_who_joins_a_card_does_not_own_it_until_the_owner_leaves(write):
    cy = {"id": "m3", "username": "cy"}
    more = [
        action("removeMemberFromCard", "09T10:00:00.000", ONE, idMember="m3", member=cy),
        action("removeMemberFromCard", "08T10:00:00.000", ONE, idMember="m2", member=BOB),
        action("addMemberToCard", "07T10:00:00.000", ONE, idMember="m3", member=cy),
    ]
    board = {**BOARD, "members": [ADA, BOB, cy], "actions": [*more, *BOARD["actions"]]}
    log = read(write(board, "board.json"))
    assert [event for event in told(log) if "ASSIGN" in event] == [
        "#1 2024-01-03 10:00 ASSIGN bob by ada",
        "#1 2024-01-08 10:00 ASSIGN cy by ada",
        "#1 2024-01-09 10:00 ASSIGN by ada",
    ]


def test_a_single_card_says_that_the_board_is_wanted(write):
    card = {**ONE, "idBoard": "b", "idList": "l1", "shortLink": "x", "actions": []}
    with pytest.raises(InputError, match="one card of a Trello board") as caught:
        read(write(card, "card.json"))
    assert "Export the board" in caught.value.hint
