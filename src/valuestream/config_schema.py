"""The shape of `valuestream.yaml` as pydantic models, and the streams that come out of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from valuestream.calendar import Calendar, parse_hours, zone_of
from valuestream.config_sources import Source
from valuestream.config_text import Null
from valuestream.config_units import Unreadable, duration_s, estimate, iso_date, number, share, target
from valuestream.errors import ConfigError
from valuestream.stream import CANCELLED, DAY_US, DONE, Charter, Declared, Estimate, Membership, Own, Stage, Stream


def _word(value: Any) -> Any:
    return None if isinstance(value, Null) else value


def _words(value: Any) -> Any:
    """One word or a list of words; a list with an empty entry, or with a list in it, says so."""
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list):
        raise Unreadable("A list of words is wanted here", "Write `[New, Ready]`.")
    for word in words:
        if not isinstance(word, str):
            raise Unreadable(
                "An entry of this list is not a word", "Write `[New, Ready]`; quote what holds `: ` or `#`."
            )
    return tuple(str(word) for word in words)


def _read(read: Callable[[str], Any]) -> BeforeValidator:
    """A validator that reads text and lets everything else be a complaint, not a crash."""

    def value(text: Any) -> Any:
        if not isinstance(text, str):
            raise Unreadable("One value is wanted here, not a list or keys", "Write it behind the colon.")
        return read(text)

    return BeforeValidator(value)


def _estimate(value: Any) -> Any:
    return estimate(list(_words(value)))


def _zone(value: str) -> str:
    _readable(zone_of, value)
    return value


def _hours(value: str) -> str:
    _readable(parse_hours, value)
    return value


def _readable(read: Callable[[str], Any], value: str) -> None:
    """Let a calendar's own error stand at the value's place."""
    try:
        read(value)
    except ConfigError as error:
        raise Unreadable(error.message.rstrip("."), error.hint) from None


def _days(value: Any) -> Any:
    """The first and the last day of a period."""
    words = _words(value)
    if len(words) != 2 or iso_date(words[0]) > iso_date(words[1]):
        raise Unreadable("A first and a last day are wanted here", "Write `[2026-01-05, 2026-01-16]`.")
    return iso_date(words[0]), iso_date(words[1])


def _target(value: str) -> str:
    target(value)
    return value


_SCALAR: dict[str, Any] = {"type": ["string", "number", "boolean"]}
_DATE = {"type": "string", "format": "date"}

Words = Annotated[
    tuple[str, ...],
    BeforeValidator(_words),
    WithJsonSchema({"anyOf": [_SCALAR, {"type": "array", "items": _SCALAR}]}),
]
Word = Annotated[str | None, BeforeValidator(_word), WithJsonSchema(_SCALAR)]
Said = Annotated[
    Estimate,
    BeforeValidator(_estimate),
    WithJsonSchema(
        {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}], "examples": ["15 min"]}
    ),
]
Seconds = Annotated[float, _read(duration_s), WithJsonSchema({"type": "string", "examples": ["30 d"]})]
Number = Annotated[float, _read(number), WithJsonSchema({"type": "number", "minimum": 0})]
Share = Annotated[float, _read(share), WithJsonSchema({"type": "string", "examples": ["95 %"]})]
Target = Annotated[str, _read(_target), WithJsonSchema({"type": "string", "examples": ["85 % within 10 d"]})]
Date = Annotated[str, _read(iso_date), WithJsonSchema(_DATE)]
Days = Annotated[
    tuple[str, str],
    BeforeValidator(_days),
    WithJsonSchema({"type": "array", "items": _DATE, "minItems": 2, "maxItems": 2}),
]
Zone = Annotated[str, _read(_zone), WithJsonSchema({"type": "string", "examples": ["Europe/Berlin"]})]
Hours = Annotated[str, _read(_hours), WithJsonSchema({"type": "string", "examples": ["Mon-Fri 09:00-17:00"]})]


class Part(BaseModel):
    """A mapping with known keys only. A key with nothing behind it is as if it were not there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {key: value for key, value in data.items() if value is not None or key not in cls.model_fields}


class DeclaredPart(Part):
    """What people said of a step."""

    process: Said | None = Field(None, description="Process time: one duration, or [low, likely, high].")
    wait: Said | None = Field(None, description="Wait before it: one duration, or [low, likely, high].")
    inventory: Number | None = Field(
        None, description="Items that lie before it; their time is how long the charter's demand takes to use them up."
    )
    ca: Share | None = Field(None, description="Complete and accurate: the share that arrives usable.")
    n: int | None = Field(None, ge=1, description="How many people were asked.")
    by: Word = Field(None, description="Who said it: a role.")
    date: Date | None = Field(None, description="When.")

    def declared(self) -> Declared:
        return Declared(self.process, self.wait, self.ca, self.n, self.by, self.date, self.inventory)


