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

_MERGE_AT = 1_000_000


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

    Spaces around a word are dropped; a null or an empty word is NONE. Each batch keeps its own small
    dictionary until about as many words wait as are known, then all are merged: the cost stays linear.
    """

    def __init__(self) -> None:
        self._known = pa.array([], pa.string())
        self._waiting: list[tuple[list[Any], int, Any]] = []
        self._waiting_words = 0

    def column(self) -> CodedColumn:
        """A new column that shares this dictionary."""
        return CodedColumn(self)

    def encode(self, values: Any, chunks: list[Any]) -> None:
        """Append the codes of an Arrow array to `chunks`; they are final once `words` was called."""
        if isinstance(values, pa.ChunkedArray):
            values = values.combine_chunks()
        if not pa.types.is_dictionary(values.type):
            values = values.dictionary_encode()
        codes = np.asarray(values.indices.fill_null(NONE).cast(pa.int32()))
        words = pc.utf8_trim_whitespace(as_text(values.dictionary))
        said = np.asarray(pc.fill_null(pc.not_equal(words, ""), False))
        if not said.all():
            places = np.where(said, np.cumsum(said) - 1, NONE)
            codes = np.append(places, NONE).astype(np.int32)[codes]  # the last place stands for code NONE
            words = words.filter(pa.array(said))
        chunks.append(codes)
        self._waiting.append((chunks, len(chunks) - 1, words))
        self._waiting_words += len(words)
        if self._waiting_words > max(_MERGE_AT, len(self._known)):
            self._merge()

    def words(self) -> Words:
        """Every word met so far; a word's place is its code."""
        self._merge()
        return Words(self._known)

    def _merge(self) -> None:
        if not self._waiting:
            return
        dictionaries = [self._known, *(words for _, _, words in self._waiting)]
        parts = [pa.DictionaryArray.from_arrays(pa.array(np.arange(len(d), dtype=np.int32)), d) for d in dictionaries]
        unified = pa.chunked_array(parts).unify_dictionaries()
        self._known = unified.chunk(0).dictionary
        for (chunks, place, _), part in zip(self._waiting, unified.chunks[1:], strict=True):
            chunks[place] = np.append(np.asarray(part.indices), np.int32(NONE))[chunks[place]]
        self._waiting, self._waiting_words = [], 0


class CodedColumn:
    """The codes of one text column, batch after batch."""

    def __init__(self, coder: Coder) -> None:
        self._coder = coder
        self._chunks: list[Any] = []

    def add(self, values: Any) -> None:
        self._coder.encode(values, self._chunks)

    def codes(self) -> I32:
        """int32[n], NONE where the cell is empty."""
        self._coder.words()
        codes: I32 = np.concatenate([np.empty(0, np.int32), *self._chunks])
        self._chunks = [codes]
        return codes


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
    if pa.types.is_null(kind):
        return pa.nulls(len(values), pa.string())
    try:
        return values.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.array([None if value is None else str(value) for value in values.to_pylist()], pa.string())
