"""The data: what came in, what was rejected, what no stage claims, what the rest can carry: why a chart is empty."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from valuestream.config_mapping import plan_of
from valuestream.log.states import entered
from valuestream.sources.extras import ASIDE, KEPT
from valuestream.web.charts import as_csv
from valuestream.web.filters import Filters, filters
from valuestream.web.pages import asked_document, choices, page, twin
from valuestream.web.schemas import answers
from valuestream.web.served import Served
from valuestream.web.texts import said

router = APIRouter(tags=["data"])
Chosen = Annotated[Filters, Depends(filters)]
SHOWN_REJECTS = 20
ENOUGH = 0.95
"""A share of what is known below which the page says what suffers."""


def _document(request: Request, chosen: Filters) -> dict[str, Any]:
    """What the data can carry, with the state of the workspace behind it where there is one."""
    served: Served = request.app.state.served
    workspace = served.state()
    if not served.streams:
        return {"schema": "vsm.start/1", "stream": None, "workspace": workspace}
    return {**asked_document(request, chosen, "data", lambda asked: asked.data_document()), "workspace": workspace}


def _unmapped(served: Served, name: str | None) -> list[Any]:
    stream = served.stream(name)
    claimed = plan_of(stream).places
    return [state for state in entered(served.log(stream.name)) if state.name not in claimed]


@router.get("/data", response_class=HTMLResponse)
def data_page(request: Request, chosen: Chosen) -> HTMLResponse:
    """Imports, rejects, unmapped states, coverage, gaps, ties."""
    served: Served = request.app.state.served
    doc = _document(request, chosen)
    has_stream = doc["stream"] is not None
    context = {
        "has_stream": has_stream, "column_notes": (KEPT, ASIDE), "enough": ENOUGH,
        "rejects": served.rejects(SHOWN_REJECTS),
        "unmapped": _unmapped(served, chosen.stream) if has_stream else [], "has_mapping": served.file is not None,
        **(choices(request, chosen, doc) if has_stream else {"teams": [], "types": [], "presets": []}),
    }  # fmt: skip
    return page(
        request, "data.html", title=said("data.title"), here="data", chosen=chosen, document=doc, context=context
    )


@router.get("/data.json", response_class=Response, responses=answers("data", "start"))
def data_json(request: Request, chosen: Chosen) -> Response:
    """The same as data (`vsm.data/1`; `vsm.start/1` where there is no stream yet)."""
    return twin(_document(request, chosen))


@router.get("/data/rejects.csv", response_class=Response)
def rejects_csv(request: Request) -> Response:
    """Every row that could not be used, with its place and the reason."""
    return as_csv("rejects", [("place", "reason", "row"), *request.app.state.served.rejects(None)])
