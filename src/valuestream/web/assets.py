"""What pages load beside themselves: one style, our modules, the charts' library. Named by content, cached for good."""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from fastapi import APIRouter, HTTPException, Request, Response

from valuestream.pictures import theme

TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
FOR_GOOD = "public, max-age=31536000, immutable"
OURS = ("page.js", "charts.js", "points.js", "mapping.js", "job.js", "what_if.js", "icon.svg")
router = APIRouter()


class Asset(NamedTuple):
    """One file: its bytes, the same packed, and the tag that changes with them."""

    type: str
    plain: bytes
    packed: bytes
    tag: str


@cache
def asset(name: str) -> Asset:
    """A file by its name. KeyError for any other: nothing is looked up on the disk by a request's text."""
    if name == "style.css":
        return _made("css", _style())
    if name == "vega.js":
        return _made("js", _charts_library())
    if name in OURS:
        return _made(name.rpartition(".")[2], (files("valuestream.web") / "static" / name).read_text("utf-8"))
    raise KeyError(name)


def address(name: str) -> str:
    """Where a file is, with its tag, so that a new version is a new address.

    The charts' library takes seconds to come out of vl-convert: its tag is that package's version.
    """
    return f"/static/{name}?v={_library_tag() if name == 'vega.js' else asset(name).tag}"


def _made(ending: str, text: str) -> Asset:
    plain = text.encode()
    return Asset(TYPES[ending], plain, gzip.compress(plain, 6, mtime=0), hashlib.sha256(plain).hexdigest()[:16])


def _style() -> str:
    """The tokens as custom properties, the map's own rules, then the pages'."""
    light, dark = (
        "".join(f"--{name}:{colour};" for name, colour in colours.items()) for colours in (theme.LIGHT, theme.DARK)
    )
    tokens = (
        f":root{{color-scheme:light dark;{light}}}"
        f'@media screen and (prefers-color-scheme: dark){{:root:not([data-theme="light"]){{{dark}}}}}'
        f':root[data-theme="light"]{{color-scheme:light}}:root[data-theme="dark"]{{color-scheme:dark;{dark}}}'
        f"@media print{{:root:root:root{{color-scheme:light;{light}}}}}"
    )
    rules = str(theme.style()).removeprefix("<style>").removesuffix("</style>")
    return "\n".join([tokens, rules, (files("valuestream.web") / "static" / "page.css").read_text("utf-8")])


def _library_tag() -> str:
    from importlib.metadata import version

    return version("vl-convert-python")


def _charts_library() -> str:
    """Vega, Vega-Lite and Vega-Embed as one ES module, out of vl-convert: nothing is fetched, nothing is committed."""
    import vl_convert

    return str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))


@router.get("/static/{name}", include_in_schema=False)
def static(request: Request, name: str) -> Response:
    """One file, packed where the browser takes it; unchanged ones cost a 304."""
    try:
        found = asset(name)
    except KeyError:
        raise HTTPException(404, "There is no such file.\nThe pages name those there are.") from None
    headers = {"etag": f'"{found.tag}"', "cache-control": FOR_GOOD, "vary": "accept-encoding"}
    if found.tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(found.packed, media_type=found.type, headers={**headers, "content-encoding": "gzip"})
    return Response(found.plain, media_type=found.type, headers=headers)
