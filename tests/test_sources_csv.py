from __future__ import annotations

import csv
import gzip
import io
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from conftest import SHARED
from sources_reading import states
from valuestream.errors import InputError
from valuestream.log.event import Kind
from valuestream.sources import plain
from valuestream.sources.open import read
from valuestream.sources.source import Reading

HEADER = "case,activity,ts\n"
ROWS = "A,todo,2024-01-01\nA,done,2024-01-02\n"
TOLD = [("A", "2024-01-01", "todo"), ("A", "2024-01-02", "done")]


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write a file; whatever is read from it leaves no copy behind."""
    copies = tmp_path / "copies"
    copies.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(copies))

    def to(content: bytes | str, name: str = "log.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    yield to
    assert list(copies.iterdir()) == []


def test_a_comma_separated_file_is_a_log_named_after_it_with_lines_counted_from_the_header(write):
    log = read(write(HEADER + ROWS))
    assert states(log) == TOLD
    assert (log.name, log.line.tolist()) == ("log.csv", [2, 3])
    assert log.notes[0] == "Columns are separated by comma."


@pytest.mark.parametrize(("delimiter", "named"), [(";", "semicolon"), ("\t", "tab"), ("|", "pipe")])
def test_the_delimiter_is_found_out_and_noted(write, delimiter, named):
    log = read(write((HEADER + ROWS).replace(",", delimiter)))
    assert states(log) == TOLD
    assert log.notes[0] == f"Columns are separated by {named}."


def test_decimal_commas_do_not_hide_a_semicolon(write):
    log = read(write("case;activity;ts;cost\nA;todo;2024-01-01;1,5\nA;done;2024-01-02;2,25\n"))
    assert states(log) == TOLD


def test_a_delimiter_that_was_given_is_taken(write):
    path = write((HEADER + ROWS).replace(",", "^"))
    assert states(read(path, Reading(delimiter="^"))) == TOLD
    with pytest.raises(InputError, match="one character"):
        read(path, Reading(delimiter="^^"))


@pytest.mark.parametrize(
    ("encoding", "note"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("utf-16", "The file is UTF-16, as its first bytes say."),
        ("cp1252", "The file is not UTF-8: read as Windows-1252 (cp1252); --encoding decides."),
    ],
)
def test_the_encoding_is_found_out_and_noted(write, encoding, note):
    log = read(write("case,activity,ts\nÄ1,Prüfung,2024-01-01\n".encode(encoding)))
    assert states(log) == [("Ä1", "2024-01-01", "Prüfung")]
    assert [n for n in log.notes if "UTF" in n] == ([note] if note else [])


def test_an_encoding_that_was_given_is_taken(write):
    path = write("case,activity,ts\nA,Ж,2024-01-01\n".encode("cp1251"))
    assert list(read(path, Reading(encoding="cp1251")).words) == ["Ж"]
    for name in ("klingon", "undefined", "base64"):
        with pytest.raises(InputError, match=f"No encoding is called '{name}'"):
            read(path, Reading(encoding=name))
    with pytest.raises(InputError, match="is not utf-8"):
        read(path, Reading(encoding="utf-8"))


@pytest.mark.parametrize("ends", ["\r\n", "\r"])
def test_lines_may_end_in_any_way(write, ends):
    assert states(read(write((HEADER + ROWS).replace("\n", ends)))) == TOLD


def test_line_ends_may_be_mixed(write):
    log = read(write("case,activity,ts\r\nA,todo,2024-01-01\nA,done,2024-01-02\r\nB\n"))
    assert states(log) == TOLD
    assert log.rejects[0].place == "line 4"


def test_a_last_line_without_an_end_counts(write):
    assert states(read(write((HEADER + ROWS).rstrip("\n")))) == TOLD


def test_quoted_values_may_hold_delimiters_quotes_and_line_ends(write):
    log = read(write(HEADER + '"A, ""x""","two\nlines",2024-01-01\nB,done,2024-01-02\n'))
    assert states(log) == [('A, "x"', "2024-01-01", "two\nlines"), ("B", "2024-01-02", "done")]
    assert log.line.tolist() == [2, 4]


def test_malformed_rows_are_rejects_with_their_line_and_text(write):
    log = read(
        write(HEADER + 'A,todo,2024-01-01\n\nB,dev\nC,dev,2024-01-01,extra\nD,"d"ev,2024-01-01\nA,done,2024-01-02\n')
    )
    assert states(log) == TOLD
    assert [tuple(r) for r in log.rejects] == [
        ("line 4", "too few columns", "B,dev"),
        ("line 5", "too many columns", "C,dev,2024-01-01,extra"),
        ("line 6", "broken quotes", 'D,"d"ev,2024-01-01'),
    ]
    assert log.line.tolist() == [2, 7]


