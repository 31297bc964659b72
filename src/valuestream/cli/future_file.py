"""A future state as a file: edits in YAML, or a map that `vsm map --json` wrote earlier."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from valuestream.analysis.future import Edits, Step, Time, future
from valuestream.config_text import Keys, Text, read_text
from valuestream.config_units import Unreadable, duration_s, share
from valuestream.errors import ConfigError

KEYS = ("name", "change", "remove", "add")
FIGURES = ("active", "wait", "ca", "batch", "after")
HINT = "Write `change: {Review: {wait: 4 h}}`, `remove: [Approval]` or `add: {Checks: {after: Review, active: 5 min}}`."
Document = dict[str, Any]


def read_future(path: str, current: Mapping[str, Any]) -> Document:
    """The future map that a file describes. ConfigError or UnknownName say what in it is wrong."""
    if Path(path).suffix.lower() == ".json":
        return read_map(Path(path))
    return future(current, edits(read_text(Path(path))))


def read_map(path: Path, kinds: tuple[str, ...] = ("vsm.map/1",)) -> Document:
    """A document that `vsm map --json` (or `vsm snapshot`) wrote. ConfigError where the file is none of the kinds."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.", "Name a map that `--json` wrote.") from None
    except ValueError as error:
        raise ConfigError(f"{path} is no JSON: {error}.", "Name a map that `--json` wrote.") from None
    if not isinstance(found, dict) or found.get("schema") not in kinds:
        raise ConfigError(f"{path} is no {' or '.join(kinds)}.", "Write one with `vsm map ... --json`.")
    return found


def edits(text: Text) -> Edits:
    """The edits of a YAML file, checked; errors carry line and column."""
    data = text.data
    for key in data:
        if key not in KEYS:
            raise text.error(text.place((key,), of_key=True), f"Unknown key '{key}'.", f"Known: {', '.join(KEYS)}.")
    remove = data.get("remove") or []
    names = [remove] if isinstance(remove, str) else remove
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise text.error(text.place(("remove",)), "'remove' wants a list of stages.", HINT)
    return Edits(
        name=data.get("name") or "",
        change=_steps(text, "change"),
        remove=tuple(names),
        add=_steps(text, "add"),
    )


def _steps(text: Text, key: str) -> dict[str, Step]:
    given = text.data.get(key) or {}
    if not isinstance(given, dict):
        raise text.error(text.place((key,)), f"'{key}' wants stages with their figures.", HINT)
    return {name: _step(text, (key, name), figures) for name, figures in given.items()}


def _step(text: Text, keys: Keys, given: Any) -> Step:
    if not isinstance(given, dict):
        raise text.error(text.place(keys), f"'{keys[-1]}' wants figures.", HINT)
    for figure, value in given.items():
        if figure not in FIGURES:
            hint = f"Known: {', '.join(FIGURES)}."
            raise text.error(text.place((*keys, figure), of_key=True), f"Unknown figure '{figure}'.", hint)
        if not isinstance(value, str):
            raise text.error(text.place((*keys, figure)), f"'{figure}' wants one value.", HINT)

    def read(figure: str, of: Callable[[str], Any]) -> Any:
        if figure not in given:
            return None
        try:
            return of(given[figure])
        except Unreadable as wrong:
            raise text.error(text.place((*keys, figure)), f"{wrong}.", wrong.hint) from None

    return Step(
        active=read("active", _time), wait=read("wait", _time), ca=read("ca", share), batch=read("batch", _number),
        after=given.get("after"), said={figure: value for figure, value in given.items() if figure != "after"},
    )  # fmt: skip


def _time(text: str) -> Time:
    """`4 h`, or `-50 %` of what there is."""
    found = re.fullmatch(r"\s*([+\-−])\s*(\d+(?:\.\d+)?)\s*%\s*", text)
    if not found:
        return Time(seconds=duration_s(text))
    change = float(found[2]) / 100 * (1 if found[1] == "+" else -1)
    if change < -1:
        raise Unreadable(f"'{text}' takes away more than all of it", "Write -100 % at most.")
    return Time(factor=1 + change)


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise Unreadable(f"'{text}' is no number", "Write how many items leave together: 5.") from None
    if not 1 <= value < 1e9:
        raise Unreadable(f"'{text}' is no size of a batch", "Write 1 or more.")
    return value
