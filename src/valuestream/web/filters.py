"""The question in an address: which stream, from when to when, which teams and types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import Query, Request

from valuestream.errors import ConfigError, PersonField
from valuestream.metrics.question import PERSONS

LONGEST = 200
"""Letters of a name in an address."""
MOST = 100
"""Values of one filter."""
KNOWN = frozenset({"stream", "from", "to", "team", "type"})
PRESETS = (("30", 30), ("90", 90), ("365", 365))
"""Days before the data's last one."""

Name = Annotated[str | None, Query(max_length=LONGEST)]
Names = Annotated[list[str] | None, Query(max_length=MOST)]
Day = Annotated[str | None, Query(max_length=40, description="A day, 2026-07-01")]


@dataclass(frozen=True)
class Filters:
    """What the reader has chosen. `to` is a day that still counts; a stream's window ends before the next one."""

    stream: str | None = None
    since: str | None = None
    to: str | None = None
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def until(self) -> str | None:
        """The end of the half-open window: the day after `to`."""
        if self.to is None:
            return None
        try:
            return str(date.fromisoformat(self.to) + timedelta(days=1))
        except OverflowError:
            raise ConfigError(f"to={self.to} is the last day there is.", "Choose an earlier day.") from None
        except ValueError:
            return self.to  # an instant, or nonsense, which the stream's window will name

    @property
    def key(self) -> tuple[object, ...]:
        """What tells one choice from another."""
        return (self.stream, self.since, self.to, tuple(sorted(self.where.items())))

    @property
    def query(self) -> str:
        """The filters as the end of an address, with its `?`; empty where nothing is chosen."""
        told = urlencode(list(self.pairs()))
        return f"?{told}" if told else ""

    def pairs(self) -> Iterable[tuple[str, str]]:
        """Name and value of each choice, as an address or a form carries them."""
        for name, value in (("stream", self.stream), ("from", self.since), ("to", self.to)):
            if value:
                yield name, value
        for name, values in self.where.items():
            yield from ((name, value) for value in values)

    def between(self, since: str | None, to: str | None) -> Filters:
        """The same choice in another period."""
        return replace(self, since=since, to=to)

    def within(self, **where: str) -> Filters:
        """The same choice, narrowed to these values."""
        return replace(self, where={**self.where, **{name: (value,) for name, value in where.items()}})

    def href(self, address: str) -> str:
        """A link to a page with these filters; `address` is a path like "stage/Review" or "items?stage=Review"."""
        path, sign, own = address.partition("?")
        told = urlencode(list(self.pairs()))
        query = "&".join(part for part in (own if sign else "", told) if part)
        return f"/{quote(path, safe='/()')}" + (f"?{query}" if query else "")


def filters(
    request: Request,
    stream: Name = None,
    since: Annotated[str | None, Query(alias="from", max_length=40, description="First day")] = None,
    to: Day = None,
    team: Names = None,
    type: Names = None,
) -> Filters:
    """Read the filters of a request. Names of persons are refused in every face."""
    for name in request.query_params:
        if name.lower() in PERSONS:
            hint = "No view groups, filters or sorts by persons; use a team."
            raise PersonField(f"{name!r} is a person field.", hint)
    where = {"team": _said(team), "type": _said(type)}
    return Filters(_one(stream), _one(since), _one(to), {name: values for name, values in where.items() if values})


def _one(text: str | None) -> str | None:
    return text.strip() or None if text else None


def _said(values: list[str] | None) -> tuple[str, ...]:
    said = tuple(dict.fromkeys(value for value in values or () if value))
    for value in said:
        if len(value) > LONGEST:
            raise ConfigError(f"A filter of {len(value):,} letters.", f"Names have at most {LONGEST}.")
    return said


def presets(chosen: Filters, as_of: str | None, zone: str) -> list[dict[str, Any]]:
    """The usual periods, counted back from the data's last day: name, filters, whether it is the one shown."""
    whole = chosen.since is None and chosen.to is None
    found: list[dict[str, Any]] = [{"name": "all", "chosen": whole, "filters": chosen.between(None, None)}]
    if as_of is None:
        return found
    from zoneinfo import ZoneInfo

    last = datetime.fromisoformat(as_of).astimezone(ZoneInfo(zone)).date()
    for name, days in PRESETS:
        since = str(last - timedelta(days=days - 1))
        shown = chosen.since == since and chosen.to is None
        found.append({"name": name, "chosen": shown, "filters": chosen.between(since, None)})
    return found
