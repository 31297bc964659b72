"""An XES file's events as columns, in one pass over the markup."""

from __future__ import annotations

from array import array
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from valuestream.errors import InputError
from valuestream.log.event import NONE, Kind, Reject
from valuestream.sources import markup
from valuestream.sources.blocks import Codes
from valuestream.sources.columns import normal
from valuestream.sources.fields import OWN, Fields
from valuestream.sources.instants import Times
from valuestream.sources.lifecycle import OTHER, TRANSITIONS
from valuestream.sources.source import Reading

if TYPE_CHECKING:
    from xml.parsers.expat import XMLParserType

MOST_EVENT_FIELDS = 40
"""So many attributes of events are kept as fields; of further ones a note counts the values."""

MOST_ATTRIBUTES = 10_000
MOST_REJECTS = 100_000
COLUMNS = ("case", "line", "kind", "transition", "value", "actor", "instance", "field", "track")
FOREIGN = -1
ASSIGNED = -2
"""In place of a field: the owner."""

_NOT_A_NUMBER = ("nan", "NaN")
"""A float of this value is how tables of numbers write that there is nothing, in any column."""

_BATCH = 65_536
_BODY = 1000
_KINDS = {kind.name.lower(): int(kind) for kind in Kind}


class Events:
    """What the file says, in its order.

    rows        COLUMNS of each event, one after the other: `case` is the number of its trace; `kind` FOREIGN, or a
                `Kind` that was written by valuestream; `value` a code into `words` (for ASSIGN into `people`)
    said        (event, field, value) of each attribute of an event; of_cases: (trace, field, value)
    keys        the traces' keys, None where a trace has none
    """

    def __init__(self) -> None:
        self.rows, self.count = array("i"), 0
        self.said, self.of_cases = array("i"), array("i")
        self.words, self.people, self.tracks = Codes(), Codes(), Codes()
        self.instances, self.refs = Codes(), Codes()
        self.fields = Fields()
        self.event_fields: set[int] = set()
        self.times = Times()
        self.keys: list[str | None] = []
        self.key_lines: list[int] = []
        self.created: list[tuple[int, str]] = []
        self.rejects: list[Reject] = []
        self.unread: dict[int, str] = {}
        self.counts: Counter[str] = Counter()
        self._waiting: list[str | None] = []

    def reject(self, line: int, reason: str, body: object) -> None:
        """Set something aside; beyond MOST_REJECTS it is only counted."""
        if len(self.rejects) < MOST_REJECTS:
            self.rejects.append(Reject(f"line {line}", reason, str(body)[:_BODY]))
        else:
            self.counts["more rejects"] += 1

    def trace(self, line: int, attributes: dict[str, str | None]) -> None:
        """The end of a trace: its key and attributes."""
        number = len(self.keys)
        key = attributes.pop("concept:name", None)
        self.keys.append(key or None)
        self.key_lines.append(line)
        for key, value in attributes.items():
            own = key.startswith(OWN + "set:")
            if value is None or (not value and not own):
                continue
            if not own and normal(key) in ("created", "createdat", "createddate"):
                self.created.append((number, value))
                continue
            code = self.fields.of_name(key.removeprefix(OWN + "set:")) if own else self.fields.of_key(key)
            if code == NONE:
                self.counts["too many fields"] += 1
            else:
                self.of_cases.extend((number, code, self.words[value]))

    def event(self, line: int, said: dict[str, str | None]) -> None:
        """One event of the trace at hand, its attributes by key."""
        name, time = said.pop("concept:name", None), said.pop("time:timestamp", None)
        transition, actor = said.pop("lifecycle:transition", None), said.pop("org:resource", None)
        instance = said.pop("concept:instance", None)
        if OWN + "kind" in said:
            self._own(line, said, name, time, actor, instance)
            return
        if not name or not time:
            missing = "concept:name" if not name else "time:timestamp"
            self.reject(line, f"event has no {missing}", {"concept:name": name, "time:timestamp": time, **said})
            return
        step = TRANSITIONS.get((transition or "").strip().lower(), OTHER)
        if step == OTHER:
            name = f"{name} ({transition})"
        who = self.people[actor] if actor else NONE
        which = self.instances[instance] if instance else NONE
        self._row((len(self.keys), line, FOREIGN, step, self.words[name], who, which, NONE, NONE), time)
        for key, value in said.items():
            if value:
                self._attribute(self.fields.of_key(key), value)

    def _row(self, row: tuple[int, ...], time: str) -> None:
        self.rows.extend(row)
        self.count += 1
        self._waiting.append(time)
        if len(self._waiting) == _BATCH:
            self.flush()

    def flush(self) -> None:
        """Read the times that wait; what cannot be read is remembered with its event."""
        begin = self.count - len(self._waiting)
        for place in self.times.add(self._waiting).nonzero()[0].tolist():
            if len(self.unread) < MOST_REJECTS:
                self.unread[begin + place] = (self._waiting[place] or "")[:_BODY]
        self._waiting = []

    def _attribute(self, code: int, value: str) -> None:
        if code not in self.event_fields:
            if code == NONE or len(self.event_fields) >= MOST_EVENT_FIELDS:
                self.counts["too many fields"] += 1
                return
            self.event_fields.add(code)
        self.said.extend((self.count - 1, code, self.words[value]))

    def _own(
        self,
        line: int,
        said: dict[str, str | None],
        name: str | None,
        time: str | None,
        actor: str | None,
        instance: str | None,
    ) -> None:
        """An event that valuestream wrote."""
        kind = _KINDS.get(said.pop(OWN + "kind") or "")
        if kind is None or name is None or not time:
            self.reject(
                line,
                "event of valuestream without kind, concept:name or time:timestamp",
                {"concept:name": name, **said},
            )
            return
        value, empty = said.pop(OWN + "value", None), said.pop(OWN + "empty", None)
        field, track = said.pop(OWN + "field", None), said.pop(OWN + "track", None)
        if kind in (Kind.STATE, Kind.START, Kind.END, Kind.TOUCH):
            value = None if empty else name
        word = (self.people if kind == Kind.ASSIGN else self.words).of(value)
        about = NONE if field is None else self.fields.of_name(field)
        row = (word, self.people.of(actor), self.refs.of(instance), about, self.tracks.of(track))
        self._row((len(self.keys), line, kind, OTHER, *row), time)
        for key, value in said.items():
            if value is not None and key == OWN + "assign":
                self.said.extend((self.count - 1, ASSIGNED, self.people[value]))
            elif value is not None and (key.startswith(OWN + "set:") or not key.startswith(OWN)):
                own = key.startswith(OWN)
                code = self.fields.of_name(key.removeprefix(OWN + "set:")) if own else self.fields.of_key(key)
                if code != NONE:
                    self.said.extend((self.count - 1, code, self.words[value]))


