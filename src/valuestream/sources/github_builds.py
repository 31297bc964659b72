"""GitHub's workflow runs and deployments: how they are listed, and what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from valuestream.log.event import Kind
from valuestream.log.record import Event, Item, Link, Reply, Translated
from valuestream.sources import decode
from valuestream.sources.decode import dicts, inside, instant, needed, once, text
from valuestream.sources.github_people import person
from valuestream.sources.http import Answer, Http, Request
from valuestream.sources.listing import Listing
from valuestream.sources.mark import DAY_US, Span
from valuestream.sources.paging import Link as LinkPaging
from valuestream.sources.paging import listed, number_in, pages
from valuestream.sources.reference import reply_of

MOST_RUNS = 1000
"""GitHub shows no more of one search for runs."""

_RUN_LIVES_US = 7 * DAY_US
_DEPLOYMENT_LIVES_US = 30 * DAY_US


def runs(repo: str, page: int, earliest_us: int | None) -> Listing:
    """Runs by the day they were created; one may be run again for some days after."""

    def ask(span: Span) -> Request:
        start = None if span.start is None else span.start - (_RUN_LIVES_US if span.end is None else 0)
        begins, ends = decode.iso(start or 0), "*" if span.last is None else decode.iso(span.last)
        params = {} if start is None and span.last is None else {"created": f"{begins}..{ends}"}
        return Request(f"/repos/{repo}/actions/runs", params)

    return Listing(
        ask=ask,
        paging=LinkPaging(page),
        records=lambda data: dicts(listed(data, "workflow_runs")),
        identity=lambda one: f"{repo}/runs/{one['id']}",
        changed=lambda one: instant(one.get("updated_at")),
        details=lambda http, some: [_attempts(http, repo, one) for one in some],
        order=lambda one: instant(one.get("created_at")),
        lookback_us=_RUN_LIVES_US,
        said=_count_of_runs,
        most=MOST_RUNS,
        earliest_us=earliest_us,
    )


def _count_of_runs(answer: Answer) -> int | None:
    return number_in(answer.data, "total_count")


def _attempts(http: Http, repo: str, one: dict[str, Any]) -> Reply:
    """A run with its earlier attempts: a re-run writes over it, and failures would be lost."""
    last = int(one.get("run_attempt") or 1)
    path = f"/repos/{repo}/actions/runs/{one['id']}/attempts"
    earlier = [http.maybe(Request(f"{path}/{n}")) for n in range(1, last)]
    return reply_of(f"{repo}/runs/{one['id']}", {"run": one, "attempts": [answer.data for answer in earlier if answer]})


def run(repo: str, whole: Mapping[str, Any]) -> Translated:
    """A run and its attempts: queued, running, and how it ended."""
    last = whole["run"]
    item = f"{repo}/runs/{last['id']}"
    events: list[Event] = []
    for one in (*dicts(whole.get("attempts")), last):
        events += _attempt(item, one)
    about = {
        "workflow": text(last.get("name")),
        "branch": text(last.get("head_branch")),
        "sha": text(last.get("head_sha")),
        "trigger": text(last.get("event")),
    }
    key = f"{repo} run {last.get('run_number') or last['id']}"
    shown = Item(item, key, "build", text(last.get("display_title")), text(last.get("html_url")), _said(about))
    evidence = f"head {str(last.get('head_sha'))[:12]}"
    links = [
        Link(item, f"{repo}#{one['number']}", "builds", "vendor", 1.0, evidence)
        for one in dicts(last.get("pull_requests"))
        if "number" in one
    ]
    return Translated(tuple(events), (shown,), tuple(links))


def _attempt(item: str, one: Mapping[str, Any]) -> list[Event]:
    number = int(one.get("run_attempt") or 1)
    who = person(one.get("triggering_actor") or one.get("actor"))
    created, began = instant(one.get("created_at")), instant(one.get("run_started_at"))
    steps = [("running", began or created)]
    if number == 1:
        steps = [("queued", created), *([("running", began)] if began else [])]
    if one.get("status") == "completed":
        steps.append((text(one.get("conclusion")) or "completed", instant(one.get("updated_at"))))
    return [
        Event(
            item,
            at,
            Kind.STATE,
            state,
            None,
            who.name,
            who.kind,
            None,
            None,
            f"{item}.{number}:{state}",
            10 * number + n,
        )
        for n, (state, at) in enumerate(steps)
        if at is not None
    ]


def deployments(repo: str, page: int, earliest_us: int | None) -> Listing:
    """Deployments, newest first: GitHub cannot be asked for those that changed."""

    def details(http: Http, some: Sequence[dict[str, Any]]) -> list[Reply]:
        return [_statuses(http, repo, one) for one in some]

    return Listing(
        ask=lambda span: Request(f"/repos/{repo}/deployments"),
        paging=LinkPaging(page),
        records=dicts,
        identity=lambda one: f"{repo}/deployments/{one['id']}",
        changed=lambda one: instant(one.get("updated_at")),
        details=details,
        bounded=False,
        order=lambda one: instant(one.get("created_at")),
        lookback_us=_DEPLOYMENT_LIVES_US,
        earliest_us=earliest_us,
    )


def _statuses(http: Http, repo: str, one: dict[str, Any]) -> Reply:
    path = f"/repos/{repo}/deployments/{one['id']}/statuses"
    found = [status for answer in pages(http, Request(path), LinkPaging(100)) for status in dicts(answer.data)]
    return reply_of(f"{repo}/deployments/{one['id']}", {"deployment": one, "statuses": found})


def deployment(repo: str, whole: Mapping[str, Any]) -> Translated:
    """A deployment and its statuses. "inactive" says that a later one took its place, not that it failed."""
    one = whole["deployment"]
    item = f"{repo}/deployments/{one['id']}"
    who = person(one.get("creator"))
    events = [Event(item, needed(one["created_at"]), Kind.STATE, "created", None, *who, None, None, f"{item}:born")]
    for seq, status in enumerate(sorted(once(dicts(whole.get("statuses"))), key=lambda status: status["id"]), 1):
        at, by = needed(status.get("created_at")), person(status.get("creator"))
        state, ref = str(status.get("state")), f"{item}:{status['id']}"
        if state == "inactive":
            events.append(Event(item, at, Kind.SET, "yes", "superseded", *by, None, None, ref, seq))
        else:
            events.append(Event(item, at, Kind.STATE, state, None, *by, None, None, ref, seq))
    about = {name: text(one.get(name)) for name in ("environment", "ref", "sha", "task")}
    key = f"{repo} deployment {one['id']}"
    shown = Item(item, key, "deployment", text(one.get("description")), text(inside(one, "url")), _said(about))
    return Translated(tuple(events), (shown,))


def _said(about: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in about.items() if value}
