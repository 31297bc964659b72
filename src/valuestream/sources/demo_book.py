"""The book of the demo: what happened to each item, as events, and added up as it happens.

The demo runs on one working clock, seconds of working time since it began, because everybody works the same
hours. Only what is written down is turned into instants.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from valuestream.log.event import Kind
from valuestream.sources.demo_truth import BEGIN, CALENDAR, STAGES, Realised, StageFacts, Waits

HOUR = 3600
DAY = 8 * HOUR
WEEK = 5 * DAY

_KIND = {state: (stage.name, "queue") for stage in STAGES for state in stage.queue}
_KIND |= {state: (stage.name, "work") for stage in STAGES for state in stage.work}

Event = tuple[int, str, Kind, str | None, str | None, str | None]
"""at, item, kind, field, value, actor."""


class Clock:
    """Working seconds since the begin -> microseconds UTC. The end of a day is the begin of the next."""

    def __init__(self, weeks: int) -> None:
        monday, zone = date.fromisoformat(BEGIN), ZoneInfo(CALENDAR.zone)
        epoch = datetime(1970, 1, 1, tzinfo=UTC)
        self.first = -520
        opens = [
            datetime.combine(monday + timedelta(weeks=week), time(9), zone) for week in range(self.first, weeks + 2)
        ]
        self.opens = [(moment - epoch) // timedelta(microseconds=1) for moment in opens]
        self.monday = monday

    def us(self, at: int) -> int:
        week, rest = divmod(at, WEEK)
        day, rest = divmod(rest, DAY)
        return self.opens[week - self.first] + (day * 86_400 + rest) * 1_000_000

    def release(self, week: int) -> str:
        year, number, _ = (self.monday + timedelta(weeks=week)).isocalendar()
        return f"{year}.{number:02d}"


@dataclass(eq=False)
class Item:
    key: str
    team: str
    type: str
    ready: int
    cancel: str | None  # the state in which it will be cancelled
    block: bool
    state: str = "Backlog"
    since: int = 0
    blocked: bool = False
    developer: str = ""
    left_h: float = 0.0  # hands-on hours that the current development still takes
    committed: int = 0
    first_work: int = -1
    returned: bool = False
    stages: dict[str, StageFacts] = field(default_factory=lambda: {stage.name: StageFacts() for stage in STAGES})


class Book:
    """Writes down what happens to items, and adds it up. `now` is in working seconds."""

    def __init__(self, weeks: int, change_at: int) -> None:
        self.clock, self.change_at = Clock(weeks), change_at
        self.events: list[Event] = []
        self.worked: list[tuple[int, int, str, str, str]] = []  # from, to, item, person, stage
        self.realised = Realised()

    def write(self, now: int, item: Item, kind: Kind, value: str | None, actor: str, about: str | None = None) -> None:
        self.events.append((now, item.key, kind, about, value, actor))

    def assign(self, now: int, item: Item, person: str | None, actor: str) -> None:
        self.write(now, item, Kind.ASSIGN, person, actor)

    def enter(self, now: int, item: Item, state: str, actor: str) -> None:
        old, old_kind = _KIND.get(item.state, ("", ""))
        new, _ = _KIND.get(state, ("", ""))
        self.settle(now, item)
        if old and state != "Cancelled" and new != old:
            facts = self.realised.stages[old]
            facts.left += 1
            if state == "In development" and old != "Development":
                facts.returns += 1
                item.returned = True
        if old_kind == "queue" and old == "Review":
            half = "before" if item.since < self.change_at else "after"
            waits = self.realised.review_waits.setdefault((item.team, half), Waits())
            waits.n += 1
            waits.total_us += self.clock.us(now) - self.clock.us(item.since)
        if new and new != old:
            item.stages[new].visits += 1
        if state == "In development" and item.first_work < 0:
            item.first_work = now
        item.state, item.since = state, now
        self.write(now, item, Kind.STATE, state, actor)

    def settle(self, now: int, item: Item) -> None:
        """Add the stay since the last thing that happened to the item's account."""
        stage, kind = _KIND.get(item.state, ("", ""))
        if stage:
            facts, stay = item.stages[stage], self.clock.us(now) - self.clock.us(item.since)
            name = "blocked_us" if item.blocked else f"{kind}_us"
            setattr(facts, name, getattr(facts, name) + stay)

    def work(self, now: int, item: Item, person: str, stage: str, hours: float) -> int:
        """Book hands-on work; the working second at which it is over."""
        until = now + max(60, round(hours * HOUR))
        self.worked.append((now, until, item.key, person, stage))
        item.stages[stage].worked_us += (until - now) * 1_000_000
        return until

    def block(self, now: int, item: Item, reason: str | None, actor: str) -> None:
        """Block the item for a reason, or free it."""
        self.settle(now, item)
        item.blocked, item.since = reason is not None, now
        self.realised.blocks += item.blocked
        self.write(now, item, Kind.BLOCK if item.blocked else Kind.UNBLOCK, reason, actor)

    def release(self, now: int, items: list[Item], actor: str) -> None:
        """Release the items at one instant, under one name."""
        name, realised, us = self.clock.release(now // WEEK), self.realised, self.clock.us
        for item in items:
            self.write(now, item, Kind.SET, name, actor, "release")
            self.enter(now, item, "Released", actor)
            realised.finished += 1
            realised.first_pass += not item.returned
            realised.types[item.type] = realised.types.get(item.type, 0) + 1
            realised.lead_us[item.key] = us(now) - us(item.committed)
            realised.cycle_us[item.key] = us(now) - us(item.first_work)
            for stage, facts in item.stages.items():
                whole = realised.stages[stage]
                for what, much in vars(facts).items():
                    setattr(whole, what, getattr(whole, what) + much)
        if items:
            realised.releases[name] = len(items)

    def close(self, items: list[Item]) -> None:
        """Count what is open when the log ends."""
        for item in items:
            if item.state not in ("Released", "Cancelled"):
                self.realised.open_in[item.state] = self.realised.open_in.get(item.state, 0) + 1
