"""Chart cards, and what they load: the drawing for scripts, a picture for pages without, the figures as CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from valuestream.errors import ConfigError
from valuestream.pictures import charts, words
from valuestream.pictures.chart_parts import Card, Look
from valuestream.pictures.static import chart_svg
from valuestream.web.filters import Filters, filters
from valuestream.web.pages import asked_document
from valuestream.web.texts import said

router = APIRouter(prefix="/charts", tags=["charts"])
Chosen = Annotated[Filters, Depends(filters)]
Theme = Annotated[Literal["light", "dark"], Query()]
Of = Literal["flow", "stage"]
Stage = Annotated[str | None, Query(max_length=200)]
WIDTH = 900
PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""A picture has no script to guard against; its style is its own."""


def document(request: Request, chosen: Filters, of: str, stage: str | None) -> Any:
    """What a chart of a page is drawn from: the page's own document."""
    if of == "flow":
        return asked_document(request, chosen, "flow", lambda asked: asked.flow_document())
    if stage is None:
        raise ConfigError("A chart of a stage needs `stage=`.", "Name the stage: `?stage=Review`.")
    return asked_document(request, chosen, f"stage/{stage}", lambda asked: asked.stage_document(stage))


def cards(found: Iterable[Card], doc: Any, chosen: Filters, of: str, stage: str | None = None) -> list[dict[str, Any]]:
    """Each chart as its card is drawn: question, answer, state, n and period, table, addresses."""
    period = words.period(doc)
    own = f"?stage={quote(stage, safe='')}" if stage is not None else ""
    return [
        {
            "name": card.name, "heading": card.heading, "how": card.how, "sentence": card.sentence(doc),
            "state": card.state(doc), "table": card.table(doc), "n": card.base(doc), "period": period,
            "drawn": card.draw is not None and card.state(doc).condition in ("ready", "too_little"),
            "address": partial(_address, chosen, of, card.name, own),
        }
        for card in found
    ]  # fmt: skip


def _address(chosen: Filters, of: str, name: str, own: str, form: str, theme: str | None = None) -> str:
    more = (f"&theme={theme}" if own else f"?theme={theme}") if theme else ""
    return chosen.href(f"charts/{of}/{name}.{form}{own}{more}")


@router.get("/{of}/{name}.vega", response_class=Response)
def vega(request: Request, chosen: Chosen, of: Of, name: str, stage: Stage = None, theme: Theme = "light") -> Response:
    """The chart as Vega-Lite, points linked to their items."""
    look = Look(theme, links=chosen.href)
    drawn = _kept(request, chosen, of, name, stage, ("vega", theme), look, json.dumps)
    return Response(drawn, media_type="application/json")


@router.get("/{of}/{name}.svg", response_class=Response)
def svg(request: Request, chosen: Chosen, of: Of, name: str, stage: Stage = None, theme: Theme = "light") -> Response:
    """The chart as a picture."""
    title = charts.card(name).heading
    drawn = _kept(
        request, chosen, of, name, stage, ("svg", theme), Look(theme, WIDTH), lambda spec: chart_svg(spec, title=title)
    )
    return Response(drawn, media_type="image/svg+xml", headers={"content-security-policy": PICTURE_POLICY})


@router.get("/{of}/{name}.csv", response_class=Response)
def table(request: Request, chosen: Chosen, of: Of, name: str, stage: Stage = None) -> Response:
    """The chart's figures, as its table shows them."""
    shown = charts.card(name).table(document(request, chosen, of, stage))
    return as_csv(f"{of}-{name}", [shown.heads, *shown.rows])


def as_csv(name: str, rows: Iterable[Iterable[object]]) -> Response:
    """Rows as a file to download. What a spreadsheet would run as a formula stays text."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([[harmless(cell) for cell in row] for row in rows])
    headers = {"content-disposition": f'attachment; filename="{name}.csv"'}
    return Response(out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def harmless(cell: object) -> object:
    """A cell that no spreadsheet takes for a formula.

    >>> [harmless(cell) for cell in ("=1+1", "-5 d", "–", 7, "@x")]
    ["'=1+1", '-5 d', '–', 7, "'@x"]
    """
    text = str(cell) if isinstance(cell, str) else ""
    risky = text[:1] in ("=", "+", "@", "\t", "\r") or (text[:1] == "-" and not text[1:2].isdigit())
    return f"'{text}" if risky else cell


def _kept(
    request: Request,
    chosen: Filters,
    of: str,
    name: str,
    stage: str | None,
    form: tuple[str, str],
    look: Look,
    write: Any,
) -> str:
    """A chart drawn once for its filters and theme."""
    card = charts.card(name)
    doc = document(request, chosen, of, stage)

    def draw() -> str:
        spec = card.spec(doc, look)
        if spec is None:
            state = card.state(doc)
            raise ConfigError(state.why or said("chart.none"), state.todo or said("chart.none_do"))
        return str(write(spec))

    served = request.app.state.served
    question = (served.version(chosen.stream), "chart", of, name, stage, form, replace(chosen).key)
    drawn: str = request.app.state.answers.get(question, draw)
    return drawn
