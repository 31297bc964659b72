"""How an answer becomes a page: the templates, the words they use, the links that keep the filters."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from valuestream import __version__
from valuestream.pictures.duration import UNKNOWN, count, duration, number, share
from valuestream.pictures.prose import prose
from valuestream.web.assets import address
from valuestream.web.filters import Filters, presets
from valuestream.web.texts import said

if TYPE_CHECKING:
    from jinja2 import Environment

    from valuestream.value_stream import ValueStream
    from valuestream.web.answers import Answers
    from valuestream.web.served import Served

Document = Mapping[str, Any]
THEMES = ("auto", "light", "dark")
NAV: tuple[tuple[str, str], ...] = (
    ("map", "/"),
    ("flow", "/flow"),
    ("items", "/items"),
    ("what-if", "/what-if"),
    ("future", "/future"),
    ("data", "/data"),
    ("snapshots", "/snapshots"),
    ("mapping", "/mapping"),
    ("import", "/import"),
)
OF_A_WORKSPACE = ("snapshots", "import")
"""Pages that only a workspace has."""
DATA = (".json", ".csv", ".svg", ".vega")
WITHOUT_A_STREAM = ("map", "data", "import")
"""Pages that have something to say before anything was imported."""


@cache
def environment() -> Environment:
    """The templates. Everything a log says is escaped; what is undefined is a mistake of ours and fails."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("valuestream.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, auto_reload=False,
    )  # fmt: skip
    made.filters.update(duration=duration, share=share, number=number, count=count, day=day, code=prose)
    made.globals.update(t=said, asset=address, version=__version__, themes=THEMES, unknown=UNKNOWN)
    return made


def page(
    request: Request,
    template: str,
    *,
    title: str,
    here: str,
    chosen: Filters | None = None,
    document: Document | None = None,
    status: int = 200,
    context: Mapping[str, Any] | None = None,
) -> HTMLResponse:
    """Draw a page. `here` is its place in the navigation, `document` the answer whose `.json` twin it shows."""
    chosen = chosen or Filters()
    served: Served = request.app.state.served
    streams = served.streams
    told = {
        "title": title,
        "here": here,
        "nav": _offered(served, streams),
        "theme": theme(request),
        "back": _own_address(request),
        "own_path": request.url.path,
        "twin": _twin(request) if document is not None else None,
        "streams": streams,
        "stream": chosen.stream or (streams[0] if streams else None),
        "stale": status == 200 and bool(streams) and _stale(request, served, chosen),
        "chosen": chosen,
        "doc": document,
        **(context or {}),
    }
    return HTMLResponse(environment().get_template(template).render(told), status)


def asked_document(
    request: Request, chosen: Filters, what: str, ask: Callable[[ValueStream], dict[str, Any]]
) -> dict[str, Any]:
    """A document of the stream that the filters name, computed once while the data stays as it is.

    A page takes the one from before an import for a moment, where it has it, and says so; data are always the present.
    """
    answers: Answers = request.app.state.answers
    built, question, compute = question_of(request.app.state.served, answers, chosen, what, ask)
    if request.url.path.endswith(DATA):
        return answers.get((built, question), compute)
    waited = bool(getattr(request.state, "behind", False))  # one wait is enough for all that a page asks
    found, present = answers.soon(built, question, compute, patient=not waited)
    if not present:
        request.state.behind = True
    return found


def question_of(
    served: Served, answers: Answers, chosen: Filters, what: str, ask: Callable[[ValueStream], dict[str, Any]]
) -> tuple[Hashable, Hashable, Callable[[], dict[str, Any]]]:
    """The state of the data, what is asked of it, and how it is computed."""

    def compute() -> dict[str, Any]:
        with answers.turns, served.asking(chosen) as asked:
            return ask(asked)

    settings, built = served.version(chosen.stream)
    return built, (settings, what, chosen.key), compute


def choices(request: Request, chosen: Filters, document: Document) -> dict[str, Any]:
    """What the filter bar offers beside a document."""
    found = asked_document(request, Filters(chosen.stream), "choices", _choices)
    return {**found, "presets": presets(chosen, document["as_of"] if found["events"] else None, document["zone"])}


def _choices(asked: ValueStream) -> dict[str, Any]:
    tables = asked.tables
    return {"teams": list(tables.teams), "types": list(tables.types), "events": tables.events}


def twin(document: Document) -> Response:
    """The document as JSON; a NaN would be a mistake of ours and is refused."""
    body = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(body, media_type="application/json")


def theme(request: Request) -> str:
    """Light, dark or auto, as the reader's cookie says."""
    said = request.cookies.get("theme", "auto")
    return said if said in THEMES else "auto"


def day(instant: str | None, zone: str = "UTC", *, time: bool = False) -> str:
    """An RFC 3339 instant as a day (and a time) of a zone."""
    if instant is None:
        return UNKNOWN
    local = datetime.fromisoformat(instant).astimezone(ZoneInfo(zone) if zone != "UTC" else UTC)
    return f"{local:%Y-%m-%d %H:%M}" if time else f"{local:%Y-%m-%d}"


def _offered(served: Served, streams: tuple[str, ...]) -> list[tuple[str, str]]:
    """The pages of the navigation that are there."""
    there = [entry for entry in NAV if served.takes_files or entry[0] not in OF_A_WORKSPACE]
    return there if streams else [entry for entry in there if entry[0] in WITHOUT_A_STREAM]


def _stale(request: Request, served: Served, chosen: Filters) -> bool:
    return served.stale(chosen.stream) or bool(getattr(request.state, "behind", False))


def _own_address(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _twin(request: Request) -> str:
    path = "/map" if request.url.path == "/" else request.url.path
    return f"{path}.json" + (f"?{request.url.query}" if request.url.query else "")
