"""What comes in, when, and of which types; rates are items per week."""

from __future__ import annotations

from dataclasses import dataclass

GAPS = ("exponential", "deterministic", "gamma", "lognormal")


@dataclass(frozen=True)
class ItemType:
    """One kind of item.

    share      of all arrivals; shares of all types add up to 1
    priority   the smaller the sooner, in stages whose order is "types"; work begun is never interrupted
    expedite   first in every queue, and no WIP limit holds it back
    work       its service times as a multiple of the stage's
    """

    name: str
    share: float = 1.0
    priority: int = 0
    expedite: bool = False
    work: float = 1.0


@dataclass(frozen=True)
class Arrivals:
    """What comes in, and when.

    per_week   items in a week without days off, bursts included
    hours      168 relative rates, Monday 00:00 first; empty: the same at every hour
    gap, cv    law of the gaps between arrivals (bursts count once): exponential (a Poisson stream), deterministic,
               gamma or lognormal with that coefficient of variation. Where `hours` are given, gaps are stretched
               and squeezed by them
    bursts     (size, share) of how many arrive at the same instant; empty: one at a time
    types      empty: one type, "item"
    calendar   name of the `Hours` whose days off the arrivals heed; None: every week is like the other
    on_days_off  share of the usual arrivals that come on one of these days (0: none, 1: as on any other)
    at         instants in seconds, rising: the arrivals themselves, replayed; nothing arrives after the last.
               The rate, hours, gaps, bursts and days off are then ignored
    """

    per_week: float = 0.0
    hours: tuple[float, ...] = ()
    gap: str = "exponential"
    cv: float = 1.0
    bursts: tuple[tuple[int, float], ...] = ()
    types: tuple[ItemType, ...] = ()
    calendar: str | None = None
    on_days_off: float = 1.0
    at: tuple[float, ...] = ()

    @property
    def kinds(self) -> tuple[ItemType, ...]:
        """The types, or the one type of everything."""
        return self.types or (ItemType("item"),)

    @property
    def by_weekday(self) -> tuple[float, ...]:
        """Of a usual week's arrivals the share of each day, Monday first."""
        rates = self.hours or (1.0,) * 168
        return tuple(sum(rates[24 * day : 24 * day + 24]) / sum(rates) for day in range(7))

    @property
    def burst_mean(self) -> float:
        """Items per burst."""
        return sum(size * share for size, share in self.bursts) if self.bursts else 1.0
