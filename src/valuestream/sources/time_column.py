"""One column of times in whatever form it was written -> microseconds, batch by batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from valuestream.errors import InputError
from valuestream.sources import parsing
from valuestream.sources.coding import as_text
from valuestream.sources.patterns import BLANKS, Pattern, pattern_of

if TYPE_CHECKING:
    from valuestream.log.event import I64
    from valuestream.sources.source import Reading

EMPTY = np.iinfo(np.int64).min
BAD = EMPTY + 1
"""Stand in a column of instants where the cell was empty, or could not be read."""

_LATEST = 253_402_300_800_000_000  # the year 10000
_EARLIEST = -30_610_224_000_000_000  # the year 1000: an earlier one is a year of two digits misread
_SAMPLE = 500
_ROUNDS = 8
UNREADABLE_SHARE = 0.9
"""From this share of unreadable times on, the form of the column is unknown and nothing is read."""


@dataclass
class _Chunk:
    """One batch: local or UTC microseconds, one array for each order that is still possible."""

    us: dict[str, I64]
    zoned: Any  # bool, or bool[n]


@dataclass
class Instants:
    """One column of times. `add` each batch, then `resolve` it; `text` cells may take several forms of one family.

    serials  numbers such as 45292.5 are days of a spreadsheet
    """

    name: str
    reading: Reading
    serials: bool = False
    chunks: list[_Chunk] = field(default_factory=list)
    patterns: list[Pattern] = field(default_factory=list)
    first_bad: tuple[int, str] | None = None
    first_zoned: tuple[int, str] | None = None
    first_local: tuple[int, str] | None = None
    rows: int = 0

    def __post_init__(self) -> None:
        self.patterns = list(self.reading.patterns.get(self.name, self.patterns))

    def add(self, values: Any) -> None:
        """Read one Arrow array of texts, timestamps, dates or numbers."""
        if isinstance(values, pa.ChunkedArray):
            values = values.combine_chunks()
        if pa.types.is_dictionary(values.type):
            values = values.dictionary_decode()
        chunk = self._typed(values)
        if chunk is None:
            text = _plain_numbers(values)
            if self.serials:
                text = _without_blanks(text)
            chunk = self._strict_iso(text) or self._by_patterns(text)
        self._remember(values, chunk)
        self.chunks.append(chunk)
        self.rows += len(values)

    def _typed(self, values: Any) -> _Chunk | None:
        kind = values.type
        if pa.types.is_date(kind):
            values, kind = values.cast(pa.timestamp("us")), pa.timestamp("us")
        if not pa.types.is_timestamp(kind):
            return None
        per_us = {"ns": 1_000}.get(kind.unit)
        if per_us is None:
            values = values.cast(pa.timestamp("us", kind.tz), safe=False)
        whole = np.asarray(values.cast(pa.int64()).fill_null(EMPTY))
        if per_us is not None:
            whole = np.where(whole == EMPTY, EMPTY, whole // per_us)
        return _Chunk({"": whole}, kind.tz is not None)

    def _strict_iso(self, text: Any) -> _Chunk | None:
        """The fast way: a batch whose every time is written in ISO 8601, all with a zone or all without."""
        first = next((str(v) for v in text.slice(0, _SAMPLE).to_pylist() if v), "")
        if len(first) < 10 or first[4:5] != "-":
            return None
        for zone in ("UTC", None) if len(first) > 16 else (None, "UTC"):
            try:
                us = text.cast(pa.timestamp("us", zone)).cast(pa.int64()).fill_null(EMPTY)
            except pa.ArrowInvalid:
                continue
            whole = np.asarray(us)
            return _Chunk({"": _within(whole)}, zone is not None)
        return None

    def _by_patterns(self, text: Any) -> _Chunk:
        """The patient way: patterns learnt from samples, a sample of what they cannot read, and so on."""
        text = pc.utf8_trim_whitespace(text)
        said = pc.fill_null(pc.not_equal(text, ""), False)
        empty = ~np.asarray(said)
        left = np.flatnonzero(~empty)
        orders = self._orders()
        us = {order: np.where(empty, EMPTY, BAD) for order in orders}
        zoned = np.zeros(len(text), dtype=bool)
        known = self.patterns
        for turn in range(_ROUNDS):
            learnt = self._learn(text, left, known)
            if not len(left) or (not learnt and (turn or not known)):
                break
            known = _of_one_family([*known, *learnt])
            cells = text.take(pa.array(left))
            for order in orders:
                read, has_zone = parsing.read(cells, known, order)
                good = read != parsing.UNREAD
                us[order][left[good]] = read[good]
                zoned[left[good]] = has_zone[good]
                if not any(p.family == "numeric" for p in known):
                    us = {o: us[order] if o == order else us[order].copy() for o in orders}
                    break
            left = left[np.all([us[order][left] == BAD for order in orders], axis=0)]
        self.patterns = known
        if not any(p.family == "numeric" for p in known):
            us = {"": us[orders[0]]}
        return _Chunk({order: _within(column) for order, column in us.items()}, zoned)

    def _orders(self) -> list[str]:
        return [self.reading.date_order] if self.reading.date_order else ["dmy", "mdy"]

    def _learn(self, text: Any, rows: Any, known: Sequence[Pattern]) -> list[Pattern]:
        """Patterns not known yet in a sample of some rows, the most frequent first."""
        if not len(rows):
            return []
        some = rows[np.unique(np.linspace(0, len(rows) - 1, _SAMPLE).astype(np.int64))]
        found = Counter(pattern_of(v, serials=self.serials) for v in text.take(pa.array(some)).to_pylist())
        return [pattern for pattern, _ in found.most_common() if pattern is not None and pattern not in known]

    def _remember(self, values: Any, chunk: _Chunk) -> None:
        """Keep the first unreadable, zoned and zoneless value for messages."""
        first = next(iter(chunk.us.values()))
        bad = np.all([us == BAD for us in chunk.us.values()], axis=0)
        zoned = np.broadcast_to(np.asarray(chunk.zoned), first.shape)
        good = ~bad & (first != EMPTY)
        for name, where in (("first_bad", bad), ("first_zoned", good & zoned), ("first_local", good & ~zoned)):
            if getattr(self, name) is None and where.any():
                row = int(np.argmax(where))
                setattr(self, name, (self.rows + row, str(as_text(values.slice(row, 1))[0].as_py())))

    @property
    def is_readable(self) -> bool:
        """Whether `resolve` would succeed."""
        parts = [np.all([us == BAD for us in c.us.values()], axis=0) for c in self.chunks]
        said = sum(int((next(iter(c.us.values())) != EMPTY).sum()) for c in self.chunks)
        return not is_unknown(sum(int(part.sum()) for part in parts), said)

    def evidence(self) -> tuple[int, int]:
        """How many times can only be read with the day first, and how many only with the month first."""
        found = [self.evidence_of(chunk) for chunk in self.chunks]
        return sum(day for day, _ in found), sum(month for _, month in found)

    @staticmethod
    def evidence_of(chunk: _Chunk) -> tuple[int, int]:
        """The same of one batch."""
        if not {"dmy", "mdy"} <= chunk.us.keys():
            return 0, 0
        dmy, mdy = chunk.us["dmy"] != BAD, chunk.us["mdy"] != BAD
        return int((dmy & ~mdy).sum()), int((mdy & ~dmy).sum())

    @property
    def unit(self) -> str | None:
        """What the column's numbers count; None where it holds no numbers."""
        return next((p.form for p in self.patterns if p.family == "number"), None)

    @property
    def dotted(self) -> bool:
        """Whether full stops stand between day, month and year, which puts the day first."""
        return all(p.dots for p in self.patterns if p.family == "numeric")

    @property
    def is_open(self) -> bool:
        """Whether the order of day and month mattered and nobody has said it."""
        return self.reading.date_order is None and any(p.family == "numeric" for p in self.patterns)

    def resolve(self, order: str, place: Callable[[int], str]) -> tuple[I64, Any]:
        """Microseconds, and bool[n] whether they are UTC already. Nearly nothing readable is an InputError.

        Not of a part of a table, whose form is known from the whole.
        """
        firsts = [next(iter(c.us.values())) for c in self.chunks]
        parts = [c.us.get(order, first) for c, first in zip(self.chunks, firsts, strict=True)]
        told = [np.broadcast_to(c.zoned, len(first)) for c, first in zip(self.chunks, firsts, strict=True)]
        us = np.concatenate(parts) if parts else np.empty(0, np.int64)
        zoned = np.concatenate(told) if told else np.empty(0, bool)
        self.chunks = []
        told_before = self.name in self.reading.patterns
        if not told_before and is_unknown(int((us == BAD).sum()), int((us != EMPTY).sum())):
            raise self.of_no_known_form(place)
        return us, zoned

    def of_no_known_form(self, place: Callable[[int], str]) -> InputError:
        """What to say of a column of which nearly nothing is readable."""
        row, value = self.first_bad or (0, "?")
        return InputError(
            f"Column '{self.name}' holds no time in a known form: {value!r} ({place(row)}).",
            "Known are 2024-02-29T14:03:00Z and its shorter forms, 29.02.2024 14:03, 29/02/2024, 02/29/2024, "
            "29-Feb-2024, and epoch seconds, milliseconds, microseconds. Another column: `--columns time=NAME`.",
        )


