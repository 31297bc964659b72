"""The items: filtered, sorted and paged by the server, and as a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from valuestream.analysis.item_list import STATES
from valuestream.web.charts import as_csv
from valuestream.web.filters import Filters, filters
from valuestream.web.pages import asked_document, choices, page, twin
from valuestream.web.schemas import answers
from valuestream.web.texts import said

router = APIRouter(tags=["items"])
PAGE, CSV_PAGE, CSV_MOST = 50, 5_000, 200_000
COLUMNS = ("key", "type", "team", "outcome", "stage", "lead", "age", "active", "wait", "returns", "finished")
"""Columns of the page; those in SORTED can be sorted by."""
SORTED: Mapping[str, str] = {
    "key": "item", "lead": "lead", "age": "age", "active": "active", "wait": "wait", "returns": "returns",
    "finished": "finished",
}  # fmt: skip


class Wish:
    """Which items of the filtered ones, in what order, which page."""

    def __init__(
        self,
        chosen: Annotated[Filters, Depends(filters)],
        state: Annotated[str, Query(max_length=20)] = "all",
        stage: Annotated[str | None, Query(max_length=200)] = None,
        sort: Annotated[str, Query(max_length=20)] = "item",
        page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    ) -> None:
        self.chosen, self.state, self.stage, self.sort, self.page = chosen, state, stage or None, sort, page

    def href(self, path: str = "/items", **changes: object) -> str:
        """A link to the same items, seen otherwise."""
        own = {"state": self.state, "stage": self.stage, "sort": self.sort, "page": self.page, **changes}
        usual = {"state": "all", "stage": None, "sort": "item", "page": 1}
        pairs = [*((k, v) for k, v in own.items() if v != usual[k]), *self.chosen.pairs()]
        return path + (f"?{urlencode(pairs)}" if pairs else "")

    def next_sort(self, column: str) -> str:
        """The largest first; the other way round when that is shown already."""
        name = SORTED[column]
        return name if self.sort == f"-{name}" else f"-{name}"

    def document(self, request: Request, *, size: int = PAGE) -> dict[str, Any]:
        """A page of them as `vsm.items/1`."""
        key = f"items {self.state} {self.stage} {self.sort} {self.page} {size}"
        return asked_document(
            request, self.chosen, key,
            lambda asked: asked.items_document(
                state=self.state, stage=self.stage, sort=self.sort, page=self.page, size=size
            ),
        )  # fmt: skip


Wished = Annotated[Wish, Depends()]


@router.get("/items", response_class=HTMLResponse)
def items_page(request: Request, wish: Wished) -> HTMLResponse:
    """A page of the items."""
    doc = wish.document(request)
    stages = [stage.name for stage in request.app.state.served.stream(wish.chosen.stream).stages]
    context = {
        "wish": wish, "states": tuple(STATES), "stages": stages, "columns": COLUMNS, "sorted": SORTED,
        "pages": -(-doc["page"]["total"] // PAGE), **choices(request, wish.chosen, doc),
    }  # fmt: skip
    title = said("items.title", stream=doc["stream"])
    return page(request, "items.html", title=title, here="items", chosen=wish.chosen, document=doc, context=context)


@router.get("/items.json", response_class=Response, responses=answers("items"))
def items_json(request: Request, wish: Wished) -> Response:
    """The same as data (`vsm.items/1`)."""
    return twin(wish.document(request))


@router.get("/items.csv", response_class=Response)
def items_csv(request: Request, wish: Wished) -> Response:
    """All of these items as a file, durations in seconds."""
    return as_csv("items", _rows(request, wish))


def _rows(request: Request, wish: Wish) -> Iterator[list[object]]:
    wish.page = 1
    heads: list[str] | None = None
    while (wish.page - 1) * CSV_PAGE < CSV_MOST:
        with request.app.state.served.asking(wish.chosen) as asked:
            doc = asked.items_document(
                state=wish.state, stage=wish.stage, sort=wish.sort, page=wish.page, size=CSV_PAGE
            )
        if heads is None:
            heads = list(doc["items"][0]) if doc["items"] else ["key"]
            yield list(heads)
        yield from ([row[head] for head in heads] for row in doc["items"])
        if wish.page * CSV_PAGE >= doc["page"]["total"]:
            return
        wish.page += 1


@router.get("/item", status_code=303, response_class=RedirectResponse)
def find(
    chosen: Annotated[Filters, Depends(filters)], key: Annotated[str, Query(min_length=1, max_length=200)]
) -> RedirectResponse:
    """Go to the item whose key was typed into the search."""
    return RedirectResponse(chosen.href(f"item/{key.strip()}"), 303)
