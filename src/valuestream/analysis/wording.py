"""Figures and names as the reasons of a suggestion say them."""

from __future__ import annotations

from collections.abc import Iterable

from valuestream.analysis.evidence import Evidence


def stay(one: Evidence) -> str:
    """How often and how long, for a reason."""
    median = "" if one.median_s is None else f", {time_of(one.median_s)} at the median"
    stays = "1 stay" if one.n == 1 else f"{one.n:,} stays"
    return f"{stays}, in {percent(one.items_share)} of the items{median}"


def names(states: Iterable[str]) -> str:
    """States as a reason names them, in order."""
    short = (" ".join(state.split()) for state in sorted(states))
    return " and ".join(f"'{name if len(name) <= 40 else name[:37] + '...'}'" for name in short)


def percent(share: float) -> str:
    """A share as people read it: 0.05 % and 99.9 % are neither nothing nor all."""
    if 0 < share < 0.01 or 0.99 < share < 1:
        return f"{min(100 * share, 99.99):.2g} %" if share < 0.5 else f"{min(100 * share, 99.9):.1f} %"
    return f"{100 * share:.0f} %"


def time_of(seconds: float | None) -> str:
    if seconds is None:
        return "an unknown time"
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"
