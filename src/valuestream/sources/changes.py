"""Change logs: what each field of an item was, and what it became."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from valuestream.log.event import NONE, Kind
from valuestream.sources.attributes import attributes, creations
from valuestream.sources.coding import Recoded
from valuestream.sources.columns import normal
from valuestream.sources.draft import Draft
from valuestream.sources.gather import Gathered
from valuestream.sources.tally import Tally
from valuestream.sources.time_column import BAD, EMPTY

if TYPE_CHECKING:
    from valuestream.log.event import Log
    from valuestream.sources.table import Rows

_MEANING = {
    "status": "state", "state": "state",
    "assignee": "assignee", "owner": "assignee", "assignedto": "assignee",
    "type": "type", "issuetype": "type", "itemtype": "type",
    "team": "team", "group": "team", "assignmentgroup": "team",
    "release": "release", "fixversion": "release", "fixversions": "release",
    "flagged": "block", "flag": "block", "blocked": "block", "impediment": "block",
    "created": "created",
}  # fmt: skip
_UNKNOWN = (
    "{:,} of {:,} items say what they were before their first change of state but not since when: that time is left "
    "out. A column `created` would tell."
)
_NO = {"false", "no", "0", "none"}
_YES = {"true", "yes", "1"}


def log(table: Rows, read: Gathered) -> Log:
    """STATE, ASSIGN, SET, BLOCK and UNBLOCK as each row's field says.

    What an item was before its first change of state is known where a column `created`, a row of the
    field `created` or an empty `from` tells when it began; else that time is left out and a note counts it.
    """
    draft = Draft(table, read)
    meaning = _meanings(read)
    is_state = meaning == "state"
    draft.need("item", "item")
    draft.need("field", "field")
    draft.need_time("time", "time")
    draft.refuse(is_state & (read.text["to"] == NONE), "state is empty")
    rows = draft.kept()
    at, meaning = read.times["time"], meaning[rows]
    words, people = Recoded(read.words["words"]), Recoded(read.words["people"])
    ends = read.words["ends"]

    def became(which: Any, dictionary: Recoded) -> Any:
        return dictionary.codes(read.text["to"][which], ends)

    state = rows[meaning == "state"]
    _beginnings(draft, state, rows[meaning == "created"], words)
    draft.add(state, Kind.STATE, at[state], became(state, words), sub=900)
    owner = rows[meaning == "assignee"]
    draft.add(owner, Kind.ASSIGN, at[owner], became(owner, people), sub=900)
    _blocks(draft, rows[meaning == "block"], words)
    for name in dict.fromkeys(meaning.tolist()):
        if name not in ("state", "assignee", "block", "created"):
            those = rows[meaning == name]
            draft.add(those, Kind.SET, at[those], became(those, words), sub=900, field=draft.field_code(name))
    attributes(draft, rows, at[rows])
    return draft.log(words.words, people.words)


def _meanings(read: Gathered) -> Any:
    """object[n]: what each row's field is to us; a field without a meaning of its own keeps its name."""
    names = [_MEANING.get(normal(field), field) for field in read.words["field"]]
    return np.array([*names, ""], dtype=object)[read.text["field"]]


def _blocks(draft: Draft, rows: Any, words: Recoded) -> None:
    """BLOCK with the reason where the flag becomes something, UNBLOCK where it becomes nothing."""
    ends, to = draft.read.words["ends"], draft.read.text["to"][rows]
    said = np.array([*(word.casefold() for word in ends), ""], dtype=object)[to]
    off = np.array([word in _NO or not word for word in said], dtype=bool)
    bare = np.array([word in _YES for word in said], dtype=bool)
    reason = np.where(bare[~off], NONE, words.codes(to[~off], ends)) if (~off).any() else np.empty(0)
    at = draft.read.times["time"]
    draft.add(rows[~off], Kind.BLOCK, at[rows[~off]], reason, sub=900)
    draft.add(rows[off], Kind.UNBLOCK, at[rows[off]], NONE, sub=900)


def _beginnings(draft: Draft, state: Any, created_rows: Any, words: Recoded) -> None:
    """The state before an item's first change of state, from the instant the item was created."""
    read = draft.read
    item, at = read.text["item"], read.times["time"]
    born = np.full(len(read.words["items"]), EMPTY, dtype=np.int64)
    if "created" in read.times:
        told = draft.kept()[_told(read.times["created"][draft.kept()])]
        born[item[told][::-1]] = read.times["created"][told][::-1]
        creations(draft, draft.kept(), words)
    else:
        born[item[created_rows][::-1]] = at[created_rows][::-1]
        _, once = np.unique(item[created_rows], return_index=True)
        first_rows = created_rows[np.sort(once)]
        _set_created(draft, first_rows, at[first_rows], words)
    order = state[np.lexsort((at[state], item[state]))]
    first = order[np.append(True, item[order][1:] != item[order][:-1])] if len(order) else order
    came_from = read.text["from"][first] if "from" in read.text else np.full(len(first), NONE, dtype=np.int32)
    if "created" not in read.times:
        new = np.sort(first[(came_from == NONE) & (born[item[first]] == EMPTY)]) if "from" in read.text else first[:0]
        _set_created(draft, new, at[new], words)
    known = (came_from != NONE) & (born[item[first]] != EMPTY) & (born[item[first]] <= at[first])
    begin = np.argsort(first[known])
    rows, codes = first[known][begin], came_from[known][begin]
    draft.add(rows, Kind.STATE, born[item[rows]], words.codes(codes, read.words["ends"]), sub=800, by_actor=False)
    unknown = int(((came_from != NONE) & ~known).sum())
    draft.notes.append(Tally(_UNKNOWN, unknown, len(first)))


def _told(instants: Any) -> Any:
    return (instants != EMPTY) & (instants != BAD)


def _set_created(draft: Draft, rows: Any, at: Any, words: Recoded) -> None:
    if len(rows):
        draft.add(rows, Kind.SET, at, words["created"], sub=0, field=draft.field_code("created"))