def test_an_unusable_row_is_a_reject_with_its_line_and_text_after_blank_lines_and_quotes(write):
    log = read(write(HEADER + '\n"A","to\ndo",2024-01-01\n\nB,,2024-01-01\nC,"",2024-01-01\nD,done,2024-01-02'))
    assert [tuple(r) for r in log.rejects] == [
        ("line 6", "state is empty", "B,,2024-01-01"),
        ("line 7", "state is empty", 'C,"",2024-01-01'),
    ]
    assert log.line.tolist() == [3, 8]


def test_a_quote_that_is_never_closed_is_a_reject_that_counts_the_lines_it_took(write):
    log = read(write(HEADER + ROWS + 'B,"dev,2024-01-01\nC,dev,2024-01-01\nD,dev,2024-01-01\n'))
    assert states(log) == TOLD
    assert [(r.place, r.reason) for r in log.rejects] == [("line 4", "broken quotes: a quote swallows 3 lines")]


def test_a_quote_that_hides_many_lines_from_the_parser_is_an_error_that_counts_them(write):
    rows = [f"I{n},dev,2024-01-01T00:00:00Z,{'x' * 100}" for n in range(60_000)]
    rows[1000] = 'I1000,"dev,2024-01-01T00:00:00Z,'
    with pytest.raises(InputError, match=r"A quote on or after line \d+ is never closed: [\d,]+ lines after it cannot"):
        read(write("case,activity,ts,note\n" + "\n".join(rows)))


def test_line_numbers_agree_with_a_plain_reader_of_any_quoted_file(write):
    rng = random.Random(7)
    words = ["todo", "dev", "a,b", 'say "hi"', "two\nlines", "three\n\nlines", 'do"ne']
    text, expected = io.StringIO(), []
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["case", "activity", "ts", "note"])
    for n in range(2000):
        if rng.random() < 0.05:
            text.write("\n")
        expected.append((f"I{n}", text.getvalue().count("\n") + 1))
        writer.writerow([f"I{n}", rng.choice(words), "2024-01-01", rng.choice(words)])
    log = read(write(text.getvalue()), Reading(columns={"note": ""}))
    assert [(log.items[i], line) for i, line in zip(log.item.tolist(), log.line.tolist(), strict=True)] == expected


def test_blank_lines_before_the_header_are_passed_over(write):
    log = read(write("\n\n" + HEADER + ROWS))
    assert (states(log), log.line.tolist()) == (TOLD, [4, 5])


def test_columns_without_a_name_or_with_the_same_name_do_no_harm(write):
    log = read(write("case,activity,ts,,Sprint,Sprint\nA,todo,2024-01-01,,1,2\nA,done,2024-01-02,,,\n"))
    assert states(log) == TOLD
    assert "Columns of the same name were told apart: 'Sprint (2)'." in log.notes


def test_quotes_in_a_column_s_name_do_no_harm(write):
    log = read(
        write('case,"it\'s ""so""",ts\nA,todo,2024-01-01\nA,done,2024-01-02\n'),
        Reading(columns={"state": 'it\'s "so"'}),
    )
    assert states(log) == TOLD


def test_a_gzipped_file_is_read_whatever_its_name(write):
    packed = gzip.compress((HEADER + ROWS).encode())
    assert states(read(write(packed, "log.csv.gz"))) == states(read(write(packed, "log.csv"))) == TOLD


def test_truncated_gzip_is_an_error_that_says_how_many_lines_could_be_read(write):
    rows = "".join(f"I{n},{random.Random(n).random()},2024-01-01\n" for n in range(20_000))
    packed = gzip.compress((HEADER + rows).encode())
    with pytest.raises(InputError, match=r"log.csv.gz ends before its gzip data do: [\d,]+ whole lines") as caught:
        read(write(packed[: len(packed) // 2], "log.csv.gz"))
    assert "copy it again" in caught.value.hint


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b"", "log.csv", "log.csv is empty"),
        (b"\n \n", "log.csv", "log.csv is empty"),
        (gzip.compress(b"", mtime=0), "log.csv.gz", "log.csv.gz is empty"),
        (HEADER.encode(), "log.csv", "has a header and no rows"),
        (
            HEADER.encode() + b"A\n",
            "log.csv",
            r"no rows that can be taken apart \(1 are malformed, first line 2: too few",
        ),
        (HEADER.encode() + b"A,\0,2024-01-01\n", "log.csv", "is a binary file: byte 19 is 0"),
        (b"\x7fELF\x01\0\0\0", "log.csv", "is a binary file"),
        (b"PK\x03\x04....", "log.csv", "log.csv is no whole spreadsheet"),
        (b'{"a": [1]}', "log.json", "is JSON of a kind that is not known: it holds 'a'"),
        (b"<log>", "log.xes", "is no well-formed XML"),
        (b"<!DOCTYPE html><html><body>Log in", "log.csv", "log.csv is an HTML page"),
        (b"case,a\n", "log.parquet", "is no Parquet file, whatever its name says"),
    ],
)
def test_what_is_no_table_is_an_error_that_says_what_it_is(write, content, name, message):
    with pytest.raises(InputError, match=message) as caught:
        read(write(content, name))
    assert caught.value.hint


