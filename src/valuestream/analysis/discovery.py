"""What is known of a log before anything is configured: the records of a discovery, and its document."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from valuestream.analysis.paths import Paths
from valuestream.analysis.transitions import Transition
from valuestream.analysis.variants import Variants
from valuestream.calendar import rfc3339

SCHEMA = "vsm.discover/1"


@dataclass(frozen=True)
class State:
    """One raw state. `items` it occurs in, `revisited` of them at least twice; items that start or end in it."""

    name: str
    n: int
    items: int
    revisited: int
    starts: int
    ends: int

    @property
    def revisited_share(self) -> float:
        return self.revisited / self.items


@dataclass(frozen=True)
class Spread:
    """Mean and quantiles (NumPy's linear) of n durations in seconds; None where n is 0."""

    n: int
    mean: float | None = None
    p50: float | None = None
    p85: float | None = None
    p95: float | None = None


@dataclass(frozen=True)
class Gaps:
    """Time in which nothing happened: `n` gaps between an item's activities, and their seconds in all.

    n and total_s are None where the log knows no ends. `weeks` are those without any event.
    """

    n: int | None
    total_s: float | None
    weeks: tuple[str, ...]


@dataclass(frozen=True)
class Ties:
    """Instants at which one item has several events; `differing` of them with different states."""

    groups: int
    differing: int


@dataclass(frozen=True)
class Transfers:
    """Successive stays of an item with both people known (`of`), and those where the person changed (`n`)."""

    n: int
    of: int


@dataclass(frozen=True)
class Discovery:
    """Everything `vsm discover` knows about a log. Instants are microseconds UTC, None in an empty log."""

    name: str
    zone: str
    first: int | None
    last: int | None
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]
    variants: Variants
    lead_time: Spread
    arrivals_per_week: tuple[tuple[str, int], ...]
    throughput_per_week: tuple[tuple[str, int], ...]
    transfers: Transfers
    ties: Ties
    gaps: Gaps
    negative_waits: int
    rejects: tuple[tuple[str, int], ...]
    notes: tuple[str, ...]

    @property
    def paths(self) -> Paths:
        return self.variants.paths

    @property
    def events(self) -> int:
        return len(self.paths)

    @property
    def items(self) -> int:
        return len(self.paths.item)

    @cached_property
    def state(self) -> dict[str, State]:
        """The states by name."""
        return {state.name: state for state in self.states}


def document(discovery: Discovery, *, top: int | None = 20) -> dict[str, Any]:
    """The discovery as plain data, `vsm.discover/1`: seconds, shares 0..1; `top` variants, None: all of them."""
    variants = discovery.variants
    shown = len(variants) if top is None else min(top, len(variants))
    lead = discovery.lead_time
    first, last = (None if at is None else rfc3339(at) for at in (discovery.first, discovery.last))
    return {
        "schema": SCHEMA,
        "log": discovery.name,
        "zone": discovery.zone,
        "as_of": last,
        "window": {"since": first, "until": last},
        "events": discovery.events,
        "items": discovery.items,
        "states": [
            {
                "state": state.name,
                "n": state.n,
                "items": state.items,
                "revisited_share": state.revisited_share,
                "repeats": state.n - state.items,
            }
            for state in discovery.states
        ],
        "transitions": [
            {
                "from": move.before,
                "to": move.after,
                "n": move.n,
                "mean_s": move.mean_s,
                "p50_s": move.p50_s,
                "p85_s": move.p85_s,
            }
            for move in discovery.transitions
        ],
        "variants": [{"path": list(variants.path(i)), "n": int(variants.n[i])} for i in range(shown)],
        "variant_count": len(variants),
        "starts": {state.name: state.starts for state in discovery.states if state.starts},
        "ends": {state.name: state.ends for state in discovery.states if state.ends},
        "throughput_per_week": [{"week": week, "n": n} for week, n in discovery.throughput_per_week],
        "arrivals_per_week": [{"week": week, "n": n} for week, n in discovery.arrivals_per_week],
        "lead_time_s": {"n": lead.n, "mean": lead.mean, "p50": lead.p50, "p85": lead.p85, "p95": lead.p95},
        "transfers": {"n": discovery.transfers.n, "of": discovery.transfers.of},
        "ties": {"groups": discovery.ties.groups, "differing": discovery.ties.differing},
        "gaps": {"n": discovery.gaps.n, "total_s": discovery.gaps.total_s, "weeks": list(discovery.gaps.weeks)},
        "negative_waits": discovery.negative_waits,
        "rejects": [{"reason": reason, "n": n} for reason, n in discovery.rejects],
        "notes": list(discovery.notes),
    }
