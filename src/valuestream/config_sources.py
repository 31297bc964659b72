"""What a workspace reads: the `sources:` of a `valuestream.yaml`. Secrets stand in the environment, not in the file."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import PurePath

from valuestream.errors import ConfigError

_VARIABLE = re.compile(r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True)
class Source:
    """One source: files that are imported, or a tool that is asked.

    kind      "files", "git", or the name of a connector: jira, github ...
    files     patterns of files that belong to it, relative to the workspace's folder
    columns .. branch   how they are read, see `sources.source.Reading`
    url, user, token, projects, since   whom a connector asks, as whom, for what; `token` is "${NAME}", see `secret`
    options   what only this kind of connector knows
    """

    name: str
    kind: str = "files"
    files: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    shape: str | None = None
    zone: str | None = None
    date_order: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    object_type: str | None = None
    releases: str | None = None
    branch: str | None = None
    url: str | None = None
    user: str | None = None
    token: str | None = None
    projects: tuple[str, ...] = ()
    since: str | None = None
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def has(self, file: PurePath) -> bool:
        """Whether a file's name fits one of the patterns."""
        return any(fnmatch(file.name, PurePath(pattern).name) for pattern in self.files)


def secret(text: str, environ: Mapping[str, str] | None = None) -> str:
    """The value of "${NAME}" from the environment. ConfigError where it is not set, or where a secret stands openly.

    >>> secret("${JIRA_TOKEN}", {"JIRA_TOKEN": "abc"})
    'abc'
    """
    found = _VARIABLE.fullmatch(text.strip())
    if not found:
        raise ConfigError("A secret stands in the file.", "Put it into the environment and write ${NAME} in its place.")
    value = (os.environ if environ is None else environ).get(found["name"])
    if not value:
        raise ConfigError(f"{found['name']} is not set.", _where(found["name"]))
    return value


def name_for(file: PurePath) -> str:
    """A source's name for a first file: its name up to what numbers or dates it.

    >>> name_for(PurePath("tickets-2026-01.csv")), name_for(PurePath("export.csv.gz")), name_for(PurePath("2026.csv"))
    ('tickets', 'export', 'files')
    """
    return re.split(r"\d", file.name.partition(".")[0])[0].strip(" -_") or "files"


def pattern_for(file: PurePath) -> str:
    """The files that are likely to follow a first one.

    >>> pattern_for(PurePath("tickets-2026-01.csv")), pattern_for(PurePath("export.csv.gz"))
    ('tickets-*.csv', 'export.csv.gz')
    """
    stem, dot, ending = file.name.partition(".")
    head = re.match(r"\D*", stem)
    begin = head[0] if head else ""
    return file.name if begin == stem else f"{begin}*{dot}{ending}"


def _where(name: str) -> str:
    return f"Set it in the environment: export {name}=... A server that runs (`vsm serve`) needs it in its own."
