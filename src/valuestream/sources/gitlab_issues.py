"""What GitLab's issues and merge requests say, as events. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from valuestream.log.record import Artefact, Item, Link, Translated
from valuestream.sources.closing import closes
from valuestream.sources.decode import dicts, inside, instant, needed, once, text
from valuestream.sources.walk import (
    APPROVED,
    CHANGES,
    CLOSED,
    DRAFT,
    IN_REVIEW,
    MERGED,
    NOT_MERGED,
    OPEN,
    Rules,
    Walk,
    When,
    Who,
)

_BOT = re.compile(r"^(project|group)_\d+_bot|[-_]bot$|^(ghost|gitlab)[-_]?bot", re.IGNORECASE)
_SERVICE = re.compile(r"^service_account_", re.IGNORECASE)
DELETED = "ghost"

Tell = Callable[[Walk, When, Who], None]


class Step(NamedTuple):
    """One thing that happened, with how the walk is told of it."""

    at: int
    place: int
    ref: str
    who: Who
    tell: Tell


def issue(project: str, whole: Mapping[str, Any], rules: Rules, *, is_request: bool) -> Translated:
    """An issue or a merge request with what GitLab logs of it: states, labels, milestones, notes."""
    one = whole["record"]
    item = f"{project}{'!' if is_request else '#'}{one['iid']}"
    walk = Walk(item, rules)
    notes = sorted(once(dicts(whole.get("notes"))), key=lambda note: int(note["id"]))
    author = person(one.get("author")).name if is_request else None
    told = [*_states(one, whole, is_request), *_labels(whole), *_milestones(whole), *_commits(item, whole)]
    steps = sorted([*told, *_notes(notes, author)], key=lambda step: step[:3])
    _born(walk, one, whole, notes, is_request)
    for seq, step in enumerate(steps, 1):
        step.tell(walk, When(step.at, seq, step.ref), step.who)
    about = {"sha": text(one.get("merge_commit_sha")), "branch": text(one.get("source_branch"))}
    said = {name: value for name, value in about.items() if value}
    key = text(inside(one, "references", "full")) or item
    artefact: Artefact = "pull_request" if is_request else "issue"
    shown = Item(item, key, artefact, text(one.get("title")), text(one.get("web_url")), said)
    return Translated(walk.done(), (shown,), tuple(_links(project, item, whole, is_request)))


def person(user: Any) -> Who:
    """An account and what it is: machines of GitLab have names of a form. Deleted accounts are nobody."""
    if not isinstance(user, dict):
        return Who()
    username = text(user.get("username"))
    name = username or text(user.get("name"))
    if name in (None, DELETED):
        return Who()
    if user.get("bot") is True or _BOT.search(name):
        return Who(name, "bot")
    if _SERVICE.search(name):
        return Who(name, "service")
    return Who(name, "human" if username else "unknown")


def _states(one: Mapping[str, Any], whole: Mapping[str, Any], is_request: bool) -> Iterator[Step]:
    """State events; where there are none, the record's own dates, since they begin only with GitLab 12."""
    events = once(dicts(whole.get("resource_state_events")))
    for event in events:
        state = str(event.get("state"))
        ref = f"s{event['id']}"
        yield Step(
            needed(event.get("created_at")), int(event["id"]), ref, person(event.get("user")), _state(state, is_request)
        )
    seen = {str(event.get("state")) for event in events}
    for state, when, by in (
        ("merged", "merged_at", ("merge_user", "merged_by")),
        ("closed", "closed_at", ("closed_by",)),
    ):
        at = instant(one.get(when))
        if at is not None and state not in seen and one.get("state") == state:
            who = next((person(one[name]) for name in by if one.get(name)), Who())
            yield Step(at, 0, f"{one['id']}:{state}", who, _state(state, is_request))


def _state(state: str, is_request: bool) -> Tell:
    ended = {"merged": MERGED, "closed": NOT_MERGED if is_request else CLOSED}.get(state)
    return lambda walk, when, who: walk.enters(ended or walk.column or OPEN, when, who)


def _labels(whole: Mapping[str, Any]) -> Iterator[Step]:
    for event in once(dicts(whole.get("resource_label_events"))):
        label = text(inside(event, "label", "name")) or "(deleted label)"
        tell = _labelled(label, gone=event.get("action") == "remove")
        yield Step(
            needed(event.get("created_at")), int(event["id"]), f"l{event['id']}", person(event.get("user")), tell
        )


def _labelled(label: str, *, gone: bool) -> Tell:
    return lambda walk, when, who: (walk.unlabelled if gone else walk.labelled)(label, when, who)


def _milestones(whole: Mapping[str, Any]) -> Iterator[Step]:
    for event in once(dicts(whole.get("resource_milestone_events"))):
        title = None if event.get("action") == "remove" else text(inside(event, "milestone", "title"))
        tell = _set("milestone", title)
        yield Step(
            needed(event.get("created_at")), int(event["id"]), f"m{event['id']}", person(event.get("user")), tell
        )


