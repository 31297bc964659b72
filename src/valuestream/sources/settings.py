"""A source of a `valuestream.yaml` -> the connector that reads it."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from valuestream.errors import ConfigError
from valuestream.sources.decode import needed
from valuestream.sources.github import PUBLIC as GITHUB
from valuestream.sources.github import WHAT as OF_A_REPOSITORY
from valuestream.sources.github import GitHub
from valuestream.sources.gitlab import PUBLIC as GITLAB
from valuestream.sources.gitlab import WHAT as OF_A_PROJECT
from valuestream.sources.gitlab import GitLab
from valuestream.sources.jira import Jira
from valuestream.sources.redmine import Redmine
from valuestream.sources.walk import Rules


@dataclass(frozen=True)
class Settings:
    """What the file says of a source, secrets filled in; a connector takes what it needs.

    projects  names and patterns; "!pattern" leaves out
    since     what ended before is not read: a day
    options   what only this kind of connector knows
    """

    name: str
    url: str | None = None
    user: str | None = None
    token: str | None = field(default=None, repr=False)
    projects: tuple[str, ...] = ()
    since: str | None = None
    zone: str | None = None
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def known(self, *options: str) -> Settings:
        """The same, where it has no options but these."""
        for name in self.options:
            if name not in options:
                hint = f"Known: {', '.join(options)}."
                raise ConfigError(f"The source '{self.name}' has an option '{name}' that its connector has not.", hint)
        return self

    def address(self, default: str | None = None) -> str:
        """Whom to ask; a token goes to no address where everybody could read along."""
        url = self.url or default
        if not url:
            raise ConfigError(f"The source '{self.name}' has no url.", "Add the tool's address: `url: https://...`.")
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise ConfigError(f"The url of the source '{self.name}' is no address of a tool.", "Write https://host.")
        open_ok = self.options.get("plain_http") == ("yes",) or _is_here(parts.hostname)
        if parts.scheme == "http" and self.token and not open_ok:
            raise ConfigError(
                f"The url of the source '{self.name}' is http: everybody on the way could read the token.",
                "Write https, or accept it: `options: {plain_http: yes}`.",
            )
        return url

    def needs(self, name: str, example: str) -> str:
        """A setting that must be there."""
        value = getattr(self, name)
        if not value:
            raise ConfigError(f"The source '{self.name}' has no {name}.", f"Add `{name}: {example}`.")
        return str(value)

    def which(self, example: str) -> tuple[str, ...]:
        """The projects, of which there must be one."""
        if not self.projects:
            raise ConfigError(f"The source '{self.name}' has no projects.", f"Add `projects: [{example}]`.")
        return self.projects

    def what(self, known: Sequence[str]) -> tuple[str, ...]:
        """What is read of a project, of what there is."""
        chosen = self.options.get("read") or tuple(known)
        for one in chosen:
            if one not in known:
                raise ConfigError(f"'{one}' cannot be read (source '{self.name}').", f"Known: {', '.join(known)}.")
        return chosen

    @property
    def rules(self) -> Rules:
        return Rules(self.options.get("states", ()), self.options.get("blocked", Rules().blocked))

    @property
    def earliest_us(self) -> int | None:
        return needed(self.since) if self.since else None

    @property
    def page(self) -> int:
        said = self.options.get("page", ("100",))
        if len(said) != 1 or not said[0].isdecimal() or not 1 <= int(said[0]) <= 100:
            raise ConfigError(f"`page` of the source '{self.name}' is no number from 1 to 100.", "Write `page: 50`.")
        return int(said[0])


def jira(said: Settings) -> Jira:
    said.known("page", "plain_http")
    token = said.needs("token", "${JIRA_TOKEN}")
    return Jira(said.address(), token, said.user or "", said.projects or ("*",), said.earliest_us, said.page)


def github(said: Settings) -> GitHub:
    said.known("page", "plain_http", "read", "states", "blocked")
    url, what = said.address(GITHUB), said.what(OF_A_REPOSITORY)
    repos = said.which("acme/*")
    return GitHub(repos, said.token or "", url, what, said.rules, said.earliest_us, said.page)


def gitlab(said: Settings) -> GitLab:
    said.known("page", "plain_http", "read", "states", "blocked")
    url, what = said.address(GITLAB), said.what(OF_A_PROJECT)
    projects = said.which("acme/*")
    return GitLab(projects, said.token or "", url, what, said.rules, said.earliest_us, said.page)


def redmine(said: Settings) -> Redmine:
    said.known("page", "plain_http")
    token = said.needs("token", "${REDMINE_KEY}")
    return Redmine(said.address(), token, said.projects, said.earliest_us, said.zone or "UTC", said.page)


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
