"""GitHub: issues and pull requests with their timelines, workflow runs and deployments, by its REST interface."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from valuestream.log.record import Reply, Translated
from valuestream.sources import decode, listing
from valuestream.sources.connector import CHECKED, Category, Finding, Page, Translate, unchecked
from valuestream.sources.faults import MISSING, SCOPE, Fault
from valuestream.sources.github_builds import deployment, deployments, run, runs
from valuestream.sources.github_closing import closed_by, closing
from valuestream.sources.github_complete import completed
from valuestream.sources.github_issues import issue
from valuestream.sources.http import Host, Http, Request
from valuestream.sources.mark import Span
from valuestream.sources.naming import is_pattern, matched
from valuestream.sources.paging import Link, listed, pages
from valuestream.sources.walk import Rules

WHAT = ("issues", "runs", "deployments", "closing")
"""What can be read of a repository: issues are issues and pull requests; closing is who closes what."""

PUBLIC = "https://api.github.com"


@dataclass(frozen=True)
class GitHub:
    """Settings of a GitHub source. `repos`: names and patterns with their owner ("acme/*")."""

    repos: tuple[str, ...]
    token: str = ""
    url: str = PUBLIC
    what: tuple[str, ...] = WHAT
    rules: Rules = field(default_factory=Rules)
    earliest_us: int | None = None
    page: int = 100

    name = "github"
    reference = ()

    def host(self) -> Host:
        headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return Host(self.url, headers, (self.token,) if self.token else ())

    def streams(self, http: Http) -> Sequence[str]:
        what = [one for one in self.what if one != "closing" or self.token]  # GraphQL answers nobody without a token
        return [f"{repo}/{one}" for repo in self._repos(http) for one in what]

    def read(self, http: Http, stream: str, cursor: str | None, now_us: int) -> Iterator[Page]:
        repo, _, what = stream.rpartition("/")
        if what == "runs":
            found = runs(repo, self.page, self.earliest_us)
        elif what == "deployments":
            found = deployments(repo, self.page, self.earliest_us)
        elif what == "closing":
            return _where_there_is(listing.read(http, closing(repo, self.url, self.earliest_us), cursor, now_us))
        else:
            found = self._issues(repo)
        return listing.read(http, found, cursor, now_us)

    def translation(self, reference: Mapping[str, Sequence[Reply]]) -> Translate:
        def translate(stream: str, reply: Reply) -> Translated:
            from pydantic_core import from_json

            repo, _, what = stream.rpartition("/")
            record = from_json(reply.body)
            if what == "issues":
                return issue(repo, record, self.rules)
            return {"runs": run, "deployments": deployment, "closing": closed_by}[what](repo, record)

        return translate

    def categories(self, reference: Mapping[str, Sequence[Reply]]) -> Mapping[str, Category]:
        return {}

    def check(self, http: Http) -> Iterator[Finding]:
        limits = http.maybe(Request("/rate_limit"))
        core = decode.inside(limits.data, "resources", "core") if limits else None
        if core:
            yield Finding(None, f"{core['remaining']:,} of {core['limit']:,} requests are left in this hour.")
        me = http.maybe(Request("/user")) if self.token else None
        login = decode.inside(me.data, "login") if me else None
        yield Finding(bool(login), f"The token is that of {login}." if login else "Nobody is signed in: public only.")
        repos = self._repos(http)
        yield Finding(bool(repos), f"{len(repos):,} repositories are read: {', '.join(repos[:5]) or 'none'}.")
        for repo in repos[:CHECKED]:
            for what, path in (("issues", "issues"), ("runs", "actions/runs"), ("deployments", "deployments")):
                if what in self.what:
                    seen = http.maybe(Request(f"/repos/{repo}/{path}", {"per_page": "1"}))
                    yield Finding(seen is not None, f"{repo}: {what} {'can be read' if seen else 'are not visible'}.")
        yield from unchecked(repos)

    def ids(self, http: Http, stream: str) -> Iterator[Sequence[str]] | None:
        repo, _, what = stream.rpartition("/")
        if what != "issues":
            return None  # runs and deployments are tidied away by rule: that is no deletion of work
        answers = pages(http, self._ask(repo, Span()), Link(100))
        return ([f"{repo}#{one['number']}" for one in decode.dicts(answer.data)] for answer in answers)

    def again(self, http: Http, stream: str, ids: Sequence[str]) -> Sequence[Reply]:
        repo = stream.rpartition("/")[0]
        answers = [http.maybe(Request(f"/repos/{repo}/issues/{one.rpartition('#')[2]}")) for one in ids]
        found = {_id(repo, answer.data): answer.data for answer in answers if answer}
        return completed(
            http, repo, [found[one] for one in ids if one in found]
        )  # a moved issue answers by its new number

    def _issues(self, repo: str) -> listing.Listing:
        return listing.Listing(
            ask=lambda span: self._ask(repo, span),
            paging=Link(self.page),
            records=decode.dicts,
            identity=lambda one: _id(repo, one),
            changed=lambda one: decode.instant(one.get("updated_at")),
            details=lambda http, some: completed(http, repo, some),
            bounded=False,
            earliest_us=self.earliest_us,
        )

    def _ask(self, repo: str, span: Span) -> Request:
        params = {"state": "all", "sort": "updated", "direction": "desc"}
        if span.start is not None:
            params["since"] = decode.iso(span.start)
        return Request(f"/repos/{repo}/issues", params)

    def _repos(self, http: Http) -> list[str]:
        """The repositories that the patterns match."""
        return matched(self.repos, lambda pattern: _owned(http, pattern.split("/")[0]))


def _id(repo: str, one: Mapping[str, Any]) -> str:
    """An issue by its repository and number; the repository as the issue itself names it."""
    home = str(one.get("repository_url") or "").rpartition("/repos/")[2]
    return f"{home if home.casefold() != repo.casefold() and home else repo}#{one['number']}"


def _where_there_is(pages: Iterator[Page]) -> Iterator[Page]:
    """The pages, or none where the server has no such interface, or not for this token."""
    try:
        yield from pages
    except Fault as fault:
        if fault.state not in (MISSING, SCOPE):
            raise


def _owned(http: Http, owner: str) -> list[str]:
    """The repositories of an organisation or a person; all that the token sees where the owner is a pattern."""
    paths = ["/user/repos"] if is_pattern(owner) else [f"/orgs/{owner}/repos", f"/users/{owner}/repos"]
    for path in paths:
        if http.maybe(Request(path, {"per_page": "1"})) is not None:
            answers = pages(http, Request(path), Link(100))
            return [str(one["full_name"]) for answer in answers for one in decode.dicts(listed(answer.data, ""))]
    return []
