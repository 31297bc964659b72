"""Documents that a workspace keeps: a JSON file each, with a name of its own, written whole or not at all."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from valuestream.errors import ConfigError, InputError
from valuestream.sources.replacing import replacing

Document = dict[str, Any]
NAME = re.compile(r"[A-Za-z0-9][\w .-]{0,79}")


@dataclass(frozen=True)
class Kind:
    """One kind of document: what it is called, its schema, its folder, the most bytes of one, a name as an example."""

    noun: str
    schema: str
    folder: str
    largest: int
    example: str

    def place(self, folder: Path, name: str) -> Path:
        """Where the one of that name stands. ConfigError for a name that is none of a file."""
        if not NAME.fullmatch(name) or name.endswith("."):
            raise ConfigError(
                f"{name!r} is no name for a {self.noun}.",
                f"Use letters, digits, spaces, dots and dashes: {self.example}.",
            )
        return folder / self.folder / f"{name}.json"

    def names(self, folder: Path) -> list[str]:
        """Those of a workspace, by name."""
        return sorted(path.stem for path in (folder / self.folder).glob("*.json"))

    def keep(self, path: Path, document: Mapping[str, Any], *, replace: bool, hint: str) -> None:
        """Write one. ConfigError, with the hint, where there is one already and `replace` does not say so."""
        if path.exists() and not replace:
            raise ConfigError(f"There is a {self.noun} {path.name.removesuffix('.json')!r} already.", hint)
        path.parent.mkdir(exist_ok=True)
        with replacing(path) as part:
            text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1)
            part.write_text(text + "\n", encoding="utf-8", newline="\n")

    def read(self, path: Path, *, hint: str) -> Document:
        """The document in a file. InputError, with the hint, where it is none of this kind."""
        if path.stat().st_size > self.largest:
            raise InputError(f"{path} is too large for a {self.noun}.", hint)
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path} is no {self.noun}: {error}.", hint) from None
        if not isinstance(found, dict) or found.get("schema") != self.schema:
            said = found.get("schema") if isinstance(found, dict) else None
            raise InputError(f"{path} is no {self.noun}: its schema is {said!r}.", hint)
        return found
