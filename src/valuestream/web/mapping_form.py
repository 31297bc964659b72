"""The mapping as a form carries it: a draft that nothing is lost from while stages move and states change place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from valuestream.config_mapping import LISTS, MODES, Place, Plan
from valuestream.errors import ConfigError
from valuestream.log.states import Entered

NOWHERE = ""
MOST_STAGES = 100
MOST_STATES = 5_000
LONGEST = 500
"""Letters of a name."""


@dataclass(frozen=True)
class Step:
    """A stage of the draft: its name, and the one it has in the file ("" for a new one)."""

    name: str
    was: str = ""


@dataclass(frozen=True)
class Draft:
    """Stages in order; each state with its place: the number of a stage, one of LISTS, or NOWHERE; and its kind."""

    steps: tuple[Step, ...]
    places: Mapping[str, tuple[int | str, str]]

    @property
    def plan(self) -> Plan:
        """What would be written."""
        places = {
            state: Place(kind, self.steps[at].name) if isinstance(at, int) else Place(at)
            for state, (at, kind) in self.places.items()
            if at != NOWHERE
        }
        was = {step.name: step.was for step in self.steps if step.was and step.was != step.name}
        fresh = {step.name: "" for step in self.steps if not step.was}
        return Plan(tuple(step.name for step in self.steps), places, {**was, **fresh})

    def moved(self, number: int, to: int) -> Draft:
        """A stage at another place; states go along."""
        order = list(range(len(self.steps)))
        if not (0 <= number < len(order) and 0 <= to < len(order)):
            return self
        order.insert(to, order.pop(number))
        return self._with(order)

    def without(self, number: int) -> Draft:
        """A stage taken away; its states are in no stage then."""
        return self._with([at for at in range(len(self.steps)) if at != number])

    def added(self, name: str) -> Draft:
        """One more stage at the end."""
        taken = {step.name for step in self.steps}
        free = next(one for one in (name, *(f"{name} {n}" for n in range(2, len(taken) + 3))) if one not in taken)
        return replace(self, steps=(*self.steps, Step(free)))

    def _with(self, order: Sequence[int]) -> Draft:
        now = {old: new for new, old in enumerate(order)}
        places = {
            state: (now.get(at, NOWHERE) if isinstance(at, int) else at, kind)
            for state, (at, kind) in self.places.items()
        }
        return Draft(tuple(self.steps[old] for old in order), places)


def draft_of(plan: Plan, states: Iterable[Entered]) -> Draft:
    """The file's mapping as a draft, with the log's states that have no place."""
    number = {name: at for at, name in enumerate(plan.stages)}
    places: dict[str, tuple[int | str, str]] = {
        state: (number[place.stage], place.kind) if place.stage is not None else (place.kind, "work")
        for state, place in plan.places.items()
    }
    places.update((state.name, (NOWHERE, "work")) for state in states if state.name not in places)
    return Draft(tuple(Step(name, name) for name in plan.stages), places)


def read(form: Mapping[str, Any]) -> Draft:
    """The draft that a form carries. ConfigError for one that no page of ours has sent."""
    steps = [
        Step(_text(form, f"stage.{n}.name"), _text(form, f"stage.{n}.was"))
        for n in range(_count(form, "stages", MOST_STAGES))
    ]
    places: dict[str, tuple[int | str, str]] = {}
    for n in range(_count(form, "states", MOST_STATES)):
        at, kind = _text(form, f"state.{n}.at"), _text(form, f"state.{n}.kind")
        if kind not in MODES or not (at in (NOWHERE, *LISTS) or (at.isdecimal() and int(at) < len(steps))):
            raise ConfigError(f"'{at[:50]}' ({kind[:50]}) is no place for a state.", "Open the mapping page again.")
        places[_text(form, f"state.{n}.name")] = (int(at) if at.isdecimal() else at, kind)
    return Draft(tuple(steps), places)


def _count(form: Mapping[str, Any], key: str, most: int) -> int:
    said = _text(form, key)
    if not said.isdecimal() or len(said) > 6 or int(said) > most:
        raise ConfigError(f"'{said[:50]}' is no number of {key} up to {most:,}.", "Open the mapping page again.")
    return int(said)


def _text(form: Mapping[str, Any], key: str) -> str:
    said = form.get(key, "")
    if not isinstance(said, str) or len(said) > LONGEST:
        raise ConfigError(f"The field {key} is no text of up to {LONGEST} letters.", "Open the mapping page again.")
    return said
