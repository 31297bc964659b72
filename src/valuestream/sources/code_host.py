"""Issues and requests of GitHub and GitLab as their commands and REST interfaces list them in JSON.

`gh issue list --state all --limit 10000 --json number,state,createdAt,closedAt,...`, `gh api`, `glab api`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from valuestream.errors import InputError
from valuestream.log.event import Kind
from valuestream.sources import columns
from valuestream.sources.columns import is_history
from valuestream.sources.events_table import Row, from_rows
from valuestream.sources.json_values import first, inside, listed, text

if TYPE_CHECKING:
    from valuestream.log.event import Log
    from valuestream.sources.source import Reading

Entry = Mapping[str, Any]

_SAMPLE = 50
_JSON = "number,title,state,createdAt,closedAt,author,assignees,labels"


class Host(NamedTuple):
    """Whose list it is, the key that numbers an entry, and how a user gets at more."""

    name: str
    number: str
    history: str


GITHUB = Host(
    "GitHub's issues and pull requests",
    "number",
    "They say when an entry was opened and closed, not what was done in between. Labels and boards have a history in "
    "GitHub's REST interface (each issue's timeline), for a later `vsm sync`; for pull requests, "
    "`vsm map path/to/clone` reads the git history",
)
GITLAB = Host(
    "GitLab's issues and merge requests",
    "iid",
    "They say when an entry was opened and closed, not what was done in between. Labels have a history in GitLab's "
    "REST interface (resource_label_events), for a later `vsm sync`; for merge requests `vsm map path/to/clone` reads "
    "the git history",
)


def recognised(entries: Sequence[Any]) -> Host | None:
    """Whose entries these are, by the keys of the first. None where they say when each state was entered."""
    some = [entry for entry in entries[:_SAMPLE] if isinstance(entry, dict)]
    if is_history(columns.recognised(list(some[0]) if some else [], {})):
        return None
    for host in (GITLAB, GITHUB):
        if some and all(host.number in entry and "state" in entry for entry in some):
            return host
    return None


def log(name: str, entries: Sequence[Any], host: Host, reading: Reading) -> Log:
    """The log of a list of entries: opened, closed or merged; reviews, comments and commits where they are listed."""
    if not any(isinstance(entry, dict) and first(entry, "createdAt", "created_at") for entry in entries):
        raise InputError(
            f"{name} is {host.name} without the time at which they were opened.",
            f"`gh issue list --state all --limit 10000 --json {_JSON}` gives it.",
        )
    counts: Counter[str] = Counter()
    some = [entry for entry in entries if isinstance(entry, dict)]
    several = len({_key(e, host, full=True) for e in some}) > len({_key(e, host, full=False) for e in some})
    rows = [row for n, entry in enumerate(entries, 1) for row in told(entry, n, host, counts, full=several)]
    found = from_rows(name, rows, reading, counted="entry")
    notes = [f"Read as {host.name}: {len(entries):,} entries.", f"{host.history}."]
    if counts["touches"]:
        notes.append(f"{counts['touches']:,} reviews, comments and commits are read as touches.")
    return found.noting(*notes, "Attributes and assignees are those of the day of the export, taken for a whole life.")


def told(entry: Any, place: int, host: Host, counts: Counter[str], *, full: bool = False) -> Iterator[Row]:
    """The events of one entry. Pure. `full`: the list is of several repositories, and keys need their names."""
    if not isinstance(entry, dict):
        yield Row(place, None, None, Kind.STATE)
        return
    item, created = _key(entry, host, full=full), text(first(entry, "createdAt", "created_at"))
    author = _login(first(entry, "author", "user"))
    for field, value in _attributes(entry, "merge request" if host is GITLAB else "pull request"):
        yield Row(place, item, created, Kind.SET, value, field)
    owners = [login for login in map(_login, listed(entry, "assignees")) if login]
    owner = owners[0] if owners else _login(entry.get("assignee"))
    if owner:
        yield Row(place, item, created, Kind.ASSIGN, owner)
    yield Row(place, item, created, Kind.STATE, "open", None, author)
    for row in _touches(entry, place, item):
        counts["touches"] += 1
        yield row
    yield from _end(entry, place, item)


def _end(entry: Entry, place: int, item: str | None) -> Iterator[Row]:
    state = (text(entry.get("state")) or "").casefold()
    request = entry.get("pull_request")
    merged = text(first(entry, "mergedAt", "merged_at")) or text(inside(request, "merged_at"))
    closed = text(first(entry, "closedAt", "closed_at"))
    if merged:
        who = _login(first(entry, "mergedBy", "merged_by", "merge_user"))
        yield Row(place, item, merged, Kind.STATE, "merged", None, who)
    elif closed and state not in ("open", "opened"):
        reason = (text(first(entry, "stateReason", "state_reason")) or "").casefold().replace("_", " ")
        dropped = reason == "not planned" or reason == "duplicate" or _is_request(entry)
        word = f"closed ({'not merged' if _is_request(entry) else reason})" if dropped else "closed"
        yield Row(place, item, closed, Kind.STATE, word, None, _login(first(entry, "closedBy", "closed_by")))


def _is_request(entry: Entry) -> bool:
    marks = ("mergedAt", "merged_at", "pull_request", "isDraft", "headRefName", "source_branch", "base")
    return any(entry.get(mark) is not None for mark in marks) or "mergedAt" in entry or "merged_at" in entry


def _attributes(entry: Entry, request: str) -> Iterator[tuple[str, str]]:
    kind = entry.get("issueType") or entry.get("type")
    name = text(kind.get("name")) if isinstance(kind, dict) else text(entry.get("issue_type"))
    yield "type", name or (request if _is_request(entry) else "issue")
    labels = [text(label.get("name")) if isinstance(label, dict) else text(label) for label in listed(entry, "labels")]
    said = {
        "title": text(entry.get("title")),
        "labels": ", ".join(label for label in labels if label),
        "milestone": text(inside(entry.get("milestone"), "title")),
    }
    yield from ((field, value) for field, value in said.items() if value)


def _touches(entry: Entry, place: int, item: str | None) -> Iterator[Row]:
    for name, word, times in (
        ("reviews", "review", ("submittedAt", "submitted_at")),
        ("comments", "comment", ("createdAt", "created_at")),
        ("commits", "commit", ("committedDate", "authoredDate")),
    ):
        for one in listed(entry, name):
            at = text(first(one, *times)) if isinstance(one, dict) else None
            if not at:
                continue
            authors = [login for login in map(_login, listed(one, "authors")) if login]
            who = _login(first(one, "author", "user")) or (authors[0] if authors else None)
            yield Row(place, item, at, Kind.TOUCH, word, None, who)


def _key(entry: Entry, host: Host, *, full: bool) -> str | None:
    number = text(entry.get(host.number))
    if number is None:
        return None
    sign = "!" if host is GITLAB and _is_request(entry) else "#"
    where = text(inside(entry.get("references"), "full")) or text(first(entry, "html_url", "url", "web_url"))
    return where if full and where else f"{sign}{number}"


def _login(person: Any) -> str | None:
    if isinstance(person, dict):
        return text(first(person, "login", "username", "name"))
    return text(person)
