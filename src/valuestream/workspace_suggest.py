"""What a first stream of a workspace is guessed from: its items' own events, and what its tools say of their states."""

from __future__ import annotations

from typing import TYPE_CHECKING

from valuestream.engine.joining import RANKS
from valuestream.errors import ConfigError, UnknownName
from valuestream.sources.connector import Category
from valuestream.sources.sync import latest
from valuestream.workspace_tools import FILES, connector_of

if TYPE_CHECKING:
    from valuestream.log.event import Log
    from valuestream.workspace import Workspace


def items_log(workspace: Workspace) -> Log:
    """The events of what would be a stream's items: of the first kind that the store has, as `engine.joining` takes it.

    Beside issues, the states of pull requests, builds and deployments are those of their tracks, not of items.
    """
    with workspace.store.reading() as con:
        found = con.execute(
            "SELECT coalesce(artefact, 'issue'), list(code) FROM item"
            " WHERE code IN (SELECT item FROM event) GROUP BY ALL"
        ).fetchall()
    if not found:
        return workspace.log()
    least = min(RANKS.get(artefact, 0) for artefact, _ in found)
    return workspace.store.log([code for artefact, codes in found if RANKS.get(artefact, 0) == least for code in codes])


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
