"""A guessed stream: each state's part in it with the reason, as a `Stream` and as a first `valuestream.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from valuestream.calendar import Calendar
from valuestream.stream import CANCELLED, DONE, Stage, Stream

MODES = ("queue", "work", "blocked", "external")
LISTS = ("before", "done", "cancelled", "ignore")


@dataclass(frozen=True)
class Guess:
    """A state's part in the stream, and why: `role` is one of MODES (then `stage` is its stage) or LISTS."""

    state: str
    role: str
    reason: str
    stage: str | None = None


@dataclass(frozen=True)
class Suggestion:
    """A guessed stream. Stages stand in the map's order, guesses in the order of the lists they belong to.

    about      sentences about the log and what to look at, for the head of the file
    accounts   accounts that may be machines, with the reason; a proposal that the stream does not follow
    """

    log: str
    zone: str
    stages: tuple[str, ...]
    guesses: tuple[Guess, ...]
    about: tuple[str, ...] = ()
    accounts: tuple[tuple[str, str], ...] = ()

    def states(self, role: str, stage: str | None = None) -> tuple[str, ...]:
        """The states with a role, of one stage or of none."""
        return tuple(guess.state for guess in self.placed.get((role, stage), ()))

    @cached_property
    def placed(self) -> dict[tuple[str, str | None], list[Guess]]:
        """The guesses by role and stage."""
        found: dict[tuple[str, str | None], list[Guess]] = {}
        for guess in self.guesses:
            found.setdefault((guess.role, guess.stage), []).append(guess)
        return found

    def stream(self, name: str | None = None) -> Stream:
        """The stream as guessed; it says that it is."""
        stages = (
            Stage(
                stage,
                queue=self.states("queue", stage),
                work=self.states("work", stage),
                blocked=self.states("blocked", stage),
                external=self.states("external", stage),
            )
            for stage in self.stages
        )
        return Stream(
            name=name or self.log,
            stages=tuple(stages),
            done=self.states("done"),
            cancelled=self.states("cancelled"),
            before=self.states("before"),
            ignore=self.states("ignore"),
            calendar=Calendar(zone=self.zone),
            guessed=True,
        )


def yaml_text(suggestion: Suggestion, name: str) -> str:
    """The suggestion as a `valuestream.yaml` with one stream; each guess has its reason as a comment."""
    return "\n".join(_lines(suggestion, name)) + "\n"


def _lines(suggestion: Suggestion, name: str) -> Iterator[str]:
    yield from (f"# {_line(sentence)}" for sentence in suggestion.about)
    yield "streams:"
    yield f"  {_scalar(name)}:"
    yield from _listed(suggestion, "before", "    ")
    yield "    stages:"
    for stage in suggestion.stages:
        yield f"      - name: {_scalar(stage)}"
        for mode in MODES:
            yield from _listed(suggestion, mode, "        ", stage)
    for role in ("done", "cancelled", "ignore"):
        yield from _listed(suggestion, role, "    ")
    if suggestion.zone != "UTC":
        yield f"    calendar: {{zone: {_scalar(suggestion.zone)}}}"
    if suggestion.accounts:
        names = ", ".join(_scalar(account) for account, _ in suggestion.accounts)
        yield f"    # service_accounts: [{_line(names)}]   # remove the first # where these are machines, not people"
        yield from (f"    #   {_line(reason)}" for _, reason in suggestion.accounts)


def _listed(suggestion: Suggestion, role: str, indent: str, stage: str | None = None) -> Iterator[str]:
    """One key with its states, each with the reason behind it."""
    guesses = suggestion.placed.get((role, stage), [])
    if guesses:
        yield f"{indent}{role}:"
    for guess in guesses:
        yield f"{indent}  - {_scalar(guess.state)}  # {role}: {_line(guess.reason)}"


_PLAIN = re.compile(r"[^\W\d_](?:[\w ./()&+-]*[\w./()&+-])?")
_TAKEN = {"yes", "no", "true", "false", "on", "off", "y", "n", "null"}


def _scalar(text: str) -> str:
    """A text as YAML reads it back: plain where that is safe, else in double quotes."""
    if _PLAIN.fullmatch(text) and text.casefold() not in _TAKEN:
        return text
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(sign: str) -> str:
    if sign in '"\\':
        return "\\" + sign
    if sign.isprintable():
        return sign
    code = ord(sign)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _line(text: str) -> str:
    """A text within one comment: one line, nothing unprintable."""
    return "".join(sign if sign.isprintable() else " " for sign in " ".join(text.split()))


RESERVED = (DONE, CANCELLED, "(start)")
