"""Reports: the same one-file pages that `vsm report` writes, to look at and to print; and the map as a picture."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from valuestream.pictures import map as picture
from valuestream.reports.gather import gather
from valuestream.reports.page import report
from valuestream.web.charts import PICTURE_POLICY
from valuestream.web.filters import Filters, filters
from valuestream.web.pages import asked_document
from valuestream.web.workshop import Workshop
from valuestream.workspace_snapshots import latest

if TYPE_CHECKING:
    from valuestream.value_stream import ValueStream

router = APIRouter(tags=["reports"])
Chosen = Annotated[Filters, Depends(filters)]
STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL)


@router.get("/report", response_class=HTMLResponse)
def report_page(
    request: Request, chosen: Chosen, kind: Literal["report", "executive", "weekly"] = "report"
) -> HTMLResponse:
    """Everything; one page for a decision; or a weekly review."""
    name, earlier = _snapshot(request, chosen) if kind == "weekly" else (None, None)

    def write(asked: ValueStream) -> dict[str, Any]:
        return {"html": report(gather(asked, against=earlier, against_name=name or ""), kind, links=chosen.href)}

    written = asked_document(request, chosen, f"report {kind} {name}", write)
    html = str(written["html"])
    return HTMLResponse(html, headers={"content-security-policy": policy(html)})


def _snapshot(request: Request, chosen: Filters) -> tuple[str | None, dict[str, Any] | None]:
    """The workspace's latest snapshot of this stream with these filters."""
    served = request.app.state.served
    if not isinstance(served, Workshop):
        return None, None
    where = {name: list(values) for name, values in chosen.where.items()}
    return latest(served.workspace.folder.path, served.stream(chosen.stream).name, where)


@router.get("/map.svg", response_class=Response)
def map_svg(request: Request, chosen: Chosen) -> Response:
    """The map as one picture that stands alone."""
    drawn = picture.svg(asked_document(request, chosen, "map", lambda asked: asked.map()))
    return Response(drawn, media_type="image/svg+xml", headers={"content-security-policy": PICTURE_POLICY})


def policy(html: str) -> str:
    """The strict policy for a page of one file: the styles that stand in it, by their hashes, and nothing else."""
    hashes = [
        f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"
        for style in STYLE.findall(html)
    ]
    styles = " ".join(dict.fromkeys(hashes)) or "'none'"
    return f"default-src 'none'; style-src {styles}; img-src data:; base-uri 'none'; frame-ancestors 'none'"
