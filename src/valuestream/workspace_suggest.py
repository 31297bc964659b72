"""The first stream of a workspace: guessed from its items' own events, and what its tools say of their states."""

from __future__ import annotations

from typing import TYPE_CHECKING

from valuestream.discovering import suggestion_text
from valuestream.engine.sample import items_log
from valuestream.errors import ConfigError, UnknownName
from valuestream.sources.connector import Category
from valuestream.sources.sync import latest
from valuestream.workspace_tools import FILES, connector_of

if TYPE_CHECKING:
    from valuestream.config_sources import Source
    from valuestream.workspace import Workspace


class FirstStream:
    """The stream that is guessed for a workspace without one, while its first tool is read.

    It is written as soon as the newest records are there, so that there is a map to look at, and again at the end, out
    of all, where nobody has touched the file in between.
    """

    def __init__(self, workspace: Workspace, source: Source) -> None:
        self._workspace, self._source = workspace, source
        self._before = self._written = ""

    def guess(self) -> None:
        """Write it, where it is still ours to write. ConfigError where the file cannot be read any more."""
        workspace, folder = self._workspace, self._workspace.folder
        now = folder.text()
        if now == self._written:
            now = self._before
        else:
            workspace.reload()
            if workspace.config.streams:
                return
        zone = self._source.zone or workspace.config.zone or "UTC"
        text = suggestion_text(
            items_log(workspace.store), f"{self._source.name} to done", zone, categories=categories(workspace)
        )
        folder.append(text, to=now)
        self._before, self._written = now, folder.text()
        workspace.reload()


def categories(workspace: Workspace) -> dict[str, Category]:
    """State -> what the tools themselves say of it, from what they were asked last. Nobody is asked now."""
    found: dict[str, Category] = {}
    for source in workspace.config.sources.values():
        if source.kind in FILES:
            continue
        try:
            connector = connector_of(source)
        except (ConfigError, UnknownName):
            continue  # a token that is not set today does not matter to what was said before
        said = {name: latest(workspace.store.replies(source.name, name)) for name in connector.reference}
        found |= connector.categories(said)
    return found
