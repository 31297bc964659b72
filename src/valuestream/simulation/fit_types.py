"""Types of items: how many of each come, how much more or less work each is, and which goes first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from valuestream.simulation.demand import ItemType
from valuestream.simulation.model import Origin
from valuestream.simulation.observed import Observed
from valuestream.simulation.plan import F64, I64

MOST = 8
"""Types with a name of their own; the rest are `other types`."""
FEWEST = 50
"""Finished visits from which a type's work is compared with that of the others."""
DIFFERENT = 3.3
"""Standard errors by which it must differ: one in a thousand by accident."""


@dataclass(frozen=True)
class Kind:
    """A type of the model: its name, the log's codes that it stands for, its share, and its work against the mean."""

    name: str
    codes: tuple[int, ...]
    share: float
    work: float = 1.0
    n: int = 0


def types_of(observed: Observed) -> I64:
    """The type of each visit's item, as it was in the end: an item has one type in a model."""
    items = observed.items
    at = np.minimum(np.searchsorted(items.item, observed.visits.item), max(0, len(items.item) - 1))
    found: I64 = np.where(items.item[at] == observed.visits.item, items.type[at], observed.visits.type)
    return found


def kinds_of(observed: Observed, items: I64, visits: I64, took: F64, types: I64) -> tuple[Kind, ...]:
    """The types among the chosen items and visits; none where there is only one.

    took, types   of all visits: service time (NaN unknown), type
    """
    codes, counts = np.unique(observed.items.type[items], return_counts=True)
    if len(codes) < 2:
        return ()
    order = np.argsort(-counts, kind="stable")
    named: list[tuple[str, tuple[int, ...], int]] = [
        ("unknown" if codes[k] < 0 else str(observed.words[codes[k]]), (int(codes[k]),), int(counts[k])) for k in order
    ]
    kept, rest = named[:MOST], named[MOST:]
    if rest:
        kept.append(("other types", tuple(code for _, own, _ in rest for code in own), sum(n for _, _, n in rest)))
    total = sum(n for _, _, n in kept)
    usual = _usual(observed, visits, took)
    return tuple(
        Kind(name, own, n / total, *_work(observed, visits, took, usual, np.isin(types[visits], own)))
        for name, own, n in kept
    )


def _usual(observed: Observed, visits: I64, took: F64) -> F64:
    """What each chosen visit would take, were it like the others of its stage and pass; NaN where that is nothing."""
    stage, again = observed.visits.stage[visits], observed.visits.nth[visits] > 1
    found = np.full(len(visits), np.nan)
    for number in range(len(observed.stages)):
        for later in (False, True):
            own = (stage == number) & (again == later) & np.isfinite(took[visits])
            if own.any() and not observed.external[number]:
                mean = took[visits][own].mean()
                found[own] = mean if mean > 0 else np.nan
    return found


def _work(observed: Observed, visits: I64, took: F64, usual: F64, own: np.ndarray) -> tuple[float, int]:
    """Work of a type as a multiple of the mean, 1 where chance explains it; and from how many visits.

    The error is that of a ratio over items: an item that is large is large in each of its stages.
    """
    known = own & np.isfinite(took[visits]) & np.isfinite(usual)
    n = int(known.sum())
    if n < FEWEST:
        return 1.0, n
    _, item = np.unique(observed.visits.item[visits][known], return_inverse=True)
    taken = np.bincount(item, weights=took[visits][known])
    expected = np.bincount(item, weights=usual[known])
    factor = float(taken.sum() / expected.sum())
    error = float(np.sqrt(((taken - factor * expected) ** 2).sum()) / expected.sum())
    return (round(factor, 4) if abs(factor - 1.0) > DIFFERENT * error else 1.0), n


def work_of(kinds: tuple[Kind, ...], types: I64) -> F64:
    """Each visit's work as a multiple of its stage's."""
    found = np.ones(len(types))
    for kind in kinds:
        if kind.work != 1.0:
            found[np.isin(types, kind.codes)] = kind.work
    return found


def item_types(kinds: tuple[Kind, ...], priorities: dict[int, int]) -> tuple[tuple[ItemType, ...], list[Origin]]:
    """The types as a model has them, and where their numbers come from."""
    found, origins = [], []
    for kind in kinds:
        first = priorities.get(kind.codes[0], 0) if len(kind.codes) == 1 else max(priorities.values(), default=0)
        found.append(ItemType(kind.name, kind.share, priority=first, work=kind.work))
        how = "measured" if kind.n >= FEWEST else "assumed"
        note = "as that of all: no difference beyond chance" if kind.work == 1.0 and how == "measured" else ""
        origins.append(Origin(f"arrivals.types.{kind.name}.work", how, kind.n, note))
    return tuple(found), origins
