"""What stands in a vendor's JSON, whatever stands there instead: the text, the list, the value of a key, or nothing."""

from __future__ import annotations

from typing import Any


def text(value: Any) -> str | None:
    """A text that says something."""
    return value if isinstance(value, str) and value.strip() else None


def inside(entry: Any, key: str) -> Any:
    """The value of a key; None where there is no such key, or no object that could have one."""
    return entry.get(key) if isinstance(entry, dict) else None


def listed(entry: Any, key: str) -> list[Any]:
    """The list under a key; empty where there is none."""
    value = inside(entry, key)
    return value if isinstance(value, list) else []


def first(entry: Any, *keys: str) -> Any:
    """The value of the first of some keys that has one: vendors name a thing differently by way of access."""
    return next((entry[key] for key in keys if inside(entry, key) is not None), None)