def _set(name: str, value: str | None) -> Tell:
    return lambda walk, when, who: walk.sets(name, value, when, who)


def _commits(item: str, whole: Mapping[str, Any]) -> Iterator[Step]:
    for commit in once(dicts(whole.get("commits"))):
        at = instant(commit.get("committed_date") or commit.get("created_at"))
        if at is not None:
            who = Who(text(commit.get("author_name")))
            yield Step(
                at, 0, f"{item}:{commit.get('id')}", who, lambda walk, when, who: walk.touches("commit", when, who)
            )


def _notes(notes: Sequence[Mapping[str, Any]], author: str | None) -> Iterator[Step]:
    """Comments, and what only notes of the system say: owners, drafts, approvals. `author`: of a merge request."""
    for note in notes:
        tell = _system(str(note.get("body"))) if note.get("system") else _commented(author)
        if tell is not None:
            yield Step(
                needed(note.get("created_at")), int(note["id"]), f"n{note['id']}", person(note.get("author")), tell
            )


def _commented(author: str | None) -> Tell:
    """A comment; on a merge request one by a person who did not write it begins the review."""

    def tell(walk: Walk, when: When, who: Who) -> None:
        walk.touches("comment", when, who)
        if author is not None and walk.state == OPEN and who.kind != "bot" and who.name not in (None, author):
            walk.enters(IN_REVIEW, when, who)

    return tell


def _system(body: str) -> Tell | None:
    owners = [(word, re.findall(r"@([\w.-]+\w)", names)) for word, names in _OWNERS.findall(body)]
    if owners:
        return lambda walk, when, who: _owned(walk, owners, when, who)
    state = _turn(body)
    return (lambda walk, when, who: _turned(walk, state, when, who)) if state else None


def _turn(body: str) -> str | None:
    """The state that a note of the system means."""
    said = body.replace("*", "").lower()
    return next((state for words, state in _TURNS if said.startswith(words)), None)


_OWNERS = re.compile(r"\b(assigned to|unassigned) ((?:@[\w.-]+\w(?:,? and |, )?)+)")
_TURNS = (
    ("marked this merge request as draft", DRAFT),
    ("marked this merge request as ready", OPEN),
    ("marked as a work in progress", DRAFT),
    ("unmarked as a work in progress", OPEN),
    ("approved this merge request", APPROVED),
    ("unapproved this merge request", OPEN),
    ("requested changes", CHANGES),
)


def _owned(walk: Walk, owners: Sequence[tuple[str, list[str]]], when: When, who: Who) -> None:
    for word, names in owners:
        for name in names:
            (walk.assigned if word == "assigned to" else walk.unassigned)(name, when, who)


def _turned(walk: Walk, state: str, when: When, who: Who) -> None:
    if state in (APPROVED, CHANGES, IN_REVIEW):
        walk.touches("review", when, who)
        if who.kind == "bot" or walk.state in (MERGED, NOT_MERGED):
            return
    walk.enters(state, when, who)


def _born(
    walk: Walk, one: Mapping[str, Any], whole: Mapping[str, Any], notes: Sequence[Mapping[str, Any]], is_request: bool
) -> None:
    """The beginning, which GitLab does not log: state events begin with the first change."""
    who, when = person(one.get("author")), When(needed(one.get("created_at")), 0, f"{walk.item}:born")
    walk.sets("type", "merge request" if is_request else text(one.get("issue_type")) or "issue", when, who)
    turns = [turn for note in notes if note.get("system") and (turn := _turn(str(note.get("body")))) in (DRAFT, OPEN)]
    was_draft = turns[0] == OPEN if turns else bool(one.get("draft") or one.get("work_in_progress"))
    if not whole.get("resource_label_events"):
        for label in one.get("labels") or ():
            walk.labelled(str(label), when, who)
    if not any(_OWNERS.search(str(note.get("body"))) for note in notes if note.get("system")):
        for owner in dicts(one.get("assignees")):
            walk.assigned(person(owner).name, when, who)
    if not whole.get("resource_milestone_events") and (title := text(inside(one, "milestone", "title"))):
        walk.sets("milestone", title, when, who)
    if walk.state is None:
        walk.enters(DRAFT if is_request and was_draft else OPEN, when, who)


def _links(project: str, item: str, whole: Mapping[str, Any], is_request: bool) -> Iterator[Link]:
    if not is_request:
        return
    for one in dicts(whole.get("closes_issues")):
        full = text(inside(one, "references", "full")) or f"{project}#{one.get('iid')}"
        yield Link(item, full, "closes", "vendor", 1.0, "closes_issues")
    record = whole["record"]
    for closed in closes(f"{record.get('title') or ''}\n\n{record.get('description') or ''}"):
        where = closed.project or project
        if "/" not in where:
            where = f"{project.rpartition('/')[0]}/{where}"
        yield Link(item, f"{where}#{closed.number}", "closes", "closing keyword", 0.95, closed.words)
