"""Live tools of a workspace: the connector of each source, and a sync of it into the store."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from valuestream.config_sources import Source, secret
from valuestream.discovering import suggestion_text
from valuestream.errors import ConfigError, UnknownName
from valuestream.sources.budget import Budget, Budgets
from valuestream.sources.connector import Category, Connector, Finding
from valuestream.sources.http import Http
from valuestream.sources.kinds import kind
from valuestream.sources.settings import Settings
from valuestream.sources.sync import Outcome, Progress, latest, sync

if TYPE_CHECKING:
    import httpx

    from valuestream.workspace import Workspace

Document = dict[str, Any]
FILES = ("files", "git")
"""Kinds of sources that are imported, not asked."""


def live(workspace: Workspace, names: tuple[str, ...] = ()) -> list[Source]:
    """The sources that are tools: those of the names, else all. UnknownName lists what there is."""
    sources = workspace.config.sources
    tools = {name: source for name, source in sources.items() if source.kind not in FILES}
    for name in names:
        if name not in tools:
            what = "is read from files: `vsm import`" if name in sources else "is not in valuestream.yaml"
            raise UnknownName(f"The source '{name}' {what}.", f"Tools: {', '.join(tools) or 'none'}.")
    if not tools:
        hint = "Add one under `sources:`, e.g. `code: {kind: github, projects: [acme/*], token: '${GITHUB_TOKEN}'}`."
        raise ConfigError(f"{workspace.folder.file} names no tool that could be asked.", hint)
    return [tools[name] for name in names] if names else list(tools.values())


def connector_of(source: Source, environ: Mapping[str, str] | None = None) -> Connector:
    """The connector of a source, with its secrets from the environment."""
    user = source.user
    if user and user.startswith("${"):
        user = secret(user, environ)
    return kind(source.kind).make(
        Settings(
            source.name,
            source.url,
            user,
            secret(source.token, environ) if source.token else None,
            source.projects,
            source.since,
            source.zone,
            source.options,
        )
    )


class Syncing:
    """Syncs of a workspace's tools; sources of one host and credential share a budget.

    transport  stands in for the network, in tests
    """

    def __init__(self, workspace: Workspace, *, transport: httpx.BaseTransport | None = None) -> None:
        self.workspace = workspace
        self._transport = transport
        self._budgets = Budgets()

    def source(
        self,
        source: Source,
        *,
        report: Callable[[Progress], None] = lambda progress: None,
        waiting: Callable[[float], None] = lambda seconds: None,
        compare: bool | None = None,
    ) -> Outcome:
        """Read what is new of one source. The first stream of a workspace is guessed from what came."""
        connector = connector_of(source)
        with self._http(connector, waiting) as http:
            outcome = sync(connector, self.workspace.store, source.name, http, report=report, compare=compare)
        if outcome.new and not self.workspace.config.streams:
            self._first_stream(source)
        return outcome

    def check(self, source: Source) -> Iterator[Finding]:
        """What the credential of a source may see."""
        connector = connector_of(source)
        with self._http(connector, lambda seconds: None) as http:
            yield from connector.check(http)

    def _http(self, connector: Connector, waiting: Callable[[float], None]) -> Http:
        host = connector.host()
        credential = "|".join(host.secrets)
        budget = self._budgets.of(host.url, credential, Budget(host.manners, time.time, time.sleep))
        budget.waiting = waiting
        return Http(host, budget=budget, transport=self._transport)

    def _first_stream(self, source: Source) -> None:
        zone = source.zone or self.workspace.config.zone or "UTC"
        said = categories(self.workspace)
        text = suggestion_text(self.workspace.log(), f"{source.name} to done", zone, categories=said)
        self.workspace.folder.append(text)
        self.workspace.reload()


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
