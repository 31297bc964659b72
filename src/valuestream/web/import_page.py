"""Import in the browser: upload, columns with samples, a look at dates and states, then the import as a job."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, UploadFile
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from valuestream.calendar import rfc3339
from valuestream.errors import ConfigError
from valuestream.log.event import NONE, Kind, Log
from valuestream.log.states import entered
from valuestream.sources.extras import ASIDE, KEPT
from valuestream.sources.preview import Preview, preview
from valuestream.web.charts import as_csv
from valuestream.web.filters import Filters, filters
from valuestream.web.import_form import DATE_ORDERS, ROLES, SHAPES, chosen, reading
from valuestream.web.pages import page, twin
from valuestream.web.schemas import answers
from valuestream.web.texts import said
from valuestream.web.uploads import Upload
from valuestream.web.workshop import Workshop

router = APIRouter(tags=["import"])
Chosen = Annotated[Filters, Depends(filters)]
Id = Annotated[str, Path(max_length=64)]
SHOWN_EVENTS, SHOWN_REJECTS, SHOWN_STATES = 5, 20, 30
MOST_FIELDS = 4_000


def workshop(request: Request) -> Workshop:
    """Where imports go. ConfigError where a single log is served."""
    found = request.app.state.served
    if not isinstance(found, Workshop):
        raise ConfigError(said("import.no_workspace"), said("import.no_workspace_do"))
    return found


Here = Annotated[Workshop, Depends(workshop)]


@router.get("/import", response_class=HTMLResponse)
def import_page(request: Request, chosen: Chosen, here: Here) -> HTMLResponse:
    """Choose a file."""
    context = {"limit": request.app.state.upload_bytes, "sources": here.sources}
    return page(request, "import.html", title=said("import.title"), here="import", chosen=chosen, context=context)


@router.post("/import", status_code=303, response_class=RedirectResponse)
def upload(here: Here, file: UploadFile) -> RedirectResponse:
    """Take a file in; its columns are looked at next."""
    kept = here.uploads.keep(file.filename or "upload", file.file)
    return RedirectResponse(f"/import/{kept.id}", 303)


@router.get("/import/{id}", response_class=HTMLResponse)
def look(request: Request, chosen: Chosen, here: Here, id: Id) -> HTMLResponse:
    """The file's columns as they seem to be, or as they were for the last file like it."""
    kept = here.uploads.get(id)
    first = preview(kept.file, reading({}))
    before = here.remembered.of(tuple(column.name for column in first.columns))
    seen = preview(kept.file, reading(before, first.columns)) if before else first
    return _drawn(request, chosen, here, kept, seen, before, remembered=bool(before))


@router.get("/import/{id}/rejects.csv", response_class=Response)
def rejects(here: Here, id: Id) -> Response:
    """The rows that cannot be used, as a file."""
    seen = preview(here.uploads.get(id).file, reading({}))
    return _rejects(seen.log)


@router.post("/import/{id}", response_class=HTMLResponse, responses={303: {"description": "The job of the import"}})
async def decide(request: Request, chosen: Chosen, here: Here, id: Id) -> Response:
    """Look again with other columns, import, or drop the file; the form's button says which."""
    async with request.form(max_fields=MOST_FIELDS, max_files=0) as form:
        fields = {key: value for key, value in form.multi_items() if isinstance(value, str)}
    return await run_in_threadpool(_decided, request, chosen, here, id, fields)


def _decided(request: Request, filters_: Filters, here: Workshop, id_: str, fields: dict[str, str]) -> Response:
    kept, wish = here.uploads.get(id_), fields.get("do", "look")
    if wish == "drop":
        here.uploads.drop(kept)
        return RedirectResponse("/import", 303)
    guess = preview(kept.file, reading({})).columns
    said_ = chosen(fields, guess)
    asked = reading(said_, guess)
    if wish == "import":
        here.remembered.keep(tuple(column.name for column in guess), said_)
        job = here.import_(kept, asked, source=fields.get("source", "").strip() or None)
        return RedirectResponse(f"/jobs/{job.id}", 303)
    seen = preview(kept.file, asked)
    if wish == "rejects":
        return _rejects(seen.log)
    return _drawn(request, filters_, here, kept, seen, said_)


def _rejects(log: Log | None) -> Response:
    rows = log.rejects if log is not None else ()
    return as_csv("rejects", [("place", "reason", "row"), *rows])


def _drawn(
    request: Request, chosen_: Filters, here: Workshop, kept: Upload, seen: Preview, said_: dict[str, Any], *,
    remembered: bool = False,
) -> HTMLResponse:  # fmt: skip
    log = seen.log
    context = {
        "upload": kept, "seen": seen, "said": said_, "roles": ROLES, "shapes": SHAPES, "orders": DATE_ORDERS,
        "remembered": remembered, "sources": here.sources, "events": _events(log) if log else [],
        "states": entered(log)[:SHOWN_STATES] if log else [], "rejects": log.rejects[:SHOWN_REJECTS] if log else (),
        "notes": log.notes if log else (), "n": len(log) if log else 0, "n_rejects": len(log.rejects) if log else 0,
        "may": log is not None and len(log) > 0,
    }  # fmt: skip
    title = said("import.look_title", name=kept.name)
    status = 200 if seen.problem is None else 400
    return page(request, "import_look.html", title=title, here="import", chosen=chosen_, status=status, context=context)


def _events(log: Log) -> list[dict[str, str]]:
    """The first events in words, so that a wrong order of day and month is seen."""
    shown = []
    for row in range(min(SHOWN_EVENTS, len(log))):
        words = log.people if log.kind[row] == Kind.ASSIGN else log.words
        value = "" if log.value[row] == NONE else words[log.value[row]]
        if log.field is not None and log.field[row] != NONE:
            value = f"{log.fields[log.field[row]]}: {value}"
        shown.append({"item": log.items[log.item[row]], "at": rfc3339(int(log.at[row])), "value": value})
    return shown


@router.get("/jobs/{id}.json", response_class=Response, responses=answers("job"))
def job_json(here: Here, id: Id) -> Response:
    """The job as data (`vsm.job/1`)."""
    return twin(here.writer.job(id).document())


@router.get("/jobs/{id}", response_class=HTMLResponse)
def job_page(request: Request, chosen: Chosen, here: Here, id: Id) -> HTMLResponse:
    """How far a job is; the page asks again by itself until it is over."""
    job = here.writer.job(id)
    document = job.document()
    return page(
        request,
        "job.html",
        title=job.what,
        here="import",
        chosen=chosen,
        document=document,
        context={"job": job, "column_notes": (KEPT, ASIDE)},
    )


@router.post("/jobs/{id}/cancel", status_code=303, response_class=RedirectResponse)
def cancel(here: Here, id: Id) -> RedirectResponse:
    """Ask a job to stop."""
    here.writer.job(id).cancel()
    return RedirectResponse(f"/jobs/{id}", 303)
