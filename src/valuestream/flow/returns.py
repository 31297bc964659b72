"""Whether a visit passed its item on or sent it back, which pass it was, and where the item went (design.md 4.6)."""

from __future__ import annotations

from valuestream.compiled import part
from valuestream.flow.grains import BACK, FORWARD, NONE, OPEN, SKIP, TO_CANCELLED, TO_DONE, Whole
from valuestream.flow.lives import CAME, JOINED, JOINED_ROW, REOPENED, RETURNS
from valuestream.flow.scene import Scene


@part
def number(scene: Scene, place: Whole, v: Whole) -> None:
    """Which visit of its stage v is, and whether a return or a reopening since the one before makes it rework."""
    visits, setbacks = scene.visits, scene.life[RETURNS] + scene.life[REOPENED]
    scene.nth[place] += 1
    visits.nth[v] = scene.nth[place]
    visits.rework[v] = 1 if scene.nth[place] > 1 and setbacks > scene.setbacks_at[place] else 0
    scene.setbacks_at[place] = setbacks


@part
def moved_back(scene: Scene, s: Whole, run: Whole) -> bool:
    """Whether the event that brought the item into the stage of stretches s..run moved one track back."""
    stretches = scene.stretches
    for k in range(s, run):
        if stretches.back[k] != 2:
            return bool(stretches.back[k] == 1)
    return False


@part
def join(scene: Scene, place: Whole, back: bool, v: Whole) -> None:
    """Visit v judges the one before it and is to be judged next; external visits are looked through."""
    scene.visits.returned[v] = scene.visits.returned_to[v] = NONE
    if not scene.rules.external[place]:
        judge(scene, place, back)
        scene.life[JOINED] = place
        scene.life[JOINED_ROW] = v


@part
def judge(scene: Scene, place: Whole, back: bool) -> None:
    """The item leaves its last judged visit for `place`: passed on, sent back, or not to be judged."""
    life, stages = scene.life, scene.rules.stages
    sender = life[JOINED]
    if sender == NONE or sender == place or sender >= stages or place == stages + 1:
        return
    row = life[JOINED_ROW]
    if place < sender and back:
        scene.visits.returned[row] = 1
        scene.visits.returned_to[row] = place
        life[RETURNS] += 1
    else:
        scene.visits.returned[row] = 0


@part
def way(scene: Scene, place: Whole, run: Whole, last: Whole, v: Whole) -> None:
    """Where visit v came from and went to."""
    visits, stages = scene.visits, scene.rules.stages
    visits.came_from[v] = scene.life[CAME]
    scene.life[CAME] = place
    if run == last:
        visits.way[v] = OPEN
        visits.went_to[v] = NONE
        return
    to = scene.stretches.place[run]
    visits.went_to[v] = to
    if to == stages:
        visits.way[v] = TO_DONE
    elif to == stages + 1:
        visits.way[v] = TO_CANCELLED
    elif to < place:
        visits.way[v] = BACK
    else:
        visits.way[v] = FORWARD
        for between in range(place + 1, to):
            if not scene.rules.external[between]:
                visits.way[v] = SKIP
