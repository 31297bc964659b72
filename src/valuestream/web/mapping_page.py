"""The mapping: which state belongs to which stage. It works with selects and buttons; a mouse may drag."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from valuestream.config_mapping import LISTS, MODES, check, plan_of, rewritten
from valuestream.errors import ConfigError
from valuestream.log.states import entered
from valuestream.stream import Stage, Stream
from valuestream.web.filters import Filters, filters
from valuestream.web.mapping_form import MOST_STATES, NOWHERE, Draft, draft_of, read
from valuestream.web.mapping_preview import preview, told
from valuestream.web.pages import page, twin
from valuestream.web.schemas import answers
from valuestream.web.served import Served
from valuestream.web.texts import said

router = APIRouter(tags=["mapping"])
Chosen = Annotated[Filters, Depends(filters)]
FIELDS = 4 * MOST_STATES


@router.get("/mapping", response_class=HTMLResponse)
def mapping_page(request: Request, chosen: Chosen, saved: bool = False) -> HTMLResponse:
    """Each state with its stage and kind; those of no stage first."""
    served: Served = request.app.state.served
    stream = served.stream(chosen.stream)
    states = entered(served.log(stream.name))
    draft = draft_of(plan_of(stream), states)
    return _drawn(request, chosen, stream, draft, saved=saved)


@router.get("/mapping.json", response_class=Response, responses=answers("mapping"))
def mapping_json(request: Request, chosen: Chosen) -> Response:
    """The mapping as data (`vsm.mapping/1`)."""
    served: Served = request.app.state.served
    stream = served.stream(chosen.stream)
    places = plan_of(stream).places
    rows = [
        {**state._asdict(), "kind": places[state.name].kind, "stage": places[state.name].stage}
        if state.name in places else {**state._asdict(), "kind": None, "stage": None}
        for state in entered(served.log(stream.name))
    ]  # fmt: skip
    stages = [stage.name for stage in stream.stages]
    return twin({"schema": "vsm.mapping/1", "stream": stream.name, "stages": stages, "states": rows})


@router.post(
    "/mapping",
    response_class=HTMLResponse,
    responses={200: answers("mapping_preview")[200], 303: {"description": "Saved"}},
)
async def change(request: Request, chosen: Chosen) -> Response:
    """Move, add or take away a stage, preview, or save; the form's button says which."""
    async with request.form(max_fields=FIELDS, max_files=0) as form:
        fields = {key: value for key, value in form.multi_items() if isinstance(value, str)}
    return await run_in_threadpool(_changed, request, chosen, fields)


def _changed(request: Request, chosen: Filters, fields: Mapping[str, str]) -> Response:
    served: Served = request.app.state.served
    stream = served.stream(chosen.stream)
    draft, wish = read(fields), fields.get("do", "preview")
    what, _, number = wish.partition(":")
    if what in ("left", "right", "remove") and number.isdecimal() and len(number) < 4:
        at = int(number)
        draft = draft.without(at) if what == "remove" else draft.moved(at, at + (1 if what == "right" else -1))
    elif what == "add":
        draft = draft.added(said("mapping.new_stage"))
    elif what == "save":
        served.remap(stream.name, _text(served, stream, draft, fields.get("stamp", "")))
        return RedirectResponse(chosen.href("mapping?saved=1"), 303)
    elif what != "preview":
        raise ConfigError(f"'{wish[:50]}' is no change of a mapping.", said("error.malformed"))
    try:
        check(draft.plan)
    except ConfigError as wrong:
        return _drawn(request, chosen, stream, draft, wrong=wrong, status=400)
    shown = preview(served.log(stream.name), stream, as_stream(stream, draft))
    if request.headers.get("accept", "").startswith("application/json"):
        return twin({**shown, "sentences": _sentences(shown)})
    return _drawn(request, chosen, stream, draft, sentences=_sentences(shown))


def as_stream(stream: Stream, draft: Draft) -> Stream:
    """The stream as the draft would have it; what a stage has besides its states goes with it."""
    plan = draft.plan
    old = {stage.name: stage for stage in stream.stages}
    stages = []
    for step in draft.steps:
        was = old.get(step.was, Stage(step.name))
        lists = {kind: tuple(plan.states(kind, step.name)) for kind in MODES}
        stages.append(Stage(**{**vars(was), "name": step.name, **lists}))
    outside = {kind: tuple(plan.states(kind)) for kind in LISTS}
    return Stream(**{**vars(stream), "stages": tuple(stages), **outside})


def _text(served: Served, stream: Stream, draft: Draft, stamp: str) -> str:
    """The file's new text; refused where it has changed since the page was drawn."""
    if served.file is None:
        raise ConfigError(said("mapping.no_file"), said("mapping.no_file_do"))
    text = served.file.read_text("utf-8")
    if stamp_of(text) != stamp:
        raise ConfigError(said("mapping.stale"), said("mapping.stale_do"))
    return rewritten(text, stream.name, draft.plan)


def stamp_of(text: str) -> str:
    """What a file's text is recognised by."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _sentences(shown: Mapping[str, Any]) -> list[str]:
    """`Flow efficiency (by status): 38 % -> 22 %`; what stays the same says so once."""
    lines = [
        said(f"mapping.figure.{one['name']}", now=told(one["name"], one["now"]), then=told(one["name"], one["then"]))
        for one in shown["figures"]
        if one["now"] != one["then"]
    ]
    lost = shown["left_out"]
    if lost["now"] != lost["then"]:
        lines.append(said("mapping.left_out", now=lost["now"], then=lost["then"]))
    if not lines:
        lines.append(said("mapping.same"))
    if shown["one_item_in"] > 1:
        lines.append(said("mapping.sampled", n=shown["one_item_in"]))
    return lines


def _drawn(
    request: Request,
    chosen: Filters,
    stream: Stream,
    draft: Draft,
    *,
    sentences: list[str] | None = None,
    saved: bool = False,
    wrong: ConfigError | None = None,
    status: int = 200,
) -> HTMLResponse:
    served: Served = request.app.state.served
    counts = {state.name: state for state in entered(served.log(stream.name))}
    boxes: dict[int | str, list[dict[str, Any]]] = {at: [] for at in (NOWHERE, *range(len(draft.steps)), *LISTS)}
    for number, (state, (at, kind)) in enumerate(draft.places.items()):
        boxes[at].append({"i": number, "name": state, "at": at, "kind": kind, "seen": counts.get(state)})
    context = {
        "draft": draft, "boxes": boxes, "lists": LISTS, "modes": MODES, "nowhere": NOWHERE, "sentences": sentences,
        "saved": saved, "wrong": wrong, "stamp": stamp_of(served.file.read_text("utf-8")) if served.file else "",
        "can_save": served.file is not None,
    }  # fmt: skip
    document = {"schema": "vsm.mapping/1", "stream": stream.name}
    return page(
        request, "mapping.html", title=said("mapping.title", stream=stream.name), here="mapping", chosen=chosen,
        document=document, status=status, context=context,
    )  # fmt: skip
