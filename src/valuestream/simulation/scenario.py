"""Scenarios: named changes to a model, written as text, composable.

`Review.servers=3`, `Review.servers=+1`, `Release.cadence=1 d`, `Review.returns=-50%`, `Approval.removed=true`,
`demand=+10%`, `wip=60`, `Bug.expedite=true`, `off=none`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from valuestream.errors import ConfigError
from valuestream.simulation.change import Change, change_of
from valuestream.simulation.changing import changed
from valuestream.simulation.check import check
from valuestream.simulation.model import Model


@dataclass(frozen=True)
class Scenario:
    """A name, what it changes, in that order, and why anyone asks."""

    name: str
    changes: tuple[Change, ...]
    why: str = ""

    def applied(self, model: Model) -> Model:
        """The model with all changes, checked."""
        for change in self.changes:
            model = changed(model, change)
        return check(model)

    def then(self, other: Scenario) -> Scenario:
        """Both, one after the other."""
        return Scenario(f"{self.name}, {other.name}", self.changes + other.changes, self.why or other.why)


def scenario_of(texts: list[str] | tuple[str, ...], name: str = "") -> Scenario:
    """A scenario of changes as they are written; without a name it is called after them."""
    changes = tuple(change_of(text) for text in texts)
    return Scenario(name or ", ".join(map(str, changes)), changes)


def scenarios_from(told: Any) -> tuple[Scenario, ...]:
    """Scenarios of plain data, as YAML holds them: `scenarios: [{name: ..., why: ..., set: [...]}]`."""
    rows = told.get("scenarios") if isinstance(told, Mapping) else None
    if not isinstance(rows, list):
        raise ConfigError("There are no scenarios.", "Write `scenarios:` and below it a list of name and set.")
    found = []
    for k, row in enumerate(rows):
        if not isinstance(row, Mapping) or not isinstance(row.get("set"), list) or not row.get("name"):
            raise ConfigError(
                f"scenarios[{k}]: {row!r:.60} is no scenario.", "Give a name and `set`, a list of changes."
            )
        made = scenario_of([str(text) for text in row["set"]], str(row["name"]))
        found.append(replace(made, why=str(row.get("why", ""))))
    return tuple(found)


def scenarios_to(scenarios: tuple[Scenario, ...]) -> dict[str, Any]:
    """The plain data that `scenarios_from` reads."""
    rows = []
    for one in scenarios:
        row: dict[str, Any] = {"name": one.name, "set": [str(change) for change in one.changes]}
        rows.append({**row, "why": one.why} if one.why else row)
    return {"scenarios": rows}
