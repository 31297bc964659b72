"""The company of the demo: two teams, one release manager and a release every Thursday, event by event.

A plain discrete-event simulation: an agenda of what happens next, queues, and people who take the next thing.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from valuestream.log.event import Kind
from valuestream.sources.demo_book import DAY, HOUR, WEEK, Book, Item
from valuestream.sources.demo_truth import (
    APPROVAL_DAYS,
    BACKLOG_MEAN_H,
    BLOCK_MEAN_H,
    BLOCK_SHARE,
    BOT,
    CANCEL_SHARE,
    DEVELOPERS,
    ITEMS_PER_WEEK,
    LEAVES,
    MANAGER,
    OWNERS,
    RETURNS,
    REWORK_FACTOR,
    SERVICE,
    TEAM_SHARES,
    TESTERS,
    TYPES,
    Service,
)

if TYPE_CHECKING:
    import numpy as np

RELEASE_AT = 3 * DAY + HOUR  # Thursday 10:00


class _Team:
    """The queues of one team, and who has nothing to do."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.ready: deque[Item] = deque()
        self.review: deque[Item] = deque()
        self.test: deque[Item] = deque()
        self.back: deque[Item] = deque()  # in development already, waiting for hands: returned or no longer blocked
        self.developers = deque(DEVELOPERS[name])  # the idle ones, longest idle first
        self.testers = deque(TESTERS[name])
        self.gone: set[str] = set()
        self.reviews_first = True


