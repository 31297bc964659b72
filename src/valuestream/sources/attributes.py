"""Columns that say what an item is: an event only where the item changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from valuestream.log.event import NONE, Kind
from valuestream.sources.time_column import BAD, EMPTY

if TYPE_CHECKING:
    from valuestream.sources.draft import Draft
    from valuestream.sources.gather import Recoded


def attributes(draft: Draft, rows: Any, at: Any) -> None:
    """SET type, team and release, and ASSIGN, before what the rows themselves say.

    rows    int64[k], ascending
    at      int64[k], their instants

    An empty type or team says nothing; an empty assignee takes the owner away. A release is set at every
    row that names one: the batch that leaves then is told by it.
    """
    text, item = draft.read.text, draft.read.text["item"][rows]
    for sub, role in enumerate(("type", "team"), 1):
        if role in text:
            said = np.flatnonzero(text[role][rows] != NONE)
            new = said[changed(item[said], at[said], text[role][rows[said]])]
            draft.add(rows[new], Kind.SET, at[new], text[role][rows[new]], sub=sub, field=draft.field_code(role))
    if "release" in text:
        new = np.flatnonzero(text["release"][rows] != NONE)
        draft.add(rows[new], Kind.SET, at[new], text["release"][rows[new]], sub=3, field=draft.field_code("release"))
    if "assignee" in text:
        new = changed(item, at, text["assignee"][rows])
        draft.add(rows[new], Kind.ASSIGN, at[new], text["assignee"][rows[new]], sub=4)


def changed(item: Any, at: Any, code: Any) -> Any:
    """The places where an item's code differs from its code before, in order of time; ties in row order.

    An item begins with NONE, so that a first NONE is no change. Ascending int64[k].
    """
    if not len(item):
        return np.empty(0, dtype=np.int64)
    order = np.lexsort((at, item))
    item, code = item[order], code[order]
    before = np.full(len(code), NONE, dtype=code.dtype)
    same = item[1:] == item[:-1]
    before[1:][same] = code[:-1][same]
    return np.sort(order[code != before])


def creations(draft: Draft, rows: Any, words: Recoded) -> list[str]:
    """SET created once an item, at the first instant that its column `created` gives; the words with that one."""
    created, item = draft.read.times["created"][rows], draft.read.text["item"][rows]
    told = np.flatnonzero((created != EMPTY) & (created != BAD))
    _, first = np.unique(item[told], return_index=True)
    new = np.sort(told[first])
    code = draft.field_code("created")
    draft.add(rows[new], Kind.SET, created[new], words["created"], sub=0, field=code, by_actor=False)
    return words.words
