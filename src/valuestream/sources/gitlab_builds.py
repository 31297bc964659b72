"""What GitLab's pipelines and deployments say, as events. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from valuestream.log.event import Kind
from valuestream.log.record import Event, Item, Translated
from valuestream.sources.decode import inside, instant, needed, text
from valuestream.sources.gitlab_issues import person

_ENDED = ("success", "failed", "canceled", "skipped")


def pipeline(project: str, whole: Mapping[str, Any]) -> Translated:
    """A pipeline: created, running, and how it ended."""
    one = whole["record"]
    item = f"{project}/pipelines/{one['id']}"
    who = person(one.get("user"))
    status = str(one.get("status"))
    steps = [("created", needed(one.get("created_at"))), ("running", instant(one.get("started_at")))]
    if status in _ENDED:
        steps.append((status, instant(one.get("finished_at")) or instant(one.get("updated_at"))))
    events = [
        Event(item, at, Kind.STATE, state, None, *who, None, None, f"{item}:{state}", seq)
        for seq, (state, at) in enumerate(steps)
        if at is not None
    ]
    about = {"branch": text(one.get("ref")), "sha": text(one.get("sha")), "trigger": text(one.get("source"))}
    key = f"{project} pipeline {one.get('iid') or one['id']}"
    return Translated(tuple(events), (Item(item, key, "build", None, text(one.get("web_url")), _said(about)),))


def deployment(project: str, whole: Mapping[str, Any]) -> Translated:
    """A deployment: created, begun by its job, and how it ended."""
    one = whole["record"]
    item = f"{project}/deployments/{one['id']}"
    who, job = person(one.get("user")), one.get("deployable")
    status = text(one.get("status")) or text(inside(job, "status"))
    steps = [("created", needed(one.get("created_at"))), ("running", instant(inside(job, "started_at")))]
    if status in _ENDED:
        ended = instant(inside(job, "finished_at")) or instant(one.get("updated_at"))
        steps.append((str(status), ended))
    events = [
        Event(item, at, Kind.STATE, state, None, *who, None, None, f"{item}:{state}", seq)
        for seq, (state, at) in enumerate(steps)
        if at is not None
    ]
    about = {
        "environment": text(inside(one, "environment", "name")),
        "ref": text(one.get("ref")),
        "sha": text(one.get("sha")),
    }
    key = f"{project} deployment {one.get('iid') or one['id']}"
    return Translated(tuple(events), (Item(item, key, "deployment", None, None, _said(about)),))


def _said(about: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in about.items() if value}
