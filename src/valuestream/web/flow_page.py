"""The flow: is it getting better, what can we promise, what needs attention?"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from valuestream.pictures import charts
from valuestream.web.charts import cards, document
from valuestream.web.filters import Filters, filters
from valuestream.web.pages import choices, page, twin
from valuestream.web.texts import said

router = APIRouter(tags=["flow"])
Chosen = Annotated[Filters, Depends(filters)]


@router.get("/flow", response_class=HTMLResponse)
def flow_page(request: Request, chosen: Chosen) -> HTMLResponse:
    """Charts over time, each a question with its answer."""
    doc = document(request, chosen, "flow", None)
    context = {
        "cards": cards(charts.FLOW, doc, chosen, "flow"),
        "lead": said("flow.lead"),
        **choices(request, chosen, doc),
    }
    title = said("flow.title", stream=doc["stream"])
    return page(request, "charts.html", title=title, here="flow", chosen=chosen, document=doc, context=context)


@router.get("/flow.json", response_class=Response)
def flow_json(request: Request, chosen: Chosen) -> Response:
    """The same as data (`vsm.flow/1`)."""
    return twin(document(request, chosen, "flow", None))
