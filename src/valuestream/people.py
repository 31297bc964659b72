"""Who is behind a name: pseudonyms, teams, and accounts that are nobody."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from valuestream.calendar import DAY_US, HOUR_US
from valuestream.errors import ConfigError
from valuestream.log.event import NONE, ActorKind, Kind, Log

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from valuestream.stream import Membership


# a word of a name: it begins the name or follows a separator, and a separator, an address or digits end it
_BOT = re.compile(
    r"\[bot\]|(^|[-_. ])(bot|robot|dependabot|renovate|github-actions|gitlab-ci|travis-ci|circleci|codecov|mergify)"
    r"([-_. @]|\d*$)|^jenkins([-_.@\d]|$)",
    re.IGNORECASE,
)
_SERVICE = re.compile(
    r"(^|[-_. ])svc|automation|"
    r"(^|[-_. ])(service|automat(ed|ic)|daemon|cron|system|webhook|no-?reply|scheduler|integration)([-_. @]|\d*$)",
    re.IGNORECASE,
)
_NOBODY = re.compile(
    r"\s*(|unknown|none|n/?a|null|unassigned|anonymous|deleted user|former user|-|\?+)\s*", re.IGNORECASE
)

OUTSIZE_SHARE = 0.2
OUTSIZE_RATIO = 10
ACCOUNTS_NEEDED = 10
ALL_HOURS_EVENTS = 500
SHARE_OF_MEAN = 0.4
"""An hour of the day or a weekday is as busy as the others when it holds this share of their mean."""


def pseudonym(name: str, key: bytes) -> str:
    """A short name like "p-3f9a2c41d0" that stands for a person and does not give them away without the key.

    The same name and key (1 to 64 bytes) give the same pseudonym, in every run and on every machine. Five bytes:
    people are counted, so none may merge; among ten thousand, two do once in twenty thousand workspaces.
    """
    if not 1 <= len(key) <= 64:
        raise ConfigError(f"A key of {len(key)} bytes cannot hide names.", "Give a secret key of 1 to 64 bytes.")
    return f"p-{blake2b(name.encode(), key=key, digest_size=5).hexdigest()}"


def hidden(log: Log, key: bytes) -> Log:
    """The log with a pseudonym for every person's name, where an attribute's value is such a name too.

    Bots, service accounts and placeholders such as "unassigned" are no persons and keep their names, so that they are
    known for what they are. What free texts say of persons stays.
    """
    import numpy as np

    people = [
        pseudonym(name, key) if kind == "human" else name for name, kind in zip(log.people, kinds(log), strict=True)
    ]
    hides = {name: other for name, other in zip(log.people, people, strict=True) if name != other}
    words = list(log.words)
    persons = {code: hides[word] for code, word in enumerate(words) if word in hides}
    value = log.value
    if persons:
        target = np.arange(len(words) + 1, dtype=log.value.dtype)
        target[-1] = NONE
        for code, other in persons.items():
            target[code] = len(words)
            words.append(other)
        value = np.where(log.kind == Kind.SET, target[np.where(log.kind == Kind.SET, value, NONE)], value)
        used = {int(code) for code in np.unique(value[log.kind != Kind.ASSIGN])}
        words = [word if code in used or code not in persons else "" for code, word in enumerate(words)]
    return replace(log, people=people, words=words, value=value)


def hidden_for_now(log: Log) -> Log:
    """`hidden` by a key that nobody keeps: good for one look, other pseudonyms the next time."""
    import secrets

    return hidden(log, secrets.token_bytes(32))


def as_kept(log: Log) -> Log:
    """The log with the names that it has."""
    return log


def with_dated(teams: Mapping[str, Sequence[str]], dated: Iterable[Membership]) -> dict[str, list[str]]:
    """Teams with those members, too, who belong to them for a time."""
    found = {team: list(members) for team, members in teams.items()}
    for one in dated:
        found.setdefault(one.team, []).append(one.member)
    return found


def team_of(people: Sequence[str], teams: Mapping[str, Sequence[str]]) -> list[str | None]:
    """The team of each person: by exact name, else by the first pattern in the order of `teams`, else None.

    Names and patterns ("*@blue.example", "dev-?") are compared without case.
    """
    exact = {member.casefold(): team for team, members in reversed(list(teams.items())) for member in members}
    patterns = [(member.casefold(), team) for team, members in teams.items() for member in members]
    patterns = [(member, team) for member, team in patterns if any(sign in member for sign in "*?[")]

    def team(name: str) -> str | None:
        return exact.get(name) or next((team for member, team in patterns if fnmatchcase(name, member)), None)

    return [team(person.casefold()) for person in people]


def members(people: Sequence[str], teams: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Team -> how many of these people belong to it, as `team_of` says."""
    found = dict.fromkeys(teams, 0)
    for team in team_of(people, teams):
        if team is not None:
            found[team] += 1
    return found


