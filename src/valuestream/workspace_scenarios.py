"""Scenarios as files: `scenarios/NAME.json` in a workspace's folder, each with what it came to when it was last asked.

A scenario is the text of its changes, not the model they were made for: it survives every import, re-fit and new
version, and says on which data and settings its last answer was given. Files stand beside the store like snapshots, and
are written whole or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from valuestream.errors import InputError, UnknownName
from valuestream.log.select import unknown_value
from valuestream.simulation.scenario import Scenario, scenario_of
from valuestream.workspace_kept import Document, Kind

SCHEMA = "vsm.scenario/1"
KIND = Kind("scenario", SCHEMA, "scenarios", 1024 * 1024, "more reviewers")


def place(folder: Path, name: str) -> Path:
    """Where a scenario of that name stands. ConfigError for a name that is none of a file."""
    return KIND.place(folder, name)


def scenario_document(scenario: Scenario, *, stream: str, saved_at: str, answered: Document | None = None) -> Document:
    """A scenario as it is kept (`vsm.scenario/1`)."""
    return {
        "schema": SCHEMA,
        "name": scenario.name,
        "stream": stream,
        "why": scenario.why or None,
        "set": [str(change) for change in scenario.changes],
        "saved_at": saved_at,
        "answered": answered,
    }


def answer_of(simulated: Mapping[str, Any], number: int, *, at: str) -> Document:
    """What scenario `number` of a simulation document came to, when, and on which data and settings."""
    one, trust = simulated["scenarios"][number], simulated["trust"]
    return {
        "at": at,
        **{key: simulated[key] for key in ("as_of", "window", "filters", "config_hash", "app", "seed")},
        "ranks": None if trust is None else trust["ranks"],
        "refitted": simulated["runs"]["refitted"],
        "now": simulated["now"],
        "then": one["then"],
        "change": one["change"],
    }


def keep(folder: Path, document: Mapping[str, Any], *, overwrite: bool = False) -> Path:
    """Write a scenario whole or not at all. ConfigError where there is one already and `overwrite` does not say so."""
    path = place(folder, document["name"])
    KIND.keep(path, document, replace=overwrite, hint="Take another name, or say `--replace`.")
    return path


def names(folder: Path) -> list[str]:
    """The scenarios of a workspace, by name."""
    return KIND.names(folder)


def read(folder: Path, name: str) -> Document:
    """The scenario of that name. UnknownName lists what there is; InputError: the file is no scenario."""
    known = names(folder)
    if name not in known:
        missing: UnknownName = unknown_value("scenario", name, known)
        raise missing
    path = place(folder, name)
    hint = "Delete it, or save the scenario again with `--replace`."
    found = KIND.read(path, hint=hint)
    if not isinstance(found.get("set"), list):
        raise InputError(f"{path} is no scenario: it holds no list `set` of changes.", hint)
    return found


def scenario(folder: Path, name: str) -> Scenario:
    """The scenario of that name, ready to be asked."""
    found = read(folder, name)
    return replace(scenario_of([str(one) for one in found["set"]], name), why=str(found.get("why") or ""))


def composed(folder: Path, chosen: Sequence[str]) -> Scenario | None:
    """Saved scenarios one after the other; None without one."""
    found: Scenario | None = None
    for name in chosen:
        one = scenario(folder, name)
        found = found.then(one) if found else one
    return found


def remove(folder: Path, name: str) -> None:
    """Delete a scenario. UnknownName lists what there is."""
    if name not in names(folder):
        missing: UnknownName = unknown_value("scenario", name, names(folder))
        raise missing
    place(folder, name).unlink(missing_ok=True)


def listed(folder: Path) -> Document:
    """What scenarios a workspace has (`vsm.scenarios/1`); a file that is none is told as unreadable."""
    rows = []
    for name in names(folder):
        try:
            found = read(folder, name)
        except InputError as error:
            rows.append({"name": name, "readable": False, "why_not": error.message})
            continue
        rows.append({"readable": True, **{key: value for key, value in found.items() if key != "schema"}, "name": name})
    return {"schema": "vsm.scenarios/1", "scenarios": rows}
