"""Commands of the command line, done by the server that holds the store: for whoever can read its token."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Header, HTTPException, Request
from pydantic import BaseModel, Field

from valuestream.web.workshop import Workshop

router = APIRouter(tags=["commands"])
Runner = Callable[[list[str], str], dict[str, Any]]


class Command(BaseModel):
    """A command line without `vsm`, and the folder it was called in."""

    arguments: list[Annotated[str, Field(max_length=100_000)]] = Field(max_length=10_000)
    folder: str = Field(max_length=10_000)


class Left(BaseModel):
    """What a command wrote, and the status it left with."""

    status: int
    out: str
    err: str


@router.post("/commands", responses={403: {"description": "Not with that token"}})
def command(request: Request, asked: Command, authorization: Annotated[str, Header(max_length=500)] = "") -> Left:
    """Do a command when its turn among the writers comes."""
    token, runner = request.app.state.token, request.app.state.runner
    if token is None or runner is None or not hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode()):
        raise HTTPException(403, "Commands come from `vsm` itself.\nRun them in the workspace's folder.")
    served = request.app.state.served
    assert isinstance(served, Workshop)
    job = served.writer.put(
        f"vsm {' '.join(asked.arguments)}"[:200], lambda _: runner(asked.arguments, asked.folder), kind="command"
    )
    job.wait()
    if job.state != "done":
        raise HTTPException(503, f"{job.message}\n{job.hint}")
    return Left(**job.told)
