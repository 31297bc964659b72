"""The pages as one ASGI app."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from valuestream import __version__
from valuestream.web import assets, failures, map_page, theme_switch
from valuestream.web.security import Guard
from valuestream.web.served import Served

UPLOAD_BYTES = 1 << 30
"""What one uploaded file may weigh."""

ROUTERS = (map_page.router, theme_switch.router, assets.router)


def app(served: Served, *, upload_bytes: int = UPLOAD_BYTES) -> FastAPI:
    """The pages over what is served. FastAPI's own pages of documentation load from elsewhere and are left out."""
    made = FastAPI(
        title="valuestream", version=__version__, docs_url=None, redoc_url=None, openapi_url="/openapi.json",
        description="Each page is also data: the same address with `.json` behind it.",
    )  # fmt: skip
    made.state.served = served
    for router in ROUTERS:
        made.include_router(router)
    failures.install(made)
    made.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    made.add_middleware(Guard, limits={"/import": upload_bytes}, failed=failures.internal)
    return made
