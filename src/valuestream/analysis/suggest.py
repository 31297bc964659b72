"""A first value stream from a log alone: what each state seems to be, by its name and by how it behaves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from valuestream.analysis import state_words as words
from valuestream.analysis.discover import Discovery
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
    """Form the stages: one for each work state and each external one; queues and blocks join them."""
    ordered = [one for one in guessing.evidence.values() if guessing.role[one.name] in MODES]
    works = [one.name for one in ordered if guessing.role[one.name] == "work"]
    joining = [one for one in ordered if guessing.role[one.name] in ("queue", "blocked")]
    hosts = {one.name: _host(guessing, one, works) for one in joining}
    for one in ordered:
        if hosts.get(one.name) is None:
            name = _free(one.name, guessing.stages, short=guessing.role[one.name] != "external")
            guessing.stages.append(name)
            guessing.stage[one.name] = name
    for state, host in hosts.items():
        if host is not None:
            guessing.stage[state] = guessing.stage[host]


def _host(guessing: Guessing, one: Evidence, works: list[str]) -> str | None:
    """The work state whose stage a queue or a block joins; None: it stands alone. Completes the reason.

    A queue joins the work that most of its stays go on to, before all work of the same subject ("Ready for
    review", "In review"); a block and what hardly ever occurs join the work around them.
    """
    around = {state: one.after.get(state, 0) + one.before.get(state, 0) for state in works}
    if guessing.role[one.name] == "blocked" or guessing.reason[one.name].startswith(RARELY):
        return max(works, key=lambda state: around[state]) if works else None
    onward = {state: one.after[state] for state in works if state in one.after}
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


def _free(state: str, taken: Iterable[str], *, short: bool) -> str:
    """A stage's name from its state's: short where that is free, else the state's own, else numbered."""
    used = {*taken, *RESERVED}
    own = words.capitalised(" ".join(state.split())) or "(empty)"
    names = [*([words.stage_name(state)] if short else []), own, *(f"{own} {i}" for i in range(2, len(used) + 3))]
    return next(name for name in names if name not in used)


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
        about.append(f"{unsure} of {len(guessing.reason)} guesses are weak: look for 'Please check'.")
    if not guessing.having("done") and guessing.intervals:
        about.append("No activity is an end of its own (`done:`): an item is finished when its last activity ends.")
    elif not guessing.having("done"):
        about.append("No state seems to end the work: add `done:` with the states in which an item is delivered.")
    return tuple(about)