class StagePart(Part):
    """One step of the stream."""

    name: str = Field(min_length=1, description="The step's name on the map.")
    queue: Words = Field((), description="States that wait for this step to begin.")
    work: Words = Field((), description="States in which somebody works.")
    blocked: Words = Field((), description="States in which the work is held up.")
    external: Words = Field((), description="States that wait for somebody outside.")
    team: Word = Field(None, description="The team that does this step.")
    declared: DeclaredPart | None = Field(None, description="What people said of a step that no tool logs.")
    why: Word = Field(None, description="Why an approval or a check exists.")
    regulation: Word = Field(None, description="The rule that demands it, or none.")
    review_on: Date | None = Field(None, description="When to ask again whether it is needed.")

    def stage(self) -> Stage:
        declared = self.declared.declared() if self.declared else None
        return Stage(
            self.name, self.queue, self.work, self.blocked, self.external,
            self.team, declared, self.why, self.regulation, self.review_on,
        )  # fmt: skip


class CharterPart(Part):
    """Why the stream exists."""

    customer: Word = Field(None, description="Who the stream serves.")
    trigger: Word = Field(None, description="What starts an item.")
    owner: Word = Field(None, description="Who answers for the stream.")
    demand: Word = Field(None, description="How much is asked of it: 480 per week.")


class FlowItemsPart(Part):
    """Which types of items are features, defects, risks and debts."""

    feature: Words = ()
    defect: Words = ()
    risk: Words = ()
    debt: Words = ()


class CalendarPart(Part):
    """When people work."""

    hours: Hours | None = Field(None, description="Working hours.")
    zone: Zone | None = Field(None, description="IANA name; local days and weeks are this zone's.")
    holidays: Word = Field(None, description="Country or subdivision: DE, DE-BY.")
    closed: list[Date] = Field(default=[], description="Further days without work.")

    def calendar(self, zone: str) -> Calendar:
        hours = parse_hours(self.hours) if self.hours else ()
        return Calendar(hours, self.zone or zone, self.holidays, tuple(self.closed))


class MetricPart(Part):
    """A metric of your own: one aggregate expression over the columns of a table."""

    sql: str = Field(min_length=1, description="The expression: avg(CASE WHEN wait_s > 86400 THEN 1.0 ELSE 0.0 END).")
    over: Literal["items", "visits"] = Field("items", description="The table.")
    clock: Literal["finished", "committed", "left_at", "entered", "instant"] | None = Field(
        None,
        description="The instant that puts a row into the window: finished for items, left_at for visits.",
    )
    unit: Literal["seconds", "share", "items", "people", "transfers", "visits", ""] = Field(
        "", description="What the value counts."
    )
    better: Literal["higher", "lower", "neither"] = Field("neither", description="Which way is better.")
    asks: Word = Field(None, description="The question that it answers.")

    def own(self, name: str) -> Own:
        return Own(name, self.sql, self.over, self.clock, self.unit, self.better, self.asks)


class StreamPart(Part):
    """One value stream: boundaries, and stages in the map's order."""

    charter: CharterPart = CharterPart()
    items: dict[str, Words] = Field(default={}, description="Which items belong to it: {type: [Incident]}.")
    flow_items: FlowItemsPart = Field(FlowItemsPart(), description="Types that are features, defects, risks, debt.")
    before: Words = Field((), description="States outside the boundary, before the commitment.")
    stages: list[StagePart] = Field(min_length=1, description="The steps, in the map's order.")
    done: Words = Field((), description="States in which an item is delivered.")
    cancelled: Words = Field((), description="States in which an item is given up.")
    ignore: Words = Field((), description="Bookkeeping: removed before anything else.")
    reopen_within: Seconds = Field(30.0 * 86_400, description="Later than this a reopened item is a new one.")
    required: Words = Field((), description="Artefacts that must be closed too: [pull_request].")
    targets: dict[str, Target] = Field(
        default={}, description="By type or flow item, `*` for all others: 85 % within 10 d."
    )
    sprints: dict[str, Days] = Field(
        default={}, description="First and last day of sprints by name: {S1: [2026-01-05, 2026-01-16]}."
    )
    metrics: dict[str, MetricPart] = Field(default={}, description="Metrics of your own, by name.")
    calendar: CalendarPart = CalendarPart()
    service_accounts: Words = Field((), description="Accounts that are nobody.")

    def stream(
        self, name: str, teams: dict[str, tuple[str, ...]], memberships: tuple[Membership, ...], zone: str
    ) -> Stream:
        flow_items = {kind: words for kind, words in self.flow_items if words}
        return Stream(
            name=name,
            stages=tuple(part.stage() for part in self.stages),
            done=self.done,
            cancelled=self.cancelled,
            before=self.before,
            ignore=self.ignore,
            reopen_within_us=round(self.reopen_within * DAY_US / 86_400),
            required=self.required,
            items=dict(self.items),
            flow_items=flow_items,
            teams=teams,
            memberships=memberships,
            charter=Charter(**self.charter.model_dump()),
            targets=dict(self.targets),
            sprints=dict(self.sprints),
            metrics=tuple(part.own(name) for name, part in self.metrics.items()),
            calendar=self.calendar.calendar(zone),
            service_accounts=self.service_accounts,
        )


