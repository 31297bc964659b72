"""How a file is to be read, as the import's form says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from valuestream.errors import ConfigError
from valuestream.sources.columns import SYNONYMS
from valuestream.sources.extras import field_named
from valuestream.sources.preview import ATTRIBUTE, Column
from valuestream.sources.source import Reading

ROLES = (*SYNONYMS, ATTRIBUTE)
SHAPES = ("events", "intervals", "changes", "sheet")
DATE_ORDERS = ("ymd", "dmy", "mdy")
SIMPLE = ("zone", "date_order", "shape", "delimiter", "encoding", "sheet")
"""Settings that are one short text."""

MOST_COLUMNS = 1_000
LONGEST = 300


def chosen(form: Mapping[str, Any], guess: Sequence[Column]) -> dict[str, Any]:
    """What a form says of a file, as it can be remembered: columns by meaning, and settings that were not left open.

    guess   what a first look found; a meaning it gave that the form does not gives nothing: its column is ""

    ConfigError for what no page of ours has sent, and for two columns of one meaning.
    """
    columns: dict[str, str] = {}
    shown = set[str]()
    for n in range(_count(form.get("columns", "0"))):
        name, role = (_text(form, f"column.{n}.{part}") for part in ("name", "role"))
        shown.add(name)
        if not role:
            continue
        if role not in ROLES:
            raise ConfigError(f"'{role[:50]}' is no meaning of a column.", f"Known: {', '.join(ROLES)}.")
        if role == ATTRIBUTE:
            role = field_named(name)
        if role in columns:
            raise ConfigError(f"Two columns mean the {role}: '{columns[role]}' and '{name}'.", "Choose one of them.")
        columns[role] = name
    for column in guess:
        if column.meaning and column.name in shown:
            columns.setdefault(column.meaning, "")
    simple = {key: _text(form, key).strip() for key in SIMPLE}
    found = {"columns": columns, **{key: value for key, value in simple.items() if value}}
    for key, known in (("shape", SHAPES), ("date_order", DATE_ORDERS)):
        if found.get(key) not in (None, *known):
            raise ConfigError(f"'{found[key]}' is no {key.replace('_', ' of ')}.", f"Known: {', '.join(known)}.")
    return found


def reading(said: Mapping[str, Any], guess: Sequence[Column] = ()) -> Reading:
    """A choice as the reader takes it. Columns that are only guessed stay the reader's own guess.

    guess   what a first look found; a choice that says the same as the look decides nothing
    """
    guessed = {column.meaning: column.name for column in guess if column.meaning}
    named = {role: name for role, name in said.get("columns", {}).items() if guessed.get(role, "") != name}
    simple: dict[str, Any] = {key: said.get(key) or None for key in SIMPLE}
    if simple["delimiter"] in ("\\t", "tab"):
        simple["delimiter"] = "\t"
    return Reading(columns=named, **simple)


def _count(text: Any) -> int:
    if not isinstance(text, str) or not text.isdecimal() or len(text) > 5 or int(text) > MOST_COLUMNS:
        raise ConfigError(f"{str(text)[:50]!r} is no number of columns.", "Open the import again.")
    return int(text)


def _text(form: Mapping[str, Any], key: str) -> str:
    said = form.get(key, "")
    if not isinstance(said, str) or len(said) > LONGEST:
        raise ConfigError(f"The field {key} is no text of up to {LONGEST} letters.", "Open the import again.")
    return said
