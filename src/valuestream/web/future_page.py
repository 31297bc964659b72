"""The future state, edited by hand: written beside the current figures, both maps stacked, kept in the workspace."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup

from valuestream.analysis.future import Edits
from valuestream.analysis.future import future as future_of
from valuestream.errors import ConfigError, ValuestreamError
from valuestream.pictures import compare
from valuestream.pictures import future as picture
from valuestream.pictures.duration import duration, number, share
from valuestream.web.filters import KNOWN, Filters, filters
from valuestream.web.future_form import address, as_written, edits, rows
from valuestream.web.pages import asked_document, choices, page, twin
from valuestream.web.schemas import answers
from valuestream.web.texts import said
from valuestream.web.workshop import Workshop
from valuestream.workspace_futures import FIGURES, forget, keep, kept, names, text

router = APIRouter(tags=["future"])
Chosen = Annotated[Filters, Depends(filters)]
Name = Annotated[str | None, Query(max_length=100, description="A future state that the workspace keeps")]
SAID = {"active": duration, "wait": duration, "ca": share}
Document = dict[str, Any]


@router.get("/future", response_class=HTMLResponse)
def future_page(request: Request, chosen: Chosen, name: Name = None) -> HTMLResponse:
    """Write down what would be different, and see it under the current state. Nothing is simulated."""
    current = _current(request, chosen)
    found = _kept(request)
    try:
        asked = found or edits(current, _fields(request))
        shown = _beside(request, chosen, current, asked) if asked != Edits(asked.name) else None
    except ValuestreamError as error:
        return _drawn(request, chosen, current, found or as_written(current, _fields(request)), None, error)
    return _drawn(request, chosen, current, asked, shown, None)


@router.get("/future.json", response_class=Response, responses=answers("future"))
def future_json(request: Request, chosen: Chosen, name: Name = None) -> Response:
    """Both states as data (`vsm.future/1`)."""
    current = _current(request, chosen)
    return twin(compare.document(current, _future(request, chosen, current, _asked(request, current))))


@router.get("/future.yaml", response_class=Response)
def future_file(request: Request, chosen: Chosen, name: Name = None) -> Response:
    """The future state as the file that `vsm map --future` reads."""
    asked = _asked(request, _current(request, chosen))
    headers = {"content-disposition": 'attachment; filename="future.yaml"'}
    return Response(text(asked), media_type="application/yaml; charset=utf-8", headers=headers)


@router.post("/future", status_code=303, response_class=RedirectResponse)
async def save(request: Request, chosen: Chosen) -> Response:
    """Keep what is written under its name, or forget the one of that name; the form's button says which."""
    async with request.form(max_fields=2_000, max_files=0) as form:
        fields = {key: value for key, value in form.multi_items() if isinstance(value, str)}
    return await run_in_threadpool(_saved, request, chosen, fields)


def _saved(request: Request, chosen: Filters, fields: Mapping[str, str]) -> Response:
    folder = _folder(request)
    if folder is None:
        raise ConfigError(said("future.no_workspace"), said("future.no_workspace_do"))
    if fields.get("do") == "forget":
        forget(folder, fields.get("name", ""))
        return RedirectResponse(chosen.href("future"), 303)
    current = _current(request, chosen)
    try:
        made = edits(current, fields)
        future_of(current, made)
        keep(folder, made)
    except ValuestreamError as error:
        return _drawn(request, chosen, current, as_written(current, fields), None, error)
    return RedirectResponse(chosen.href("future?" + urlencode([("name", made.name), ("saved", "1")])), 303)


def _folder(request: Request) -> Path | None:
    served = request.app.state.served
    return served.workspace.folder.path if isinstance(served, Workshop) else None


def _current(request: Request, chosen: Filters) -> Document:
    return asked_document(request, chosen, "map", lambda asked: asked.map())


def _asked(request: Request, current: Document) -> Edits:
    return _kept(request) or edits(current, _fields(request))


def _kept(request: Request) -> Edits | None:
    """A name alone in the address is that of a kept one; None: the address itself says what would be different."""
    fields, folder = _fields(request), _folder(request)
    alone = "name" in fields and not set(fields) - {"name", "saved"}
    return kept(folder, fields["name"]) if alone and folder is not None else None


def _fields(request: Request) -> dict[str, str]:
    return {key: value for key, value in request.query_params.items() if key not in KNOWN and value}


def _future(request: Request, chosen: Filters, current: Document, asked: Edits) -> Document:
    sure = asked_document(request, chosen, "margins", lambda stream: {"found": stream.margins()})["found"]
    return future_of(current, asked, sure)


def _beside(request: Request, chosen: Filters, current: Document, asked: Edits) -> Document:
    """Both maps as a picture, in words, and as a table."""
    later = _future(request, chosen, current, asked)
    drawn = picture.svg(current, later, links=chosen.href, standalone=False)
    return {
        "svg": Markup(drawn),  # our own writer escapes
        "told": picture.told(compare.totals(current, later), asked.name),
        "both": compare.document(current, later),
    }


def _drawn(
    request: Request,
    chosen: Filters,
    current: Document,
    asked: Edits,
    shown: Document | None,
    wrong: ValuestreamError | None,
) -> HTMLResponse:
    folder = _folder(request)
    own = urlencode(list(address(asked)))
    context = {
        "rows": rows(current, asked), "asked": asked, "shown": shown, "wrong": wrong,
        "figures": FIGURES, "number": number,
        "can_save": folder is not None, "kept": names(folder) if folder is not None else [],
        "is_kept": folder is not None and asked.name in names(folder), "own": own,
        "saved": request.query_params.get("saved") == "1", "say": SAID, **choices(request, chosen, current),
    }  # fmt: skip
    title = said("future.title", stream=current["stream"])
    status = 400 if wrong else 200
    return page(
        request, "future.html", title=title, here="future", chosen=chosen, document=current, status=status,
        context=context,
    )  # fmt: skip