def kinds(log: Log) -> list[ActorKind]:
    """What each person code of the log looks like by its name: length of `log.people`.

    "unknown" is a placeholder such as "n/a" or "Unassigned". Ask before names become pseudonyms. A source that calls an
    account a bot or a service is believed. What an account does is not looked at here; see `proposed_service_accounts`.
    """
    if not log.accounts:
        return [kind(name) for name in log.people]
    pairs = zip(log.people, log.accounts, strict=True)
    return [said if said in ("bot", "service") else kind(name) for name, said in pairs]


def kind(name: str) -> ActorKind:
    """What a name looks like."""
    if _NOBODY.fullmatch(name):
        return "unknown"
    if _BOT.search(name):
        return "bot"
    return "service" if _SERVICE.search(name) else "human"


def proposed_service_accounts(log: Log) -> list[tuple[int, str]]:
    """Accounts that act like machines: (person code, reason as a sentence), the busiest first.

    An account is proposed when it wrote an outsize share of the events that name somebody (at least a fifth, among at
    least ten accounts, and ten times the median account), or when it writes at all hours (at least 500 events, every
    hour of the day and every weekday about as busy as the others). A proposal, never a decision: what looks like a
    machine may be the one person who closes everything.
    """
    import numpy as np

    if log.actor is None or not (log.actor != NONE).any():
        return []
    named = log.actor != NONE
    actor, at = log.actor[named], log.at[named]
    n = np.bincount(actor, minlength=len(log.people))
    median = float(np.median(n[n > 0]))
    outsize = {code for code, _ in outsize_accounts(log)}
    hours = np.bincount(actor.astype(np.int64) * 24 + at // HOUR_US % 24, minlength=24 * len(n)).reshape(-1, 24)
    weekdays = np.bincount(actor.astype(np.int64) * 7 + at // DAY_US % 7, minlength=7 * len(n)).reshape(-1, 7)
    proposed = []
    for code in np.argsort(-n, kind="stable").tolist():
        reasons = []
        share, ratio = n[code] / len(actor), n[code] / median
        if code in outsize:
            reasons.append(f"wrote {share:.0%} of {len(actor):,} events, {ratio:,.0f} times the median account")
        if n[code] >= ALL_HOURS_EVENTS and _at_all_hours(hours[code], weekdays[code]):
            reasons.append(f"wrote {n[code]:,} events spread over all hours of the day and all weekdays")
        if reasons:
            proposed.append((code, f"{log.people[code]} {' and '.join(reasons)}."))
    return proposed


class OutsizeAccount(NamedTuple):
    """An account that wrote so much that it may be a machine: its share of the `events` that name somebody.

    `items` are some of the `n` that it wrote of.
    """

    name: str
    share: float
    events: int
    items: list[int]
    n: int


def outsize_accounts(log: Log) -> list[tuple[int, float]]:
    """(person code, share of the events that name somebody) of accounts with an outsize share, the busiest first."""
    import numpy as np

    if log.actor is None or not (log.actor != NONE).any():
        return []
    return outsize(np.bincount(log.actor[log.actor != NONE], minlength=len(log.people)))


def outsize(n: npt.NDArray[np.int64]) -> list[tuple[int, float]]:
    """The same of how many events each account wrote."""
    import numpy as np

    if np.count_nonzero(n) < ACCOUNTS_NEEDED:
        return []
    least = max(OUTSIZE_SHARE * n.sum(), OUTSIZE_RATIO * float(np.median(n[n > 0])))
    return [(code, n[code] / n.sum()) for code in np.argsort(-n, kind="stable").tolist() if n[code] >= least]


def _at_all_hours(hours: npt.NDArray[np.int64], weekdays: npt.NDArray[np.int64]) -> bool:
    """Whether every hour of the day and every weekday is about as busy as the others; an even day is so in any zone."""
    return bool(min(hours) >= SHARE_OF_MEAN * hours.mean() and min(weekdays) >= SHARE_OF_MEAN * weekdays.mean())
