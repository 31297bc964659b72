"""Returns as dashed arcs above the boxes, one lane each; from row to row they run along the left edge."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

from valuestream.pictures.duration import UNKNOWN, count, share
from valuestream.pictures.grid import DONE, MARGIN, TRACK, Grid, Place, row_of
from valuestream.pictures.links import Link, item_list, opens
from valuestream.pictures.markup import Markup, clean, group, tag
from valuestream.pictures.passages import main_returns
from valuestream.pictures.theme import label, text_width
from valuestream.pictures.words import Doc

LANE = 27.0
CLEAR = 34.0  # between the boxes and the lowest lane: room for the rates on the flow band
PORT = 15.0
SIZE = 12.0


@dataclass
class Run:
    """The part of an arc that lies in one row's lanes, from x to x; lane 0 is the lowest."""

    row: int
    x1: float
    x2: float
    lane: int = 0


@dataclass(frozen=True)
class Arc:
    """A return, the ports it leaves and reaches, its runs (one, or two where it changes rows) and its track."""

    said: Doc
    x1: float
    x2: float
    runs: list[Run]
    track: float | None


def tracks(document: Doc) -> int:
    """How many returns change rows and so need a track at the left edge."""
    row = row_of(document)
    return sum(row[r["from"]] != row[r["to"]] for r in main_returns(document)[0])


def plan(document: Doc, where: Grid) -> tuple[list[Arc], list[int]]:
    """The arcs with their lanes, and how many lanes each row needs."""
    returns = main_returns(document)[0]
    places = where.places
    leave, reach = _ports(returns, places)
    arcs, track = [], 0
    for i, said in enumerate(returns):
        sender, receiver = places[said["from"]], places[said["to"]]
        if sender.row == receiver.row:
            arcs.append(Arc(said, leave[i], reach[i], [Run(sender.row, leave[i], reach[i])], None))
            continue
        x = MARGIN + TRACK * track
        track += 1
        runs = [Run(sender.row, leave[i], x), Run(receiver.row, x, reach[i])]
        arcs.append(Arc(said, leave[i], reach[i], runs, x))
    lanes = [0] * len(where.rows)
    for run in sorted((run for arc in arcs for run in arc.runs), key=lambda run: abs(run.x1 - run.x2)):
        run.lane = lanes[run.row]
        lanes[run.row] += 1
    return arcs, lanes


def _ports(returns: list[Doc], places: dict[str, Place]) -> tuple[dict[int, float], dict[int, float]]:
    """Where on its boxes each return leaves and arrives.

    Arrivals stand left of departures; the longest arrival leftmost and the longest departure rightmost, so that
    arcs which share a box nest and do not cross.
    """
    at: dict[str, list[tuple[int, float, int]]] = defaultdict(list)
    for i, said in enumerate(returns):
        sender, receiver = places[said["from"]], places[said["to"]]
        span = abs(sender.middle - receiver.middle) + 10_000 * abs(sender.row - receiver.row)
        at[receiver.name].append((0, -span, i))
        at[sender.name].append((1, span, i))
    leave: dict[int, float] = {}
    reach: dict[int, float] = {}
    for name, ports in at.items():
        place = places[name]
        step = min(PORT, (place.width - 28) / max(1, len(ports) - 1))
        for k, (leaving, _, i) in enumerate(sorted(ports)):
            x = place.middle + (k - (len(ports) - 1) / 2) * step
            if place.stage.get("kind") == "reopened":  # from the done mark, left of the customer's arrow
                x = place.x + DONE - 8 - 5 * k
            (leave if leaving else reach)[i] = x
    return leave, reach


def zone(lanes: int) -> float:
    """The height above the boxes that so many lanes need."""
    return CLEAR + lanes * LANE


def draw(arcs: list[Arc], heads: list[float], link: Link = None) -> Markup:
    """All arcs; `heads` are the tops of the rows' boxes. Labels come last, so that no line runs over them."""
    paths = [_path(arc, heads) for arc in arcs]
    uprights = [_uprights(arc, heads) for arc in arcs]
    pills = []
    for i, arc in enumerate(arcs):
        others = [line for j, lines in enumerate(uprights) if j != i for line in lines]
        pills.append(opens(link, item_list(stage=str(arc.said["from"]), sort="-returns"), _pill(arc, heads, others)))
    return group(*paths, *pills, class_="returns")


