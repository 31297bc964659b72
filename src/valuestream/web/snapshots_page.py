"""Snapshots: what a stream was, kept; and what changed from one to another."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from valuestream.errors import UnknownName
from valuestream.log.select import unknown_value
from valuestream.pictures.figures import said as figure_said
from valuestream.pictures.snapshots import SIGN, signed
from valuestream.pictures.words import period
from valuestream.reports.texts import figure_name
from valuestream.value_stream import compare
from valuestream.web.filters import Filters, filters
from valuestream.web.import_page import workshop
from valuestream.web.pages import page, twin
from valuestream.web.schemas import answers
from valuestream.web.texts import said
from valuestream.web.workshop import Workshop
from valuestream.workspace_snapshots import keep, listed, names, place, read

router = APIRouter(tags=["snapshots"])
Chosen = Annotated[Filters, Depends(filters)]
Here = Annotated[Workshop, Depends(workshop)]
Name = Annotated[str | None, Query(max_length=100)]


@router.get("/snapshots", response_class=HTMLResponse)
def snapshots_page(
    request: Request, chosen: Chosen, here: Here, a: Name = None, b: Name = None, whole: bool = False
) -> HTMLResponse:
    """The snapshots; with `a` and `b` also what changed from the one to the other."""
    folder = here.workspace.folder.path
    document = listed(folder)
    compared = _compared(here, a, b)
    rows = [row for row in compared["figures"] if whole or row["beyond"]] if compared else []
    context = {
        "compared": compared, "rows": rows, "a": a, "b": b, "whole": whole, "say": figure_said, "signed": signed,
        "named": figure_name, "period": period,
        "signs": SIGN, "judged": sum(row["beyond"] is not None for row in compared["figures"]) if compared else 0,
        "beyond": sum(bool(row["beyond"]) for row in compared["figures"]) if compared else 0,
    }  # fmt: skip
    return page(
        request, "snapshots.html", title=said("snapshots.title"), here="snapshots", chosen=chosen, document=document,
        context=context,
    )  # fmt: skip


@router.get("/snapshots.json", response_class=Response, responses=answers("snapshots", "compare"))
def snapshots_json(here: Here, a: Name = None, b: Name = None) -> Response:
    """The list (`vsm.snapshots/1`), or the comparison of two (`vsm.compare/1`)."""
    return twin(_compared(here, a, b) or listed(here.workspace.folder.path))


@router.post("/snapshots", status_code=303, response_class=RedirectResponse)
def take(chosen: Chosen, here: Here, name: Annotated[str, Form(max_length=100)]) -> RedirectResponse:
    """Keep the stream as it is now, in the period and with the filters shown."""
    path = place(here.workspace.folder.path, name.strip())
    if path.exists():
        keep(path, {})  # which says that there is one
    now = datetime.now(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
    with here.asking(chosen) as asked:
        keep(path, asked.snapshot(name.strip(), taken_at=now))
    return RedirectResponse(chosen.href("snapshots"), 303)


def _compared(here: Workshop, a: str | None, b: str | None) -> dict[str, Any] | None:
    """The comparison of two that exist by name: a path is none."""
    if not a or not b:
        return None
    folder = here.workspace.folder.path
    known = names(folder)
    for one in (a, b):
        if one not in known:
            wrong: UnknownName = unknown_value("snapshot", one, known)
            raise wrong
    return compare(*(read(folder, one) for one in (a, b)))
