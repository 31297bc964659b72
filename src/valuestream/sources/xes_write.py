"""Any log written as XES: states are complete events, intervals start and complete.

What XES has no word for stands in attributes with the prefix `vsm:`, so that reading the file back gives the same
events.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from xml.sax.saxutils import escape

from valuestream.log.event import NONE, Kind, Log
from valuestream.sources.fields import MOST_FIELDS, OWN, field_named
from valuestream.sources.replacing import replacing
from valuestream.sources.told import Row, Told, Written, hosted

_QUOTED = {'"': "&quot;", "\n": "&#10;", "\t": "&#9;", "\r": "&#13;"}
_EXTENSIONS = (
    ("Concept", "concept", "http://www.xes-standard.org/concept.xesext"),
    ("Lifecycle", "lifecycle", "http://www.xes-standard.org/lifecycle.xesext"),
    ("Time", "time", "http://www.xes-standard.org/time.xesext"),
    ("Organizational", "org", "http://www.xes-standard.org/org.xesext"),
    ("Value stream", "vsm", "urn:valuestream:xes:1"),
)
_SAID = {Kind.SET: "set {}", Kind.ASSIGN: "assign", Kind.BLOCK: "block", Kind.UNBLOCK: "unblock"}
"""How an event is called that is no activity."""

_RESERVED = ("concept:", "time:", "lifecycle:", "org:", "identity:", OWN)


def write_xes(log: Log, path: str | Path) -> Written:
    """Write `log` to `path`, packed where the name ends in .gz; an existing file is replaced once the new one is whole.

    Traces come in order of the items' codes, their events by instant, ties in the log's order. Lines, rejects and
    notes are not written.
    """
    path = Path(path)
    told = Told(log)
    with replacing(path) as beside, _text(beside, packed=path.name.endswith(".gz")) as file:
        file.write(_head(path.name))
        for item, rows in told.items_rows():
            file.writelines(_trace(item, rows))
        file.write("</log>\n")
    return Written(len(log), told.replaced)


@contextmanager
def _text(path: Path, *, packed: bool) -> Iterator[IO[str]]:
    if not packed:
        with path.open("w", encoding="utf-8", newline="\n") as file:
            yield file
        return
    with (
        path.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as squeezed,
        io.TextIOWrapper(squeezed, encoding="utf-8", newline="\n") as file,
    ):
        yield file


def _head(name: str) -> str:
    extensions = "".join(f'  <extension name="{n}" prefix="{p}" uri="{u}"/>\n' for n, p, u in _EXTENSIONS)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<log xes.version="1849-2016" xes.features="" xmlns="http://www.xes-standard.org/">\n'
        f"{extensions}"
        '  <global scope="trace">\n    <string key="concept:name" value="item"/>\n  </global>\n'
        '  <global scope="event">\n    <string key="concept:name" value="activity"/>\n'
        '    <date key="time:timestamp" value="1970-01-01T00:00:00.000+00:00"/>\n  </global>\n'
        '  <classifier name="Activity" keys="concept:name"/>\n'
        f"{_string('concept:name', name, 1)}"
    )


def _string(key: str, value: str, depth: int = 3) -> str:
    return f'{"  " * depth}<string key="{escape(key, _QUOTED)}" value="{escape(value, _QUOTED)}"/>\n'


def _key(field: str, value: str) -> str:
    """The attribute that says this field: a plain one where it is read back as this field."""
    key = "org:group" if field == "team" else field
    is_plain = field_named(key) == field and field.strip() and value and field != "created"
    if is_plain and (key == "org:group" or not key.startswith(_RESERVED)):
        return key
    return f"{OWN}set:{field}"


def _trace(item: str, rows: list[Row]) -> Iterator[str]:
    yield "  <trace>\n"
    yield _string("concept:name", item, 2)
    constant = _constant(rows)
    for row in rows[:constant]:
        yield _string(_key(row.field or "", row.value or ""), row.value or "", 2)
    for guests, host in hosted(rows[constant:]):
        yield _event(guests, host) if host else _event((), guests[0])
    yield "  </trace>\n"


def _constant(rows: Sequence[Row]) -> int:
    """How many of the first rows say what the item is from its first instant on, by nobody, once for all."""
    fields = [row.field for row in rows if row.kind is Kind.SET]
    count = 0
    for row in rows:
        plain = row.kind is Kind.SET and row.actor is None and row.track is None and row.ref == NONE
        if not plain or row.value is None or row.field in (None, "created") or fields.count(row.field) > 1:
            break
        count += 1
    while count and (count == len(rows) or rows[count].at != rows[0].at):
        count = 0  # they would be read at the instant of the first event that is left
    return 0 if count > MOST_FIELDS else count


def _event(guests: Sequence[Row], row: Row) -> str:
    name = _SAID[row.kind].format(row.field) if row.kind in _SAID else row.value or ""
    transition = "start" if row.kind is Kind.START else "complete"
    parts = [
        "    <event>\n",
        _string("concept:name", name),
        f'      <date key="time:timestamp" value="{row.time}"/>\n',
        _string("lifecycle:transition", transition),
    ]
    if row.actor is not None:
        parts.append(_string("org:resource", row.actor))
    if row.ref != NONE:
        parts.append(_string("concept:instance", str(row.ref)))
    parts.append(_string(f"{OWN}kind", row.kind.name.lower()))
    if row.kind in _SAID and row.value is not None:
        parts.append(_string(f"{OWN}value", row.value))
    elif row.kind not in _SAID and row.value is None:
        parts.append(_string(f"{OWN}empty", "value"))
    if row.field is not None:
        parts.append(_string(f"{OWN}field", row.field))
    if row.track is not None:
        parts.append(_string(f"{OWN}track", row.track))
    for guest in guests:
        key = f"{OWN}assign" if guest.kind is Kind.ASSIGN else _key(guest.field or "", guest.value or "")
        parts.append(_string(key, guest.value or ""))
    parts.append("    </event>\n")
    return "".join(parts)
