"""A small stream, and the sketch in a test's docstring seen through it."""

from __future__ import annotations

import inspect
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from git_repositories import Repo
from valuestream import Stage, Stream, ValueStream, sketch
from valuestream.sources.sketch import DAY_US, day

if TYPE_CHECKING:
    import httpx

    from valuestream.web.workshop import Workshop

SHARED = Path(__file__).resolve().parents[2] / "shared"

CHANGES = Stream(
    "changes",
    (
        Stage("Dev", queue=("todo",), work=("dev", "pull_request:draft"), blocked=("stuck",)),
        Stage("Review", queue=("review", "pull_request:open"), work=("reviewing", "pull_request:in_review")),
        Stage("Customer", external=("asking",)),
        Stage("Test", queue=("ready",), work=("test",)),
        Stage("Release", queue=("packed",), work=("releasing",)),
    ),
    before=("idea",),
    done=("done",),
    cancelled=("dropped",),
    ignore=("closed",),
    reopen_within_us=10 * DAY_US,
)

# How long an example takes depends on what else the machine does. With CI set, as `.ci/run` has it, the examples are
# the same each time: Hypothesis' own profile, the parent here.
settings.register_profile("untimed", settings(), deadline=None)
settings.load_profile("untimed")

# What runs in the background of a script begins with Ctrl-C ignored, and hands that down; tests here press it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

MODES = ("queue", "work", "blocked", "external", "parallel")


@pytest.fixture(params=["plain", "compiled"])
def kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of running a kernel."""
    monkeypatch.setenv("VSM_KERNELS", request.param)
    return str(request.param)


@pytest.fixture
def look(request: pytest.FixtureRequest) -> Callable[..., ValueStream]:
    """The test's docstring as a value stream, with the stream and options the test names."""

    def see(stream: Stream = CHANGES, **options: object) -> ValueStream:
        return ValueStream(sketch(inspect.getdoc(request.function) or ""), stream, **options)  # type: ignore[arg-type]

    return see


@pytest.fixture
def stream(look: Callable[..., ValueStream]) -> Iterator[ValueStream]:
    """The test's docstring seen through the small stream."""
    with look() as seen:
        yield seen


def days(at: int | None) -> str:
    """An instant as a day of the sketch."""
    return "" if at is None else f"{(at - day(1)) / DAY_US + 1:g}"


def journey(stream: ValueStream, key: str = "A") -> list[str]:
    """The visits of an item in words: stage, days, how its time was spent, how it was left."""
    return [_told(stream, row) for row in stream.visits().to_pylist() if stream.flow.key(row["item"]) == key]


def _told(stream: ValueStream, row: dict) -> str:
    spent = [f"{mode} {row[mode] / DAY_US:g}" for mode in MODES if row[mode]]
    way = ("forward", "skip", "back", "done", "cancelled", "open")[row["way"]]
    return " ".join([stream.flow.stages[row["stage"]], f"{days(row['entered'])}..{days(row['left_at'])}", *spent, way])


def item(stream: ValueStream, key: str = "A") -> dict:
    """One item's row, instants and durations in days of the sketch; outcome in words."""
    found = next(row for row in stream.items().to_pylist() if row["key"] == key)
    for name in ("requested", "committed", "started", "finished"):
        found[name] = None if found[name] is None else (found[name] - day(1)) / DAY_US + 1
    for name in ("lead", "queue", "work", "blocked", "external", "rework"):
        found[name] = None if found[name] is None else found[name] / DAY_US
    found["outcome"] = ("open", "done", "cancelled", "closed_unmapped", "not_started")[found["outcome"]]
    return found


def column(stream: ValueStream, name: str, key: str = "A") -> list:
    """One column of an item's visits, in order."""
    return [row[name] for row in stream.visits().to_pylist() if stream.flow.key(row["item"]) == key]


UPLOAD_LIMIT = 4 << 20


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Workshop]:
    """An empty workspace in `tmp_path / "work"`, as the server of the pages holds it."""
    from valuestream.web.workshop import Workshop
    from valuestream.workspace import Workspace

    Workspace.init(tmp_path / "work").close()
    served = Workshop(Workspace.open(tmp_path / "work", kept_open=True))
    yield served
    served.close()


@pytest.fixture
def client(here: Workshop) -> Iterator[httpx.Client]:
    """A client of its pages, which take files up to `UPLOAD_LIMIT` bytes."""
    from web_pages import serving

    with serving(here, upload_bytes=UPLOAD_LIMIT) as one:
        yield one


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """An empty repository of git."""
    return Repo(tmp_path / "shop")