class SourcePart(Part):
    """One source of a workspace: files that are imported, or a tool that is asked."""

    kind: str = Field("files", description="files, git, or a connector: jira, github, gitlab, redmine ...")
    files: Words = Field((), description="Patterns of the files that belong to it: tickets-*.csv.")
    columns: dict[str, str] = Field(default={}, description="Which column means what: {item: Key, time: Date}.")
    shape: Annotated[str, Field(pattern="^(events|intervals|changes|sheet)$")] | None = Field(
        None, description="The tables' shape, where the guess is wrong."
    )
    zone: Zone | None = Field(None, description="Zone of times that carry none.")
    date_order: Annotated[str, Field(pattern="^(ymd|dmy|mdy)$")] | None = Field(
        None, description="Order of day and month in dates."
    )
    delimiter: str | None = Field(None, description="What separates the columns.")
    encoding: Word = Field(None, description="The files' encoding.")
    sheet: Word = Field(None, description="Which sheet of a spreadsheet, by name or number.")
    object_type: Word = Field(None, description="Whose objects are the items of an OCEL log.")
    releases: Word = Field(None, description="Which tags of a git repository are releases: v*,!*-rc*.")
    branch: Word = Field(None, description="Whose changes count in a git repository.")
    url: Word = Field(None, description="Address of the tool.")
    user: Word = Field(None, description="As whom it is asked.")
    token: Word = Field(None, description="The secret's name in the environment: ${JIRA_TOKEN}. Never the secret.")
    projects: Words = Field((), description="Which projects or repositories; patterns, !pattern leaves out.")
    since: Date | None = Field(None, description="Nothing that ended before this day.")
    options: dict[str, Words] = Field(default={}, description="What only this kind of connector knows.")

    def source(self, name: str) -> Source:
        return Source(name=name, **{key: getattr(self, key) for key in type(self).model_fields})


class MemberPart(Part):
    """Somebody who belongs to a team for a time."""

    member: str = Field(min_length=1, description="A name, or a pattern: '*@blue.example'.")
    since: Date | None = Field(None, description="The first day; without it: from the beginning.")
    until: Date | None = Field(None, description="The first day on which it no longer holds; without it: for good.")


def _members(value: Any) -> Any:
    """Names and patterns, and members with dates."""
    given = value if isinstance(value, list) else [value]
    return tuple(one if isinstance(one, dict) else _words(one)[0] for one in given)


_MEMBER = {
    "type": "object",
    "properties": {"member": {"type": "string"}, "since": _DATE, "until": _DATE},
    "required": ["member"],
    "additionalProperties": False,
}
Members = Annotated[
    tuple[str | MemberPart, ...],
    BeforeValidator(_members),
    WithJsonSchema({"anyOf": [_SCALAR, {"type": "array", "items": {"anyOf": [_SCALAR, _MEMBER]}}]}),
]


class LinksPart(Part):
    """When an artefact counts as belonging to an item."""

    confidence: Share = Field(0.5, description="The least confidence of a link that counts.")


class FilePart(Part):
    """The settings of a workspace: what is read, and which value streams it is seen as."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="valuestream.yaml")

    zone: Zone | None = Field(None, description="Zone of streams whose calendar names none.")
    people: Annotated[str, Field(pattern="^(names|pseudonyms)$")] | None = Field(
        None, description="Whether people appear by name or by pseudonym."
    )
    lock_timeout: Seconds | None = Field(None, description="How long to wait for a store that is held: 10 s.")
    sources: dict[str, SourcePart] = Field(default={}, description="What is read, by name.")
    links: LinksPart = LinksPart()
    teams: dict[str, Members] = Field(
        default={},
        description="Members or patterns, with dates where they change:"
        " {Blue: [ada, '*@blue.example', {member: ben, since: 2026-03-01}]}.",
    )
    streams: dict[str, StreamPart] = Field(default={}, description="The value streams by name.")


RESERVED = (DONE, CANCELLED, "(start)")
