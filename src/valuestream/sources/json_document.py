"""JSON files that are no JSON lines: which vendor's or standard's they are, by what they hold."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valuestream.errors import InputError
from valuestream.sources import code_host, jsonl, trello
from valuestream.sources.exports import log_of
from valuestream.sources.jsonl import Objects, parsed
from valuestream.sources.packed import opened

if TYPE_CHECKING:
    from valuestream.log.event import Log
    from valuestream.sources.source import Reading

MOST_BYTES = 512 << 20
LINES = (".jsonl", ".ndjson")
_HEAD = 1 << 20
_BLANKS = b"\xef\xbb\xbf \t\r\n"
_GAP = re.compile(r"[\s,]*")
_HINT = "Write one object a line: `jq -c '.[]' FILE > lines.jsonl`."


def read(path: Path, reading: Reading) -> Log:
    """The log in a JSON file: JSON lines, a list of flat objects, OCEL, or what GitHub, GitLab and Trello export.

    No JSON, JSON of another kind, and a document of more than 512 MB are an InputError.
    """
    if reading.shape is None and _is_ocel(path):
        from valuestream.sources.ocel import read_ocel

        return read_ocel(path, reading)
    if is_lines(path) or (path.name.removesuffix(".gz").lower().endswith(LINES) and not _is_list(path)):
        return _lines(path, reading)
    values = _values(path)
    if not values:
        raise InputError(f"{path.name} is empty.", "Give a file that holds a log.")
    first = values[0]
    if len(values) == 1 and isinstance(first, dict):
        return _document(path, first, reading)
    entries = [entry for value in values for entry in (value if isinstance(value, list) else [value])]
    if entries and all(isinstance(entry, list) for entry in entries):  # pages, as `gh api --slurp` gives them
        entries = [entry for page in entries for entry in page]
    return _list(path, entries, reading)


def _lines(path: Path, reading: Reading) -> Log:
    """JSON lines: a table, or what `gh ... --jq '.[]'` writes."""
    if reading.shape is None and not reading.columns:
        with opened(path) as stream:
            first = _entry(next((line for line in stream if line.strip(_BLANKS)), b"")[:_HEAD])
            host = code_host.recognised([first])
            if host is not None:
                stream.seek(0)
                entries = [_entry(line) for line in stream if line.strip(_BLANKS)]
                return code_host.log(path.name, entries, host, reading)
    return jsonl.read(path, reading)


def _entry(line: bytes) -> Any:
    try:
        return parsed(line.lstrip(b"\xef\xbb\xbf"))
    except ValueError:  # not UTF-8, too
        return line.decode(errors="replace")


def _document(path: Path, document: dict[str, Any], reading: Reading) -> Log:
    if trello.is_board(document):
        return trello.log(path.name, document, reading)
    if trello.is_card(document):
        raise InputError(
            f"{path.name} is one card of a Trello board: it does not say where it stood.",
            "Export the board: its menu, Print, export and share, Export as JSON.",
        )
    lists = [
        value for value in document.values() if isinstance(value, list) and any(isinstance(v, dict) for v in value)
    ]
    if len(lists) == 1:
        return _list(path, lists[0], reading)
    if not lists and all(not isinstance(value, (dict, list)) for value in document.values()):
        return _list(path, [document], reading)
    keys = ", ".join(map(repr, list(document)[:8]))
    raise InputError(f"{path.name} is JSON of a kind that is not known: it holds {keys[:300] or 'nothing'}.", _HINT)


def _list(path: Path, entries: list[Any], reading: Reading) -> Log:
    if any(isinstance(e, dict) and "key" in e and isinstance(e.get("fields"), dict) for e in entries[:10]):
        raise InputError(
            f"{path.name} is a reply of Jira's REST interface.",
            "Read is Jira's CSV export; replies are for a later `vsm sync`.",
        )
    if reading.shape is None and not reading.columns:
        host = code_host.recognised(entries)
        if host is not None:
            return code_host.log(path.name, entries, host, reading)
    return log_of(Objects(path.name, entries), reading)


def is_lines(path: Path) -> bool:
    """Whether the first line that says something is an object, and is not all of the file or no board or log itself."""
    with opened(path) as stream:
        head = stream.read(_HEAD).lstrip(_BLANKS)
    first, end, rest = head.partition(b"\n")
    if not first.startswith(b"{"):
        return False
    try:
        alone = not rest.strip(_BLANKS)
        return isinstance(parsed(first.rstrip(b"\r ")), dict) and bool(end) and not alone
    except (
        ValueError,
        UnicodeError,
    ):  # a line that is no JSON, of lines that are; or the first of an indented document
        return bool(re.match(rb"\s*\{\s*\"", rest)) and first.rstrip().endswith(b"}")


def _is_list(path: Path) -> bool:
    with opened(path) as stream:
        return stream.read(_HEAD).lstrip(_BLANKS).startswith(b"[")


def _is_ocel(path: Path) -> bool:
    with opened(path) as stream:
        head = stream.read(_HEAD).lstrip(_BLANKS)
    keys = set(re.findall(rb'"(objectTypes|eventTypes|objects|events|ocel:[a-z-]+)"\s*:\s*[\[{]', head))
    return head.startswith(b"{") and (
        len(keys & {b"objectTypes", b"eventTypes", b"objects", b"events"}) >= 2
        or any(key.startswith(b"ocel:") for key in keys)
    )


def _values(path: Path) -> list[Any]:
    """The JSON values of a file, one after the other; `gh api --paginate` writes several."""
    with opened(path) as stream:
        raw = stream.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise InputError(f"{path.name} is one JSON document of more than {MOST_BYTES >> 20} MB.", _HINT)
    try:
        text = raw.decode(json.detect_encoding(raw)).lstrip("\ufeff")
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is no text in UTF-8: byte {error.start}.", "Save it as UTF-8.") from error
    decoder = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
    values, at = [], _past_gap(text, 0)
    try:
        while at < len(text):
            value, at = decoder.raw_decode(text, at)
            values.append(value)
            at = _past_gap(text, at)
    except json.JSONDecodeError as error:
        raise InputError(
            f"{path.name} is no JSON: {error.msg}, line {error.lineno}, column {error.colno}.",
            "If the file was cut short, export or copy it again.",
        ) from error
    except RecursionError as error:
        raise InputError(f"{path.name} is nested too deep.", _HINT) from error
    return values


def _past_gap(text: str, at: int) -> int:
    found = _GAP.match(text, at)
    return found.end() if found else at
