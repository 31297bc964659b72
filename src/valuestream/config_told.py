"""Every setting, its value, and where it came from: flag, environment, file or default."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from valuestream.config import Config, setting
from valuestream.config_text import Keys, read_text

LOCK_TIMEOUT_S = 10.0
_SECRET = ("VSM_PEOPLE_KEY",)
_VARIABLES = ("VSM_WORKSPACE", "VSM_PEOPLE_KEY", "VSM_KERNELS", "VSM_PORT", "VSM_NO_BROWSER")
"""Settings that only the environment has."""


class Setting(NamedTuple):
    """A name as a path of keys, the value in words, and its origin: "--flag", "VSM_...", "file:3", "default"."""

    name: str
    value: str
    origin: str


def chosen(
    config: Config, *, lock_timeout: str | None = None, environ: Mapping[str, str] | None = None
) -> dict[str, tuple[str, str]]:
    """The settings that flags and the environment can change, each with its origin."""
    wait = None if config.lock_timeout is None else f"{config.lock_timeout:g}"
    found = {
        "people": setting("people", file=config.people, default="pseudonyms", environ=environ),
        "zone": setting("zone", file=config.zone, default="UTC", environ=environ),
        "lock_timeout": setting(
            "lock_timeout", flag=lock_timeout, file=wait, default=f"{LOCK_TIMEOUT_S:g}", environ=environ
        ),
    }
    return {name: (value or "", origin) for name, (value, origin) in found.items()}


def told(
    path: Path, config: Config, *, lock_timeout: str | None = None, environ: Mapping[str, str] | None = None
) -> list[Setting]:
    """All settings of a workspace, the changeable ones first, then what the file says, line by line."""
    text = read_text(path)
    said = chosen(config, lock_timeout=lock_timeout, environ=environ)
    settings = []
    for name, (value, origin) in said.items():
        here = f"{path.name}:{text.place((name,), of_key=True)[0]}" if origin == "file" else origin
        settings.append(Setting(name, value, here))
    if "links" not in text.data:
        settings.append(Setting("links.confidence", f"{config.link_confidence:.0%}", "default"))
    for keys, value in _leaves(text.data, ()):
        if keys[0] not in said:
            settings.append(Setting(_path(keys), value, f"{path.name}:{text.place(keys)[0]}"))
    known = os.environ if environ is None else environ
    for variable in _VARIABLES:
        if known.get(variable):
            settings.append(Setting(variable, "(set)" if variable in _SECRET else known[variable], "environment"))
    return settings


def _leaves(value: Any, keys: Keys) -> Iterator[tuple[Keys, str]]:
    """Each value of the file with the keys that lead to it; a list of words is one."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _leaves(part, (*keys, key))
    elif isinstance(value, list) and not all(isinstance(part, str) for part in value):
        for number, part in enumerate(value):
            yield from _leaves(part, (*keys, number))
    else:
        yield keys, ", ".join(value) if isinstance(value, list) else "" if value is None else str(value)


def _path(keys: Keys) -> str:
    """Keys as one name.

    >>> _path(("streams", "work", "stages", 0, "queue"))
    'streams.work.stages[0].queue'
    """
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys).removeprefix(".")
