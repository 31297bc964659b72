"""What GitHub's issues and pull requests say, as events. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from valuestream.log.record import Item, Link, Translated
from valuestream.sources.closing import closes
from valuestream.sources.decode import dicts, inside, instant, needed, text
from valuestream.sources.github_people import person
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

_REASONS = {"not_planned": "closed (not planned)", "duplicate": "closed (duplicate)"}


def issue(repo: str, whole: Mapping[str, Any], rules: Rules) -> Translated:
    """An issue or a pull request with its timeline."""
    one = whole["issue"]
    item = f"{repo}#{one['number']}"
    pull = whole.get("pull") if one.get("pull_request") is not None else None
    pull = pull if isinstance(pull, dict) else ({} if one.get("pull_request") is not None else None)
    walk = Walk(item, rules)
    steps = _steps(whole)
    _born(walk, one, pull, steps)
    merged = None if pull is None else instant(pull.get("merged_at") or inside(one, "pull_request", "merged_at"))
    for seq, (at, step) in enumerate(steps, 1):
        _step(walk, step, When(at, seq, _ref(item, step)), pull is not None, merged)
    if merged is not None:
        who = person(pull.get("merged_by") if pull else None)
        walk.enters(MERGED, When(merged, len(steps) + 1, f"{item}:merged"), who)
    elif one.get("closed_at") and walk.state in (OPEN, DRAFT, IN_REVIEW, None):
        ended = NOT_MERGED if pull is not None else _REASONS.get(str(one.get("state_reason")), CLOSED)
        who = person(one.get("closed_by"))
        walk.enters(ended, When(needed(one["closed_at"]), len(steps) + 1, f"{item}:closed"), who)
    artefact = "issue" if pull is None else "pull_request"
    about = {"sha": text(pull.get("merge_commit_sha")), "branch": text(inside(pull, "head", "ref"))} if pull else {}
    shown = Item(
        item,
        item,
        "pull_request" if artefact == "pull_request" else "issue",
        text(one.get("title")),
        text(one.get("html_url")),
        {name: value for name, value in about.items() if value},
    )
    return Translated(walk.done(), (shown,), tuple(_links(repo, item, one, steps, pull is not None)))


def _steps(whole: Mapping[str, Any]) -> list[tuple[int, Mapping[str, Any]]]:
    """Everything that happened, by time; what the timeline does not name as a whole comes from the other lists."""
    steps = [step for step in dicts(whole.get("timeline")) if step.get("event") != "committed"]
    steps += dicts(whole.get("events"))
    steps += [{**one, "event": "commented"} for one in dicts(whole.get("comments"))]
    steps += [{**one, "event": "reviewed"} for one in dicts(whole.get("reviews"))]
    steps += [{**one, "event": "committed"} for one in dicts(whole.get("commits"))]
    if not whole.get("commits"):
        steps += [step for step in dicts(whole.get("timeline")) if step.get("event") == "committed"]
    known = {_ref("", step): step for step in steps}
    dated = [(at, step) for step in known.values() if (at := _at(step)) is not None]
    return sorted(dated, key=lambda one: one[0])


def _at(step: Mapping[str, Any]) -> int | None:
    if step.get("event") == "committed":
        commit = step.get("commit") if isinstance(step.get("commit"), dict) else step
        return instant(inside(commit, "committer", "date") or inside(commit, "author", "date"))
    if step.get("event") == "line-commented":
        comments = dicts(step.get("comments"))
        return instant(comments[0].get("created_at")) if comments else None
    return instant(step.get("created_at") or step.get("submitted_at"))


def _ref(item: str, step: Mapping[str, Any]) -> str:
    one = step.get("id") or step.get("sha") or step.get("node_id")
    if one is None:  # cross references have no id
        one = f"{step.get('event')}:{step.get('created_at')}"
    prefix = {"commented": "c", "reviewed": "r", "committed": f"{item}:"}.get(str(step.get("event")), "e")
    return f"{prefix}{one}"


def _born(
    walk: Walk, one: Mapping[str, Any], pull: Mapping[str, Any] | None, steps: Sequence[tuple[int, Mapping[str, Any]]]
) -> None:
    """Creation: its type, and whether it began as a draft, which the first change of that tells."""
    who, when = person(one.get("user")), When(needed(one.get("created_at")), 0, f"{walk.item}:born")
    turns = [step["event"] for _, step in steps if step.get("event") in ("ready_for_review", "convert_to_draft")]
    was_draft = turns[0] == "ready_for_review" if turns else bool((pull or {}).get("draft"))
    typed = any("issue_type" in str(step.get("event")) for _, step in steps)
    kind = "pull request" if pull is not None else None if typed else text(inside(one, "type", "name"))
    walk.sets("type", kind or ("pull request" if pull is not None else "issue"), when, who)
    if not any(step.get("event") == "milestoned" for _, step in steps):
        milestone = text(inside(one, "milestone", "title"))
        if milestone:
            walk.sets("milestone", milestone, when, who)
    if not any(step.get("event") in ("labeled", "unlabeled") for _, step in steps):
        for label in dicts(one.get("labels")):
            walk.labelled(str(label.get("name")), when, who)
    if not any(step.get("event") in ("assigned", "unassigned") for _, step in steps):
        for owner in dicts(one.get("assignees")):
            walk.assigned(person(owner).name, when, who)
    if walk.state is None:
        walk.enters(DRAFT if pull is not None and was_draft else OPEN, when, who)


def _step(walk: Walk, step: Mapping[str, Any], when: When, is_pull: bool, merged: int | None) -> None:
    kind, who = str(step.get("event")), person(step.get("actor") or step.get("user") or step.get("author"))
    if kind in ("labeled", "unlabeled"):
        label = str(inside(step, "label", "name") or "(deleted label)")
        (walk.labelled if kind == "labeled" else walk.unlabelled)(label, when, who)
    elif kind in ("assigned", "unassigned"):
        owner = person(step.get("assignee")).name
        (walk.assigned if kind == "assigned" else walk.unassigned)(owner, when, who)
    elif kind == "closed":
        if merged is None or when.at < merged - 1_000_000:
            walk.enters(NOT_MERGED if is_pull else _REASONS.get(str(step.get("state_reason")), CLOSED), when, who)
    elif kind in ("reopened", "ready_for_review"):
        walk.enters(walk.column or OPEN, when, who)
    elif kind == "convert_to_draft":
        walk.enters(DRAFT, when, who)
    elif kind == "reviewed":
        _reviewed(walk, step, when, who)
    elif kind == "review_requested":
        if walk.state == CHANGES:
            walk.enters(OPEN, when, who)
    elif kind in ("milestoned", "demilestoned"):
        walk.sets("milestone", text(inside(step, "milestone", "title")) if kind == "milestoned" else None, when, who)
    elif kind in ("issue_type_added", "issue_type_changed"):
        walk.sets("type", text(inside(step, "issue_type", "name")), when, who)
    elif kind == "project_v2_item_status_changed":
        if state := text(step.get("status")):
            walk.enters(state, when, who)
    elif kind in _TOUCHES:
        author = step.get("author") if kind == "committed" else None
        walk.touches(_TOUCHES[kind], when, person(author) if author else who)


_TOUCHES = {"commented": "comment", "line-commented": "review", "committed": "commit", "commit-commented": "comment"}


def _reviewed(walk: Walk, step: Mapping[str, Any], when: When, who: Who) -> None:
    """A review by a person moves the request; a bot's does not, or nothing would ever wait for a review."""
    walk.touches("review", when, who)
    verdict = str(step.get("state")).lower()
    if who.kind == "bot" or walk.state in (None, MERGED, NOT_MERGED, DRAFT):
        return
    if verdict in (APPROVED, CHANGES):
        walk.enters(verdict, when, who)
    elif verdict == "commented" and walk.state == OPEN:
        walk.enters(IN_REVIEW, when, who)


