"""Below the boxes: what leaves the stream there, and the lanes of the teams."""

from __future__ import annotations

from itertools import groupby

from valuestream.pictures.duration import count, share
from valuestream.pictures.grid import Grid, Place
from valuestream.pictures.links import Link, item_list, opens
from valuestream.pictures.markup import Markup, clean, group, tag
from valuestream.pictures.theme import fit, label
from valuestream.pictures.words import Doc, exits, shown_name, stages

EXITS, LANE = 19.0, 24.0


def height(document: Doc) -> float:
    """The room that exits and lanes take below every row; 0 where there are none."""
    every = stages(document)
    leave = any(exits(document, stage) for stage in every)
    return (EXITS if leave else 0.0) + (LANE if any(stage.get("team") for stage in every) else 0.0)


def draw(document: Doc, where: Grid, row: int, y: float, link: Link = None) -> Markup:
    """Exits and lanes of a row, from height `y` down."""
    every, parts = stages(document), list[Markup]()
    if any(exits(document, stage) for stage in every):
        parts += [_exits(document, place, y + 13, link) for place in where.rows[row]]
        y += EXITS
    if any(stage.get("team") for stage in every):
        for team, run in groupby(where.rows[row], key=lambda place: place.stage.get("team") or ""):
            places = list(run)
            if team:
                parts.append(_lane(clean(team), places[0].x, places[-1].x + places[-1].width, y + 4))
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
