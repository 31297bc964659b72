"""What every chart card is made of: a question, a sentence, the picture, its table twin, n, and a word on how."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from valuestream.pictures.duration import many
from valuestream.pictures.markup import clean
from valuestream.pictures.theme import DARK, FONT, LIGHT, PALETTE
from valuestream.pictures.words import Doc

Spec = dict[str, Any]
Condition = Literal["ready", "empty", "too_little", "not_measurable"]
ENOUGH = 10
PERCENT = "format(datum.value * 100, 'd') + ' %'"
"""The labels of an axis of shares, as the sentences write them."""
MARGIN = 132
"""Pixels at the right of a chart for labels that name its lines."""


@dataclass(frozen=True)
class Look:
    """How a chart is to be drawn: "light" or "dark", its width in pixels (None: as wide as its place), and links.

    links   turns an address ("item/APP-12") into an href; None: points lead nowhere
    """

    theme: Literal["light", "dark"] = "light"
    width: int | None = None
    links: Callable[[str], str] | None = None

    def colour(self, token: str) -> str:
        return (DARK if self.theme == "dark" else LIGHT)[token]

    def palette(self, n: int) -> list[str]:
        """`n` colours for things that are named beside them."""
        given = PALETTE[self.theme]
        return [given[i % len(given)] for i in range(n)]

    def link(self, address: str) -> dict[str, str]:
        """The part of a point that makes it a link; nothing where there are none."""
        return {} if self.links is None else {"href": self.links(address)}


LIGHT_LOOK = Look()


@dataclass(frozen=True)
class Table:
    """A chart's figures as text: heads and rows of equal length; `links` are addresses of the first cells."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    links: tuple[str, ...] = ()


@dataclass(frozen=True)
class State:
    """Whether there is something to draw; if not, why, and what to do."""

    condition: Condition = "ready"
    why: str = ""
    todo: str = ""


READY = State()


@dataclass(frozen=True)
class Card:
    """One chart of the catalogue. Its functions take the document; `draw` gives Vega-Lite, or None for a table alone.

    n        how many items, visits or weeks it rests on
    of       what they are, one of them; `several` where its plural is not just an s
    """

    name: str
    heading: str
    how: str
    sentence: Callable[[Doc], str]
    table: Callable[[Doc], Table]
    state: Callable[[Doc], State]
    n: Callable[[Doc], int]
    of: str
    draw: Callable[[Doc, Look], Spec] | None = None
    several: str = ""

    def base(self, document: Doc) -> str:
        """What it rests on: `1,826 finished items`."""
        return many(self.n(document), self.of, self.several)

    def spec(self, document: Doc, look: Look = LIGHT_LOOK) -> Spec | None:
        """The chart as a Vega-Lite dict, or None where nothing can be drawn (see `state`)."""
        if self.draw is None or self.state(document).condition in ("empty", "not_measurable"):
            return None
        return self.draw(document, look)


def local(instant: str, zone: str | None) -> str:
    """An RFC 3339 instant as the zone's wall clock, written as if UTC so that any browser shows that clock.

    >>> local("2024-07-01T22:30:00Z", "Europe/Berlin")
    '2024-07-02T00:30:00Z'
    """
    seen = datetime.fromisoformat(instant).astimezone(ZoneInfo(zone or "UTC"))
    return f"{seen:%Y-%m-%dT%H:%M:%SZ}"


def day_text(instant: str | None, zone: str | None) -> str:
    """The local day of an instant, for tables."""
    return "" if instant is None else local(instant, zone)[:10]


def finished_chart(chart: Any, look: Look, *, height: int, right: int = 0) -> Spec:
    """An Altair chart as a Vega-Lite dict in our type and colours. `right` keeps room for labels behind the plot."""
    width: Any = "container" if look.width is None else look.width
    spec: Spec = chart.properties(width=width, height=height).to_dict(validate=False)  # tests validate each
    spec["config"] = config(look)
    spec["padding"] = {"left": 4, "top": 8, "right": 4, "bottom": 4}
    spec["autosize"] = {"type": "fit-x", "contains": "padding"}
    return spec


def fixed(channel: Literal["x", "y", "text"], value: float | str) -> Any:
    """A channel at a value of its own, in pixels or words: Altair's short form looks at its whole schema for each."""
    import altair as alt

    channels: dict[str, Any] = {"x": alt.XValue, "y": alt.YValue, "text": alt.TextValue}
    return channels[channel](value)


def config(look: Look) -> Spec:
    """The house style as a Vega-Lite config."""
    ink, mut, line = look.colour("ink"), look.colour("mut"), look.colour("line")
    return {
        "background": "transparent",
        "font": FONT,
        "view": {"stroke": None, "continuousHeight": 240},
        "axis": {
            "labelColor": mut, "titleColor": mut, "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal",
            "gridColor": line, "gridOpacity": 0.6, "domainColor": line, "tickColor": line, "labelFont": FONT,
            "titleFont": FONT, "labelSeparation": 8,
        },
        "axisX": {"grid": False},
        "legend": {
            "labelColor": ink, "titleColor": mut, "labelFontSize": 12, "titleFontSize": 12, "orient": "bottom",
            "titleFontWeight": "normal", "symbolStrokeWidth": 1.5,
        },
        "text": {"color": ink, "fontSize": 12, "font": FONT},
        "title": {"color": ink},
    }  # fmt: skip


def apart(wanted: Sequence[float], least: float, low: float, high: float) -> list[float]:
    """Positions near the `wanted` ones, at least `least` from each other and inside low..high where they fit.

    >>> apart([10.0, 12.0, 50.0], 15.0, 0.0, 60.0)
    [3.5, 18.5, 50.0]
    """
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], -i))  # of equals the later lies higher
    blocks: list[tuple[float, list[int]]] = []  # middle, members
    for i in order:
        middle, members = wanted[i], [i]
        while blocks:
            above, others = blocks[-1]
            if above + (len(others) + len(members)) * least / 2 <= middle:
                break
            blocks.pop()
            middle = (above * len(others) + middle * len(members)) / (len(others) + len(members))
            members = others + members
        half = (len(members) - 1) * least / 2
        blocks.append((min(max(middle, low + half), max(high - half, low + half)), members))
    placed = [0.0] * len(wanted)
    for middle, members in blocks:
        for k, i in enumerate(members):
            placed[i] = middle + (k - (len(members) - 1) / 2) * least
    return placed


def shares(counts: Mapping[str, int], most: int = 6) -> dict[str, int]:
    """The largest counts; what is beyond `most` is gathered as "other kinds"."""
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    kept = dict(ranked if len(ranked) <= most else ranked[: most - 1])
    if len(ranked) > most:
        kept["other kinds"] = sum(n for _, n in ranked[most - 1 :])
    return {clean(name): n for name, n in kept.items()}
