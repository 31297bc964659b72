"""Which state each page can be in, and what it says then: one table, a row for each state that can be reached.

demo     a log with everything in it            few      three finished items: too little for a percentile
nothing  a log of one open item                 no work  a log in which nobody ever worked: not measurable
empty    a workspace before its first import    stale    a workspace in which something is not built yet
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx
import pytest

from command_line import TICKETS, vsm, written
from conftest import CHANGES
from valuestream import Stage, Stream, sketch
from valuestream.sources.demo import demo, demo_stream
from valuestream.web.served import OneLog
from valuestream.web.texts import said
from valuestream.web.workshop import Workshop
from valuestream.workspace import Workspace
from web_pages import Text, serving

FEW = "A: todo 1, dev 2, review 3, done 5\nB: todo 2, dev 3, review 4, done 8\nC: todo 3, dev 4, review 6, done 9"
IDLE = Stream("idle", (Stage("Wait", queue=("todo", "ready")),), done=("done",))
NO_WORK = "\n".join(f"A{n}: todo {n}, done {n + 3}" for n in range(1, 15))
NOBODY = "/?team=Nobody"


class Row(NamedTuple):
    """A page's address on a server, the status it must have, and words that stand on it."""

    server: str
    state: str
    path: str
    status: int
    words: str


