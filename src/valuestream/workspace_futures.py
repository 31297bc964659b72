"""Future states written by hand, as YAML: read, checked, written; a workspace keeps them as `futures/NAME.yaml`."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from valuestream.analysis.future import Edits, Step, Time
from valuestream.config_text import Keys, Text, read_text
from valuestream.config_units import Unreadable, duration_s, share
from valuestream.errors import ConfigError
from valuestream.log import select
from valuestream.sources.replacing import replacing
from valuestream.workspace_kept import NAME

KEYS = ("name", "change", "remove", "add")
FIGURES = ("active", "wait", "ca", "batch")
FOLDER = "futures"
HINT = "Write `change: {Review: {wait: 4 h}}`, `remove: [Approval]` or `add: {Checks: {after: Review, active: 5 min}}`."


def place(folder: Path, name: str) -> Path:
    """Where a future state of that name stands. ConfigError for a name that is none of a file."""
    if not NAME.fullmatch(name) or name.endswith("."):
        hint = "Use letters, digits, spaces, dots and dashes: Smaller batches."
        raise ConfigError(f"{name!r} is no name for a future state." if name else "The future state has no name.", hint)
    return folder / FOLDER / f"{name}.yaml"


def names(folder: Path) -> list[str]:
    """The future states of a workspace, by name."""
    return sorted(path.stem for path in (folder / FOLDER).glob("*.yaml"))


def kept(folder: Path, name: str) -> Edits:
    """The future state of that name. UnknownName lists what there is."""
    known = names(folder)
    if name not in known:
        raise select.unknown_value("future state", name, known)
    return edits(read_text(place(folder, name)))


def keep(folder: Path, made: Edits) -> None:
    """Write a future state whole or not at all; one of that name is written over."""
    path = place(folder, made.name)
    path.parent.mkdir(exist_ok=True)
    with replacing(path) as part:
        part.write_text(text(made), encoding="utf-8", newline="\n")


def forget(folder: Path, name: str) -> None:
    """Remove one. UnknownName lists what there is."""
    if name not in names(folder):
        raise select.unknown_value("future state", name, names(folder))
    place(folder, name).unlink(missing_ok=True)


def text(made: Edits) -> str:
    """The file that `edits` reads as the same."""
    from ruamel.yaml import YAML

    told: dict[str, Any] = {"name": made.name} if made.name else {}
    if made.change:
        told["change"] = {name: dict(step.said) for name, step in made.change.items()}
    if made.remove:
        told["remove"] = list(made.remove)
    if made.add:
        told["add"] = {
            name: ({"after": step.after} if step.after else {}) | dict(step.said) for name, step in made.add.items()
        }
    yaml, out = YAML(typ="safe"), io.StringIO()
    yaml.default_flow_style, yaml.allow_unicode, yaml.width = False, True, 4096
    yaml.representer.sort_base_mapping_type_on_output = False
    yaml.dump(told or {"name": ""}, out)
    return out.getvalue()


def edits(given: Text) -> Edits:
    """The edits of a YAML file, checked; errors carry line and column."""
    data = given.data
    for key in data:
        if key not in KEYS:
            raise given.error(given.place((key,), of_key=True), f"Unknown key '{key}'.", f"Known: {', '.join(KEYS)}.")
    remove = data.get("remove") or []
    gone = [remove] if isinstance(remove, str) else remove
    if not isinstance(gone, list) or not all(isinstance(name, str) for name in gone):
        raise given.error(given.place(("remove",)), "'remove' wants a list of stages.", HINT)
    return Edits(
        name=data.get("name") or "",
        change=_steps(given, "change"),
        remove=tuple(gone),
        add=_steps(given, "add"),
    )


def _steps(given: Text, key: str) -> dict[str, Step]:
    found = given.data.get(key) or {}
    if not isinstance(found, dict):
        raise given.error(given.place((key,)), f"'{key}' wants stages with their figures.", HINT)
    return {name: _step(given, (key, name), figures) for name, figures in found.items()}


def _step(given: Text, keys: Keys, said: Any) -> Step:
    if not isinstance(said, dict):
        raise given.error(given.place(keys), f"'{keys[-1]}' wants figures.", HINT)
    known = (*FIGURES, "after")
    for figure, value in said.items():
        if figure not in known:
            hint = f"Known: {', '.join(known)}."
            raise given.error(given.place((*keys, figure), of_key=True), f"Unknown figure '{figure}'.", hint)
        if not isinstance(value, str):
            raise given.error(given.place((*keys, figure)), f"'{figure}' wants one value.", HINT)
    return step(said, lambda figure, wrong: given.error(given.place((*keys, figure)), f"{wrong}.", wrong.hint))


def step(said: Mapping[str, str], error: Callable[[str, Unreadable], ConfigError]) -> Step:
    """A step of what is said of it, `{"wait": "-50 %", "ca": "95 %"}`; `error` makes that of a figure's value."""

    def read(figure: str, of: Callable[[str], Any]) -> Any:
        if figure not in said:
            return None
        try:
            return of(said[figure])
        except Unreadable as wrong:
            raise error(figure, wrong) from None

    return Step(
        active=read("active", _time), wait=read("wait", _time), ca=read("ca", share), batch=read("batch", _number),
        after=said.get("after"), said={figure: value for figure, value in said.items() if figure != "after"},
    )  # fmt: skip


def _time(said: str) -> Time:
    """`4 h`, or `-50 %` of what there is."""
    found = re.fullmatch(r"\s*([+\-−])\s*(\d+(?:\.\d+)?)\s*%\s*", said)
    if not found:
        return Time(seconds=duration_s(said))
    change = float(found[2]) / 100 * (1 if found[1] == "+" else -1)
    if change < -1:
        raise Unreadable(f"'{said}' takes away more than all of it", "Write -100 % at most.")
    return Time(factor=1 + change)


def _number(said: str) -> float:
    try:
        value = float(said)
    except ValueError:
        raise Unreadable(f"'{said}' is no number", "Write how many items leave together: 5.") from None
    if not 1 <= value < 1e9:
        raise Unreadable(f"'{said}' is no size of a batch", "Write 1 or more.")
    return value
