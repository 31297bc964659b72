"""The pages as one ASGI app."""

from __future__ import annotations

from functools import partial

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from valuestream import __version__
from valuestream.web import (
    assets,
    charts,
    commands,
    data_page,
    failures,
    flow_page,
    future_page,
    import_page,
    item_page,
    items_page,
    map_page,
    mapping_page,
    report_page,
    schemas,
    snapshots_page,
    stage_page,
    theme_switch,
    what_if,
    what_if_saved,
)
from valuestream.web.ahead import Ahead, Busy, Seen
from valuestream.web.answers import Answers
from valuestream.web.commands import Runner
from valuestream.web.security import Guard
from valuestream.web.served import Served

UPLOAD_BYTES = 1 << 30
"""What one uploaded file may weigh."""

ROUTERS = tuple(
    part.router
    for part in (
        map_page,
        report_page,
        flow_page,
        stage_page,
        items_page,
        item_page,
        charts,
        data_page,
        import_page,
        snapshots_page,
        commands,
        mapping_page,
        what_if,
        future_page,
        what_if_saved,
        theme_switch,
        assets,
    )
)


def app(
    served: Served, *, upload_bytes: int = UPLOAD_BYTES, token: str | None = None, runner: Runner | None = None
) -> FastAPI:
    """The pages over what is served. FastAPI's own pages of documentation load from elsewhere and are left out.

    token, runner   who has the one may have commands done by the other; None: nobody may
    """
    made = FastAPI(
        title="valuestream", version=__version__, docs_url=None, redoc_url=None, openapi_url="/openapi.json",
        description="Each page is also data: the same address with `.json` behind it.",
    )  # fmt: skip
    made.state.served, made.state.answers, made.state.upload_bytes = served, Answers(), upload_bytes
    made.state.token, made.state.runner = token, runner
    answers, seen = made.state.answers, Seen()
    answer = partial(map_page.answer_ahead, served, answers)
    made.state.seen = seen
    made.state.ahead = Ahead(served, seen, answer, partial(map_page.looked_at, answers))
    for router in ROUTERS:
        made.include_router(router)
    failures.install(made)
    schemas.install(made)
    made.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    made.add_middleware(Guard, limits={"/import": upload_bytes}, failed=failures.internal)
    made.add_middleware(Busy, seen=seen)
    return made
