"""One stage: how long it takes and waits, what is here now, who hands to whom."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import HTMLResponse, Response

from valuestream.pictures import charts
from valuestream.web.charts import cards, document
from valuestream.web.filters import Filters, filters
from valuestream.web.pages import choices, page, twin
from valuestream.web.schemas import answers
from valuestream.web.texts import said

router = APIRouter(tags=["stage"])
Chosen = Annotated[Filters, Depends(filters)]
Name = Annotated[str, Path(max_length=500)]


@router.get("/stage/{name:path}.json", response_class=Response, responses=answers("stage"))
def stage_json(request: Request, chosen: Chosen, name: Name) -> Response:
    """The stage as data (`vsm.stage/1`)."""
    return twin(document(request, chosen, "stage", name))


@router.get("/stage/{name:path}", response_class=HTMLResponse)
def stage_page(request: Request, chosen: Chosen, name: Name) -> HTMLResponse:
    """Trend, distribution, moves in and out, what is here now, the slowest visits."""
    doc = document(request, chosen, "stage", name)
    stages = [stage.name for stage in request.app.state.served.stream(chosen.stream).stages]
    at = stages.index(name) if name in stages else -1
    context = {
        "cards": cards(charts.STAGE, doc, chosen, "stage", name), "lead": said("stage.lead"),
        "earlier": stages[at - 1] if at > 0 else None, "later": stages[at + 1] if 0 <= at < len(stages) - 1 else None,
        **choices(request, chosen, doc),
    }  # fmt: skip
    title = said("stage.title", stage=name)
    return page(request, "charts.html", title=title, here="map", chosen=chosen, document=doc, context=context)
