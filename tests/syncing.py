"""A workspace with one tool that a handler answers for, and `vsm sync` in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line import Ran, vsm
from live import no_waits
from valuestream import workspace_sync
from valuestream.sources.faulty import Faulty
from valuestream.sources.http import Http
from valuestream.workspace import Workspace

TOKEN = "s3cret-of-the-environment"


SOURCES = {
    "redmine": "kind: redmine\n    url: https://tool.example\n    token: ${TOOL_TOKEN}\n    projects: [shop]",
    "jira": "kind: jira\n    url: https://tool.example\n    user: ada\n    token: ${TOOL_TOKEN}\n    projects: [SHOP]",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with one tool, its token in the environment."""
    monkeypatch.setenv("TOOL_TOKEN", TOKEN)
    monkeypatch.chdir(tmp_path)
    assert vsm("init").status == 0
    return tmp_path


def source(folder: Path, kind: str = "redmine", *, more: str = "") -> None:
    with (folder / "valuestream.yaml").open("a") as file:
        file.write(f"sources:\n  tool:\n    {SOURCES[kind]}\n{more}")


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch):
    """Let a handler answer instead of the network; gives what was asked."""

    def answer(handler) -> Faulty:
        transport = handler if isinstance(handler, Faulty) else Faulty(handler)

        class Offline(Http):
            def __init__(self, host, *, budget=None, transport_=None, **_) -> None:
                super().__init__(host, budget=budget, transport=transport)

        monkeypatch.setattr(workspace_sync, "Http", Offline)
        return transport

    return answer


def sync(*arguments: str) -> Ran:
    with no_waits():
        return vsm("sync", *arguments)


def states(folder: Path) -> list[tuple[str, str, int]]:
    opened = Workspace.open(folder)
    log = opened.log()
    found = [
        (log.items[int(log.item[row])], log.words[int(log.value[row])], int(log.at[row]))
        for row in range(len(log))
        if log.kind[row] == 0
    ]
    opened.close()
    return sorted(found)
