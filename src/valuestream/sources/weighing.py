"""One column of a table, weighed: whether what it says is something that items can be grouped by."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from valuestream.sources.coding import CodedColumn, Coder, as_text
from valuestream.sources.patterns import BLANKS, pattern_of

MOST_VALUES = 1000
"""With more different values than these a column is no grouping."""

FEW = 10
"""Of fewer cells, or values, nothing is concluded from how they repeat."""

LONG, LONGEST = 50, 250
"""Letters of the mean, and of the longest value, from which a column is text that somebody wrote."""

NESTED = "objects or lists"
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass
class Weighed:
    """One column while it is read.

    asked    somebody named it: only people are refused
    trusted  its name says that it is a grouping, whatever it holds
    why      it is left aside; None where it is not
    said     cells that say something; `values`: what they say, spaces around it dropped
    """

    name: str
    asked: bool
    trusted: bool
    why: str | None = None
    said: int = 0
    values: set[str] = field(default_factory=set)
    coder: Coder | None = None
    coded: CodedColumn | None = None

    def add(self, cells: Any, *, weighing: bool, coding: bool) -> None:
        """Some more cells, an Arrow array of any type. `coding`: what they say is wanted afterwards."""
        if self.why is not None:
            return
        if not pa.types.is_dictionary(cells.type):
            try:
                cells = cells.dictionary_encode()
            except pa.ArrowNotImplementedError:
                self.why = NESTED
                return
        if weighing:
            self._weigh(cells)
        if coding and self.why is None:
            if self.coded is None:
                self.coder = Coder()
                self.coded = self.coder.column()
            self.coded.add(cells)

    def _weigh(self, cells: Any) -> None:
        words = pc.utf8_trim_whitespace(as_text(cells.dictionary))
        blank = np.append(np.asarray(pc.equal(words, "").fill_null(True)), True)
        codes = np.asarray(cells.indices.cast(pa.int64()).fill_null(len(words)))
        self.said += len(codes) - int(np.count_nonzero(blank[codes]))
        if len(self.values) <= MOST_VALUES:
            self.values.update(word for word in words.slice(0, 2 * MOST_VALUES).to_pylist() if word)
        if len(self.values) > MOST_VALUES and not self.asked:
            self.why = self._text_or(f"more than {MOST_VALUES:,} different values", self.values)
            self.values, self.coder, self.coded = set(), None, None

    def settle(self, items: int, people: set[str]) -> None:
        """The verdict, once every cell was weighed."""
        if self.why is None:
            self.why = self._verdict(items, people)
        if self.why is not None:
            self.coder = self.coded = None

    def _verdict(self, items: int, people: set[str]) -> str | None:
        n = len(self.values)
        if all(value.lower() in BLANKS for value in self.values):
            return "empty"
        if 2 * sum(value in people or bool(_MAIL.fullmatch(value)) for value in self.values) > n:
            return "people"
        if self.asked:
            return None
        if 2 * sum(value[0] in "{[" for value in self.values) > n:
            return NESTED
        if text := self._text_or(None, self.values):
            return text
        if self.trusted:
            return None
        if 2 * sum(_is_time(value) for value in self.values) > n:
            return "times"
        if n >= FEW and n == self.said:
            return "another value in each row"
        return "nearly as many values as items" if n >= FEW and 2 * n > items else None

    def _text_or(self, other: str | None, some: Iterable[str | None]) -> str | None:
        lengths = [len(value) for value in some if value]
        is_text = bool(lengths) and (max(lengths) > LONGEST or sum(lengths) > LONG * len(lengths))
        return "free text" if is_text else other


def _is_time(value: str) -> bool:
    pattern = pattern_of(value)
    return pattern is not None and pattern.family != "number"
