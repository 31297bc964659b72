"""Words as integer codes, batch by batch, so that a long column never stands in memory as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from valuestream.log.event import NONE

if TYPE_CHECKING:
    from valuestream.log.event import I32

_MERGE_BYTES = 64 << 20
_VARIED_ROWS = 10_000


class Words(Sequence[str]):
    """The words of a coded column: a list of str to whoever reads it, one Arrow buffer in memory."""

    def __init__(self, words: Any) -> None:
        self._words = words

    def __len__(self) -> int:
        return len(self._words)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        if isinstance(index, slice):
            return list(self._words.take(pa.array(range(*index.indices(len(self))), pa.int64())).to_pylist())
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        return str(self._words[int(index) % len(self)].as_py())

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self), 65_536):
            yield from self._words.slice(start, 65_536).to_pylist()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Words({self[:5]!r}{', ...' if len(self) > 5 else ''})"


class Coder:
    """One dictionary that grows over the batches of one or several columns.

    Batches wait as text, or as their own small dictionary, until about as much text waits as is known;
    then all are merged, so that the cost stays linear and the text of a long column never stands in
    memory as a whole. At the end spaces around words are dropped; a null or an empty word is NONE.
    """

    def __init__(self) -> None:
        self._known = pa.array([], pa.string())
        self._columns: list[CodedColumn] = []
        self._waiting: list[tuple[CodedColumn, int, Any]] = []
        self._waiting_bytes = 0
        self._done = False

    def column(self) -> CodedColumn:
        """A new column that shares this dictionary."""
        self._columns.append(CodedColumn(self))
        return self._columns[-1]

    def wait(self, column: CodedColumn, place: int, words: Any) -> None:
        """The words of one batch: what its codes point to, or one a row where it has no codes yet."""
        self._waiting.append((column, place, words))
        self._waiting_bytes += words.nbytes
        if self._waiting_bytes > max(_MERGE_BYTES, self._known.nbytes):
            self._merge()

    def words(self) -> Words:
        """Every word; its place is its code. No batch can be added afterwards."""
        if not self._done:
            self._merge()
            self._tidy()
            self._done = True
        return Words(self._known)

    def _merge(self) -> None:
        if not self._waiting:
            return
        known = [self._known] if len(self._known) else []
        # Arrow leaves empty chunks out of its answer
        merged = pa.chunked_array([*known, *(words for _, _, words in self._waiting)], pa.string()).dictionary_encode()
        answers = iter(merged.chunks[len(known) :])
        for column, place, words in self._waiting:
            codes = np.asarray(next(answers).indices.fill_null(NONE)) if len(words) else np.empty(0, np.int32)
            local = column.chunks[place]
            # where a batch had codes of its own, the last place stands for its NONE
            column.chunks[place] = codes if local is None else np.append(codes, np.int32(NONE))[local]
        if merged.num_chunks:
            self._known = merged.chunk(0).dictionary
        self._waiting, self._waiting_bytes = [], 0

    def _tidy(self) -> None:
        trimmed = pc.utf8_trim_whitespace(self._known)
        said = np.asarray(pc.not_equal(trimmed, ""))
        if said.all() and trimmed.equals(self._known):
            return
        again = trimmed.filter(pa.array(said)).dictionary_encode()
        final = np.full(len(trimmed) + 1, NONE, dtype=np.int32)  # the last place stands for code NONE
        final[np.flatnonzero(said)] = np.asarray(again.indices)
        self._known = again.dictionary
        for column in self._columns:
            column.chunks = [final[chunk] for chunk in column.chunks]


class CodedColumn:
    """The codes of one text column, batch after batch; None stands for those not known yet."""

    def __init__(self, coder: Coder) -> None:
        self._coder = coder
        self._varied = False
        self.chunks: list[Any] = []

    def add(self, values: Any) -> None:
        """Append an Arrow array of any type."""
        if isinstance(values, pa.ChunkedArray):
            values = values.combine_chunks()
        if not pa.types.is_dictionary(values.type):
            if self._varied:
                self.chunks.append(None)
                return self._coder.wait(self, len(self.chunks) - 1, as_text(values))
            values = values.dictionary_encode()
            self._varied = len(values) >= _VARIED_ROWS and 8 * len(values.dictionary) > len(values)
        self.chunks.append(np.asarray(values.indices.fill_null(NONE).cast(pa.int32())))
        return self._coder.wait(self, len(self.chunks) - 1, as_text(values.dictionary))

    def codes(self) -> I32:
        """int32[n], NONE where the cell is empty."""
        self._coder.words()
        codes: I32 = np.concatenate(self.chunks) if self.chunks else np.empty(0, np.int32)
        self.chunks = []
        return codes


class Recoded:
    """A dictionary that grows by single words, on top of the words that were read."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words: list[str] = list(words)
        self._codes = {word: code for code, word in enumerate(self.words)}

    def __getitem__(self, word: str) -> int:
        if word not in self._codes:
            self._codes[word] = len(self.words)
            self.words.append(word)
        return self._codes[word]

    def codes(self, codes: Any, words: Sequence[str]) -> I32:
        """Codes into `words` as codes into this dictionary; only words that occur are added."""
        used, back = np.unique(codes, return_inverse=True)
        own = np.array([NONE if code == NONE else self[words[int(code)]] for code in used], dtype=np.int32)
        recoded: I32 = own[back].astype(np.int32)
        return recoded


def as_text(values: Any) -> Any:
    """An Arrow array of any type as text; whole numbers that came as floats lose their `.0`."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        return as_text(values.dictionary_decode())
    if pa.types.is_string(kind):
        return values
    if pa.types.is_floating(kind):
        whole = values.cast(pa.int64(), safe=False)
        if pc.all(pc.equal(whole.cast(kind), values)).as_py() is not False:
            return whole.cast(pa.string())
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return values.cast(pa.large_string(), safe=False).cast(pa.string())
    if pa.types.is_timestamp(kind):
        # by way of UTC: Arrow knows no zones where the system has none, and Python no nanoseconds
        utc = values.cast(pa.timestamp("us", kind.tz and "UTC"), safe=False).cast(pa.timestamp("us")).cast(pa.string())
        return pc.binary_join_element_wise(utc, "Z", "") if kind.tz else utc
    if pa.types.is_null(kind):
        return pa.nulls(len(values), pa.string())
    try:
        return values.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.array([None if value is None else str(value) for value in values.to_pylist()], pa.string())
