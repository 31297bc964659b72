"""A first value stream from a log alone: what each state seems to be, by its name and by how it behaves."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from valuestream.analysis import state_words as words
from valuestream.analysis.discovery import Discovery
from valuestream.analysis.evidence import Evidence, evidence_of
from valuestream.analysis.guessing import (
    RARELY,
    Guessing,
    find_before,
    find_bookkeeping,
    find_cancelled,
    find_done,
    find_modes,
    heed_categories,
    keep_one_stage,
)
from valuestream.analysis.suggestion import LISTS, MODES, RESERVED, Guess, Suggestion, yaml_text
from valuestream.analysis.wording import names, percent
from valuestream.errors import InputError
from valuestream.log.event import Log
from valuestream.people import proposed_service_accounts

__all__ = ["Guess", "Suggestion", "suggest", "yaml_text"]


def suggest(log: Log, discovery: Discovery, categories: Mapping[str, str] = MappingProxyType({})) -> Suggestion:
    """Guess the stream of an ordered log. Every state gets a place, so that a map can be drawn at once.

    categories  state -> queue, work or done, as the tool itself says

    InputError: the log has no states.
    """
    if not discovery.states:
        raise InputError(
            f"{log.name} has no states of its items.",
            "A stream needs at least one state or activity; `vsm discover` shows what was read.",
        )
    found = {one.name: one for one in evidence_of(discovery)}
    guessing = Guessing(found, discovery.paths.intervals, discovery.items)
    if not guessing.intervals:
        find_cancelled(guessing)
        find_bookkeeping(guessing)
        find_done(guessing)
        find_before(guessing)
    find_modes(guessing)
    heed_categories(guessing, categories)
    keep_one_stage(guessing)
    _stages(guessing)
    return _answer(log, discovery, guessing)


def _stages(guessing: Guessing) -> None:
    """Form the stages: one for each work state and each external one; queues and blocks join them.

    External states that matter little share a stage.
    """
    ordered = [one for one in guessing.evidence.values() if guessing.role[one.name] in MODES]
    works = {one.name: rank for rank, one in enumerate(ordered) if guessing.role[one.name] == "work"}
    joining = [one for one in ordered if guessing.role[one.name] in ("queue", "blocked")]
    hosts = {one.name: _host(guessing, one, works) for one in joining}
    minor = _minor(guessing, ordered)
    names = _Names()
    shared = names.free(OTHERS) if minor else ""
    for one in ordered:
        if one.name in minor:
            guessing.stage[one.name] = shared
        elif hosts.get(one.name) is None:
            guessing.stage[one.name] = names.free(one.name, short=guessing.role[one.name] != "external")
    for state, host in hosts.items():
        if host is not None:
            guessing.stage[state] = guessing.stage[host]
    stages = dict.fromkeys(guessing.stage[one.name] for one in ordered if hosts.get(one.name) is None)
    guessing.stages += [stage for stage in stages if stage != shared]
    if minor:
        last = max(i for i, one in enumerate(ordered) if one.name in minor)
        guessing.stages.insert(len({guessing.stage[one.name] for one in ordered[:last]} - {shared}), shared)


OTHERS = "Others outside"
FEW_ITEMS, LITTLE_TIME = 0.02, 0.05


def _minor(guessing: Guessing, ordered: list[Evidence]) -> set[str]:
    """External states that few items enter and that hold little of the time, where there are several of them."""
    outside = [one for one in ordered if guessing.role[one.name] == "external"]
    whole = sum(one.total_s for one in ordered)
    few = [one for one in outside if one.items_share < FEW_ITEMS and one.total_s <= LITTLE_TIME * whole]
    if len(few) < 2:
        return set()
    for one in few:
        held = f"{percent(one.total_s / whole)} of all time" if whole else "no time"
        guessing.reason[one.name] += f"; with so few items and {held} it shares a stage with others outside"
    return {one.name for one in few}


def _host(guessing: Guessing, one: Evidence, works: Mapping[str, int]) -> str | None:
    """The work state whose stage a queue or a block joins; None: it stands alone. Completes the reason.

    A queue joins the work that most of its stays go on to, before all work of the same subject ("Ready for
    review", "In review"); a block and what hardly ever occurs join the work around them. `works` are in order.
    """
    if guessing.role[one.name] == "blocked" or guessing.reason[one.name].startswith(RARELY):
        around = {state for state in (*one.after, *one.before) if state in works}
        if not around:
            return next(iter(works), None)
        return max(around, key=lambda state: (one.after.get(state, 0) + one.before.get(state, 0), -works[state]))
    onward = {state: n for state, n in one.after.items() if state in works}
    alike = [state for state in onward if words.subject(state) & words.subject(one.name)]
    host = max(alike or onward, key=lambda state: (onward[state], state), default=None)
    if host is None or not (alike or onward[host] >= 0.2 * one.n):
        guessing.reason[one.name] += f"; {_leaving(one)}, no work of its own follows"
        return None
    guessing.reason[one.name] += f"; {_leaving(one, host)}"
    return host


def _leaving(one: Evidence, host: str | None = None) -> str:
    """Where the stays of a state go: to its host, and elsewhere where that is no less usual."""
    most = max(one.after, key=lambda state: (one.after[state], state), default=None)
    if most is None:
        return f"none of {one.n:,} goes on"
    first = host or most
    text = f"{percent(one.after[first] / one.n)} of {one.n:,} leave it for {names([first])}"
    rest = {state: n for state, n in one.after.items() if state != first}
    second = max(rest, key=lambda state: (rest[state], state), default=None)
    if second is None or rest[second] < 0.2 * one.n:
        return text
    return f"{text}, {percent(rest[second] / one.n)} for {names([second])}"


class _Names:
    """Names of stages, each given once."""

    def __init__(self) -> None:
        self._used = set(RESERVED)
        self._numbers: dict[str, int] = {}

    def free(self, state: str, *, short: bool = False) -> str:
        """A stage's name from its state's: short where that is free, else the state's own, else numbered."""
        own = words.capitalised(" ".join(state.split())) or "(empty)"
        for name in (*([words.stage_name(state)] if short else []), own):
            if name not in self._used:
                return self._take(name)
        while True:
            self._numbers[own] = self._numbers.get(own, 1) + 1
            if (name := f"{own} {self._numbers[own]}") not in self._used:
                return self._take(name)

    def _take(self, name: str) -> str:
        self._used.add(name)
        return name


def _answer(log: Log, discovery: Discovery, guessing: Guessing) -> Suggestion:
    kinds = [*LISTS, *MODES]
    guesses = [
        Guess(state, guessing.role[state], guessing.reason[state], guessing.stage.get(state))
        for state in guessing.evidence
    ]
    return Suggestion(
        log=discovery.name,
        zone=discovery.zone,
        stages=tuple(guessing.stages),
        guesses=tuple(sorted(guesses, key=lambda guess: kinds.index(guess.role))),
        about=_about(discovery, guessing),
        accounts=tuple((log.people[code], reason) for code, reason in proposed_service_accounts(log)),
    )


def _about(discovery: Discovery, guessing: Guessing) -> tuple[str, ...]:
    """The head of the file: what was read, and what to look at."""
    about = [
        f"A first guess from {discovery.name}: {discovery.items:,} items, {discovery.events:,} events. Each says why.",
        "Correct what you know better: names, order, boundaries. Stages stand in the order in which items go through.",
    ]
    unsure = sum("Please check" in reason for reason in guessing.reason.values())
    if unsure:
        verb = "is" if unsure == 1 else "are"
        about.append(f"{unsure} of {len(guessing.reason)} guesses {verb} weak: look for 'Please check'.")
    if not guessing.having("done") and guessing.intervals:
        about.append("No activity is an end of its own (`done:`): an item is finished when its last activity ends.")
    elif not guessing.having("done"):
        about.append("No state seems to end the work: add `done:` with the states in which an item is delivered.")
    return tuple(about)
