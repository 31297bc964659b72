"""Jira Cloud and Jira Data Center: issues with every change of their fields, by their REST interfaces."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from valuestream.log.record import Reply
from valuestream.sources import decode, listing
from valuestream.sources.connector import Category, Finding, Page, Translate
from valuestream.sources.http import Host, Http, Request
from valuestream.sources.jira_complete import completed
from valuestream.sources.jira_fields import CATEGORIES, FIELDS, custom_fields
from valuestream.sources.jira_issues import translation
from valuestream.sources.mark import Span
from valuestream.sources.naming import chosen, is_pattern, wanted
from valuestream.sources.paging import Offset, Paging, Token, at, listed, number_in, pages
from valuestream.sources.reference import read_whole, records, reply_of

REFERENCE = ("statuses", "fields")
MINUTE_US = 60_000_000


@dataclass
class Jira:
    """Settings of a Jira source. With a user, the token is that user's password (Cloud); without, it is a bearer's.

    cloud  None: the server says which it is
    """

    url: str
    token: str
    user: str = ""
    projects: tuple[str, ...] = ("*",)
    earliest_us: int | None = None
    page: int = 100
    cloud: bool | None = None
    _zone: str | None = field(default=None, repr=False)
    _custom: tuple[str, ...] | None = field(default=None, repr=False)

    name = "jira"
    reference = REFERENCE

    def host(self) -> Host:
        if not self.user:
            return Host(self.url, {"Authorization": f"Bearer {self.token}"}, (self.token,))
        packed = base64.b64encode(f"{self.user}:{self.token}".encode()).decode()
        return Host(self.url, {"Authorization": f"Basic {packed}"}, (self.token, packed))

    def streams(self, http: Http) -> Sequence[str]:
        if any(is_pattern(one) or one.startswith("!") for one in self.projects):
            names = [one["key"] for one in self._projects(http)]
            return [*REFERENCE, *(f"{name}/issues" for name in chosen(names, self.projects))]
        return [*REFERENCE, *(f"{name}/issues" for name in self.projects)]

    def read(self, http: Http, stream: str, cursor: str | None, now_us: int) -> Iterator[Page]:
        if stream in REFERENCE:
            path = {"statuses": "status", "fields": "field"}[stream]
            said = decode.dicts(http.ask(Request(self._api(http, path))).data)
            return read_whole([reply_of(str(one["id"]), one) for one in said], cursor)
        return listing.read(http, self._listing(http, stream), cursor, now_us)

    def translation(self, reference: Mapping[str, Sequence[Reply]]) -> Translate:
        return translation(self.url, records(reference, "statuses"), custom_fields(records(reference, "fields")))

    def categories(self, reference: Mapping[str, Sequence[Reply]]) -> Mapping[str, Category]:
        said = {one["name"]: at(one, "statusCategory.key") for one in records(reference, "statuses")}
        return {name: CATEGORIES[key] for name, key in said.items() if key in CATEGORIES}

    def check(self, http: Http) -> Iterator[Finding]:
        kind = "Jira Cloud" if self._is_cloud(http) else "Jira Data Center"
        me = http.ask(Request(self._api(http, "myself"))).data
        yield Finding(True, f"{kind}; the token is that of {decode.inside(me, 'displayName') or 'a user'}.")
        zone = self._user_zone(http)
        said = "" if zone == "UTC" else " (set it to UTC: Jira is asked by the minute in it)"
        yield Finding(None, f"The user's time zone is {zone}{said}.")
        names = [one["key"] for one in self._projects(http)]
        found = chosen(names, self.projects)
        some = ", ".join(found[:5]) or "none"
        yield Finding(bool(found), f"{len(found):,} of {len(names):,} projects are read: {some}.")
        for missing in (one for one in wanted(self.projects) if not is_pattern(one) and not chosen(names, (one,))):
            yield Finding(False, f"{missing}: not found, or not allowed.")

    def ids(self, http: Http, stream: str) -> Iterator[Sequence[str]] | None:
        cloud = self._is_cloud(http)
        jql = f"{_within(stream)} ORDER BY id"
        body = {"jql": jql, "fields": ["id"]}
        ask = Request("/rest/api/3/search/jql", body=body) if cloud else self._search(jql).having({"fields": "id"})
        paging: Paging = Token(size=1000) if cloud else self._offset(1000)
        answers = pages(http, ask, paging, "issues")
        return ([str(one["id"]) for one in listed(answer.data, "issues")] for answer in answers)

    def again(self, http: Http, stream: str, ids: Sequence[str]) -> Sequence[Reply]:
        params = {"fields": ",".join(self._fields(http)), "expand": "changelog"}
        answers = [http.maybe(Request(self._api(http, f"issue/{one}"), params)) for one in ids]
        return completed(http, [one.data for one in answers if one], cloud=self._is_cloud(http))

    def _listing(self, http: Http, stream: str) -> listing.Listing:
        cloud, zone = self._is_cloud(http), self._user_zone(http)
        fields = self._fields(http)

        def ask(span: Span) -> Request:
            jql = f"{_within(stream)}{changed_within(span, zone)} ORDER BY updated DESC, id DESC"
            if cloud:
                return Request("/rest/api/3/search/jql", body={"jql": jql, "fields": fields})
            return self._search(jql).having({"fields": ",".join(fields), "expand": "changelog"})

        return listing.Listing(
            ask=ask,
            paging=Token(size=self.page) if cloud else self._offset(self.page),
            records=lambda data: decode.dicts(listed(data, "issues")),
            identity=lambda one: str(one["id"]),
            changed=lambda one: decode.instant(decode.inside(one, "fields", "updated")),
            details=lambda http, some: completed(http, some, cloud=cloud),
            grain_us=MINUTE_US // 1000,
            by_count=not cloud,
            said=lambda answer: None if cloud else number_in(answer.data, "total"),
            earliest_us=self.earliest_us,
        )

    def _search(self, jql: str) -> Request:
        return Request("/rest/api/2/search", {"jql": jql})

    def _offset(self, size: int) -> Offset:
        return Offset("startAt", "maxResults", size, "total")

    def _projects(self, http: Http) -> list[dict[str, Any]]:
        if not self._is_cloud(http):
            return decode.dicts(http.ask(Request("/rest/api/2/project")).data)
        answers = pages(
            http, Request("/rest/api/3/project/search"), Offset("startAt", "maxResults", 50, "total"), "values"
        )
        return [one for answer in answers for one in decode.dicts(listed(answer.data, "values"))]

    def _api(self, http: Http, path: str) -> str:
        return f"/rest/api/{3 if self._is_cloud(http) else 2}/{path}"

    def _is_cloud(self, http: Http) -> bool:
        if self.cloud is None:
            said = http.ask(Request("/rest/api/2/serverInfo")).data
            self.cloud = decode.inside(said, "deploymentType") == "Cloud"
        return self.cloud

    def _user_zone(self, http: Http) -> str:
        """The zone in which Jira understands the times of a query: that of the user who asks."""
        if self._zone is None:
            said = decode.text(decode.inside(http.ask(Request(self._api(http, "myself"))).data, "timeZone"))
            try:
                self._zone = ZoneInfo(said).key if said else "UTC"
            except (ZoneInfoNotFoundError, ValueError):
                self._zone = "UTC"
        return self._zone

    def _fields(self, http: Http) -> list[str]:
        if self._custom is None:
            said = decode.dicts(http.ask(Request(self._api(http, "field"))).data)
            self._custom = tuple(custom_fields(said))
        return [*FIELDS, *self._custom]


def _within(stream: str) -> str:
    project = stream.rpartition("/")[0].replace("\\", "").replace('"', "")
    return f'project = "{project}"'


def changed_within(span: Span, zone: str) -> str:
    """The part of a query that says when: minutes of the user's wall clock, wide enough at both ends."""
    said = ""
    if span.start is not None:
        said += f' AND updated >= "{wall_minute(span.start, zone)}"'
    if span.last is not None:
        said += f' AND updated < "{wall_minute(span.last + MINUTE_US, zone, up=True)}"'
    return said


def wall_minute(at_us: int, zone: str, *, up: bool = False) -> str:
    """An instant as minutes of a zone's wall clock; in the hour that comes twice, an hour to the safe side."""
    utc = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at_us)
    wall = utc.astimezone(ZoneInfo(zone))
    if wall.replace(fold=0).utcoffset() != wall.replace(fold=1).utcoffset():
        wall = wall.replace(tzinfo=None) + timedelta(hours=1 if up else -1)
    return wall.strftime("%Y-%m-%d %H:%M")
