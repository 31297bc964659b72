"""The map: where does the time go, and what is holding us up?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from valuestream.pictures import map as picture
from valuestream.pictures import words
from valuestream.pictures.answers import answer, blocked, causes
from valuestream.web.filters import Filters, filters
from valuestream.web.pages import Document, asked_document, choices, page, question_of, twin
from valuestream.web.schemas import answers
from valuestream.web.texts import said

if TYPE_CHECKING:
    from valuestream.web.answers import Answers
    from valuestream.web.served import Served

router = APIRouter(tags=["map"])
Chosen = Annotated[Filters, Depends(filters)]
MOST_BLOCKED = 20
"""Of more blocked items the reasons stand in the weekly review: each costs a look into its history."""


@router.get("/", response_class=HTMLResponse)
@router.get("/map", response_class=HTMLResponse)
def map_page(request: Request, chosen: Chosen) -> HTMLResponse:
    """The current state of a stream, its findings, and what the figures leave out."""
    if not request.app.state.served.streams and chosen.stream is None:
        return page(request, "start.html", title=said("start.title"), here="map", chosen=chosen)
    document = asked_document(request, chosen, "map", lambda asked: asked.map())
    drawn = Markup(picture.svg(document, links=chosen.href, standalone=False, named=False))  # our own writer escapes
    context = {
        "svg": drawn,
        "sentence": answer(document),
        "causes": causes(document),
        **_blocked(request, chosen, document),
        **choices(request, chosen, document),
    }
    return page(
        request, "map.html", title=document["stream"], here="map", chosen=chosen, document=document, context=context
    )


def answer_ahead(served: Served, answers: Answers, chosen: Filters) -> None:
    """Have the map of some filters, before somebody asks for it."""
    answers.ahead(*question_of(served, answers, chosen, "map", lambda asked: asked.map()))


def looked_at(answers: Answers) -> list[Filters]:
    """Filters of the maps that were asked for, the last first."""
    keys = [key for _, what, key in answers.recent() if what == "map"]
    return [Filters(stream, since, to, dict(where)) for stream, since, to, where in keys]


def _blocked(request: Request, chosen: Filters, document: Document) -> dict[str, Any]:
    """What is blocked now, and what finished items were blocked by; each None where nothing is.

    Of many items that are blocked now only how many is said.
    """
    n = sum(words.part(stage, "wip", "blocked") or 0 for stage in document["stages"])
    ever = any(part["cause"] == "blocked" for stage in document["stages"] for part in stage.get("causes") or [])
    if not (ever or 0 < n <= MOST_BLOCKED):
        return {"blocked": {"n": n, "reasons": None} if n else None, "was_blocked": None}
    found = asked_document(request, chosen, "blockers", lambda asked: asked.blockers_document())
    now = found if n <= MOST_BLOCKED else {"n": n, "reasons": None}
    return {"blocked": now if n else None, "was_blocked": blocked(found["finished"])}


@router.get("/map.json", response_class=Response, responses=answers("map"))
def map_json(request: Request, chosen: Chosen) -> Response:
    """The same answer as data (`vsm.map/1`)."""
    return twin(asked_document(request, chosen, "map", lambda asked: asked.map()))
