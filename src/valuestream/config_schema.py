"""The shape of `valuestream.yaml` as pydantic models, and the streams that come out of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from valuestream.calendar import Calendar, parse_hours, zone_of
from valuestream.config_text import Null
from valuestream.config_units import Unreadable, duration_s, estimate, iso_date, number, share, target
from valuestream.errors import ConfigError
from valuestream.stream import CANCELLED, DAY_US, DONE, Charter, Declared, Estimate, Membership, Own, Stage, Stream


def _word(value: Any) -> Any:
    return None if isinstance(value, Null) else value


def words(value: Any) -> Any:
    """One word or a list of words; a list with an empty entry, or with a list in it, says so."""
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list):
        raise Unreadable("A list of words is wanted here", "Write `[New, Ready]`.")
    for word in listed:
        if not isinstance(word, str):
            raise Unreadable(
                "An entry of this list is not a word", "Write `[New, Ready]`; quote what holds `: ` or `#`."
            )
    return tuple(str(word) for word in listed)


def _read(read: Callable[[str], Any]) -> BeforeValidator:
    """A validator that reads text and lets everything else be a complaint, not a crash."""

    def value(text: Any) -> Any:
        if not isinstance(text, str):
            raise Unreadable("One value is wanted here, not a list or keys", "Write it behind the colon.")
        return read(text)

    return BeforeValidator(value)


def _estimate(value: Any) -> Any:
    return estimate(list(words(value)))


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
    days = words(value)
    if len(days) != 2 or iso_date(days[0]) > iso_date(days[1]):
        raise Unreadable("A first and a last day are wanted here", "Write `[2026-01-05, 2026-01-16]`.")
    return iso_date(days[0]), iso_date(days[1])


def _target(value: str) -> str:
    target(value)
    return value


SCALAR: dict[str, Any] = {"type": ["string", "number", "boolean"]}
DATE = {"type": "string", "format": "date"}

Words = Annotated[
    tuple[str, ...],
    BeforeValidator(words),
    WithJsonSchema({"anyOf": [SCALAR, {"type": "array", "items": SCALAR}]}),
]
Word = Annotated[str | None, BeforeValidator(_word), WithJsonSchema(SCALAR)]
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
Date = Annotated[str, _read(iso_date), WithJsonSchema(DATE)]
Days = Annotated[
    tuple[str, str],
    BeforeValidator(_days),
    WithJsonSchema({"type": "array", "items": DATE, "minItems": 2, "maxItems": 2}),
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


RESERVED = (DONE, CANCELLED, "(start)")
