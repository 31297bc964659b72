"""Columns that say what an item is: an event only where the item changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from valuestream.log.event import NONE, Kind
from valuestream.sources.extras import FIELD
from valuestream.sources.time_column import BAD, EMPTY

if TYPE_CHECKING:
    from valuestream.sources.coding import Recoded
    from valuestream.sources.draft import Draft


def attributes(draft: Draft, rows: Any, at: Any) -> None:
    """SET type, team, release and other attributes, and ASSIGN, before what the rows themselves say.

    rows    int64[k], ascending
    at      int64[k], their instants

    An empty type or team says nothing; an empty cell of another attribute takes its value away, and an empty assignee
    the owner. A release is set at every row that names one: the batch that leaves then is told by it.
    """
    text, item = draft.read.text, draft.read.text["item"][rows]
    others = [role for role in text if role.startswith(FIELD)]
    if not others and not {"type", "team", "release", "assignee"} & set(text):
        return
    order = np.lexsort((at, item))
    for sub, role in enumerate(("type", "team"), 1):
        if role in text:
            code = text[role][rows]
            new = _changed(order[code[order] != NONE], item, code)
            draft.add(rows[new], Kind.SET, at[new], text[role][rows[new]], sub=sub, field=draft.field_code(role))
    if "release" in text:
        new = np.flatnonzero(text["release"][rows] != NONE)
        draft.add(rows[new], Kind.SET, at[new], text["release"][rows[new]], sub=3, field=draft.field_code("release"))
    if "assignee" in text:
        new = _changed(order, item, text["assignee"][rows])
        draft.add(rows[new], Kind.ASSIGN, at[new], text["assignee"][rows[new]], sub=4)
    for sub, role in enumerate(others, 5):
        new = _changed(order, item, text[role][rows])
        name = role.removeprefix(FIELD)
        draft.add(rows[new], Kind.SET, at[new], text[role][rows[new]], sub=sub, field=draft.field_code(name))


def changed(item: Any, at: Any, code: Any) -> Any:
    """The places where an item's code differs from its code before, in order of time; ties in row order.

    An item begins with NONE, so that a first NONE is no change. Ascending int64[k].
    """
    return _changed(np.lexsort((at, item)), item, code)


def _changed(order: Any, item: Any, code: Any) -> Any:
    """The same of those places that `order` holds, in order of item and time."""
    if not len(order):
        return np.empty(0, dtype=np.int64)
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