class Company:
    """The discrete-event simulation: `run` fills the book."""

    def __init__(self, rng: np.random.Generator, weeks: int, per_week: float) -> None:
        self.rng, self.weeks, self.per_week = rng, weeks, per_week
        self.end = weeks * WEEK
        self.change_week = round(weeks / 3)
        # fewer, larger items or more, smaller ones: the load on the people stays the same
        self.service = {name: Service(s.mean_h * ITEMS_PER_WEEK / per_week, s.variation) for name, s in SERVICE.items()}
        self.book = Book(weeks, self.change_week * WEEK)
        self.teams = {name: _Team(name) for name in DEVELOPERS}
        self.approval: deque[Item] = deque()
        self.manager_idle = True
        self.waiting: list[Item] = []
        self.items: list[Item] = []
        self.agenda: list[tuple[int, int, Callable[[int], None]]] = []
        self.number = count()

    def at(self, when: int, what: Callable[[int], None]) -> None:
        heapq.heappush(self.agenda, (when, next(self.number), what))

    def run(self) -> None:
        for week in range(self.weeks):
            self.at(week * WEEK + RELEASE_AT, self.release)
            for day in APPROVAL_DAYS:
                self.at(week * WEEK + day * DAY, self.approve_next)
        self.at(self.change_week * WEEK, self.change)
        self.arrivals()
        while self.agenda and self.agenda[0][0] < self.end:
            when, _, what = heapq.heappop(self.agenda)
            what(when)
        self.book.close(self.items)

    def arrivals(self) -> None:
        """Draw every item with the instant it is committed and the earlier one at which it was written down."""
        rng, drawn, ready = self.rng, [], 0.0
        while ready < self.end + 5 * BACKLOG_MEAN_H * HOUR:
            ready += rng.exponential(WEEK / self.per_week)
            created = int(ready - rng.gamma(2.0, BACKLOG_MEAN_H * HOUR / 2)) - 60
            cancel = None
            if rng.random() < CANCEL_SHARE:
                cancel = "Ready" if rng.random() < 0.5 else "In development"
            team, kind = self.draw(TEAM_SHARES), self.draw(TYPES)
            drawn.append((created, int(ready), team, kind, cancel, rng.random() < BLOCK_SHARE))
        for created, when, team, kind, cancel, block in sorted(drawn, key=lambda row: row[:2]):
            if created < self.end:
                item = Item(f"DEMO-{len(self.items) + 1}", team, kind, when, cancel, bool(block))
                self.items.append(item)
                self.at(created, partial(self.create, item))

    def draw(self, shares: Mapping[str, float]) -> str:
        return str(self.rng.choice(list(shares), p=list(shares.values())))

    def hours(self, stage: str, factor: float = 1.0) -> float:
        service = self.service[stage]
        spread = math.log(1 + service.variation**2)
        mean = math.log(service.mean_h * factor) - spread / 2
        return float(self.rng.lognormal(mean, math.sqrt(spread)))

    # the way of an item

    def create(self, item: Item, now: int) -> None:
        owner = OWNERS[item.team]
        self.book.realised.created += 1
        self.book.write(now, item, Kind.SET, item.type, owner, "type")
        self.book.write(now, item, Kind.SET, item.team, owner, "team")
        self.book.enter(now, item, "Backlog", owner)
        self.at(item.ready, partial(self.commit, item))

    def commit(self, item: Item, now: int) -> None:
        self.book.realised.committed += 1
        item.committed = now
        self.book.enter(now, item, "Ready", OWNERS[item.team])
        self.teams[item.team].ready.append(item)
        self.dispatch(now, item.team)

    def dispatch(self, now: int, name: str) -> None:
        """Give everyone of the team who is idle something to do."""
        team = self.teams[name]
        for _ in range(len(team.developers)):
            person = team.developers.popleft()
            if person not in team.gone and not self.take(now, team, person):
                team.developers.append(person)
        while team.testers and team.test:
            self.test(now, team, team.testers.popleft(), team.test.popleft())

    def take(self, now: int, team: _Team, person: str) -> bool:
        """Let a developer begin the next thing, by the habit of the team."""
        own = next((item for item in team.back if item.developer == person or item.developer in team.gone), None)
        if own is not None:
            team.back.remove(own)
            if own.developer != person:
                self.book.assign(now, own, person, person)
            self.develop(now, team, person, own)
            return True
        for wanted in ("review", "ready") if team.reviews_first else ("ready", "review"):
            if wanted == "review":
                item = next((item for item in team.review if item.developer != person), None)
                if item is not None:
                    team.review.remove(item)
                    self.review(now, team, person, item)
                    return True
            while wanted == "ready" and team.ready:
                item = team.ready.popleft()
                if item.cancel == "Ready":
                    self.cancel(now, item, person)
                    continue
                self.book.assign(now, item, person, person)
                self.book.enter(now, item, "In development", person)
                item.left_h = self.hours("Development")
                self.develop(now, team, person, item)
                return True
        return False

    def develop(self, now: int, team: _Team, person: str, item: Item) -> None:
        item.developer = person
        if item.block:
            item.block = False
            part = float(self.rng.uniform(0.1, 0.9)) * item.left_h
            item.left_h -= part
            self.at(self.book.work(now, item, person, "Development", part), partial(self.block, item))
        else:
            self.at(self.book.work(now, item, person, "Development", item.left_h), partial(self.developed, item))

    def block(self, item: Item, now: int) -> None:
        team = self.teams[item.team]
        self.book.block(now, item, "vendor", item.developer)
        wait = max(HOUR, round(float(self.rng.exponential(BLOCK_MEAN_H * HOUR))))
        self.at(now + wait, partial(self.unblock, item))
        team.developers.append(item.developer)
        self.dispatch(now, item.team)

    def unblock(self, item: Item, now: int) -> None:
        self.book.block(now, item, None, OWNERS[item.team])
        self.teams[item.team].back.append(item)
        self.dispatch(now, item.team)

    def developed(self, item: Item, now: int) -> None:
        team, person = self.teams[item.team], item.developer
        if item.cancel == "In development":
            self.cancel(now, item, person)
        else:
            self.book.enter(now, item, "Ready for review", person)
            team.review.append(item)
        team.developers.append(person)
        self.dispatch(now, item.team)

    def cancel(self, now: int, item: Item, person: str) -> None:
        self.book.realised.cancelled += 1
        self.book.enter(now, item, "Cancelled", person)

    def review(self, now: int, team: _Team, person: str, item: Item) -> None:
        self.book.assign(now, item, person, person)
        self.book.enter(now, item, "In review", person)
        until = self.book.work(now, item, person, "Review", self.hours("Review"))
        self.at(until, partial(self.reviewed, item, person))

    def reviewed(self, item: Item, person: str, now: int) -> None:
        team = self.teams[item.team]
        if self.rng.random() < RETURNS["Review"]:
            self.send_back(now, item, person)
        else:
            self.book.enter(now, item, "Ready for test", person)
            team.test.append(item)
        team.developers.append(person)
        self.dispatch(now, item.team)

    def send_back(self, now: int, item: Item, person: str) -> None:
        gone = item.developer in self.teams[item.team].gone
        self.book.assign(now, item, None if gone else item.developer, person)
        self.book.enter(now, item, "In development", person)
        item.left_h = self.hours("Development", REWORK_FACTOR)
        self.teams[item.team].back.append(item)

    def test(self, now: int, team: _Team, person: str, item: Item) -> None:
        self.book.assign(now, item, person, person)
        self.book.enter(now, item, "In test", person)
        until = self.book.work(now, item, person, "Test", self.hours("Test"))
        self.at(until, partial(self.tested, item, person))

    def tested(self, item: Item, person: str, now: int) -> None:
        if self.rng.random() < RETURNS["Test"]:
            self.send_back(now, item, person)
        else:
            self.book.enter(now, item, "Waiting for approval", person)
            self.approval.append(item)
            self.approve_next(now)
        self.teams[item.team].testers.append(person)
        self.dispatch(now, item.team)

    def approve_next(self, now: int) -> None:
        if not (self.approval and self.manager_idle and now % WEEK // DAY in APPROVAL_DAYS):
            return
        if self.approval[0].since >= now // WEEK * WEEK:
            return  # papers are handed in by the Friday before
        item, self.manager_idle = self.approval.popleft(), False
        self.book.assign(now, item, MANAGER, MANAGER)
        self.book.enter(now, item, "In approval", MANAGER)
        until = self.book.work(now, item, MANAGER, "Approval", self.hours("Approval"))
        self.at(until, partial(self.approved, item))

    def approved(self, item: Item, now: int) -> None:
        self.book.enter(now, item, "Waiting for release", MANAGER)
        self.waiting.append(item)
        self.manager_idle = True
        self.approve_next(now)

    def release(self, now: int) -> None:
        self.book.release(now, self.waiting, BOT)
        self.waiting = []

    def change(self, now: int) -> None:
        """In its fourth month team Red loses a developer and begins to start new work before it reviews."""
        red = self.teams["Red"]
        red.gone.add(LEAVES)
        red.reviews_first = False
        self.dispatch(now, "Red")