def _height(run: Run, heads: list[float]) -> float:
    return heads[run.row] - CLEAR - run.lane * LANE - 8


def _corners(arc: Arc, heads: list[float]) -> list[tuple[float, float]]:
    first, last = arc.runs[0], arc.runs[-1]
    up, over = _height(first, heads), _height(last, heads)
    corners = [(arc.x1, heads[first.row] - 2), (arc.x1, up)]
    if arc.track is not None:
        corners += [(arc.track, up), (arc.track, over)]
    return [*corners, (arc.x2, over), (arc.x2, heads[last.row] - 9)]


def _uprights(arc: Arc, heads: list[float]) -> list[tuple[float, float, float]]:
    """The arc's vertical lines as (x, top, bottom)."""
    corners = _corners(arc, heads)
    return [(a[0], min(a[1], b[1]), max(a[1], b[1])) for a, b in pairwise(corners) if a[0] == b[0]]


def _path(arc: Arc, heads: list[float]) -> Markup:
    x, y = arc.x2, heads[arc.runs[-1].row] - 1
    return group(
        tag("title", _told(arc.said)),
        tag("path", d=rounded(_corners(arc, heads), 10), class_="arc"),
        tag("path", d=f"M{x:.1f} {y:.1f}l-5 -9h10z", class_="rw"),
        class_="return", data_from=clean(arc.said["from"]), data_to=clean(arc.said["to"]),
    )  # fmt: skip


def _told(said: Doc) -> str:
    return (
        f"{clean(said['from'])} back to {clean(said['to'])}: {count(said.get('n'))} returns,"
        f" {share(said.get('share'))} of the visits that left {clean(said['from'])}"
    )


def _pill(arc: Arc, heads: list[float], uprights: list[tuple[float, float, float]]) -> Markup:
    """The share, on the arc's longest run, where no other arc's upright passes."""
    run = max(arc.runs, key=lambda run: abs(run.x1 - run.x2))
    y = _height(run, heads)
    text = share(arc.said.get("share")) if arc.said.get("share") is not None else UNKNOWN
    width = text_width(text, SIZE, bold=True) + 18
    low, high = sorted((run.x1, run.x2))
    taken = [x for x, top, bottom in uprights if top - 12 < y < bottom + 12]
    middle = (low + high) / 2
    tries = sorted((low + (high - low) * k / 40 for k in range(4, 37)), key=lambda x: abs(x - middle))
    free = [x for x in tries if all(abs(x - other) > width / 2 + 5 for other in taken)]
    x = free[0] if free else middle
    return group(
        tag("title", _told(arc.said)),
        tag("rect", x=x - width / 2, y=y - 10, width=width, height=20, rx=10, class_="pill"),
        label(x, y + 4.2, text, "rw b", SIZE, "middle"),
        class_="share",
    )


def rounded(corners: list[tuple[float, float]], radius: float) -> str:
    """A path along right-angled `corners`, each rounded by at most `radius`."""
    d = f"M{corners[0][0]:.1f} {corners[0][1]:.1f}"
    for before, here, after in zip(corners, corners[1:], corners[2:], strict=False):
        a, b = _toward(here, before, radius), _toward(here, after, radius)
        d += f"L{a[0]:.1f} {a[1]:.1f}Q{here[0]:.1f} {here[1]:.1f} {b[0]:.1f} {b[1]:.1f}"
    return d + f"L{corners[-1][0]:.1f} {corners[-1][1]:.1f}"


def _toward(a: tuple[float, float], b: tuple[float, float], radius: float) -> tuple[float, float]:
    length = abs(a[0] - b[0]) + abs(a[1] - b[1])
    step = min(radius, length / 2) / length if length else 0.0
    return a[0] + (b[0] - a[0]) * step, a[1] + (b[1] - a[1]) * step
