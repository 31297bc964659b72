"""The folder of a workspace: where its files stand, and the first `valuestream.yaml`."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from valuestream.errors import ConfigError
from valuestream.sources.replacing import replacing

FILE, STORE, PRIVATE, KEY = "valuestream.yaml", "valuestream.duckdb", ".vsm", "people.key"

FIRST = """\
# A workspace of valuestream: what is read, and which value streams it is seen as.
# `vsm import FILE` adds a source, and a first stream with its stages guessed; `vsm status` says what is there.
# docs/reference/settings.md lists every key.

people: pseudonyms  # or names: how the store calls people. Decide before the first import.
"""

IGNORED = f"""\
# The store and the key of its pseudonyms stay out of version control; {FILE} belongs in it.
/{STORE}*
/.{STORE}*
/{PRIVATE}/
"""


@dataclass(frozen=True)
class Folder:
    """The places in a workspace's folder."""

    path: Path

    @property
    def file(self) -> Path:
        return self.path / FILE

    @property
    def store(self) -> Path:
        return self.path / STORE

    @property
    def key(self) -> Path:
        return self.path / PRIVATE / KEY

    def make(self) -> None:
        """What a workspace needs, where it is not there yet. ConfigError where the folder cannot be written to."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            for place, text in ((self.file, FIRST), (self.path / ".gitignore", IGNORED)):
                if not place.exists():
                    place.write_text(text, encoding="utf-8", newline="\n")
            if not self.key.exists():
                self._make_key()
        except OSError as error:
            raise ConfigError(
                f"{self.path} cannot become a workspace: {error.strerror}.", "Name a folder that is yours."
            ) from error

    def _make_key(self) -> None:
        self.key.parent.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(self.key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32) + "\n")

    def text(self) -> str:
        """What the `valuestream.yaml` says."""
        return self.file.read_text(encoding="utf-8-sig")

    def append(self, part: str, *, to: str | None = None) -> None:
        """Add YAML text of top-level keys that the file does not have yet; comments stay.

        to  an earlier text of the file, to which it goes back
        """
        text = self.text() if to is None else to
        gap = "" if text.endswith("\n\n") else "\n" if text.endswith("\n") else "\n\n"
        with replacing(self.file) as beside:
            beside.write_text(f"{text}{gap}{part}", encoding="utf-8", newline="\n")

    def edit(self, keys: tuple[str, ...], value: Any) -> None:
        """Set one value of the file, keys on the way made where there are none; comments stay."""
        from ruamel.yaml import YAML
        from ruamel.yaml.util import load_yaml_guess_indent

        text = self.text()
        _, indent, offset = load_yaml_guess_indent(text)
        yaml = YAML()
        yaml.preserve_quotes = True
        yaml.width = 4096
        yaml.indent(mapping=2, sequence=indent or 4, offset=2 if offset is None else offset)
        data = yaml.load(text) or {}
        place = data
        for key in keys[:-1]:
            if not isinstance(place.get(key), dict):
                place[key] = {}
            place = place[key]
        place[keys[-1]] = value
        with replacing(self.file) as beside, beside.open("w", encoding="utf-8", newline="\n") as stream:
            yaml.dump(data, stream)
