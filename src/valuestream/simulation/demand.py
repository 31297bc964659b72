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

    per_week   items per week, bursts included
    hours      168 relative rates, Monday 00:00 first; empty: the same at every hour
    gap, cv    law of the gaps between arrivals (bursts count once): exponential (a Poisson stream), deterministic,
               gamma or lognormal with that coefficient of variation. Where `hours` are given, gaps are stretched
               and squeezed by them
    bursts     (size, share) of how many arrive at the same instant; empty: one at a time
    types      empty: one type, "item"
    at         instants in seconds, rising: the arrivals themselves, replayed; nothing arrives after the last.
               The rate, hours, gaps and bursts are then ignored
    """

    per_week: float = 0.0
    hours: tuple[float, ...] = ()
    gap: str = "exponential"
    cv: float = 1.0
    bursts: tuple[tuple[int, float], ...] = ()
    types: tuple[ItemType, ...] = ()
    at: tuple[float, ...] = ()

    @property
    def kinds(self) -> tuple[ItemType, ...]:
        """The types, or the one type of everything."""
        return self.types or (ItemType("item"),)

    @property
    def burst_mean(self) -> float:
        """Items per burst."""
        return sum(size * share for size, share in self.bursts) if self.bursts else 1.0
