"""How a workspace calls people: by pseudonym, unless its file says `people: names`."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from valuestream.errors import ConfigError
from valuestream.log.codes import Person
from valuestream.log.event import ActorKind
from valuestream.people import kind as kind_of
from valuestream.people import pseudonym

if TYPE_CHECKING:
    from valuestream.config import Config
    from valuestream.stream import Stream
    from valuestream.workspace_files import Folder

VARIABLE = "VSM_PEOPLE_KEY"


@dataclass(frozen=True)
class People:
    """key  of the pseudonyms; None: people keep their names."""

    key: bytes | None

    @classmethod
    def of(cls, config: Config, folder: Folder) -> People:
        """As the workspace says; the key comes from VSM_PEOPLE_KEY, else from the workspace's private folder."""
        if config.people == "names":
            return cls(None)
        given = os.environ.get(VARIABLE)
        if given:
            return cls(given.encode())
        try:
            return cls(folder.key.read_bytes().strip())
        except OSError as error:
            raise ConfigError(
                f"The key of the pseudonyms, {folder.key}, cannot be read: {error.strerror}.",
                f"Put it back, or set {VARIABLE}; another key would make strangers of known people.",
            ) from error

    def naming(self, name: str, said: str) -> Person:
        """How the store calls an account; `said` is the kind that the source says. Only persons are hidden.

        The domain of an address is kept beside the pseudonym, so that teams may be patterns of domains.
        """
        kind = cast(ActorKind, said) if said in ("bot", "service") else kind_of(name)
        if self.key is None or kind != "human":
            return Person(name, kind)
        _, at, domain = name.rpartition("@")
        return Person(pseudonym(name, self.key), kind, f"@{domain.casefold()}" if at else "")

    def called(self, name: str) -> str:
        """A person's name in the store."""
        return self.naming(name, "unknown").name

    def known_to(self, stream: Stream) -> Stream:
        """A stream whose teams and service accounts are named as the store names people."""
        if self.key is None:
            return stream
        teams = {team: self._both(members) for team, members in stream.teams.items()}
        dated = [replace(one, member=name) for one in stream.memberships for name in self._both([one.member])]
        services = self._both(stream.service_accounts)
        return replace(stream, teams=teams, memberships=tuple(dated), service_accounts=services)

    def _both(self, names: Iterable[str]) -> tuple[str, ...]:
        """Names and patterns as they are, and the pseudonyms of the names."""
        names = tuple(names)
        called = [self.naming(name, "human") for name in names if not any(sign in name for sign in "*?[")]
        hidden = [form for person in called for form in (person.name, f"{person.name}{person.domain}")]
        return tuple(dict.fromkeys((*names, *hidden)))