START, NO_PAGE = said("start.early"), said("error.no_page", path="/nowhere")
LATER = "after the log ends"
KNOWN = "Known:"
ROWS = (
    # the map
    Row("demo", "ready", "/", 200, "Longest wait"),
    Row("few", "too little", "/", 200, "percentile"),
    Row("nothing", "empty", "/", 200, "No items finished in this period"),
    Row("no work", "not measurable", "/", 200, "never entered a work state"),
    Row("empty", "empty", "/", 200, said("start.title")),
    Row("stale", "stale", "/", 200, said("stale")),
    Row("demo", "unknown team", NOBODY, 404, KNOWN),
    Row("demo", "unknown stream", "/?stream=other", 404, KNOWN),
    Row("demo", "person field", "/?assignee=ada", 400, "person"),
    Row("demo", "nonsense", "/?from=yesterday", 400, "yesterday"),
    Row("demo", "period after the log", "/?from=2030-01-01", 400, LATER),
    # flow
    Row("demo", "ready", "/flow", 200, "Flow: idea to release"),
    Row("few", "too little", "/flow", 200, "at least 10"),
    Row("nothing", "empty", "/flow", 200, "finished"),
    Row("no work", "not measurable", "/flow", 200, "work state"),
    Row("empty", "unknown stream", "/flow", 404, "no stream"),
    Row("stale", "stale", "/flow", 200, said("stale")),
    Row("demo", "nonsense", "/flow?to=2024-13-01", 400, "2024-13-01"),
    # a stage
    Row("demo", "ready", "/stage/Development", 200, "Development"),
    Row("few", "too little", "/stage/Dev", 200, "(n = 3 visits)"),
    Row("nothing", "empty", "/stage/Test", 200, "Test"),
    Row("demo", "unknown", "/stage/Divination", 404, KNOWN),
    Row("stale", "stale", "/stage/Dev", 200, said("stale")),
    # items
    Row("demo", "ready", "/items", 200, "Items: idea to release"),
    Row("nothing", "empty", "/items?state=finished", 200, said("items.none")),
    Row("empty", "unknown stream", "/items", 404, "no stream"),
    Row("stale", "stale", "/items", 200, said("stale")),
    Row("demo", "nonsense", "/items?page=x", 422, "page"),
    Row("demo", "nonsense", "/items?sort=assignee", 400, "person"),
    # an item
    Row("few", "ready", "/item/A", 200, "Dev"),
    Row("demo", "unknown", "/item/NOPE-1", 404, "NOPE-1"),
    Row("empty", "unknown stream", "/item/A", 404, "no stream"),
    Row("stale", "stale", "/item/A", 200, said("stale")),
    # data
    Row("demo", "ready", "/data", 200, said("data.title")),
    Row("empty", "empty", "/data", 200, said("data.title")),
    Row("stale", "stale", "/data", 200, said("stale")),
    # mapping
    Row("few", "ready", "/mapping", 200, "Dev"),
    Row("empty", "unknown stream", "/mapping", 404, "no stream"),
    Row("demo", "unknown stream", "/mapping?stream=other", 404, KNOWN),
    # future
    Row("demo", "ready", "/future", 200, "Future state: idea to release"),
    Row("nothing", "empty", "/future", 200, "Write down what would be different"),
    Row("empty", "unknown stream", "/future", 404, "no stream"),
    # what if
    Row("nothing", "loading", "/what-if", 200, "A model is fitted"),
    Row("empty", "unknown stream", "/what-if", 404, START),
    # snapshots and imports are of a workspace
    Row("empty", "empty", "/snapshots", 200, "There is no stream to take a snapshot of yet"),
    Row("demo", "no workspace", "/snapshots", 400, said("import.no_workspace")),
    Row("empty", "ready", "/import", 200, said("import.title")),
    Row("demo", "no workspace", "/import", 400, said("import.no_workspace")),
    Row("empty", "unknown", "/jobs/none", 404, "none"),
    # reports
    Row("demo", "ready", "/report", 200, "valuestream"),
    Row("nothing", "empty", "/report", 200, "valuestream"),
    Row("empty", "unknown stream", "/report", 404, "no stream"),
    # nothing of ours
    Row("demo", "unknown", "/nowhere", 404, NO_PAGE),
)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, httpx.Client]]:
    folder = tmp_path_factory.mktemp("states")
    for name in ("work", "empty"):
        vsm("init", folder / name)
    vsm("import", written(folder, "tickets.csv", TICKETS), "-w", folder / "work")
    work, empty = (Workshop(Workspace.open(folder / name, kept_open=True)) for name in ("work", "empty"))
    go = threading.Event()
    work.workspace.build()
    work.writer.put("Build", lambda progress: {"waited": go.wait(600)}, kind="build")
    work.workspace.store.import_snapshot("more", "more", sketch("A: todo 1, dev 2, ready 3, test 4, done 5"))
    with (
        serving(OneLog(demo(1, 250), demo_stream())) as sample,
        serving(OneLog(sketch(FEW), CHANGES)) as few,
        serving(OneLog(sketch("A: todo 1"), CHANGES)) as nothing,
        serving(OneLog(sketch(NO_WORK), IDLE)) as no_work,
        serving(work) as stale,
        serving(empty) as before,
    ):
        yield {"demo": sample, "few": few, "nothing": nothing, "no work": no_work, "stale": stale, "empty": before}
    go.set()
    for shop in (work, empty):
        shop.close()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.path} {row.state} ({row.server})")
def test_a_page_says_in_which_state_it_is(servers: dict[str, httpx.Client], row: Row) -> None:
    answer = servers[row.server].get(row.path)
    assert answer.status_code == row.status, Text(answer.text).said[:500]
    assert row.words.lower() in Text(answer.text).said.lower()


@pytest.mark.parametrize("row", [row for row in ROWS if row.status >= 400], ids=lambda row: f"{row.path} {row.server}")
def test_a_refusal_says_what_to_do_and_the_twin_says_the_same(servers: dict[str, httpx.Client], row: Row) -> None:
    answer = servers[row.server].get(row.path, headers={"accept": "application/json"})
    told: dict[str, Any] = answer.json()
    assert (answer.status_code, told["schema"], told["status"]) == (row.status, "vsm.error/1", row.status)
    assert told["message"]
    assert told["hint"]


def test_a_page_that_is_not_stale_does_not_say_so(servers: dict[str, httpx.Client]) -> None:
    for name in ("demo", "few", "empty"):
        assert said("stale") not in servers[name].get("/").text
