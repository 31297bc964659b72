"""What a stream promised, and how often it kept it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from valuestream.analysis.asker import Asker
from valuestream.metrics import time
from valuestream.metrics.question import condition
from valuestream.stream import Stream

Document = dict[str, Any]
EVERY = ("all", "every item", "*")
_FORM = re.compile(r"\s*(\d+(?:\.\d+)?)\s*%\s*(?:with)?in\s+(\d+(?:\.\d+)?)\s*(min|h|d|w)\w*\s*")
_SECONDS = {"min": 60.0, "h": 3_600.0, "d": 86_400.0, "w": 604_800.0}


def target(text: str) -> tuple[float, float] | None:
    """The share and the seconds of a target, or None where it is not of that form.

    >>> target("85 % within 10 d")
    (0.85, 864000.0)
    """
    found = _FORM.fullmatch(text)
    return (float(found[1]) / 100, float(found[2]) * _SECONDS[found[3]]) if found else None


def targets(ask: Asker, stream: Stream, words: Sequence[str]) -> list[Document]:
    """One row a target of the stream's file: what was asked, what share of the finished items kept it, of how many.

    `kept` is None where nothing of that type was finished, or where the target cannot be read (`readable` false).
    """
    rows = f"{time.LEAD_TIME.of} AND {condition(time.LEAD_TIME, ask.window, ask.filters)}"
    found: list[Document] = []
    for name, text in stream.targets.items():
        asked = target(text)
        row: Document = {
            "type": name, "text": text, "readable": asked is not None, "share": None, "within_s": None,
            "kept": None, "n": 0,
        }  # fmt: skip
        if asked is not None:
            share, within = asked
            code = next((code for code, word in enumerate(words) if word == name), None)
            only = "true" if name in EVERY else "false" if code is None else f"type = {code}"
            sql = f"SELECT count(*), avg(CASE WHEN lead_s <= {within!r} THEN 1.0 ELSE 0.0 END)"
            n, kept = ask.run(f"{sql} FROM items WHERE {rows} AND {only}")[0]
            row |= {"share": share, "within_s": within, "kept": kept, "n": n}
        found.append(row)
    return found
