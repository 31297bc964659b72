"""Where the stages stand: rows of boxes in the stream's own order, and the ports where arcs may meet them."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from valuestream.pictures.words import Doc, part, reopened, stages

MARGIN = 24.0
BOX = 154.0
GAP = 58.0  # before each box: the queue's triangle and the ladder's wait step
END = 96.0  # behind the last box: the done mark and the step of reopened items
DONE = 30.0  # from the last box to the middle of the done mark
GREY = 108.0
TRACK = 12.0
LEAST = 860.0
MOST_IN_A_ROW, WIDE = 6, 8


@dataclass(frozen=True)
class Place:
    """A stage (or the done mark) in the grid: its row, its left edge and its width."""

    name: str
    stage: Doc
    row: int
    x: float
    width: float

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


@dataclass(frozen=True)
class Grid:
    """Rows of boxes, the done marks behind the last, and the canvas they need."""

    rows: list[list[Place]]
    ends: list[Place]
    left: float
    start: float  # where the first row's flow begins
    width: float

    @property
    def places(self) -> dict[str, Place]:
        return {place.name: place for place in [*(p for row in self.rows for p in row), *self.ends]}

    @property
    def right(self) -> float:
        return self.width - MARGIN


def row_of(document: Doc) -> dict[str, int]:
    """The row of each stage; reopened rows stand with the last. Up to six a row (`wide`: eight), as even as can be."""
    names = [stage["name"] for stage in stages(document)]
    rows = max(1, ceil(len(names) / (WIDE if document.get("wide") else MOST_IN_A_ROW)))
    each = ceil(len(names) / rows) if names else 1
    found = {name: i // each for i, name in enumerate(names)}
    return found | {stage["name"]: rows - 1 for stage in reopened(document)}


def grid(document: Doc, tracks: int) -> Grid:
    """Place every stage; `tracks` is how many returns run from row to row along the left edge."""
    row_by = row_of(document)
    left = MARGIN + tracks * TRACK
    start = left + (GREY if part(document, "grey", "wait_s") else 0.0)
    rows: list[list[Place]] = [[] for _ in range(max(row_by.values(), default=0) + 1)]
    for stage in stages(document):
        row = row_by[stage["name"]]
        x = (start if row == 0 else left) + len(rows[row]) * (GAP + BOX) + GAP
        rows[row].append(Place(stage["name"], stage, row, x, BOX))
    edge = [row[-1].x + BOX if row else start for row in rows]
    slots = [(stage, 0 if stage["name"] == "(done)" else 1) for stage in reopened(document)]
    ends = [Place(stage["name"], stage, len(rows) - 1, edge[-1] + END * slot, END) for stage, slot in slots]
    width = max(
        LEAST,
        edge[-1] + max([2 * DONE, *(END * (slot + 1) for _, slot in slots)]) + MARGIN,
        *(e + 44 + MARGIN for e in edge),
    )
    return Grid(rows, ends, left, start, width)
