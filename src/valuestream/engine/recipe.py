"""What a build was made by: when any of it changes, the tables are built again from the events."""

from __future__ import annotations

import functools
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from valuestream.stream import Charter

if TYPE_CHECKING:
    from valuestream.stream import Stream

LAYOUT = 5
"""Raised with every change of the built tables' columns."""


def recipe(stream: Stream, *, link_confidence: float) -> str:
    """A hash of all that decides the rows of a build: stream, calendar, link threshold, service accounts, kernels.

    Which accounts of a log are bots is no part of it: an account that turns out to be one touches its items.
    What is only asked of the rows changes none: charter, targets, flow items, own metrics, what people declared.
    """
    stages = tuple(replace(stage, declared=None, why=None, regulation=None, review_on=None) for stage in stream.stages)
    rules = replace(stream, name="", stages=stages, charter=Charter(), guessed=False)
    rules = replace(rules, targets={}, flow_items={}, metrics=(), sprints={})
    told = (LAYOUT, _kernels(), repr(rules), link_confidence)
    return blake2b(repr(told).encode(), digest_size=16).hexdigest()


@functools.cache
def _kernels() -> str:
    """A hash of the sources that derive visits, and tell people from machines."""
    source = blake2b(digest_size=8)
    house = Path(__file__).parents[1]
    for file in [*sorted((house / "flow").glob("*.py")), house / "people.py"]:
        source.update(file.read_bytes())
    return source.hexdigest()
