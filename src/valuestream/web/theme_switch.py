"""Light, dark or auto: a form and a cookie, no script needed."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse

router = APIRouter()
YEAR_S = 365 * 86_400


@router.post("/theme", status_code=303, response_class=RedirectResponse, responses={303: {"description": "Back"}})
def switch(
    theme: Annotated[Literal["auto", "light", "dark"], Form()], back: Annotated[str, Form(max_length=4000)] = "/"
) -> RedirectResponse:
    """Remember the theme and go back to the page that was shown."""
    answer = RedirectResponse(own(back), 303)
    answer.set_cookie("theme", theme, max_age=YEAR_S, httponly=True, samesite="lax", path="/")
    return answer


def own(back: str) -> str:
    """An address on this server, or the first page: `//elsewhere` and `https://elsewhere` are none."""
    fits = back.startswith("/") and not back.startswith(("//", "/\\")) and back.isprintable() and back.isascii()
    return back if fits else "/"
