"""Scenarios of the what-if page: kept in the workspace with their answer, and deleted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path as FilePath
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from valuestream.errors import ConfigError, UnknownName
from valuestream.web.filters import Filters, filters
from valuestream.web.import_page import workshop
from valuestream.web.pages import twin
from valuestream.web.schemas import answers
from valuestream.web.texts import said
from valuestream.web.what_if import Here, answered, asked_for, fitting_of
from valuestream.web.workshop import Workshop
from valuestream.workspace_scenarios import answer_of, keep, listed, place, remove, scenario_document

router = APIRouter(tags=["what if"])
Chosen = Annotated[Filters, Depends(filters)]
Shop = Annotated[Workshop, Depends(workshop)]
Name = Annotated[str, Form(max_length=100)]


@router.get("/what-if/scenarios.json", response_class=Response, responses=answers("scenarios"))
def scenarios_json(shop: Shop) -> Response:
    """The saved scenarios (`vsm.scenarios/1`)."""
    return twin(listed(_folder(shop)))


@router.post("/what-if/scenarios", status_code=303, response_class=RedirectResponse)
def save(
    request: Request,
    chosen: Chosen,
    shop: Shop,
    here: Here,
    name: Name,
    why: Annotated[str, Form(max_length=500)] = "",
    overwrite: Annotated[bool, Form()] = False,
) -> RedirectResponse:
    """Keep what the address says, the scenarios it loads and the sliders it moves, with the best answer there is."""
    folder, name = _folder(shop), name.strip()
    if place(folder, name).exists() and not overwrite:
        raise ConfigError(said("what_if.taken", name=name), said("what_if.taken_do"))
    simulator = fitting_of(request, chosen, here).made
    if simulator is None:
        raise UnknownName(said("what_if.not_yet"), said("what_if.not_yet_do"))
    _, together, _ = asked_for(request, simulator)
    if together is None:
        raise ConfigError(said("what_if.nothing"), said("what_if.nothing_do"))
    document = answered(request, chosen, here, simulator)[1]
    now = datetime.now(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
    one = replace(together, name=name, why=why.strip() or together.why)
    answer = answer_of(document, 0, at=now)
    keep(folder, scenario_document(one, stream=document["stream"], saved_at=now, answered=answer), overwrite=overwrite)
    return _to(chosen, name)


@router.post("/what-if/scenarios/delete", status_code=303, response_class=RedirectResponse)
def delete(chosen: Chosen, shop: Shop, name: Name) -> RedirectResponse:
    """Delete one."""
    remove(_folder(shop), name)
    return _to(chosen)


def _folder(shop: Workshop) -> FilePath:
    return shop.workspace.folder.path


def _to(chosen: Filters, *loaded: str) -> RedirectResponse:
    """The page with the same filters, and these scenarios loaded."""
    told = urlencode([*chosen.pairs(), *(("with", name) for name in loaded)])
    return RedirectResponse(f"/what-if?{told}" if told else "/what-if", 303)
