"""Sentences that count rows, and go on counting when a table is read in parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class Tally(str):
    """A sentence with whole numbers in it, filled in. Of no interest where the first of them is 0.

    >>> Tally("{:,} of {:,} are open.", 3, 1200)
    '3 of 1,200 are open.'
    """

    template: str
    counts: tuple[int, ...]

    def __new__(cls, template: str, *counts: int) -> Tally:
        made = super().__new__(cls, template.format(*counts))
        made.template, made.counts = template, counts
        return made


def worth_telling(notes: Iterable[str]) -> list[str]:
    """Notes as plain sentences, without the tallies of nothing."""
    return [str(note) for note in notes if not isinstance(note, Tally) or note.counts[0]]


def added(parts: Iterable[Sequence[str]]) -> list[str]:
    """The tallies of all parts, those of one sentence added up, in the order in which they were first told."""
    sums: dict[str, tuple[int, ...]] = {}
    for note in (note for notes in parts for note in notes if isinstance(note, Tally)):
        before = sums.get(note.template, (0,) * len(note.counts))
        sums[note.template] = tuple(a + b for a, b in zip(before, note.counts, strict=True))
    return worth_telling([Tally(template, *counts) for template, counts in sums.items()])
