"""What if: sliders, a quick answer, the refined one as a job; and the map as it is beside the map as it would be."""

from __future__ import annotations

import shlex
from collections.abc import Hashable
from pathlib import Path as FilePath
from threading import Lock
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from valuestream.errors import UnknownName
from valuestream.pictures import future as picture
from valuestream.pictures import simulated, theme, words
from valuestream.pictures.what_if import trust_lines
from valuestream.web.filters import Filters, filters
from valuestream.web.pages import asked_document, choices, page, twin
from valuestream.web.schemas import answers
from valuestream.web.texts import said
from valuestream.web.what_if_form import FURTHER, Group, changed, controls
from valuestream.web.what_if_studio import Studio, Work
from valuestream.web.workshop import Workshop
from valuestream.web.writer import Job, Progress
from valuestream.workspace_scenarios import listed

if TYPE_CHECKING:
    from valuestream.simulation.change import Change
    from valuestream.simulation.scenario import Scenario
    from valuestream.simulation.simulator import Simulator
    from valuestream.web.served import Served

router = APIRouter(tags=["what if"])
Chosen = Annotated[Filters, Depends(filters)]
Id = Annotated[str, Path(max_length=64)]
Document = dict[str, Any]
FIGURES = (
    "lead_mean_s",
    "lead_p50_s",
    "lead_p85_s",
    "throughput_per_week",
    "load",
    "flow_efficiency",
    "first_pass",
)


_BEGUN = Lock()


def studio(request: Request) -> Studio:
    """The studio of the app."""
    with _BEGUN:
        if not hasattr(request.app.state, "studio"):
            request.app.state.studio = Studio()
    found: Studio = request.app.state.studio
    return found


Here = Annotated[Studio, Depends(studio)]


@router.get("/what-if", response_class=HTMLResponse)
def what_if_page(request: Request, chosen: Chosen, here: Here) -> HTMLResponse:
    """Move a slider: a quick answer at once, the refined one when its job is done."""
    fitting = fitting_of(request, chosen, here)
    title = said("what_if.title", stream=chosen.stream or _streams(request)[0])
    if not fitting.job.over or fitting.made is None:
        job = fitting.job
        context = {"job": job, "job_json": f"/what-if/jobs/{job.id}.json", "own": "what-if"}
        return page(request, "what_if_wait.html", title=title, here="what-if", chosen=chosen, context=context)
    simulator: Simulator = fitting.made
    shown, doc, refining = answered(request, chosen, here, simulator)
    loaded = request.query_params.getlist("with")
    folder = folder_of(request)
    context = {
        "saved": listing(folder, _streams(request), chosen) if folder else None,
        "loaded": loaded,
        "beside": request.query_params.getlist("beside"),
        "query": request.url.query,
        "groups": shown,
        "further": request.query_params.get(FURTHER, ""),
        "figures": FIGURES,
        "trust": trust_lines(doc, 10_000),
        "command": _command(loaded, changed(shown, request.query_params.get(FURTHER, ""))),
        "refining": refining,
        "refining_json": f"/what-if/jobs/{refining.id}.json" if refining else None,
        "maps": _maps(request, chosen, here, simulator),
        "on_map": _on_map(request, chosen),
        **choices(request, chosen, doc),
    }
    return page(request, "what_if.html", title=title, here="what-if", chosen=chosen, document=doc, context=context)


@router.get("/what-if.json", response_class=Response, responses=answers("simulation"))
def what_if_json(request: Request, chosen: Chosen, here: Here) -> Response:
    """The refined answer as data (`vsm.simulation/1`), when it is there; until then the quick one."""
    fitting = fitting_of(request, chosen, here)
    fitting.job.wait(120)
    if fitting.made is None:
        raise UnknownName(fitting.job.message or said("what_if.none"), fitting.job.hint or said("what_if.none_do"))
    return twin(answered(request, chosen, here, fitting.made)[1])


@router.get("/what-if/jobs/{id}.json", response_class=Response, responses=answers("job"))
def job_json(here: Here, id: Id) -> Response:
    """A job as data (`vsm.job/1`)."""
    return twin(here.looked_at(id).document())


def _on_map(request: Request, chosen: Filters) -> float | None:
    """The flow efficiency that the map shows: by status, of what finished."""
    document = asked_document(request, chosen, "map", lambda asked: asked.map())
    found: float | None = words.part(document, "totals", "flow_efficiency", "value")
    return found


