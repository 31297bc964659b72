"""What Redmine's issues say, and how Redmine is asked."""

from __future__ import annotations

import json

import pytest

from valuestream.log.event import Kind
from valuestream.log.record import Reply
from valuestream.sources.connector import total
from valuestream.sources.mark import Span
from valuestream.sources.redmine import Redmine
from valuestream.sources.reference import reply_of

ADA = {"id": 1, "name": "Ada"}
REFERENCE = {
    "statuses": [{"id": 1, "name": "New"}, {"id": 2, "name": "Doing"}, {"id": 5, "name": "Closed", "is_closed": True}],
    "trackers": [{"id": 1, "name": "Bug"}, {"id": 2, "name": "Feature"}],
    "priorities": [],
}
TOOL = Redmine("https://redmine.example/", "key")


def journal(number: int, day: int, *details: tuple[str, str | None, str | None], **more) -> dict:
    told = [{"property": "attr", "name": name, "old_value": old, "new_value": new} for name, old, new in details]
    return {
        "id": number,
        "user": ADA,
        "created_on": f"2026-03-{day:02d}T10:00:00Z",
        "notes": "",
        "details": told,
        **more,
    }


def told(*journals: dict, **fields):
    issue = {
        "id": 7, "subject": "Item", "author": ADA, "created_on": "2026-03-01T10:00:00Z",
        "status": {"id": 5, "name": "Closed"}, "tracker": {"id": 1, "name": "Bug"},
        "journals": list(journals), **fields,
    }  # fmt: skip
    reference = {name: [reply_of(str(one["id"]), one) for one in said] for name, said in REFERENCE.items()}
    return total(TOOL.translation(reference))("issues", Reply("7", json.dumps(issue)))


def values(said, field: str | None, kind: Kind = Kind.SET) -> list:
    return [one.value for one in said.events if one.kind == kind and one.field == field]


def test_two_moves_in_one_second_stand_in_the_order_of_their_journals():
    said = told(journal(9, 2, ("status_id", "2", "5")), journal(8, 2, ("status_id", "1", "2")))
    assert [(one.value, one.seq) for one in said.events if one.kind == Kind.STATE] == [
        ("New", 0), ("Doing", 8), ("Closed", 9),
    ]  # fmt: skip
    assert said.rejects == ()


def test_types_owners_and_versions_have_a_history_with_names():
    said = told(
        journal(1, 2, ("tracker_id", "2", "1"), ("assigned_to_id", None, "1")),
        journal(2, 3, ("assigned_to_id", "1", "42"), ("fixed_version_id", None, "3")),
        fixed_version={"id": 3, "name": "1.0"},
        assigned_to={"id": 42, "name": "Bob"},
        status={"id": 1, "name": "New"},
    )
    assert values(said, "type") == ["Feature", "Bug"]
    assert values(said, None, Kind.ASSIGN) == ["Ada", "Bob"]


def test_what_nobody_knows_any_more_keeps_its_number():
    said = told(journal(1, 2, ("status_id", "77", "5")))
    assert values(said, None, Kind.STATE) == ["(77)", "Closed"]


def test_notes_and_changesets_are_touches():
    change = {"revision": "abc", "user": ADA, "committed_on": "2026-03-03T10:00:00Z"}
    said = told(journal(1, 2, notes="Seen"), changesets=[change])
    assert [(one.value, one.actor) for one in said.events if one.kind == Kind.TOUCH] == [
        ("comment", "Ada"),
        ("commit", "Ada"),
    ]


def test_relations_and_parents_are_links():
    relation = {"id": 4, "issue_id": 7, "issue_to_id": 9, "relation_type": "blocks"}
    said = told(relations=[relation], parent={"id": 3})
    assert [(one.start, one.end, one.type) for one in said.links] == [("7", "9", "blocks"), ("7", "3", "part of")]


def test_custom_fields_for_team_and_sprint_are_attributes():
    custom = {"property": "cf", "name": "12", "old_value": "Blue", "new_value": "Red"}
    said = told({**journal(1, 2), "details": [custom]}, custom_fields=[{"id": 12, "name": "Team", "value": "Red"}])
    assert values(said, "team") == ["Blue", "Red"]


def test_times_without_a_zone_are_those_of_the_sources_zone():
    tool = Redmine("https://redmine.example", "key", zone="Europe/Berlin")
    issue = {"id": 7, "created_on": "2026-03-01T10:00:00", "status": {"id": 1, "name": "New"}}
    event = total(tool.translation({}))("issues", reply_of("7", issue)).events[0]
    assert event.occurred_at == 1_772_355_600_000_000  # 09:00 UTC


@pytest.mark.parametrize(
    ("span", "asked"),
    [
        (Span(), None),
        (Span(1_772_359_200_500_000), ">=2026-03-01T10:00:00Z"),
        (Span(None, 1_772_359_200_000_000), "<=2026-03-01T10:00:01Z"),
        (Span(1_772_359_200_000_000, 1_772_359_260_000_000), "><2026-03-01T10:00:00Z|2026-03-01T10:01:01Z"),
    ],
)
def test_redmine_is_asked_by_the_second_one_more_at_the_end(span, asked):
    assert TOOL._ask("shop/issues", span).params.get("updated_on") == asked


def test_a_project_is_read_without_its_subprojects_and_none_named_reads_all():
    assert TOOL._ask("shop/issues", Span()).params["subproject_id"] == "!*"
    assert "project_id" not in TOOL._ask("issues", Span()).params
