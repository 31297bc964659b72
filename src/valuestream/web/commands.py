"""Commands of the command line, done by the server that holds the store: for whoever can read its token."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Header, HTTPException, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from valuestream.web.workshop import Workshop
from valuestream.web.writer import Job, Progress

router = APIRouter(tags=["commands"])
Runner = Callable[[list[str], str, Progress], dict[str, Any]]
TELL_S = 0.25


class Command(BaseModel):
    """A command line without `vsm`, and the folder it was called in."""

    arguments: list[Annotated[str, Field(max_length=100_000)]] = Field(max_length=10_000)
    folder: str = Field(max_length=10_000)


class Left(BaseModel):
    """What a command wrote, and the status it left with."""

    status: int
    out: str
    err: str


@router.post(
    "/commands",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/x-ndjson": {}}}, 403: {"description": "Not with that token"}},
)
async def command(
    request: Request, asked: Command, authorization: Annotated[str, Header(max_length=500)] = ""
) -> StreamingResponse:
    """Do a command when its turn among the writers comes; lines of JSON say how far it is, the last one how it left.

    Who goes away before that line cancels it.
    """
    token, runner = request.app.state.token, request.app.state.runner
    if token is None or runner is None or not hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode()):
        raise HTTPException(403, "Commands come from `vsm` itself.\nRun them in the workspace's folder.")
    served = request.app.state.served
    assert isinstance(served, Workshop)
    job = served.writer.put(
        f"vsm {' '.join(asked.arguments)}"[:200],
        lambda progress: runner(asked.arguments, asked.folder, progress),
        kind="command",
    )
    return StreamingResponse(_told(job), media_type="application/x-ndjson")


async def _told(job: Job) -> AsyncIterator[str]:
    try:
        while not job.over:
            yield json.dumps({"state": job.state, "done": job.done, "whole": job.whole}) + "\n"
            await asyncio.sleep(TELL_S)
        left = Left(**job.told).model_dump() if job.state == "done" else {"refused": [job.message, job.hint]}
        yield json.dumps(left) + "\n"
    finally:
        job.cancel()
