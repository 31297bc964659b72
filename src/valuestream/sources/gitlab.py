"""GitLab: issues and merge requests with what it logs of them, pipelines and deployments, by its REST interface."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from valuestream.log.record import Reply, Translated
from valuestream.sources import decode, listing
from valuestream.sources.connector import CHECKED, Category, Finding, Page, Translate, unchecked
from valuestream.sources.gitlab_builds import deployment, pipeline
from valuestream.sources.gitlab_complete import completed
from valuestream.sources.gitlab_issues import issue
from valuestream.sources.http import Answer, Host, Http, Request
from valuestream.sources.mark import Span
from valuestream.sources.naming import is_pattern, matched
from valuestream.sources.paging import Number, listed, pages
from valuestream.sources.reference import read_whole, records, reply_of
from valuestream.sources.walk import Rules

WHAT = ("issues", "merge_requests", "pipelines", "deployments")
PUBLIC = "https://gitlab.com"


@dataclass(frozen=True)
class GitLab:
    """Settings of a GitLab source. `projects`: paths and patterns ("acme/*"). The columns of boards are states."""

    projects: tuple[str, ...]
    token: str = ""
    url: str = PUBLIC
    what: tuple[str, ...] = WHAT
    rules: Rules = field(default_factory=Rules)
    earliest_us: int | None = None
    page: int = 100

    name = "gitlab"
    reference = ("boards",)

    def host(self) -> Host:
        headers = {"PRIVATE-TOKEN": self.token} if self.token else {}
        return Host(f"{self.url.rstrip('/')}/api/v4", headers, (self.token,) if self.token else ())

    def streams(self, http: Http) -> Sequence[str]:
        return ["boards", *(f"{project}/{what}" for project in self._projects(http) for what in self.what)]

    def read(self, http: Http, stream: str, cursor: str | None, now_us: int) -> Iterator[Page]:
        if stream == "boards":
            return read_whole([reply for project in self._projects(http) for reply in _boards(http, project)], cursor)
        return listing.read(http, self._listing(stream), cursor, now_us)

    def translation(self, reference: Mapping[str, Sequence[Reply]]) -> Translate:
        """State labels are those of the settings, else the columns of the project's boards."""
        columns: dict[str, list[str]] = {}
        for one in records(reference, "boards"):
            columns.setdefault(one["project"], []).extend(one["columns"])

        def translate(stream: str, reply: Reply) -> Translated:
            from pydantic_core import from_json

            project, _, what = stream.rpartition("/")
            record = from_json(reply.body)
            if what in ("pipelines", "deployments"):
                return {"pipelines": pipeline, "deployments": deployment}[what](project, record)
            states = self.rules.states or tuple(map(_literal, columns.get(project, ())))
            return issue(project, record, replace(self.rules, states=states), is_request=what == "merge_requests")

        return translate

    def categories(self, reference: Mapping[str, Sequence[Reply]]) -> Mapping[str, Category]:
        return {}

    def check(self, http: Http) -> Iterator[Finding]:
        me = http.maybe(Request("/user")) if self.token else None
        login = decode.inside(me.data, "username") if me else None
        yield Finding(bool(login), f"The token is that of {login}." if login else "Nobody is signed in: public only.")
        found = self._projects(http)
        yield Finding(bool(found), f"{len(found):,} projects are read: {', '.join(found[:5]) or 'none'}.")
        for project in found[:CHECKED]:
            for what in self.what:
                seen = http.maybe(Request(f"{_place(project)}/{what}", {"per_page": "1"}))
                yield Finding(seen is not None, f"{project}: {what} {'can be read' if seen else 'are not visible'}.")
        yield from unchecked(found)

    def ids(self, http: Http, stream: str) -> Iterator[Sequence[str]] | None:
        project, _, what = stream.rpartition("/")
        if what not in ("issues", "merge_requests"):
            return None  # pipelines and deployments are tidied away by rule: that is no deletion of work
        ask = Request(f"{_place(project)}/{what}", {"scope": "all", "order_by": "created_at", "sort": "asc"})
        answers = pages(http, ask, Number(), "")
        return ([_id(project, what, one) for one in decode.dicts(answer.data)] for answer in answers)

    def again(self, http: Http, stream: str, ids: Sequence[str]) -> Sequence[Reply]:
        project, _, what = stream.rpartition("/")
        path = f"{_place(project)}/{what}"
        answers = [http.maybe(Request(f"{path}/{one.rpartition('!' if '!' in one else '#')[2]}")) for one in ids]
        return completed(http, project, what, [answer.data for answer in answers if answer])

    def _listing(self, stream: str) -> listing.Listing:
        project, _, what = stream.rpartition("/")

        def ask(span: Span) -> Request:
            params = {"order_by": "updated_at", "sort": "desc"}
            if what in ("issues", "merge_requests"):
                params["scope"] = "all"
            if span.start is not None:
                params["updated_after"] = decode.iso(span.start)
            if span.last is not None:
                params["updated_before"] = decode.iso(span.last + 1_000_000)
            return Request(f"{_place(project)}/{what}", params)

        return listing.Listing(
            ask=ask,
            paging=Number(size=self.page),
            records=decode.dicts,
            identity=lambda one: _id(project, what, one),
            changed=lambda one: decode.instant(one.get("updated_at") or one.get("created_at")),
            details=lambda http, some: completed(http, project, what, some),
            grain_us=1_000,
            by_count=True,
            said=_total,
            earliest_us=self.earliest_us,
        )

    def _projects(self, http: Http) -> list[str]:
        """The projects that the patterns match."""
        return matched(self.projects, lambda pattern: _within(http, "/".join(pattern.split("/")[:-1])))


def _within(http: Http, group: str) -> list[str]:
    """The projects of a group, subgroups included; all of the token's where the group is a pattern or none is named."""
    if is_pattern(group) or not group:
        ask = Request("/projects", {"membership": "true", "simple": "true"})
    else:
        ask = Request(f"/groups/{quote(group, safe='')}/projects", {"include_subgroups": "true", "simple": "true"})
    answers = pages(http, ask, Number(), "")
    return [str(one["path_with_namespace"]) for answer in answers for one in decode.dicts(answer.data)]


def _place(project: str) -> str:
    return f"/projects/{quote(project, safe='')}"


def _id(project: str, what: str, one: Mapping[str, Any]) -> str:
    if what == "issues":
        return f"{project}#{one['iid']}"
    return f"{project}!{one['iid']}" if what == "merge_requests" else f"{project}/{what}/{one['id']}"


def _total(answer: Answer) -> int | None:
    """How many records there are; GitLab does not count beyond 10,000."""
    said = answer.headers.get("x-total", "")
    return int(said) if said.isdecimal() else None


def _boards(http: Http, project: str) -> Iterator[Reply]:
    answer = http.maybe(Request(f"{_place(project)}/boards"))
    columns = [
        str(column["label"]["name"])
        for board in decode.dicts(listed(answer.data, "") if answer else None)
        for column in decode.dicts(board.get("lists"))
        if decode.inside(column, "label", "name")
    ]
    yield reply_of(project, {"project": project, "columns": list(dict.fromkeys(columns))})


def _literal(label: str) -> str:
    """A label as a pattern that matches it and nothing else."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in label)
