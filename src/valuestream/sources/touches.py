"""Cells that say when somebody touched an item: `25/Feb/26 4:38 PM;<account>;what was said`, as Jira exports them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from valuestream.sources.months import english
from valuestream.sources.patterns import pattern_of


class Touched(NamedTuple):
    """What was done, when as it was written, and by whom."""

    word: str
    time: str
    who: str | None


def touched(word: str, cell: str, names: Mapping[str, str]) -> Touched | None:
    """What one cell says; None where it says no time. A worklog has a text before its time.

    names   account -> the name by which the other columns call its person

    >>> touched("comment", "25/Feb/26 4:38 PM;712020:dbd6;On it; soon", {"712020:dbd6": "Ada"})
    Touched(word='comment', time='25/Feb/26 4:38 PM', who='Ada')
    >>> touched("work log", "paired on it;13/Mar/24 10:00 AM;ada;3600", {}).who
    'ada'
    """
    parts = [part.strip() for part in cell.split(";", 4)]
    for place, part in enumerate(parts[:2]):
        time = english(part)
        if pattern_of(time) is not None:
            who = parts[place + 1] if len(parts) > place + 1 else ""
            return Touched(word, time, names.get(who, who) or None)
    return None


def accounts(rows: Sequence[Mapping[str, str]], pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Account -> name, from pairs of columns that hold the one and the other in each row."""
    return dict(_accounts(rows, pairs))


def _accounts(rows: Sequence[Mapping[str, str]], pairs: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for row in rows:
        for name, account in pairs:
            if row.get(name) and row.get(account):
                yield row[account], row[name]