def _links(
    repo: str, item: str, one: Mapping[str, Any], steps: Sequence[tuple[int, Mapping[str, Any]]], is_pull: bool
) -> Iterator[Link]:
    if is_pull:
        for closed in closes(f"{one.get('title') or ''}\n\n{one.get('body') or ''}"):
            yield Link(
                item, f"{closed.project or repo}#{closed.number}", "closes", "closing keyword", 0.95, closed.words
            )
    for _, step in steps:
        kind, source = str(step.get("event")), inside(step, "source", "issue")
        if kind == "cross-referenced" and isinstance(source, dict):
            home = str(source.get("repository_url") or "").rpartition("/repos/")[2] or repo
            yield Link(f"{home}#{source['number']}", item, "mentions", "vendor", 0.3, "cross reference")
        for name, field, type_, way in _RELATIONS:
            other = inside(step, field, "number")
            if kind == name and other is not None:
                ends = (item, f"{repo}#{other}")
                yield Link(*(ends if way else ends[::-1]), type_, "vendor", 1.0, f"event {step.get('id')}")


_RELATIONS = (
    ("parent_issue_added", "parent_issue", "part of", True),
    ("sub_issue_added", "sub_issue", "part of", False),
    ("blocked_by_added", "blocked_by", "blocks", False),
)
