"""What Jira's issues say, as events. Pure: the same for Cloud, Data Center, and replies that were kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from valuestream.log.event import ActorKind, Kind, Reject
from valuestream.log.record import Event, Item, Link, Reply, Translated
from valuestream.sources.connector import Translate
from valuestream.sources.decode import dicts, inside, needed, once, text
from valuestream.sources.history import ASSIGNEE, STATE, Birth, Change, gaps, life
from valuestream.sources.jira_fields import MANY, MEANINGS


class Known(NamedTuple):
    """What translating needs beside the issue: status id -> name today, custom field id -> meaning."""

    url: str
    statuses: Mapping[str, str]
    custom: Mapping[str, str]


class Person(NamedTuple):
    name: str | None
    kind: ActorKind


NOBODY = Person(None, "unknown")

ACCOUNTS: dict[str, ActorKind] = {"app": "bot", "atlassian": "human", "customer": "human"}
"""What Jira Cloud says of an account; Data Center says nothing."""


def translation(url: str, statuses: Sequence[Any], custom: Mapping[str, str]) -> Translate:
    known = Known(url.rstrip("/"), {str(one["id"]): str(one["name"]) for one in dicts(list(statuses))}, custom)

    def translate(stream: str, reply: Reply) -> Translated:
        from pydantic_core import from_json

        return issue(from_json(reply.body), known) if stream.endswith("issues") else Translated()

    return translate


def issue(one: Mapping[str, Any], known: Known) -> Translated:
    """One issue with its history, comments, work logs and links. Its id is its identity: keys change with projects."""
    item, fields = str(one["id"]), one["fields"]
    people: dict[str, Person] = {}
    creator = _person(fields.get("creator") or fields.get("reporter"), people)
    owner = _person(fields.get("assignee"), people)
    log = one.get("changelog")
    histories = once(dicts(log.get("histories"))) if isinstance(log, dict) else []
    numbered = sorted([(_number(history), history) for history in histories], key=itemgetter(0))
    authors = [_person(history.get("author"), people) for _, history in numbered]
    now = _now(fields, owner, known)
    changes, steps = _changes(numbered, authors, people, known)
    many, first = _many(fields, steps)
    birth = Birth(item, needed(fields.get("created")), *creator)
    events = [*life(birth, now | first, _in_order(changes, many)), *_touches(fields, item, people)]
    key = str(one.get("key") or item)
    shown = Item(item, key, "issue", text(fields.get("summary")), f"{known.url}/browse/{key}")
    rejects = [*gaps(item, now[STATE], changes), *_short(item, log, histories)]
    return Translated(tuple(events), (shown,), tuple(_links(item, fields)), tuple(rejects))


def _number(history: Mapping[str, Any]) -> int:
    try:
        return int(history["id"])
    except ValueError:
        return 0


def _in_order(changes: list[Change], many: list[Change]) -> list[Change]:
    return sorted([*changes, *many], key=itemgetter(0, 1)) if many else changes


def _person(user: Any, people: dict[str, Person]) -> Person:
    """Who that is, by the name shown today; ids lead there, too."""
    if not isinstance(user, dict):
        return NOBODY
    one = user.get("accountId") or user.get("key") or user.get("name")
    if one in people:
        return people[one]
    name = text(user.get("displayName")) or text(user.get("name")) or text(one)
    person = Person(name, ACCOUNTS.get(user.get("accountType") or "", "unknown"))
    if isinstance(one, str):
        people[one] = person
    return person


class Step(NamedTuple):
    """One value of a field of many came or went."""

    at: int
    number: int
    ref: str
    field: str
    gone: str | None
    came: str | None
    who: Person


def _changes(
    numbered: Sequence[tuple[int, dict[str, Any]]],
    authors: Sequence[Person],
    people: Mapping[str, Person],
    known: Known,
) -> tuple[list[Change], list[Step]]:
    """Changes of fields, oldest first, and those of fields of many values. One pass: most items matter to nobody."""
    changes, steps = [], []
    for (number, history), who in zip(numbered, authors, strict=True):
        at = None
        for item in history.get("items") or ():
            name = (item.get("field") or "").lower()
            meaning = MEANINGS.get(name) or known.custom.get(item.get("fieldId") or "")
            if meaning is None and name not in MANY:
                continue
            if at is None:
                at, one = needed(history.get("created")), str(history["id"])
            if meaning is None:
                gone, came = text(item.get("fromString")), text(item.get("toString"))
                steps.append(Step(at, number, one, MANY[name], gone, came, who))
                continue
            old = _value(meaning, item.get("from"), item.get("fromString"), people, known)
            new = _value(meaning, item.get("to"), item.get("toString"), people, known)
            changes.append(Change(at, number, one, meaning, old, new, *who))
    return changes, steps


def _value(meaning: str, one: Any, said: Any, people: Mapping[str, Person], known: Known) -> str | None:
    """What a change calls a value: states and people by their ids, since names change; others as they were called."""
    if meaning == STATE:
        return known.statuses.get(str(one)) or text(said)
    if meaning == ASSIGNEE:
        found = people.get(one) if isinstance(one, str) else None
        return (found.name if found else None) or text(said)
    value = text(said)
    if meaning == "sprint" and value:
        return value.rpartition(", ")[2]
    return value


def _now(fields: Mapping[str, Any], owner: Person, known: Known) -> dict[str, str | None]:
    """The values of today, of which those that never changed were there from the beginning."""
    status = fields.get("status") or {}
    now: dict[str, str | None] = {
        STATE: known.statuses.get(str(status.get("id"))) or text(status.get("name")),
        ASSIGNEE: owner.name,
        "type": _name(fields.get("issuetype")),
        "priority": _name(fields.get("priority")),
        "labels": " ".join(map(str, fields.get("labels") or ())) or None,
        "resolution": _name(fields.get("resolution")),
        "project": _name(fields.get("project")) or _name(fields.get("project"), "key"),
        "parent": _name(fields.get("parent"), "key"),
    }
    for one, meaning in known.custom.items():
        value = _shown(fields.get(one))
        if value is not None and now.get(meaning) is None:
            now[meaning] = value
    return now


def _name(value: Any, key: str = "name") -> str | None:
    return text(value.get(key)) if isinstance(value, dict) else None


def _shown(value: Any) -> str | None:
    """A custom field's value in words: of a list the last, of an object its name."""
    if isinstance(value, list):
        value = value[-1] if value else None
    if isinstance(value, dict):
        value = value.get("name") or value.get("title") or value.get("value")
    return text(value)


