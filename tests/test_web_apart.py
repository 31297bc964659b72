"""A file read by another process is handed over as it was read: whole, or in parts."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from test_sources_divided import COLUMNS, Collected, rows, told, written
from valuestream.sources import divided
from valuestream.sources.open import read
from valuestream.sources.source import Reading
from valuestream.web import apart


@pytest.mark.parametrize("large", [100, 10**6], ids=["in parts", "whole"])
def test_what_was_written_down_is_what_would_have_been_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: int
) -> None:
    """900 rows in parts of some 200, or at once: the same items, parts, rejects and notes."""
    monkeypatch.setattr(divided, "LARGE", large)
    monkeypatch.setattr(divided, "PART_ROWS", 200)
    path = written(tmp_path, "csv", rows(900, day_first=True))
    here, there, file = Collected(), Collected(), io.BytesIO()
    reading = Reading(columns=COLUMNS)
    log = read(path, replace(reading, into=here))
    writing = apart.Written(file)
    writing.say("log", read(path, replace(reading, into=writing)))
    file.seek(0)
    found = apart.handed_over(file, replace(reading, into=there))
    assert (len(there.parts) > 2) == (large == 100)
    assert there.items == here.items
    assert [told(part) for part in there.parts] == [told(part) for part in here.parts]
    assert told(found) == told(log)
    assert (found.rejects, found.notes) == (log.rejects, log.notes)


def test_another_process_reads_what_this_one_would(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "SMALL", 0)
    path = written(tmp_path, "csv", rows(900, day_first=True))
    into = Collected()
    found = apart.read(path, Reading(columns=COLUMNS, into=into))
    log = read(path, Reading(columns=COLUMNS))
    assert not into.parts  # it is no large one
    assert told(found) == told(log)
    assert (found.rejects, found.notes) == (log.rejects, log.notes)
