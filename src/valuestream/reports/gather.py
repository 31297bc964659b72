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

    against  an earlier map (`vsm.map/1`) to hold this one against, and what to call it
    """

    map: Document
    flow: Document
    changes: Document
    blockers: Document
    against: Document | None = None
    against_name: str = ""


def gather(stream: ValueStream, *, against: Document | None = None, against_name: str = "") -> Material:
    """Ask for everything that a report may show."""
    return Material(
        map=stream.map(),
        flow=stream.flow_document(),
        changes=stream.changes_document(),
        blockers=stream.blockers_document(),
        against=against,
        against_name=against_name,
    )