def _many(fields: Mapping[str, Any], steps: Sequence[Step]) -> tuple[list[Change], dict[str, str | None]]:
    """Changes of fields of many values as changes of the whole list, and the lists of the beginning."""
    now = {
        "fix version": [str(one.get("name")) for one in dicts(fields.get("fixVersions"))],
        "component": [str(one.get("name")) for one in dicts(fields.get("components"))],
    }
    for step in reversed(steps):
        now[step.field] = _without(now[step.field], step.came) + ([step.gone] if step.gone else [])
    first = {field: ", ".join(names) or None for field, names in now.items()}
    changes = []
    for at, number, ref, field, gone, came, who in steps:
        before = ", ".join(now[field]) or None
        now[field] = _without(now[field], gone) + ([came] if came else [])
        changes.append(Change(at, number, ref, field, before, ", ".join(now[field]) or None, *who))
    return changes, first


def _without(names: Iterable[str], one: str | None) -> list[str]:
    return [name for name in names if name != one]


def _touches(fields: Mapping[str, Any], item: str, people: dict[str, Person]) -> Iterator[Event]:
    for comment in once(dicts(inside(fields, "comment", "comments"))):
        who = _person(comment.get("author"), people)
        at = needed(comment.get("created"))
        yield Event(item, at, Kind.TOUCH, "comment", None, who.name, who.kind, None, None, f"c{comment['id']}")
    for work in once(dicts(inside(fields, "worklog", "worklogs"))):
        who = _person(work.get("author"), people)
        at = needed(work.get("started") or work.get("created"))
        yield Event(item, at, Kind.TOUCH, "work log", None, who.name, who.kind, None, None, f"w{work['id']}")


def _links(item: str, fields: Mapping[str, Any]) -> Iterator[Link]:
    for link in dicts(fields.get("issuelinks")):
        kind = str(inside(link, "type", "name") or "relates").lower()
        for side, other in (("outwardIssue", True), ("inwardIssue", False)):
            one = inside(link, side, "id")
            if one is not None:
                start, end = (item, str(one)) if other else (str(one), item)
                yield Link(start, end, kind, "vendor", 1.0, f"issue link {link.get('id')}")
    parent = inside(fields, "parent", "id")
    if parent is not None:
        yield Link(item, str(parent), "part of", "vendor", 1.0, "parent")


def _short(item: str, log: Any, histories: Sequence[Any]) -> Iterator[Reject]:
    total = log.get("total") if isinstance(log, dict) else None
    if isinstance(total, int) and len(histories) < total:
        reason = "the history is shorter than its stated total"
        yield Reject(f"item {item}", reason, f"{len(histories)} of {total} changes came")
