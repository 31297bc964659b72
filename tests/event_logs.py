"""Small XES and OCEL files, logs as rows in words, and what can happen to a file.

python tests/event_logs.py 100000     mutates valid files so many times and reads them
"""

from __future__ import annotations

import gzip
import json
import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import quoteattr

from hypothesis import strategies as st

from valuestream import sketch
from valuestream.errors import ValuestreamError
from valuestream.log.event import NONE, Log
from valuestream.sources.ocel import read_ocel
from valuestream.sources.ocel_write import write_ocel
from valuestream.sources.sketch import day
from valuestream.sources.told import ILLEGAL, times
from valuestream.sources.xes import read_xes
from valuestream.sources.xes_write import write_xes

SKETCH = """
A: idea 1, type=bug 1, dev@ada 3.5 by bob, team=Blue 3.6, +block vendor 4, -block 5, touch@bob 5, done 6
A/pull_request#7: open 2, in_review 3 by cy, closed 4
B: dev(3..5)@ada, test(4..)@bob, type=a<&"b 2
C/pull_request#7: open 2
C: created=created 1, idea 2
"""


def told(log: Log) -> dict[str, list[tuple]]:
    """Item -> (at, kind, value, field, actor, track, interval) of its events by instant; intervals are renumbered."""

    def name(column: object, row: int, names: object) -> str | None:
        return None if column is None or column[row] == NONE else names[int(column[row])]

    items: dict[str, list[tuple]] = {}
    numbers: dict[int, int] = {}
    for row in sorted(range(len(log)), key=lambda row: (log.item[row], log.at[row])):
        kind = int(log.kind[row])
        value = name(log.value, row, log.people if kind == 4 else log.words)
        ref = NONE if log.ref is None else int(log.ref[row])
        ref = NONE if ref == NONE else numbers.setdefault(ref, len(numbers))
        said = (
            value,
            name(log.field, row, log.fields),
            name(log.actor, row, log.people),
            name(log.track, row, log.tracks),
        )
        items.setdefault(log.items[int(log.item[row])], []).append((int(log.at[row]), kind, *said, ref))
    return items


def at(number: float) -> str:
    """A day of the sketch as an XES file writes it."""
    import numpy as np

    return times(np.array([day(number)]))[0]


def xes(*events: str, head: str = "", traces: str = "") -> bytes:
    """An XES file. An event: "case activity transition day resource instance key=value ...", "-" for nothing."""
    cases: dict[str, list[str]] = {}
    for event in events:
        case, activity, transition, number, *rest = event.split()
        said = {"concept:name": activity, "lifecycle:transition": transition, "time:timestamp": at(float(number))}
        said |= dict(
            zip(("org:resource", "concept:instance"), (part for part in rest if "=" not in part), strict=False)
        )
        said |= dict(part.split("=") for part in rest if "=" in part)
        cases.setdefault(case, []).append(f"<event>{_strings(said)}</event>")
    made = "".join(f"<trace>{_strings({'concept:name': case})}{''.join(rows)}</trace>" for case, rows in cases.items())
    return f'<?xml version="1.0"?>\n<log xes.version="2.0">{head}\n{made}{traces}</log>'.encode()


def _strings(said: dict[str, str]) -> str:
    return "".join(f"<string key={quoteattr(k)} value={quoteattr(v)}/>\n" for k, v in said.items() if v != "-")


ORDERS: dict = {
    "objectTypes": [{"name": "order", "attributes": [{"name": "status", "type": "string"}]}],
    "eventTypes": [{"name": "place", "attributes": [{"name": "resource", "type": "string"}]}],
    "objects": [
        {
            "id": "o1",
            "type": "order",
            "attributes": [
                {"name": "status", "time": "1970-01-01T00:00:00Z", "value": "new"},
                {"name": "status", "time": at(3), "value": "paid"},
                {"name": "price", "time": "1970-01-01T00:00:00Z", "value": 12.5},
            ],
            "relationships": [{"objectId": "p1", "qualifier": "has"}, {"objectId": "c1", "qualifier": "of"}],
        },
        {"id": "o2", "type": "order", "relationships": [{"objectId": "p2", "qualifier": "has"}]},
        {"id": "p1", "type": "parcel"},
        {"id": "p2", "type": "parcel"},
        {"id": "c1", "type": "customer"},
    ],
    "events": [
        {"id": "e1", "type": "place", "time": at(1), "attributes": [{"name": "resource", "value": "ada"}],
         "relationships": [{"objectId": "o1", "qualifier": "order"}]},
        {"id": "e2", "type": "place", "time": at(2), "relationships": [{"objectId": "o2", "qualifier": "order"}]},
        {"id": "e3", "type": "pay", "time": at(3),
         "relationships": [{"objectId": "o1", "qualifier": ""}, {"objectId": "o2", "qualifier": ""}]},
        {"id": "e4", "type": "pack", "time": at(4), "relationships": [{"objectId": "p1", "qualifier": "parcel"}]},
        {"id": "e5", "type": "ship", "time": at(5), "relationships": [{"objectId": "o1", "qualifier": ""},
                                                                      {"objectId": "p1", "qualifier": ""}]},
        {"id": "e6", "type": "complain", "time": at(6), "relationships": [{"objectId": "c1", "qualifier": ""}]},
    ],
}  # fmt: skip
"""Two orders, their parcels and a customer, as OCEL 2.0 writes them."""

_text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=4).filter(
    lambda t: not ILLEGAL.search(t)
)
_word = st.sampled_from(["todo", "dev", "pull_request:open", "a b", ' "<&>\n\t\r', "nan", "é", "x" * 30]) | _text
_instant = st.integers(day(1), day(1) + 5) | st.integers(day(1), day(900))


