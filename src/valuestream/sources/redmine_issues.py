"""What Redmine's issues say, as events. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from valuestream.log.event import ActorKind, Kind
from valuestream.log.record import Event, Item, Link, Reply, Translated
from valuestream.sources.connector import Category, Translate
from valuestream.sources.decode import dicts, inside, needed, once, text
from valuestream.sources.history import ASSIGNEE, STATE, Birth, Change, gaps, life

CATEGORIES: dict[bool, Category] = {False: "work", True: "done"}
"""A Redmine status says whether it closes an issue, and no more."""

_ATTRIBUTES = {
    "tracker_id": ("type", "tracker"),
    "priority_id": ("priority", "priority"),
    "fixed_version_id": ("version", "fixed_version"),
    "category_id": ("category", "category"),
    "project_id": ("project", "project"),
    "parent_id": ("parent", "parent"),
}
_FIELDS = {"status_id": (STATE, "status"), "assigned_to_id": (ASSIGNEE, "assigned_to"), **_ATTRIBUTES}
ANONYMOUS = "Anonymous"
_CUSTOM = ("team", "sprint")
"""Custom fields of these names are attributes with a history."""


@dataclass(frozen=True)
class Names:
    """What the ids of journals mean: journal field -> id -> name."""

    known: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, reference: Mapping[str, Sequence[Any]]) -> Names:
        fields = {"statuses": "status_id", "trackers": "tracker_id", "priorities": "priority_id"}
        return cls(
            {
                fields[stream]: {str(one["id"]): str(one["name"]) for one in dicts(list(records))}
                for stream, records in reference.items()
            }
        )

    def name(self, journal_field: str, value: Any, own: Mapping[str, str]) -> str | None:
        """The name of an id; the id itself where nobody knows it any more."""
        if value in (None, ""):
            return None
        one = str(value)
        return self.known.get(journal_field, {}).get(one) or own.get(one) or f"({one})"


def translation(url: str, names: Names, zone: str) -> Translate:
    def translate(stream: str, reply: Reply) -> Translated:
        from pydantic_core import from_json

        return Translated() if "issues" not in stream else issue(from_json(reply.body), url, names, zone)

    return translate


def issue(one: Mapping[str, Any], url: str, names: Names, zone: str = "UTC") -> Translated:
    """One issue with its journals, changesets and relations."""
    item = str(one["id"])
    journals = sorted(once(dicts(one.get("journals"))), key=lambda journal: int(journal["id"]))
    people = _people(one, journals)
    changes = [change for journal in journals for change in _changes(journal, names, people, zone)]
    now = {meaning: _now(one, own) for meaning, own in _FIELDS.values()} | _custom_now(one)
    now[STATE] = names.name("status_id", inside(one, "status", "id"), {}) or now[STATE]
    birth = Birth(item, needed(one.get("created_on"), zone), *_person(one.get("author")))
    events = [*life(birth, now, changes), *_touches(item, one, journals, zone)]
    shown = Item(item, f"#{item}", "issue", text(one.get("subject")), f"{url.rstrip('/')}/issues/{item}")
    return Translated(tuple(events), (shown,), tuple(_links(item, one)), tuple(gaps(item, now[STATE], changes)))


def _changes(journal: Mapping[str, Any], names: Names, people: Mapping[str, str], zone: str) -> Iterator[Change]:
    at, number = needed(journal.get("created_on"), zone), int(journal["id"])
    for detail in dicts(journal.get("details")):
        name, old, new = str(detail.get("name")), detail.get("old_value"), detail.get("new_value")
        if detail.get("property") == "cf":
            meaning = people.get(f"cf:{name}")
            if meaning:
                yield Change(at, number, f"j{number}", meaning, text(old), text(new), *_person(journal.get("user")))
        elif detail.get("property") == "attr" and name in _FIELDS:
            own = people if name == "assigned_to_id" else {}
            was, is_now = names.name(name, old, own), names.name(name, new, own)
            yield Change(at, number, f"j{number}", _FIELDS[name][0], was, is_now, *_person(journal.get("user")))


def _people(one: Mapping[str, Any], journals: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Id -> name of everybody the issue mentions, and "cf:7" -> meaning of its custom fields."""
    mentioned = [one.get("author"), one.get("assigned_to"), *(journal.get("user") for journal in journals)]
    named = [person for person in dicts(mentioned) if "id" in person and "name" in person]
    found = {str(person["id"]): str(person["name"]) for person in named}
    for custom in dicts(one.get("custom_fields")):
        if str(custom.get("name")).casefold() in _CUSTOM:
            found[f"cf:{custom['id']}"] = str(custom["name"]).casefold()
    return found


def _now(one: Mapping[str, Any], name: str) -> str | None:
    value = one.get(name)
    if isinstance(value, dict):
        return text(value.get("name")) or (f"({value['id']})" if "id" in value else None)
    return text(value)


def _custom_now(one: Mapping[str, Any]) -> dict[str, str | None]:
    return {
        str(custom["name"]).casefold(): text(custom.get("value"))
        for custom in dicts(one.get("custom_fields"))
        if str(custom.get("name")).casefold() in _CUSTOM
    }


def _touches(item: str, one: Mapping[str, Any], journals: Sequence[Mapping[str, Any]], zone: str) -> Iterator[Event]:
    for journal in journals:
        if text(journal.get("notes")):
            at, number = needed(journal.get("created_on"), zone), int(journal["id"])
            name, kind = _person(journal.get("user"))
            yield Event(item, at, Kind.TOUCH, "comment", actor=name, actor_kind=kind, ref=f"j{number}", seq=number)
    for change in dicts(one.get("changesets")):
        at, (name, kind) = needed(change.get("committed_on"), zone), _person(change.get("user"))
        ref = f"c{change.get('revision')}:{item}"
        yield Event(item, at, Kind.TOUCH, "commit", actor=name, actor_kind=kind, ref=ref)


def _links(item: str, one: Mapping[str, Any]) -> Iterator[Link]:
    for relation in dicts(one.get("relations")):
        start, end = str(relation["issue_id"]), str(relation["issue_to_id"])
        kind = str(relation.get("relation_type") or "relates")
        yield Link(start, end, kind, "vendor", 1.0, f"relation {relation['id']}")
    parent = inside(one, "parent", "id")
    if parent is not None:
        yield Link(item, str(parent), "part of", "vendor", 1.0, "parent")


def _person(user: Any) -> tuple[str | None, ActorKind]:
    """Somebody with an account. Of machines Redmine knows none but `Anonymous`, as whom nobody signs in."""
    name = text(inside(user, "name"))
    return name, "human" if name and inside(user, "id") is not None and name != ANONYMOUS else "unknown"
