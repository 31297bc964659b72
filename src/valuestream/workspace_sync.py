"""Syncs of a workspace's tools into its store."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from valuestream.config_sources import Source
from valuestream.errors import ConfigError
from valuestream.log.reserve import reserve
from valuestream.sources.budget import Budget, Budgets
from valuestream.sources.connector import Connector, Finding
from valuestream.sources.faults import DISK
from valuestream.sources.http import Http
from valuestream.sources.outcome import Outcome, Progress
from valuestream.sources.sync import sync
from valuestream.workspace_files import PRIVATE
from valuestream.workspace_suggest import FirstStream
from valuestream.workspace_tools import connector_of

if TYPE_CHECKING:
    import httpx

    from valuestream.workspace import Workspace


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
        store, private = self.workspace.store, self.workspace.folder.path / PRIVATE
        first = None if self.workspace.config.streams else FirstStream(self.workspace, source)

        def newest(so_far: Outcome) -> None:
            if first is not None and so_far.new:
                with suppress(ConfigError):  # a file that is being edited: in the end it is looked at again
                    first.guess()

        with self._http(connector, waiting) as http, store.lingering(), reserve(private) as room:
            outcome = sync(
                connector, store, source.name, http,
                report=report, compare=compare, make_room=room.give_up, newest=newest,
            )  # fmt: skip
        is_full = any(fault.state == DISK for fault in outcome.faults.values())
        if first is not None and outcome.new and not is_full:
            first.guess()
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