def events(path: Path, reading: Reading) -> Events:
    """The events of an XES file, packed or not.

    What is no XML, no XES, cut short, or has a DTD is an InputError; what is missing in single events is a reject.
    """
    found = Events()
    markup.parse(path, lambda parser: _reader(path, found, parser), reading)
    found.flush()
    return found


def _reader(path: Path, found: Events, parser: XMLParserType) -> markup.Reader:
    """What the parser calls. Closures, because they run for every attribute of the file."""
    depth = line = 0
    in_trace = False
    said: dict[str, str | None] | None = None
    of_case: dict[str, str | None] = {}
    trace_line = 0

    def begin(tag: str, attributes: list[str]) -> None:
        nonlocal depth, line, said, in_trace, of_case, trace_line
        depth += 1
        if depth == 4 and said is not None:
            if len(attributes) == 4 and tag != "float":
                first, key, second, value = attributes
                if first == "key" and second == "value":
                    said[key] = value
                    return
            odd(tag, said, attributes)
        elif depth == 3 and in_trace:
            if tag == "event" or markup.plain(tag) == "event":
                said, line = {}, parser.CurrentLineNumber
            else:
                odd(tag, of_case, attributes)
        elif depth == 2:
            in_trace = markup.plain(tag) == "trace"
            of_case, trace_line = {}, parser.CurrentLineNumber
            if markup.plain(tag) == "event":
                found.reject(trace_line, "event outside a trace", attributes)
            elif markup.plain(tag) in markup.OCEL_PARTS:
                raise _other(path, "an OCEL file", "Read it with read_ocel.")
        elif depth == 1:
            if markup.plain(tag) != "log":
                raise _other(path, f"XML of another kind (<{tag[:100]}>)", "An XES file begins with <log>.")
        elif in_trace:
            found.counts["nested"] += 1

    def end(tag: str) -> None:
        nonlocal depth, said, in_trace
        if depth == 3 and said is not None:
            found.event(line, said)
            said = None
        elif depth == 2 and in_trace:
            found.trace(trace_line, of_case)
            in_trace = False
        depth -= 1

    def odd(tag: str, into: dict[str, str | None], attributes: list[str]) -> None:
        pairs = dict(zip(attributes[::2], attributes[1::2], strict=True))
        if pairs.get("key") and "value" in pairs:
            if not (pairs["value"] in _NOT_A_NUMBER and markup.plain(tag) == "float"):
                into[pairs["key"]] = pairs["value"]
        else:
            found.counts["without value"] += 1

    def check() -> int:
        if max(len(said or ()), len(of_case)) > MOST_ATTRIBUTES:
            raise InputError(
                f"{path.name}, line {parser.CurrentLineNumber}: one event or trace has more than "
                f"{MOST_ATTRIBUTES:,} attributes.",
                "This is no event log.",
            )
        return depth

    return markup.Reader(begin, end, check)


def _other(path: Path, what: str, hint: str) -> InputError:
    return InputError(f"{path.name} is {what}, no XES log.", hint)
