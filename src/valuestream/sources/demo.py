"""A sample log whose truth is known: `demo` writes it, `truth` says what it was made of and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from valuestream.log.event import NONE, Kind, Log
from valuestream.sources.demo_book import DAY, WEEK, Event
from valuestream.sources.demo_company import RELEASE_AT, Company
from valuestream.sources.demo_truth import (
    APPROVAL_DAYS,
    BACKLOG_MEAN_H,
    BLOCK_MEAN_H,
    BLOCK_SHARE,
    CANCEL_SHARE,
    DEVELOPERS,
    LEAVES,
    MANAGER,
    RETURNS,
    REWORK_FACTOR,
    TEAM_SHARES,
    TESTERS,
    TYPES,
    Capacity,
    Change,
    DemoTruth,
    demo_stream,
)

if TYPE_CHECKING:
    import numpy as np

__all__ = ["demo", "demo_stream", "truth"]

STEADY_AFTER_WEEKS = 4
TOUCH_SHARE = 0.7  # of the days on which somebody works on an item
_TOUCHES = {"Development": "commit", "Review": "comment", "Test": "comment", "Approval": "comment"}


def demo(seed: int = 1, items: int = 2000, months: int = 9) -> Log:
    """The sample log: about `items` items over `months` months, the same for the same seed.

    More items in less time are smaller ones: the people stay as many as they are. `truth` takes the same arguments.
    """
    import numpy as np

    events = _made(seed, items, months).events
    keys = sorted({event[1] for event in events}, key=lambda key: int(key.partition("-")[2]))
    item, words, people, fields = {key: code for code, key in enumerate(keys)}, _Codes(), _Codes(), _Codes()
    value = [(people if kind is Kind.ASSIGN else words)[word] for _, _, kind, _, word, _ in events]
    return Log(
        name="demo",
        item=np.array([item[event[1]] for event in events], dtype=np.int32),
        at=np.array([event[0] for event in events], dtype=np.int64),
        kind=np.array([event[2] for event in events], dtype=np.int8),
        value=np.array(value, dtype=np.int32),
        field=np.array([fields[event[3]] for event in events], dtype=np.int16),
        actor=np.array([people[event[5]] for event in events], dtype=np.int32),
        items=tuple(keys),
        words=words.names,
        people=people.names,
        fields=fields.names,
    )


def truth(seed: int = 1, items: int = 2000, months: int = 9) -> DemoTruth:
    """The parameters of `demo` with the same arguments, and what came of them."""
    return _made(seed, items, months).truth


class _Codes(dict[str | None, int]):
    """Codes each new word with the next number, and nothing with NONE."""

    def __missing__(self, word: str | None) -> int:
        if word is None:
            return NONE
        self[word] = len(self)
        return self[word]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(word for word in self if word is not None)


@dataclass(frozen=True)
class _Made:
    events: list[Event]  # in the order of their instants, microseconds UTC
    truth: DemoTruth


@lru_cache(maxsize=4)
def _made(seed: int, items: int, months: int) -> _Made:
    import numpy as np

    weeks = max(3, round(months * 52 / 12))
    company = Company(np.random.default_rng(seed), weeks, items / weeks)
    company.run()
    events = company.book.events + _touches(company, np.random.default_rng([seed, 1]))
    events.sort(key=lambda event: event[0])
    us = company.book.clock.us
    written = [(us(at), item, kind, about, value, actor) for at, item, kind, about, value, actor in events]
    return _Made(written, _truth(company, seed, written[-1][0]))


def _touches(company: Company, rng: np.random.Generator) -> list[Event]:
    """Evidence of the hands-on work: on some of its days a commit or a comment."""
    touches: list[Event] = []
    for begin, until, item, person, stage in company.book.worked:
        for day in range(begin // DAY, (until - 1) // DAY + 1):
            low, high = max(begin, day * DAY), min(until, (day + 1) * DAY)
            seen, part = rng.random(2)
            moment = low + int(part * (high - low))
            if seen < TOUCH_SHARE and moment < company.end:
                touches.append((moment, item, Kind.TOUCH, None, _TOUCHES[stage], person))
    return touches


def _truth(company: Company, seed: int, last_us: int) -> DemoTruth:
    clock = company.book.clock
    changed_us = clock.us(company.change_week * WEEK)
    releases = [week * WEEK + RELEASE_AT for week in range(company.weeks)]
    return DemoTruth(
        seed=seed,
        begin_us=clock.us(0),
        end_us=clock.us(company.end - 1) + 1_000_000,
        steady_from_us=clock.us(STEADY_AFTER_WEEKS * WEEK),
        weeks=company.weeks,
        arrivals_per_week=company.per_week,
        team_shares=TEAM_SHARES,
        type_shares=TYPES,
        capacities=_capacities(),
        service=company.service,
        rework_factor=REWORK_FACTOR,
        return_probability=RETURNS,
        cancel_share=CANCEL_SHARE,
        block_share=BLOCK_SHARE,
        block_mean_h=BLOCK_MEAN_H,
        backlog_mean_h=BACKLOG_MEAN_H,
        approval_days=APPROVAL_DAYS,
        releases={clock.release(when // WEEK): clock.us(when) for when in releases},
        changes=(
            Change(changed_us, "Red", "developers", "8", f"7: {LEAVES} leaves"),
            Change(
                changed_us, "Red", "habit", "reviews before it starts new work", "starts new work before it reviews"
            ),
        ),
        realised=replace(company.book.realised, last_us=last_us),
    )


def _capacities() -> tuple[Capacity, ...]:
    """Who serves what before the change."""
    rows = []
    for team, people in DEVELOPERS.items():
        rows += [Capacity(stage, team, people, 40.0 * len(people)) for stage in ("Development", "Review")]
        rows.append(Capacity("Test", team, TESTERS[team], 40.0 * len(TESTERS[team])))
    return (*rows, Capacity("Approval", None, (MANAGER,), 8.0 * len(APPROVAL_DAYS)))
