"""The tools of a workspace: its sources that are asked, and the connector of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from valuestream.config_sources import Source, secret
from valuestream.errors import ConfigError, UnknownName
from valuestream.sources.connector import Connector
from valuestream.sources.kinds import kind
from valuestream.sources.settings import Settings

if TYPE_CHECKING:
    from valuestream.workspace import Workspace

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