def is_unknown(bad: int, said: int) -> bool:
    """Whether so many of the times that are there cannot be read that their form is unknown."""
    return bad > 0 and bad >= UNREADABLE_SHARE * said


def _of_one_family(patterns: Sequence[Pattern]) -> list[Pattern]:
    """The patterns that can be read together with the first: texts of every form, or numbers of one unit."""
    if patterns[0].family == "number":
        return [patterns[0]]
    return [p for p in patterns if p.family != "number"]


def _plain_numbers(values: Any) -> Any:
    """Numbers and anything else as text, floats without an exponent."""
    if pa.types.is_floating(values.type):
        return values.cast(pa.decimal128(38, 9), safe=False).cast(pa.string())
    return as_text(values)


def _without_blanks(text: Any) -> Any:
    """The cells of a sheet, null where a dash or `n/a` says that there is nothing."""
    blank = pc.is_in(pc.utf8_lower(pc.utf8_trim_whitespace(text)), value_set=pa.array(BLANKS))
    return pc.if_else(blank, None, text)


def _within(us: Any) -> Any:
    """Times outside the years 1000 to 9999 are misread."""
    odd = (us < _EARLIEST) | (us >= _LATEST)
    if not odd.any():
        return us
    return np.where(odd & (us != EMPTY), BAD, us)
