"""Targets of a stream, `{Incident: 85 % within 10 d}`, and how far they are attained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from valuestream.metrics.metric import Metric
from valuestream.metrics.time import ITEM_GROUPS, UNSEEN

EVERY = "*"
"""The target of the types that have none of their own."""


@dataclass(frozen=True)
class Target:
    """`share` of the finished items of a type, of a flow item or of every kind (`*`) within `within_s` seconds."""

    of: str
    share: float
    within_s: float


def owners(
    targets: Sequence[Target], kinds: Mapping[str, Sequence[int]], code_of: Mapping[str, int]
) -> dict[int, Target]:
    """The target by the code of a type: its own, else its flow item's; all others have that of `*`."""
    named = {target.of: target for target in targets}
    found = {code: named[kind] for kind, codes in kinds.items() if kind in named for code in codes}
    return found | {code_of[name]: target for name, target in named.items() if name in code_of}


def attainment(by_type: Mapping[int, Target], others: Target | None) -> Metric:
    """The share of finished items within the target of their type."""
    other = None if others is None else others.within_s
    cases = " ".join(f"WHEN {code} THEN {target.within_s!r}" for code, target in by_type.items())
    limit = f"CASE type {cases} ELSE {'NULL' if other is None else repr(other)} END" if cases else repr(other)
    had = "true" if other is not None else f"coalesce(type IN ({', '.join(map(str, by_type))}), false)"
    return Metric(
        "target_attainment",
        over="items",
        clock="finished",
        unit="share",
        better="higher",
        asks="How many items are finished within the target of their type?",
        rule=(
            "The share of items finished in the window whose lead time is at most the target that the stream's file"
            " sets for their type, else for their flow item, else for all (*)."
        ),
        sql=f"avg(CASE WHEN lead_s <= {limit} THEN 1.0 WHEN lead_s IS NOT NULL THEN 0.0 END)",
        of=f"outcome = 1 AND lead_s IS NOT NULL AND {had}",
        leaves_out=(UNSEEN, ("no target for their type", f"outcome = 1 AND lead_s IS NOT NULL AND NOT {had}")),
        by=ITEM_GROUPS,
        counts=True,
    )
