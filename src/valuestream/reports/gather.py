"""What a report shows, asked of a ValueStream once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from valuestream.value_stream import ValueStream

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Material:
    """The documents behind a report.

    against   an earlier map (`vsm.map/1`) or snapshot (`vsm.snapshot/1`) to hold this one against, and its name
    compared  what differs from that snapshot (`vsm.compare/1`)
    """

    map: Document
    flow: Document
    changes: Document
    blockers: Document
    against: Document | None = None
    against_name: str = ""
    compared: Document | None = None


def gather(stream: ValueStream, *, against: Document | None = None, against_name: str = "") -> Material:
    """Ask for everything that a report may show."""
    from valuestream.value_stream import compare

    compared = None
    if against is not None and against["schema"] == "vsm.snapshot/1":
        compared = compare(dict(against), stream.snapshot("now", taken_at=stream.map()["as_of"]))
    return Material(
        map=stream.map(),
        flow=stream.flow_document(),
        changes=stream.changes_document(),
        blockers=stream.blockers_document(),
        against=against,
        against_name=against_name,
        compared=compared,
    )
