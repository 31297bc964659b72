"""The flow: is it getting better, what can we promise, what needs attention?"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response

from valuestream.pictures import charts
from valuestream.reports.page import changes_told
from valuestream.web.charts import cards, document
from valuestream.web.filters import Filters, filters
from valuestream.web.pages import asked_document, choices, page, twin
from valuestream.web.schemas import answers
from valuestream.web.texts import said

router = APIRouter(tags=["flow"])
Chosen = Annotated[Filters, Depends(filters)]
Compare = Annotated[bool, Query(description="Compare with the period before, which is as long")]


@router.get("/flow", response_class=HTMLResponse)
def flow_page(request: Request, chosen: Chosen, compare: Compare = False) -> HTMLResponse:
    """Charts over time, each a question with its answer; with `compare` the main figures against those before."""
    doc = document(request, chosen, "flow", None)
    context = {
        "cards": cards(charts.FLOW, doc, chosen, "flow"),
        "lead": said("flow.lead"),
        "compared": changes_told(_earlier(request, chosen)) if compare else None,
        "compare": chosen.href("flow" if compare else "flow?compare=true"),
        **choices(request, chosen, doc),
    }
    title = said("flow.title", stream=doc["stream"])
    return page(request, "charts.html", title=title, here="flow", chosen=chosen, document=doc, context=context)


def _earlier(request: Request, chosen: Filters) -> dict[str, Any]:
    return asked_document(request, chosen, "changes", lambda asked: asked.changes_document())


@router.get("/flow/earlier.json", response_class=Response, responses=answers("changes"))
def earlier_json(request: Request, chosen: Chosen) -> Response:
    """The window against the time before it as data (`vsm.changes/1`)."""
    return twin(_earlier(request, chosen))


@router.get("/flow.json", response_class=Response, responses=answers("flow"))
def flow_json(request: Request, chosen: Chosen) -> Response:
    """The same as data (`vsm.flow/1`)."""
    return twin(document(request, chosen, "flow", None))
