"""The events of a store in portions of whole items, each a log of its own, so that memory stays flat."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from valuestream.log.event import Log
from valuestream.log.order import ordered
from valuestream.log.replay import Names, columns_of

if TYPE_CHECKING:
    import duckdb

    from valuestream.engine.joining import Joined
    from valuestream.log.event import I32

ROWS = 500_000
"""Events in a portion, about."""


@dataclass(frozen=True)
class Portion:
    """Whole items: their events as an ordered log without repeats, and the store's codes of its items."""

    log: Log
    codes: I32


def portions(con: duckdb.DuckDBPyConnection, joined: Joined, *, among: str | None = None) -> Iterator[Portion]:
    """All events of a stream, or those of the items in the table `among`, item by item.

    con  is busy until the last portion was taken
    """
    reader = con.execute(joined.statement(among=among)).to_arrow_reader(ROWS)
    waiting: dict[str, Any] | None = None
    for batch in reader:
        found = columns_of(batch)
        if waiting is not None:
            found = {name: np.concatenate([waiting[name], found[name]]) for name in found}
        item = found["item"]
        if not len(item):
            continue
        # the last item may go on in the next batch
        end = int(np.searchsorted(item, item[-1], side="left"))
        waiting = {name: column[end:] for name, column in found.items()}
        if end:
            yield _portion({name: column[:end] for name, column in found.items()}, joined.names)
    if waiting is not None and len(waiting["item"]):
        yield _portion(waiting, joined.names)


def _portion(found: dict[str, Any], names: Names) -> Portion:
    item = found["item"]
    begins = np.append(True, item[1:] != item[:-1])
    codes = item[begins].astype(np.int32)
    log = names.log({**found, "item": (np.cumsum(begins) - 1).astype(np.int32)})
    return Portion(ordered(replace(log, items=[""] * len(codes))), codes)
