"""A future state as a file: edits in YAML, or a map that `vsm map --json` wrote earlier."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from valuestream.errors import ConfigError

Document = dict[str, Any]


def read_future(path: str, current: Mapping[str, Any], sure: Mapping[str, Any] | None = None) -> Document:
    """The future map that a file describes. ConfigError or UnknownName say what in it is wrong.

    sure  how far the current figures may be off, by chance: see `analysis/margins.py`
    """
    from valuestream.analysis.future import future
    from valuestream.config_text import read_text
    from valuestream.workspace_futures import edits

    if Path(path).suffix.lower() == ".json":
        return read_map(Path(path))
    return future(current, edits(read_text(Path(path))), sure)


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
