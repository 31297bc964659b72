"""The form of a future state: a row for each stage and for each new one, and the edits that its fields mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from valuestream.analysis.future import Edits, Step
from valuestream.config_units import Unreadable
from valuestream.errors import ConfigError
from valuestream.pictures.duration import duration, number, share
from valuestream.web.texts import said
from valuestream.workspace_futures import FIGURES, step

MOST_NEW = 12
LONGEST = 200
"""Letters of a name or a figure."""


@dataclass(frozen=True)
class Row:
    """A stage in the form: `now` is what the map shows, `said` what is written instead. A new one has `number`."""

    name: str
    now: Mapping[str, str] = field(default_factory=dict)
    said: Mapping[str, str] = field(default_factory=dict)
    removed: bool = False
    after: str = ""
    number: int | None = None

    @property
    def key(self) -> str:
        """What its fields' names begin with."""
        return self.name if self.number is None else f"+{self.number}"


def rows(current: Mapping[str, Any], edits: Edits) -> list[Row]:
    """The current stages with what is written of them, the new ones, and an empty row for one more."""
    here = [
        Row(name, _now(stage), edits.change[name].said if name in edits.change else {}, name in edits.remove)
        for stage in current["stages"]
        if stage["kind"] != "reopened" and (name := str(stage["name"]))
    ]
    new = [
        Row(name, {}, one.said, after=one.after or "", number=number)
        for number, (name, one) in enumerate(edits.add.items())
    ]
    last = here[-1].name if here else ""
    return [*here, *new, *([Row("", after=last, number=len(new))] if len(new) < MOST_NEW else [])]


def _now(stage: Mapping[str, Any]) -> dict[str, str]:
    return {
        "active": duration(stage["active_s"]["mean"]),
        "wait": duration(stage["wait_s"]["mean"]),
        "ca": share(stage["ca"]["value"]),
        "batch": number(stage["batch"]["mean"]),
    }


def edits(current: Mapping[str, Any], fields: Mapping[str, str]) -> Edits:
    """What the fields of a form or an address mean. ConfigError names stage and figure of what cannot be read."""
    for name, value in fields.items():
        if len(name) > 2 * LONGEST or len(value) > LONGEST:
            raise ConfigError(said("future.too_long", n=f"{len(value):,}"), said("future.too_long_do", n=LONGEST))
    stages = [str(stage["name"]) for stage in current["stages"] if stage["kind"] != "reopened"]
    change = {name: _step(name, name, fields) for name in stages if _given(name, fields)}
    add: dict[str, Step] = {}
    for k in range(MOST_NEW + 1):
        key = f"+{k}"
        name = fields.get(f"{key}.name", "").strip()
        if not name and _given(key, fields):
            raise ConfigError(said("future.nameless"), said("future.nameless_do"))
        if name in stages or name in add:
            raise ConfigError(said("future.twice", name=name), said("future.twice_do"))
        if name:
            after = fields.get(f"{key}.after", "").strip() or None
            add[name] = _step(name, key, fields, after)
    removed = tuple(name for name in stages if fields.get(f"{name}.remove"))
    return Edits(fields.get("name", "").strip(), {k: v for k, v in change.items() if k not in removed}, removed, add)


def as_written(current: Mapping[str, Any], fields: Mapping[str, str]) -> Edits:
    """The same without understanding it, so that what is wrong stands in the form again."""
    names = [str(stage["name"]) for stage in current["stages"]]
    new = {f"+{k}": fields.get(f"+{k}.name", "").strip() for k in range(MOST_NEW + 1)}
    return Edits(
        fields.get("name", ""),
        {name: Step(said=said_) for name in names if (said_ := _given(name, fields))},
        tuple(name for name in names if fields.get(f"{name}.remove")),
        {name: Step(said=_given(key, fields), after=fields.get(f"{key}.after")) for key, name in new.items() if name},
    )


def _given(key: str, fields: Mapping[str, str]) -> dict[str, str]:
    found = {figure: fields.get(f"{key}.{figure}", "").strip() for figure in FIGURES}
    return {figure: value for figure, value in found.items() if value}


def _step(name: str, key: str, fields: Mapping[str, str], after: str | None = None) -> Step:
    def error(figure: str, wrong: Unreadable) -> ConfigError:
        return ConfigError(f"{name}, {said(f'future.{figure}')}: {wrong}.", wrong.hint)

    return step({**_given(key, fields), **({"after": after} if after else {})}, error)


def address(made: Edits) -> Sequence[tuple[str, str]]:
    """The fields that mean these edits."""
    found = [("name", made.name)] if made.name else []
    for name, one in made.change.items():
        found += [(f"{name}.{figure}", value) for figure, value in one.said.items()]
    found += [(f"{name}.remove", "1") for name in made.remove]
    for k, (name, one) in enumerate(made.add.items()):
        found += [(f"+{k}.name", name), *([(f"+{k}.after", one.after)] if one.after else [])]
        found += [(f"+{k}.{figure}", value) for figure, value in one.said.items()]
    return found
