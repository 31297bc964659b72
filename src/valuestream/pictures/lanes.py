"""Below the boxes: what leaves the stream there, and the lanes of the teams."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from valuestream.pictures import boxes
from valuestream.pictures.duration import count, share
from valuestream.pictures.grid import Grid, Place
from valuestream.pictures.links import Link, item_list, opens
from valuestream.pictures.markup import Markup, clean, group, tag
from valuestream.pictures.passages import exits
from valuestream.pictures.theme import fit, label
from valuestream.pictures.words import Doc, shown_name, stages

EXITS, LANE = 19.0, 24.0


def height(document: Doc, places: Sequence[Place]) -> float:
    """The room that marks, exits and lanes take below a row of boxes."""
    leave = [boxes.under([place.stage]) + EXITS for place in places if exits(document, place.stage)]
    lane = LANE if any(stage.get("team") for stage in stages(document)) else 0.0
    return max([boxes.under([place.stage for place in places]), *leave]) + lane


def draw(document: Doc, where: Grid, row: int, y: float, link: Link = None) -> Markup:
    """Exits and lanes of a row whose boxes end at `y`: an exit right below its box, or below the box's marks."""
    places = where.rows[row]
    parts = [_exits(document, place, y + boxes.under([place.stage]) + 16, link) for place in places]
    y += height(document, places) - LANE
    for team, run in groupby(places, key=lambda place: place.stage.get("team") or ""):
        lane = list(run)
        if team:
            parts.append(_lane(clean(team), lane[0].x, lane[-1].x + lane[-1].width, y + 7))
    return group(*parts, class_="below")


def _exits(document: Doc, place: Place, y: float, link: Link) -> Markup:
    """Items that leave the stream from here before its end: given up, or straight to done."""
    found = exits(document, place.stage)
    if not found:
        return Markup("")
    words = " · ".join(f"{share(part)} {how}" for how, part, _ in found)
    told = "; ".join(f"{count(n)} {how}" for how, _, n in found)
    title = f"Of the visits that left {shown_name(place.stage)}: {told}"
    state = "cancelled" if found[0][0] == "given up" else "finished"
    text = label(place.middle, y, fit(f"↘ {words}", place.width + 30, 11), "mut", 11, "middle", title, data_exit=told)
    return group(opens(link, item_list(stage=place.name, state=state), text), class_="exit")


def _lane(team: str, x1: float, x2: float, y: float) -> Markup:
    """A bar under the boxes of one team; neighbours of the same team share one."""
    return group(
        tag("title", f"Team: {team}"),
        tag("rect", x=x1, y=y, width=x2 - x1, height=17, rx=4, class_="grey-bg"),
        label((x1 + x2) / 2, y + 12.5, fit(team, x2 - x1 - 12, 11), "ink", 11, "middle"),
        class_="lane", data_team=team,
    )  # fmt: skip
