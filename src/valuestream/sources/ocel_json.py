"""OCEL 2.0 as JSON (.json, .jsonocel)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from valuestream.errors import InputError
from valuestream.sources.ocel_tables import Tables
from valuestream.sources.packed import opened

MOST_BYTES = 2 << 30
"""A larger document, unpacked, does not fit into memory; SQLite is the form for it."""

_HINT = "An OCEL 2.0 file has the keys objectTypes, eventTypes, objects and events."


def tables(path: Path) -> Tables:
    """The tables of a JSON file. No JSON or no OCEL is an InputError; a bad event or object is a reject."""
    document = _document(path)
    if not isinstance(document, dict) or not all(isinstance(document.get(key), list) for key in ("events", "objects")):
        if isinstance(document, dict) and any(str(key).startswith("ocel:") for key in document):
            raise InputError(
                f"{path.name} is OCEL 1.0: read is OCEL 2.0.", "Convert it: pm4py writes OCEL 2.0 (write_ocel2)."
            )
        keys = ", ".join(map(repr, list(document)[:8])) if isinstance(document, dict) else type(document).__name__
        raise InputError(f"{path.name} is JSON, but no OCEL: it holds {keys[:300] or 'nothing'}.", _HINT)
    found = Tables()
    for number, entry in enumerate(document["objects"]):
        _object(found, f"objects[{number}]", entry)
    for number, entry in enumerate(document["events"]):
        _event(found, f"events[{number}]", entry)
    found.settle()
    return found


def _document(path: Path) -> Any:
    with opened(path) as stream:
        raw = stream.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise InputError(f"{path.name} holds more than {MOST_BYTES >> 30} GB.", "Convert it to OCEL's SQLite form.")
    try:
        return json.loads(raw, parse_int=str, parse_float=str, parse_constant=str)
    except json.JSONDecodeError as error:
        raise InputError(
            f"{path.name} is no JSON: {error.msg}, line {error.lineno}, column {error.colno}.",
            "If the file was cut short, export or copy it again.",
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is no text in UTF-8: byte {error.start}.", "Save it as UTF-8.") from error
    except RecursionError as error:
        raise InputError(f"{path.name} is nested too deep.", _HINT) from error


def _object(found: Tables, place: str, entry: Any) -> None:
    if not isinstance(entry, dict):
        found.reject(place, "object is no JSON object", entry)
        return
    if not found.thing(place, entry.get("id"), entry.get("type")):
        return
    for name, value, said in _attributes(found, place, entry):
        time = said.get("time")
        found.change(entry["id"], name, time if isinstance(time, str) else None, value)
    for other in _entries(found, place, entry, "relationships"):
        found.join(place, entry["id"], other.get("objectId"))


def _event(found: Tables, place: str, entry: Any) -> None:
    if not isinstance(entry, dict):
        found.reject(place, "event is no JSON object", entry)
        return
    said = {name: value for name, value, _ in _attributes(found, place, entry)}
    if not found.event(place, entry.get("id"), entry.get("type"), entry.get("time"), said):
        return
    for other in _entries(found, place, entry, "relationships"):
        found.relate(place, entry["id"], other.get("objectId"), other.get("qualifier"))


def _attributes(found: Tables, place: str, entry: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """(name, value as text, all that is said of it); a null says nothing, a value with parts is a reject."""
    attributes = []
    for said in _entries(found, place, entry, "attributes"):
        name, value = said.get("name"), said.get("value")
        if isinstance(value, bool):
            value = str(value).lower()
        if isinstance(name, str) and isinstance(value, str):
            attributes.append((name, value, said))
        elif value is not None or not isinstance(name, str):
            found.reject(f"{place}.attributes", "attribute without a name or with a value of parts", said)
    return attributes


def _entries(found: Tables, place: str, entry: dict[str, Any], key: str) -> list[dict[str, Any]]:
    said = entry.get(key)
    if said is None:
        return []
    if not isinstance(said, list):
        found.reject(f"{place}.{key}", "is no list", said)
        return []
    good = [part for part in said if isinstance(part, dict)]
    if len(good) < len(said):
        found.reject(f"{place}.{key}", "holds something else than JSON objects", said)
    return good
