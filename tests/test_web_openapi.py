"""The OpenAPI of the pages, and no nonsense that fits it, or does not, ends in a 500."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings

from command_line import STREAM, TICKETS, vsm, written
from valuestream import one_stream, sketch
from valuestream.web.app import app
from valuestream.web.served import OneLog
from valuestream.web.workshop import Workshop
from valuestream.workspace import Workspace
from web_pages import serving, small

EXAMPLES = 12
"""For each address and method, on every run; `--hypothesis-seed` and a larger number go further."""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("openapi")
    vsm("init", folder / "work")
    vsm("import", written(folder, "tickets.csv", TICKETS), "-w", folder / "work")
    served = Workshop(Workspace.open(folder / "work", kept_open=True))
    with serving(served) as one:
        yield one
    served.close()


@pytest.fixture(scope="module")
def one_log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    file = written(tmp_path_factory.mktemp("log"), "valuestream.yaml", STREAM)
    with serving(OneLog(sketch("A: todo 1, dev 2, ready 3, test 4, done 5"), one_stream(file), file=file)) as one:
        yield one


def operations() -> list[str]:
    return [f"{method} {path}" for path, of in app(small()).openapi()["paths"].items() for method in of]


@pytest.mark.parametrize("served", ["workspace", "one_log"])
@pytest.mark.parametrize("operation", operations())
def test_nothing_ends_in_a_500(served: str, operation: str, request: pytest.FixtureRequest) -> None:
    import schemathesis

    client: httpx.Client = request.getfixturevalue(served)
    base = str(client.base_url).rstrip("/")
    method, path = operation.split(" ", 1)
    told = app(small()).openapi()
    schema: Any = schemathesis.openapi.from_dict({**told, "paths": {path: {method: told["paths"][path][method]}}})
    found = next(schema.get_all_operations()).ok()

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=found.as_strategy())
    def ask(case: Any) -> None:
        answer = case.call(base_url=base, headers={"origin": base}, allow_redirects=False)
        assert answer.status_code < 500, (case.as_curl_command(), answer.text[:500])

    ask()


def test_every_page_has_its_twin() -> None:
    paths = set(app(small()).openapi()["paths"])
    pages = {"/map", "/flow", "/items", "/data", "/mapping", "/snapshots", "/stage/{name}", "/item/{key}", "/jobs/{id}"}
    assert {page for page in pages if f"{page}.json" not in paths and page in paths} == set()
    assert pages <= paths


def test_every_operation_says_what_it_does() -> None:
    silent = [
        (path, method)
        for path, of in app(small()).openapi()["paths"].items()
        for method, told in of.items()
        if not told.get("description")
    ]
    assert silent == []


def test_the_document_is_served(workspace: httpx.Client) -> None:
    assert workspace.get("/openapi.json").json()["info"]["title"] == "valuestream"
