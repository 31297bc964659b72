"""One item: what happened to it, what it waited for, with whom it went."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from valuestream.pictures.journey import journey_svg, told
from valuestream.web.filters import Filters, filters
from valuestream.web.pages import asked_document, page, twin
from valuestream.web.schemas import answers
from valuestream.web.texts import said

router = APIRouter(tags=["items"])
Chosen = Annotated[Filters, Depends(filters)]
Key = Annotated[str, Path(max_length=500)]


def _document(request: Request, chosen: Filters, key: str) -> dict[str, object]:
    return asked_document(request, Filters(chosen.stream), f"item/{key}", lambda asked: asked.item_document(key))


@router.get("/item/{key:path}.json", response_class=Response, responses=answers("item"))
def item_json(request: Request, chosen: Chosen, key: Key) -> Response:
    """The journey as data (`vsm.item/1`)."""
    return twin(_document(request, chosen, key))


@router.get("/item/{key:path}", response_class=HTMLResponse)
def item_page(request: Request, chosen: Chosen, key: Key) -> HTMLResponse:
    """Its stays drawn and listed, its waits, its events."""
    doc = _document(request, chosen, key)
    stages = [stage.name for stage in request.app.state.served.stream(chosen.stream).stages]
    context = {"svg": None if (drawn := journey_svg(doc, stages)) is None else Markup(drawn), "told": told(doc)}
    title = said("item.title", key=key)
    return page(request, "item.html", title=title, here="items", chosen=chosen, document=doc, context=context)