@st.composite
def logs(draw: st.DrawFn) -> Log:
    """Any small log: every kind, fields and people of any name, other tracks, ties, intervals without end."""
    import numpy as np

    items, words, people, fields, tracks = (
        draw(st.lists(_word, min_size=1, max_size=4, unique=True))
        for _ in ("items", "words", "people", "fields", "tracks")
    )
    fields = list(
        dict.fromkeys([*draw(st.lists(st.sampled_from(["type", "team", "Team", "created", "org:group"]))), *fields])
    )
    n = draw(st.integers(1, 12))
    kind = draw(st.lists(st.integers(0, 7), min_size=n, max_size=n))

    def codes(names: list[str], *, may_be_none: bool) -> list[int]:
        return draw(st.lists(st.integers(NONE if may_be_none else 0, len(names) - 1), min_size=n, max_size=n))

    value, owner, field = (
        codes(words, may_be_none=True),
        codes(people, may_be_none=True),
        codes(fields, may_be_none=False),
    )
    ref = draw(st.lists(st.integers(0, 3), min_size=n, max_size=n))
    return Log(
        name="any",
        item=np.array(codes(items, may_be_none=False), np.int32),
        at=np.array(draw(st.lists(_instant, min_size=n, max_size=n)), np.int64),
        kind=np.array(kind, np.int8),
        value=np.array([o if k == 4 else v for k, v, o in zip(kind, value, owner, strict=True)], np.int32),
        field=np.array([f if k == 3 else NONE for k, f in zip(kind, field, strict=True)], np.int16),
        actor=np.array(codes(people, may_be_none=True), np.int32),
        track=np.array(codes(tracks, may_be_none=True), np.int32),
        ref=np.array([r if k in (1, 2) else NONE for k, r in zip(kind, ref, strict=True)], np.int32),
        items=items,
        words=words,
        people=people,
        fields=fields,
        tracks=tracks,
    )


_BITS = [
    *(
        b"<",
        b">",
        b'"',
        b"&amp;",
        b"&x;",
        b"\x00",
        b"\xff",
        b"<event>",
        b"</trace>",
        b'key="vsm:kind"',
        b"<!DOCTYPE log []>",
    ),
    *(b"<![CDATA[", b"<!--", b"{", b"}", b"[", b"null", b"1e999", b'"id": 3,', b"0001-01-01", b"9999-99-99T99:99:99Z"),
    *(b'"vsm:kind"', b"[[[[[[", b"ocel_id", b"lifecycle:transition", b"suspend", b"resume", b"schedule", b"pi_abort"),
]


def mutated(data: bytes, rng: random.Random) -> bytes:
    """The file with one to four things wrong with it."""
    for _ in range(rng.randint(1, 4)):
        begin, length = rng.randrange(len(data) + 1), rng.choice((1, 1, 2, 8, 60))
        how = rng.randrange(12)
        if how == 0:
            data = data[:begin]
        elif how == 1:
            data = data[:begin] + data[begin + length :]
        elif how == 2:
            data = data[:begin] + rng.choice(_BITS) + data[begin:]
        elif how == 3:
            data = data[:begin] + rng.randbytes(length) + data[begin + length :]
        elif how == 4:
            again = rng.randrange(len(data) + 1)
            data = data[:begin] + data[again : again + length * 4] + data[begin:]
        elif how == 5:
            data = data[:begin] + rng.choice(_BITS) + data[begin + length :]
        else:  # another word of the file, so that its form stays whole
            words = list(re.finditer(rb'"[^"<>]{0,60}"', data)) or [re.match(b"", data)]
            one, other = rng.choice(words), rng.choice(words)
            said = rng.choice((other[0], other[0], b'""', b'"0"', b'"null"', b'"3.5"'))
            data = data[: one.start()] + said + data[one.end() :]
    return data


def valid_files(folder: Path) -> list[bytes]:
    """A valid file of each form, some packed, some with everything that can be in it."""
    log = sketch(SKETCH)
    files = [
        xes(
            "A dev start 1 ada",
            "A dev complete 2 ada 7 cost=3",
            "B dev schedule 1",
            "B dev start 2",
            "B dev suspend 3 x y",
        )
    ]
    for name in ("a.xes", "a.xes.gz", "a.sqlite", "a.json", "a.xml"):
        (write_xes if ".xes" in name else write_ocel)(log, folder / name)
        files.append((folder / name).read_bytes())
    return [*files, json.dumps(ORDERS).encode(), gzip.compress(json.dumps(ORDERS).encode())]


def survives(data: bytes, folder: Path) -> str:
    """Read the bytes as both kinds of log; what came of it. Anything but a log or an error with a hint is raised."""
    path = folder / "mutated.bin"
    path.write_bytes(data)
    return f"{_came(read_xes, path)}/{_came(read_ocel, path)}"


def _came(read: Callable[[Path], Log], path: Path) -> str:
    try:
        log = read(path)
    except ValuestreamError as error:
        return "error" if error.message and error.hint else "a silent error"
    assert told(log)
    assert all(reject.place and reject.reason for reject in log.rejects)
    return "rejects" if log.rejects else "log"


if __name__ == "__main__":
    wished, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    rng, came = random.Random(seed), Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        valid = valid_files(Path(folder))
        for _ in range(wished):
            data = mutated(rng.choice(valid), rng)
            try:
                came[survives(data, Path(folder))] += 1
            except Exception:
                Path(f"fuzz-{seed}.bin").write_bytes(data)
                raise
    print(f"{wished:,} mutated files: {dict(came)}")