def test_a_file_that_is_not_there_and_a_folder_are_errors(tmp_path):
    with pytest.raises(InputError, match="There is no file"):
        read(tmp_path / "nothing.csv")
    with pytest.raises(InputError, match="is a folder"):
        read(tmp_path)


def test_a_line_beyond_16_megabytes_is_an_error_with_its_number(write):
    with pytest.raises(InputError, match=r"Line 3 of log.csv is longer than 16 MB"):
        read(write(HEADER + "A,todo,2024-01-01\nB," + "x" * (17 << 20) + ",2024-01-01\n"))


def test_a_line_of_some_megabytes_is_read(write):
    log = read(write("case,activity,ts,note\nA,todo,2024-01-01," + "x" * (5 << 20) + "\nA,done,2024-01-02,\n"))
    assert states(log) == TOLD


def test_progress_is_told_and_ends_with_everything(write):
    seen: list[tuple[int, int]] = []
    path = write(HEADER + ROWS * 1000)
    read(path, Reading(progress=lambda done, total: seen.append((done, total))))
    assert seen == sorted(seen)
    assert seen[-1] == (path.stat().st_size, path.stat().st_size)


def test_ctrl_c_passes_through_and_leaves_no_copy(write):
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read(write(gzip.compress((HEADER + ROWS).encode()), "log.csv.gz"), Reading(progress=stop))


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ")
@pytest.mark.slow
def test_ctrl_c_in_the_middle_of_a_large_file_stops_at_once_and_leaves_no_copy(write, tmp_path):
    path = write(gzip.compress((HEADER + "A,todo,2024-01-01\n" * 3_000_000).encode(), 1), "log.csv.gz")
    code = "import sys; from valuestream.sources.open import read; print(flush=True); read(sys.argv[1])"
    environment = {**os.environ, "TMPDIR": str(tmp_path / "copies")}
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as reader:
        assert reader.stdout is not None
        reader.stdout.readline()
        time.sleep(0.4)
        reader.send_signal(signal.SIGINT)
        _, said = reader.communicate(timeout=60)
    assert b"KeyboardInterrupt" in said


def test_the_incidents_are_read_whole():
    path = SHARED / "data" / "incidents" / "incident_status.csv.gz"
    if not path.exists():
        pytest.skip("the shared data are not here")
    log = read(path)
    assert (len(log), len(log.items), len(log.words), len(log.people)) == (88_952, 24_918, 9, 487)
    assert set(log.kind.tolist()) == {Kind.STATE}
    assert log.rejects == ()


def test_a_log_of_intervals_is_read_whole():
    path = SHARED / "data" / "kronos" / "manual_log_1.csv"
    if not path.exists():
        pytest.skip("the shared data are not here")
    log = read(path)
    assert [log.kind.tolist().count(kind) for kind in (Kind.START, Kind.END)] == [12, 12]
    assert sorted(log.people) == ["Anya", "Cole", "Dom", "Marcus"]


def test_a_name_that_looks_like_a_pattern_is_the_name_of_one_file(tmp_path):
    for name, state in (("a[b].csv", "one"), ("a*.csv", "two"), ("ab.csv", "three")):
        (tmp_path / name).write_text(f"item,time,state\nA,2024-01-01,{state}\n")
    assert [states(read(tmp_path / name))[0][2] for name in ("a[b].csv", "a*.csv")] == ["one", "two"]


def test_a_gzip_file_that_would_fill_the_disk_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(plain, "MOST_UNPACKED", 1 << 20)
    (tmp_path / "log.csv.gz").write_bytes(gzip.compress(b"item,time,state\n" + b"A,2024-01-01,todo\n" * 500_000))
    with pytest.raises(InputError, match="unpacks to more than 200 times its size"):
        read(tmp_path / "log.csv.gz")
