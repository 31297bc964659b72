"""Errors as cards: the same two strings as on the command line, with a status; as JSON where a twin was asked for."""

from __future__ import annotations

import logging
import secrets
from collections.abc import MutableMapping
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from valuestream.errors import UnknownName, ValuestreamError
from valuestream.web.pages import page
from valuestream.web.texts import said

LOG = logging.getLogger("valuestream.web")
LOCKED = 5
"""Exit code of an error that passes by itself: somebody else holds the store."""


def install(app: FastAPI) -> None:
    """Give the app one answer to each kind of failure."""
    app.add_exception_handler(ValuestreamError, _ours)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)


def status_of(wrong: ValuestreamError) -> int:
    """404 for what does not exist, 503 for what passes, else 400."""
    if isinstance(wrong, UnknownName):
        return 404
    return 503 if wrong.exit_code == LOCKED else 400


def failure(request: Request, status: int, message: str, hint: str, *, number: str | None = None) -> Response:
    """One failure as a page or as JSON. `number` is the id under which the server's log tells more."""
    document = {"schema": "vsm.error/1", "status": status, "message": message, "hint": hint, "request": number}
    headers = {"retry-after": "5"} if status == 503 else {}
    if _wants_json(request):
        return JSONResponse(document, status, headers)
    context = {"failure": document, "whole": _unfiltered(request)}
    answer = page(request, "error.html", title=said("error.title"), here="", status=status, context=context)
    answer.headers.update(headers)
    return answer


def _unfiltered(request: Request) -> str | None:
    """The page's address without what was asked of it, but for the stream; None where nothing else was asked."""
    asked = request.query_params.multi_items()
    kept = [pair for pair in asked if pair[0] == "stream"]
    if request.method != "GET" or kept == asked:
        return None
    return request.url.path + (f"?{urlencode(kept)}" if kept else "")


def _wants_json(request: Request) -> bool:
    if request.url.path.endswith((".json", ".csv", ".svg")):
        return True
    accepts = request.headers.get("accept", "")
    return "application/json" in accepts and "text/html" not in accepts


async def _ours(request: Request, wrong: Exception) -> Response:
    assert isinstance(wrong, ValuestreamError)
    return failure(request, status_of(wrong), wrong.message, wrong.hint)


async def _malformed(request: Request, wrong: Exception) -> Response:
    assert isinstance(wrong, RequestValidationError)
    first = wrong.errors()[0]
    where = ".".join(str(part) for part in first["loc"] if part not in ("query", "path", "body"))
    return failure(request, 422, f"'{where}' cannot be used: {first['msg']}.", said("error.malformed"))


async def _http(request: Request, wrong: Exception) -> Response:
    assert isinstance(wrong, HTTPException)
    message, _, hint = str(wrong.detail).partition("\n")
    if wrong.status_code == 404 and not hint:
        message, hint = said("error.no_page", path=request.url.path[:200]), said("error.no_page_hint")
    elif wrong.status_code == 405:
        message, hint = said("error.method", method=request.method), said("error.no_page_hint")
    answer = failure(request, wrong.status_code, message, hint or said("error.malformed"))
    answer.headers.update(wrong.headers or {})
    return answer


def internal(scope: MutableMapping[str, Any], wrong: Exception) -> Response:
    """What is answered where the program itself broke: an id here, what happened in the server's log."""
    request = Request(scope)
    number = secrets.token_hex(4)
    LOG.error("request %s: %s %s", number, request.method, request.url.path, exc_info=wrong)
    return failure(request, 500, said("error.internal"), said("error.internal_hint", number=number), number=number)
