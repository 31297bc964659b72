"""A seeded log of any size: seven stages, rework, weekly releases, ties, open items, some 480 people.

    python benchmarks/generate.py --events 10000000 out.parquet      or out.csv

Columns: item (text), time (UTC), state, resource; rows in order of time, as a tool exports them.
About 11 events an item. Memory: some 40 bytes an event.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from valuestream.stream import Stream

DAY = 86_400.0
WEEK = 7 * DAY
EPOCH_S = 1_704_067_200  # Monday 2024-01-01
SPAN_S = 270 * DAY
PEOPLE = 480
CHUNK = 1_000_000
EVENTS_AN_ITEM = 11.0


class State(NamedTuple):
    """A state, its mean stay in days, and where an item goes from it: {state: probability}."""

    name: str
    days: float
    to: dict[str, float]


STATES = (
    State("New", 0.8, {"Triage": 1.0}),
    State("Triage", 0.1, {"Ready": 0.95, "Cancelled": 0.05}),
    State("Ready", 4.0, {"Development": 1.0}),
    State("Development", 2.0, {"Review": 0.7, "Ready for review": 0.3}),
    State("Ready for review", 0.7, {"Review": 1.0}),
    State("Review", 0.3, {"Development": 0.12, "Ready for test": 0.88}),
    State("Ready for test", 1.0, {"Test": 1.0}),
    State("Test", 0.5, {"Development": 0.1, "Approval": 0.6, "Waiting for release": 0.3}),
    State("Approval", 2.0, {"Waiting for release": 1.0}),
    State("Waiting for release", 0.0, {"Release": 1.0}),  # leaves with the next weekly release
    State("Release", 0.05, {"Done": 0.98, "Development": 0.02}),
    State("Done", 0.0, {}),
    State("Cancelled", 0.0, {}),
)
NAMES = [state.name for state in STATES]
RELEASE = NAMES.index("Waiting for release")
LAST = {NAMES.index("Done"), NAMES.index("Cancelled")}


def stream() -> Stream:
    """The value stream that these states belong to."""
    from valuestream.stream import Stage, Stream

    return Stream(
        name="benchmark",
        stages=(
            Stage("Triage", queue=("New",), work=("Triage",)),
            Stage("Development", queue=("Ready",), work=("Development",)),
            Stage("Review", queue=("Ready for review",), work=("Review",)),
            Stage("Test", queue=("Ready for test",), work=("Test",)),
            Stage("Approval", work=("Approval",)),
            Stage("Release wait", queue=("Waiting for release",)),
            Stage("Release", work=("Release",)),
        ),
        done=("Done",),
        cancelled=("Cancelled",),
    )


class Columns(NamedTuple):
    """The log as numbers: item int32, time int64 microseconds, state int8, person int16."""

    item: np.ndarray
    time: np.ndarray
    state: np.ndarray
    person: np.ndarray


def log(events: int, seed: int = 7) -> Columns:
    """`events` rows of a log, in order of time."""
    random = np.random.default_rng(seed)
    items = int(events / EVENTS_AN_ITEM * 1.25) + 10
    item = np.arange(items, dtype=np.int32)
    at = np.sort(random.uniform(0, SPAN_S, items))
    state = np.zeros(items, dtype=np.int8)
    steps = []
    while len(item):
        steps.append(Columns(item, at, state, _person(random, state)))
        going = ~np.isin(state, list(LAST))
        item, at, state = item[going], at[going], state[going]
        at = _left(random, state, at)
        state = _next(random, state)
        here = at < SPAN_S  # what had not happened by then is open
        item, at, state = item[here], at[here], state[here]
    every = Columns(*(np.concatenate(parts) for parts in zip(*steps, strict=True)))
    del steps
    chosen = _enough(every.item, events, random)
    kept = chosen[every.item]
    every = Columns(*(column[kept] for column in every))
    order = np.argsort(every.time, kind="stable")
    item, at, state, person = (column[order][:events] for column in every)
    numbered = np.cumsum(chosen, dtype=np.int32)  # keys ascend with arrival, as a tool numbers them
    return Columns(numbered[item], (at.astype(np.int64) + EPOCH_S) * 1_000_000, state, person)


def _enough(item: np.ndarray, events: int, random: np.random.Generator) -> np.ndarray:
    """A choice of items, spread over the whole span, that makes up that many events: bool per item."""
    lengths = np.bincount(item)
    if len(item) < events:
        raise ValueError(f"{len(lengths)} items made only {len(item)} events, {events} were wanted")
    order = random.permutation(len(lengths))
    wanted = int(np.searchsorted(np.cumsum(lengths[order]), events)) + 1
    chosen = np.zeros(len(lengths), dtype=bool)
    chosen[order[:wanted]] = True
    return chosen


def _person(random: np.random.Generator, state: np.ndarray) -> np.ndarray:
    pool = PEOPLE // len(STATES)
    return (state.astype(np.int16) * pool + random.integers(0, pool, len(state))).astype(np.int16)


def _left(random: np.random.Generator, state: np.ndarray, at: np.ndarray) -> np.ndarray:
    days = np.array([one.days for one in STATES])[state]
    left = at + random.exponential(1.0, len(state)) * days * DAY
    instant = random.random(len(state)) < 0.02  # ties: two states in one second
    left = np.where(instant, at, left)
    tuesday = np.ceil((at - 1.6 * DAY) / WEEK) * WEEK + 1.6 * DAY
    return np.where(state == RELEASE, tuesday, left)


def _next(random: np.random.Generator, state: np.ndarray) -> np.ndarray:
    ways = np.array([[one.to.get(name, 0.0) for name in NAMES] for one in STATES]).cumsum(axis=1)
    drawn = random.random(len(state))
    following = np.empty(len(state), dtype=np.int8)
    for code in range(len(STATES)):
        here = state == code
        following[here] = np.minimum(np.searchsorted(ways[code], drawn[here], side="right"), len(STATES) - 1)
    return following


def tables(columns: Columns) -> Iterator[pa.RecordBatch]:
    """The log with its words, in batches of a million rows."""
    numbers = pa.array(np.arange(int(columns.item.max()) + 1)).cast(pa.string())
    keys = pc.binary_join_element_wise("ITEM", numbers, "-")
    people = pa.array([f"person {n:03d}" for n in range(PEOPLE)])
    states = pa.array(NAMES)
    for start in range(0, len(columns.item), CHUNK):
        item, time, state, person = (column[start : start + CHUNK] for column in columns)
        yield pa.record_batch(
            {
                "item": keys.take(pa.array(item)),
                "time": pa.array(time).cast(pa.timestamp("us", tz="UTC")),
                "state": states.take(pa.array(state)),
                "resource": people.take(pa.array(person)),
            }
        )


def write(path: Path, events: int, seed: int = 7) -> None:
    """Write the log as Parquet or CSV, by the name's ending."""
    from pyarrow import csv, parquet

    batches = iter(tables(log(events, seed)))
    first = next(batches)
    half = path.with_suffix(".part")
    opened = csv.CSVWriter if path.suffix == ".csv" else parquet.ParquetWriter
    with opened(str(half), first.schema) as file:
        file.write_batch(first)
        for batch in batches:
            file.write_batch(batch)
    half.rename(path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args()
    write(chosen.path, chosen.events, chosen.seed)
