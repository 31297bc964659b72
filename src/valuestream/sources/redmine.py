"""Redmine: issues with their journals, by its REST interface."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from valuestream.log.record import Reply
from valuestream.sources import decode, listing
from valuestream.sources.connector import CHECKED, Category, Finding, Page, Translate, unchecked
from valuestream.sources.http import Host, Http, Request
from valuestream.sources.mark import Span
from valuestream.sources.naming import chosen
from valuestream.sources.paging import Offset, listed, number_in, pages
from valuestream.sources.redmine_issues import CATEGORIES, Names, translation
from valuestream.sources.reference import read_whole, records, reply_of

REFERENCE = {
    "statuses": ("/issue_statuses.json", "issue_statuses"),
    "trackers": ("/trackers.json", "trackers"),
    "priorities": ("/enumerations/issue_priorities.json", "issue_priorities"),
}
_ME = Request("/users/current.json")
_DETAIL = {"include": "journals,changesets,relations"}


@dataclass(frozen=True)
class Redmine:
    """Settings of a Redmine source. `projects` empty: everything that the key sees, as one stream."""

    url: str
    token: str
    projects: tuple[str, ...] = ()
    earliest_us: int | None = None
    zone: str = "UTC"
    page: int = 100

    name = "redmine"
    reference = tuple(REFERENCE)

    def host(self) -> Host:
        return Host(self.url, {"X-Redmine-API-Key": self.token}, (self.token,))

    def streams(self, http: Http) -> Sequence[str]:
        http.ask(_ME)  # Redmine lets a key that it does not know see what is public, and says nothing
        if not self.projects:
            return [*REFERENCE, "issues"]
        names = [str(one["identifier"]) for one in _all(http, "/projects.json", "projects")]
        return [*REFERENCE, *(f"{name}/issues" for name in chosen(names, self.projects))]

    def read(self, http: Http, stream: str, cursor: str | None, now_us: int) -> Iterator[Page]:
        if stream in REFERENCE:
            path, key = REFERENCE[stream]
            found = http.maybe(Request(path))
            said = listed(found.data, key) if found else []
            return read_whole([reply_of(str(one["id"]), one) for one in said], cursor)
        return listing.read(http, self._listing(stream), cursor, now_us)

    def translation(self, reference: Mapping[str, Sequence[Reply]]) -> Translate:
        return translation(self.url, Names.of({name: records(reference, name) for name in REFERENCE}), self.zone)

    def categories(self, reference: Mapping[str, Sequence[Reply]]) -> Mapping[str, Category]:
        return {one["name"]: CATEGORIES[bool(one.get("is_closed"))] for one in records(reference, "statuses")}

    def check(self, http: Http) -> Iterator[Finding]:
        me = http.ask(_ME).data
        admin = " (administrator)" if decode.inside(me, "user", "admin") else ""
        yield Finding(True, f"The key is that of {decode.inside(me, 'user', 'login') or 'a user'}{admin}.")
        names = [str(one["identifier"]) for one in _all(http, "/projects.json", "projects")]
        wanted = chosen(names, self.projects or ("*",))
        some = ", ".join(wanted[:5]) or "none"
        yield Finding(bool(wanted), f"{len(wanted):,} of {len(names):,} projects are read: {some}.")
        streams = self.streams(http)[len(REFERENCE) :]
        for stream in streams[:CHECKED]:
            answer = http.maybe(self._listing(stream).paging.first(self._ask(stream, Span())))
            count = None if answer is None else number_in(answer.data, "total_count")
            yield Finding(count is not None, f"{stream}: {'not allowed' if count is None else f'{count:,} issues'}.")
        yield from unchecked(streams)

    def ids(self, http: Http, stream: str) -> Iterator[Sequence[str]] | None:
        answers = pages(http, self._ask(stream, Span()).having({"sort": "id"}), Offset(size=self.page), "issues")
        return ([str(one["id"]) for one in listed(answer.data, "issues")] for answer in answers)

    def again(self, http: Http, stream: str, ids: Sequence[str]) -> Sequence[Reply]:
        found = [http.maybe(Request(f"/issues/{one}.json", _DETAIL)) for one in ids]
        return [reply_of(str(one.data["issue"]["id"]), one.data["issue"]) for one in found if one]

    def _listing(self, stream: str) -> listing.Listing:
        return listing.Listing(
            ask=lambda span: self._ask(stream, span),
            paging=Offset(size=self.page),
            records=lambda data: listed(data, "issues"),
            identity=lambda one: str(one["id"]),
            changed=lambda one: decode.instant(one.get("updated_on"), self.zone),
            details=lambda http, some: self.again(http, stream, [str(one["id"]) for one in some]),
            by_count=True,
            said=lambda answer: number_in(answer.data, "total_count"),
            earliest_us=self.earliest_us,
        )

    def _ask(self, stream: str, span: Span) -> Request:
        """Issues by change. Redmine keeps fractions of a second and does not show them: an end is one second later."""
        params = {"status_id": "*", "sort": "updated_on:desc,id:desc"}
        project = stream.rpartition("/")[0]
        if project:
            params |= {"project_id": project, "subproject_id": "!*"}
        start = None if span.start is None else decode.iso(span.start)
        end = None if span.last is None else decode.iso(span.last + 1_000_000)
        if start and end:
            params["updated_on"] = f"><{start}|{end}"
        elif start or end:
            params["updated_on"] = f">={start}" if start else f"<={end}"
        return Request("/issues.json", params)


def _all(http: Http, path: str, key: str) -> Iterator[dict[str, Any]]:
    for answer in pages(http, Request(path), Offset(), key):
        yield from decode.dicts(listed(answer.data, key))
