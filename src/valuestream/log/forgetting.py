"""Every trace of a person leaves a store: as who acted, as who was assigned, in attributes, texts and raw replies."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from valuestream.errors import UnknownName
from valuestream.log.event import Kind
from valuestream.log.replies import pages, replace

if TYPE_CHECKING:
    import duckdb

    from valuestream.log.event import I32

GONE = "(forgotten)"
_NAMES = ("name", "login", "mail", "nick")
_ADDRESSES = ("account", "user", "avatar", "key", "url", "href", "self", "id")
"""Keys of a user's record that hold something by which a person is known: a name, or something long enough."""

_LONG = 8

_TEXTS = {
    "item": ("key", "title", "url"), "link": ("evidence",), "reject": ("place", "body"), "run": ("message", "what"),
    "feed": ("notes", "name"),
}  # fmt: skip
"""Where free text may name somebody."""


class Forgotten(NamedTuple):
    """How much was changed or removed."""

    events: int
    assignments: int
    attributes: int
    texts: int
    replies: int


def forget(con: duckdb.DuckDBPyConnection, wanted: str, called: Callable[[str], str]) -> tuple[Forgotten, I32]:
    """Remove a person; the items that this touched (codes) come back with the counts.

    wanted  the person's name in the store, or as a tool writes it
    called  a name as tools write it -> the name in the store; so raw replies are found by a pseudonym

    What happened stays, by nobody; being assigned goes. UnknownName where nobody is called so.
    """
    names = {wanted, called(wanted)}
    _record(con, names, called)
    known = con.execute("SELECT code FROM person WHERE list_contains(?, name)", [sorted(names)]).fetchall()
    replies = _replies(con, names)
    texts = sum(_text(con, table, column, names) for table, columns in _TEXTS.items() for column in columns)
    if not known and not replies and not texts:
        hint = "Give a pseudonym, or a name as the tool writes it."
        raise UnknownName(f"Nobody in the store is called {wanted!r}.", hint)
    codes = [row[0] for row in known]
    words = _words(con, names)
    assigned = f"kind = {int(Kind.ASSIGN)} AND list_contains(?, value)"
    held = f"kind = {int(Kind.SET)} AND list_contains(?, value)"
    touched: Any = con.execute(
        f"SELECT DISTINCT item FROM event WHERE list_contains(?, actor) OR ({assigned}) OR ({held})",
        [codes, codes, words],
    ).fetchnumpy()
    assignments = _changed(con, f"DELETE FROM event WHERE {assigned}", [codes])
    attributes = _changed(con, f"DELETE FROM event WHERE {held}", [words])
    attributes += _changed(con, "DELETE FROM attribute WHERE list_contains(?, value)", [words])
    events = _changed(con, "UPDATE event SET actor = -1 WHERE list_contains(?, actor)", [codes])
    con.execute(
        f"UPDATE person SET name = '{GONE} ' || code, domain = '', kind = 'unknown' WHERE list_contains(?, code)",
        [codes],
    )
    con.execute(f"UPDATE word SET name = '{GONE} ' || code WHERE list_contains(?, code)", [words])
    return Forgotten(events, assignments, attributes, texts, replies), touched["item"]


def _changed(con: duckdb.DuckDBPyConnection, sql: str, parameters: list[Any]) -> int:
    return int(con.execute(sql, parameters).fetchall()[0][0])


def _words(con: duckdb.DuckDBPyConnection, names: set[str]) -> list[int]:
    """Words that are the person's name and no state's: a state is called what it is called."""
    found = con.execute(
        "SELECT code FROM word WHERE list_contains(?, name) AND code NOT IN"
        f" (SELECT value FROM event WHERE kind NOT IN ({int(Kind.SET)}, {int(Kind.ASSIGN)}))",
        [sorted(names)],
    ).fetchall()
    return [row[0] for row in found]


def _record(con: duckdb.DuckDBPyConnection, names: set[str], called: Callable[[str], str]) -> None:
    """Add to the names what raw replies say of the same person: an address, a login, an id."""
    for reply in (reply for page in pages(con) for reply in page.replies):
        for user in _users(json.loads(reply.body)):
            said = [value for value in user.values() if isinstance(value, str)]
            if any(value in names or called(value) in names for value in said):
                names |= set(_telling(user))


def _users(value: Any) -> Iterator[dict[str, Any]]:
    """Mappings that look like a user's record: few keys, one of them a name, a login or an address."""
    if isinstance(value, list):
        for part in value:
            yield from _users(part)
    if isinstance(value, dict):
        keys = {key.lower() for key in value}
        if len(value) <= 25 and any("name" in key or "login" in key or "mail" in key for key in keys):
            yield value
        for part in value.values():
            yield from _users(part)


def _telling(user: dict[str, Any]) -> Iterator[str]:
    for key, value in user.items():
        named = any(word in key.lower() for word in _NAMES)
        placed = any(word in key.lower() for word in _ADDRESSES)
        if isinstance(value, str) and ((named and len(value) > 1) or (placed and len(value) >= _LONG)):
            yield value
        elif isinstance(value, dict) and (named or placed):
            yield from _telling(value)


def _replies(con: duckdb.DuckDBPyConnection, names: set[str]) -> int:
    """Raw replies without the names; how many had one."""
    pattern = _pattern(names | {json.dumps(name)[1:-1] for name in names})
    found = 0
    for page in pages(con):
        now = [reply._replace(body=pattern.sub(GONE, reply.body)) for reply in page.replies]
        changed = sum(reply != old for reply, old in zip(now, page.replies, strict=True))
        if changed:
            replace(con, page.number, now)
            found += changed
    return found


def _text(con: duckdb.DuckDBPyConnection, table: str, column: str, names: set[str]) -> int:
    """A column of free text without the names; how many rows had one."""
    rows = con.execute(
        f"SELECT rowid, {column} FROM {table} WHERE len(list_filter(?, x -> contains({column}, x))) > 0",
        [sorted(names)],
    ).fetchall()
    pattern, found = _pattern(names), 0
    for row, text in rows:
        if pattern.search(text):
            con.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", [pattern.sub(GONE, text), row])
            found += 1
    return found


def _pattern(names: set[str]) -> re.Pattern[str]:
    """The names as whole words, the longest first: Ada is no part of Canada."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(names, key=len, reverse=True)))})(?!\w)")