def _streams(request: Request) -> tuple[str, ...]:
    served: Served = request.app.state.served
    if not served.streams:
        raise UnknownName(said("what_if.none"), said("what_if.none_do"))
    return served.streams


def _key(request: Request, chosen: Filters) -> Hashable:
    _streams(request)
    return (request.app.state.served.version(chosen.stream), chosen.key)


def fitting_of(request: Request, chosen: Filters, here: Studio) -> Work:
    from valuestream.what_if import fitted

    served: Served = request.app.state.served

    def make(progress: Progress) -> Simulator:
        with served.asking(chosen) as asked:
            simulator = fitted(asked, progress=progress)
        simulator.compare([], quick=True)  # so that the first slider is as quick as the next
        return simulator

    return here.work((_key(request, chosen), "fit"), said("what_if.fitting"), make, to_the_end=True)


def answered(
    request: Request, chosen: Filters, here: Studio, simulator: Simulator
) -> tuple[list[Group], Document, Job | None]:
    """The controls as they are set, the best answer there is, and the job that makes a better one."""
    from valuestream.what_if import simulation_document

    shown, together, others = asked_for(request, simulator)
    scenarios = ((together,) if together else ()) + others
    key = (_key(request, chosen), *(_told(one) for one in scenarios))
    known = here.known((key, "refined"))
    if known is None or known.made is None:  # first the quick one: the refined one takes all cores
        with here.quickly():
            quick = request.app.state.answers.get(
                (key, "quick"), lambda: simulation_document(simulator, scenarios, quick=True)
            )
    refined = here.work(
        (key, "refined"),
        said("what_if.refining"),
        lambda progress: simulation_document(simulator, scenarios, progress=progress),
    )
    if refined.job.over and refined.made is not None:
        return shown, refined.made, None
    return shown, quick, None if refined.job.over else refined.job


def asked_for(request: Request, simulator: Simulator) -> tuple[list[Group], Scenario | None, tuple[Scenario, ...]]:
    """The controls, what the saved scenarios that are loaded and the moved sliders change together, and what stands
    beside it.
    """
    from valuestream.simulation.scenario import Scenario
    from valuestream.workspace_scenarios import composed, scenario

    folder, asked = folder_of(request), request.query_params
    loaded = composed(folder, asked.getlist("with")) if folder else None
    others = tuple(scenario(folder, name) for name in asked.getlist("beside")) if folder else ()
    shown = controls(loaded.applied(simulator.model) if loaded else simulator.model, asked)
    moved = changed(shown, asked.get(FURTHER, ""))
    own = Scenario(", ".join(map(str, moved)), moved) if moved else None
    return shown, loaded.then(own) if loaded and own else loaded or own, others


def _command(loaded: list[str], changes: tuple[Change, ...]) -> str:
    """The same question for the command line."""
    return shlex.join(
        [
            "vsm",
            "simulate",
            *(w for one in loaded for w in ("--with", one)),
            *(w for one in changes for w in ("--set", str(one))),
        ]
    )


def _told(one: Scenario) -> tuple[str, ...]:
    """What tells one scenario from another that was saved under its name since."""
    return (one.name, *map(str, one.changes))


def folder_of(request: Request) -> FilePath | None:
    """The workspace's folder; None where a single log is served and nothing can be kept."""
    found = request.app.state.served
    return found.workspace.folder.path if isinstance(found, Workshop) else None


def listing(folder: FilePath, streams: tuple[str, ...], chosen: Filters) -> list[Document]:
    """The saved scenarios of the stream shown, and unreadable ones."""
    rows = listed(folder)["scenarios"]
    return [row for row in rows if not row["readable"] or row["stream"] == (chosen.stream or streams[0])]


def _maps(request: Request, chosen: Filters, here: Studio, simulator: Simulator) -> Markup | None:
    """The simulated map as it is above the one as it would be: asked for by `maps=1`, since it takes whole runs."""
    from valuestream.what_if import future_map

    _, scenario, _ = asked_for(request, simulator)
    if request.query_params.get("maps") != "1" or scenario is None:
        return None
    _, document, _ = answered(request, chosen, here, simulator)
    key = (_key(request, chosen), "maps", *_told(scenario))
    current, future = request.app.state.answers.get(
        key, lambda: (future_map(simulator), future_map(simulator, scenario))
    )
    future = simulated.with_intervals(current, future, document, document["scenarios"][0])
    return Markup(picture.svg(current, future).replace(theme.style(), ""))  # our own writer escapes
