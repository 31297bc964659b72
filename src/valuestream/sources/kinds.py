"""The connectors there are: ours, and those of packages (entry points of the group `valuestream.connectors`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from valuestream.errors import UnknownName
from valuestream.sources.connector import Connector
from valuestream.sources.rehearsal import Rehearsal
from valuestream.sources.settings import Settings

GROUP = "valuestream.connectors"


@dataclass(frozen=True)
class KindOfTool:
    """A connector by name.

    make        its settings -> the connector
    rehearsals  tools in memory that `vsm connector test` uses; a package's may have none
    """

    name: str
    make: Callable[[Settings], Connector]
    rehearsals: tuple[Callable[[], Rehearsal], ...] = ()


def own() -> tuple[KindOfTool, ...]:
    """Ours."""
    from valuestream.sources import (
        rehearsal_github,
        rehearsal_gitlab,
        rehearsal_jira,
        rehearsal_redmine,
        settings,
    )

    return (
        KindOfTool("github", settings.github, (rehearsal_github.rehearsal,)),
        KindOfTool("gitlab", settings.gitlab, (rehearsal_gitlab.rehearsal,)),
        KindOfTool("jira", settings.jira, (rehearsal_jira.rehearsal, rehearsal_jira.data_center)),
        KindOfTool("redmine", settings.redmine, (rehearsal_redmine.rehearsal,)),
    )


def kind(name: str) -> KindOfTool:
    """The connector of that name: ours, else a package's. UnknownName lists what there is."""
    from importlib.metadata import entry_points

    found = {one.name: one for one in own()}
    if name in found:
        return found[name]
    others = entry_points(group=GROUP)
    if name in others.names:
        loaded = others[name].load()
        return loaded if isinstance(loaded, KindOfTool) else KindOfTool(name, loaded)
    known = ", ".join(sorted({*found, *others.names}))
    raise UnknownName(f"There is no connector '{name}'.", f"Known: {known}. Packages add theirs as `{GROUP}`.")
