"""What cannot be: two lines on stderr and a status, or a counted reject on the map; never a traceback."""

from __future__ import annotations

import gzip
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from command_line import STREAM, TICKETS, Ran, program, ran, vsm, written

HEAD = "item,time,state\n"
COMMANDS = (("map",), ("discover",), ("streams", "suggest"))
ROWS = 1_000_000

needs_posix = pytest.mark.skipif(os.name == "nt", reason="signals and pipes as POSIX has them")


def refused(left: Ran, *said: str) -> None:
    assert (left.status, left.out) == (2, "")
    first, second = left.err.splitlines()
    assert re.match(r"Error: \S", first)
    assert re.match(r" {7}\S", second)
    for words in said:
        assert words in left.err


@pytest.fixture
def tickets(tmp_path: Path) -> Path:
    return written(tmp_path, "tickets.csv", TICKETS)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", ("log.csv is empty", "header and at least one row")),
        ("\n\n", ("log.csv is empty",)),
        (HEAD, ("has a header and no rows",)),
        ("item,time,who\nA,2024-01-01,ada\n", ("No column says the state", "'who'", "--columns state=")),
        (HEAD + "A,yesterday,todo\nA,today,dev\n", ("no time in a known form: 'yesterday' (line 2)", "2024-02-29")),
        (HEAD + "A,2024-01-01T00:00Z,a\nA,2024-01-02T00:00,b\n", ("mixes times", "line 2", "line 3", "--zone")),
        (bytes(range(256)) * 20, ("binary file",)),
        (b"%PDF-1.7\nwhatever", ("is a PDF", "Read are CSV")),
        (
            gzip.compress((HEAD + "A,2024-01-01,todo\n" * 999).encode(), mtime=0)[:-9],
            ("ends before its gzip data do", "zcat"),
        ),
    ],
    ids=["empty", "blank", "no rows", "no state", "no dates", "mixed zones", "binary", "pdf", "gzip cut short"],
)
def test_a_file_that_is_no_log_is_refused(
    command: tuple[str, ...], content: str | bytes, said: tuple[str, ...], tmp_path: Path
) -> None:
    refused(vsm(*command, written(tmp_path, "log.csv", content)), *said)


def test_a_line_beyond_16_megabytes_is_refused_with_its_number(tmp_path: Path) -> None:
    log = written(tmp_path, "log.csv", HEAD + "A,2024-01-01,todo\nA,2024-01-02," + "x" * (17 << 20) + "\n")
    refused(vsm("map", log), "Line 3 of log.csv is longer than 16 MB")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_what_is_no_readable_file_is_refused(command: tuple[str, ...], tmp_path: Path) -> None:
    refused(vsm(*command, tmp_path / "none.csv"), "There is no file", "none.csv")
    refused(vsm(*command, tmp_path), "is a folder")


@needs_posix
def test_a_pipe_is_refused_before_it_is_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    refused(vsm("discover", pipe), "is a pipe or a device", "write it to a file first")


def test_a_gzip_cut_short_says_how_far_it_goes(tmp_path: Path) -> None:
    rows = "".join(f"A{n},2024-01-01,state {n * n % 1009}\n" for n in range(20_000))
    packed = gzip.compress((HEAD + rows).encode())
    left = vsm("map", written(tmp_path, "log.csv.gz", packed[: len(packed) // 2]))
    refused(left, "ends before its gzip data do")
    found = re.search(r"([\d,]+) whole lines could be read", left.err)
    assert found is not None
    assert 5_000 < int(found[1].replace(",", "")) < 15_000


def test_a_name_that_says_gz_of_a_plain_file_does_no_harm(tmp_path: Path) -> None:
    assert vsm("discover", written(tmp_path, "log.csv.gz", TICKETS), "--json").document["items"] == 3


@needs_posix
def test_a_file_of_somebody_else_is_refused(tickets: Path) -> None:
    tickets.parent.chmod(0o755)
    tickets.chmod(0)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)  # root may read everything
    try:
        left = vsm("map", tickets)
    finally:
        if root:
            os.seteuid(0)
    refused(left, "tickets.csv cannot be read: Permission denied", "Look at its permissions")


class TestABadRowIsCounted:
    @pytest.mark.parametrize(
        ("content", "rejects"),
        [
            (HEAD + "A,2024-01-01,todo\nA,soon,dev\nA,2024-01-03,done\n", ["time"]),
            (HEAD + "A,2024-01-01,todo\n,2024-01-02,dev\nA,,dev\nA,2024-01-03,done\n", ["item", "time"]),
            (HEAD + "A,2024-01-01,todo\nA,2024-01-01,todo\nA,2024-01-03,done\n", ["duplicate"]),
            (HEAD + "A,2024-01-01,todo\nA,2024-01-02\nA,2024-01-03,done\n", ["too few columns"]),
            ("item,activity,start,end\nA,dev,2024-01-03,2024-01-02\nA,b,2024-01-01,2024-01-02\n", ["end is before"]),
        ],
        ids=["unreadable date", "empty cells", "duplicate row", "short row", "end before start"],
    )
    def test_on_the_map_and_in_discover(self, content: str, rejects: list[str], tmp_path: Path) -> None:
        log = written(tmp_path, "log.csv", content)
        document, text = vsm("map", log, "--json").document, " ".join(vsm("map", log).out.split())
        told = [row for row in document["excluded"] if row["reason"].startswith("rejected: ")]
        assert [row["n"] for row in told] == [1] * len(rejects)
        for why, row in zip(rejects, sorted(told, key=lambda row: str(row["reason"])), strict=True):
            assert why in row["reason"]
            assert row["reason"] in text
        assert sum(row["n"] for row in vsm("discover", log, "--json").document["rejects"]) == len(rejects)
        assert f"Left out: {len(rejects)} row" in vsm("discover", log).out


class TestAnItemMayBeCalled:
    @pytest.mark.parametrize("key", ["NA", "null", "None", "nan", "007", "-1", "=1+1", "true"])
    def test_anything(self, key: str, tmp_path: Path) -> None:
        log = written(
            tmp_path, "log.csv", HEAD + f"{key},2024-01-01,todo\n{key},2024-01-02,dev\n{key},2024-01-03,done\n"
        )
        document = vsm("map", log, "--json").document
        assert document["items"]["finished"] == 1
        assert document["excluded"] == []
        assert document["findings"][0]["items"] == [key]

    def test_and_007_is_not_7(self, tmp_path: Path) -> None:
        log = written(tmp_path, "log.csv", HEAD + "007,2024-01-01,todo\n7,2024-01-02,todo\n")
        assert vsm("discover", log, "--json").document["items"] == 2


class TestOptions:
    @pytest.mark.parametrize("option", ["--since", "--until", "--as-of"])
    @pytest.mark.parametrize("said", ["never", "2024-13-01", "2024-02-30", "01.02.2024"])
    def test_a_date_that_is_none(self, option: str, said: str, tickets: Path) -> None:
        for command in ("map", "discover"):
            refused(vsm(command, tickets, option, said), repr(said), '"2024-03-05"')

    @pytest.mark.parametrize("command", ["map", "discover"])
    def test_a_window_that_ends_before_it_begins(self, command: str, tickets: Path) -> None:
        left = vsm(command, tickets, "--since", "2024-01-05", "--until", "2024-01-02")
        refused(left, "ends (2024-01-02 00:00 UTC) before it begins (2024-01-05 00:00 UTC)", "2024-01-10 00:00 UTC")

    @pytest.mark.parametrize("command", ["map", "discover"])
    def test_a_window_beside_the_log(self, command: str, tickets: Path) -> None:
        told = "from 2024-01-01 00:00 UTC to 2024-01-10 00:00 UTC"
        refused(vsm(command, tickets, "--since", "2030-01-01"), "after the log ends", told)
        refused(vsm(command, tickets, "--until", "2020-01-01"), "before the log begins", told)
        refused(vsm(command, tickets, "--as-of", "2020-01-01"), "nothing had happened yet", "2024-01-01T00:00:00Z")

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("map",), ("is in no workspace", "Name a file to read")),
            (("mapp",), ("No such command 'mapp'", "`vsm --help`")),
            (("map", "x.csv", "--jason"), ("No such option", "--json", "`vsm map --help`")),
            (("map", "x.csv", "--date-order", "dym"), ("'dym'", "'ymd', 'dmy', 'mdy'")),
            (("map", "x.csv", "--where", "team"), ("'team' is not of the form name=value",)),
            (("discover", "x.csv", "--variants", "-1"), ("'--variants'", "x>=0")),
            (("demo", "--items", "0"), ("'--items'", "20<=x<=200000")),
            (("demo", "--seed", "one"), ("'--seed'", "'one'")),
        ],
        ids=lambda part: " ".join(part) if part[0] in ("map", "mapp", "discover", "demo") else "",
    )
    def test_a_call_that_cannot_be_understood(self, arguments: tuple[str, ...], said: tuple[str, ...]) -> None:
        refused(vsm(*arguments), *said)

    def test_reading_options_that_cannot_be(self, tickets: Path) -> None:
        refused(vsm("map", tickets, "--delimiter", ";;"), "';;'")
        refused(vsm("map", tickets, "--encoding", "utf-9"), "'utf-9'", "cp1252")
        refused(vsm("map", tickets, "--shape", "sheet"), "two columns of dates")


class TestAnErrorIsTwoLinesWhateverTheFileSays:
    def test_with_line_breaks_and_escape_codes_in_a_name(self, tmp_path: Path) -> None:
        stream = written(tmp_path, "s.yaml", STREAM)
        log = written(tmp_path, "log.csv", HEAD + '"A\nB\x1b[31m",2024-01-01,"odd\nstate\x1b[2J"\n')
        left = vsm("map", log, "--stream", stream)
        refused(left, "No stage claims the state")
        assert "\x1b" not in left.err

    def test_with_a_name_of_100_kilobytes(self, tmp_path: Path) -> None:
        stream = written(tmp_path, "s.yaml", STREAM)
        log = written(tmp_path, "log.csv", HEAD + f"A,2024-01-01,{'long ' * 20_000}\n")
        left = vsm("map", log, "--stream", stream)
        refused(left, "No stage claims the state 'long long", "…")
        assert len(left.err) < 3000


def test_a_mistake_of_ours_keeps_its_traceback_in_a_file(
    tickets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("deep inside")

    monkeypatch.setattr("valuestream.cli.map.show_map", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    left = vsm("map", tickets)
    assert (left.status, left.out) == (4, "")
    first, second = left.err.splitlines()
    assert first == "Error: Something inside vsm went wrong; your data is untouched."
    [log] = tmp_path.glob("vsm-error-*.log")
    assert str(log) in second
    assert "ZeroDivisionError: deep inside" in log.read_text(encoding="utf-8")


class TestAProcessOfItsOwn:
    def test_keeps_standard_output_for_the_answer(self, tickets: Path) -> None:
        left = ran("discover", tickets, "--json")
        assert (left.document["items"], left.err) == (3, "")

    def test_leaves_with_2_and_two_lines_on_standard_error(self, tmp_path: Path) -> None:
        refused(ran("map", tmp_path / "none.csv"), "There is no file")

    @needs_posix
    @pytest.mark.parametrize("lines", [1, 0])
    def test_ends_quietly_when_nobody_reads_on(self, lines: int, tickets: Path) -> None:
        reading = ["head", f"-{lines}"] if lines else ["true"]
        with (
            subprocess.Popen(
                program("discover", tickets, "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
            ) as one,
            subprocess.Popen(reading, stdin=one.stdout, stdout=subprocess.PIPE) as other,
        ):
            assert one.stdout is not None
            assert one.stderr is not None
            one.stdout.close()
            assert other.communicate(timeout=60)[0].decode() == "{\n" * lines
            assert (one.stderr.read(), one.wait(timeout=60)) == (b"", 0)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gzipped log of a million events, so that a copy of it lies in TMPDIR while it is read."""
    path = tmp_path_factory.mktemp("large") / "large.csv.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(HEAD.encode())
        for begin in range(0, ROWS // 4, 10_000):
            rows = (
                f"ITEM-{n},2024-{1 + n % 12:02d}-{1 + n % 20 + d:02d}T{n % 24:02d}:00:00Z,{state}\n"
                for n in range(begin, begin + 10_000)
                for d, state in enumerate(("todo", "dev", "test", "done"))
            )
            file.write("".join(rows).encode())
    return path


@needs_posix
class TestCtrlC:
    @pytest.fixture
    def temporary(self, tmp_path: Path) -> Path:
        folder = tmp_path / "temporary"
        folder.mkdir()
        return folder

    @pytest.mark.parametrize("wait", [0.0, 1.0, 2.5], ids=["unpacking", "reading", "later"])
    def test_ends_the_work_with_one_line_and_leaves_nothing(
        self, wait: float, large: Path, tmp_path: Path, temporary: Path
    ) -> None:
        process = self._started(large, tmp_path, temporary)
        self._until_at_work(process, temporary)
        time.sleep(wait)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        if process.returncode == 0:
            pytest.skip(f"this machine had it done in {wait} s")
        assert (process.returncode, out) == (130, "")
        assert err == "Interrupted: nothing half-written is left behind.\n"
        assert [path.name for path in tmp_path.iterdir()] == ["temporary"]
        assert list(temporary.iterdir()) == []

    def test_so_does_the_signal_by_which_services_are_stopped(
        self, large: Path, tmp_path: Path, temporary: Path
    ) -> None:
        process = self._started(large, tmp_path, temporary)
        self._until_at_work(process, temporary)
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=60) == ("", "Interrupted: nothing half-written is left behind.\n")
        assert process.returncode == 128 + signal.SIGTERM
        assert list(temporary.iterdir()) == []

    def test_pressed_twice_is_as_good_as_once(self, large: Path, tmp_path: Path, temporary: Path) -> None:
        process = self._started(large, tmp_path, temporary)
        self._until_at_work(process, temporary)
        for _ in range(2):
            process.send_signal(signal.SIGINT)
            time.sleep(0.02)
        assert process.communicate(timeout=60) == ("", "Interrupted: nothing half-written is left behind.\n")
        assert process.returncode == 130
        assert list(temporary.iterdir()) == []

    def _started(self, large: Path, folder: Path, temporary: Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            program("map", large, "--svg", folder / "map.svg"),
            env={**os.environ, "TMPDIR": str(temporary), "PYTHONUTF8": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _until_at_work(self, process: subprocess.Popen[str], temporary: Path) -> None:
        """Until the copy that is read lies in TMPDIR."""
        for _ in self._while_running(process):
            if any(temporary.iterdir()):
                return
        pytest.fail(f"never at work: {process.communicate()}")

    def _while_running(self, process: subprocess.Popen[str]) -> Iterator[None]:
        end = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < end:
            yield
            time.sleep(0.01)


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_progress_is_for_a_terminal_alone(large: Path, tmp_path: Path) -> None:
    import pty

    small = written(tmp_path, "small.csv.gz", gzip.compress(gzip.decompress(large.read_bytes())[:2_000_000]))
    assert ran("discover", small, "--json").err == ""
    terminal, other = pty.openpty()
    with subprocess.Popen(program("discover", small, "--json"), stdout=subprocess.DEVNULL, stderr=other) as process:
        os.close(other)
        shown = b""
        while chunk := _read(terminal):
            shown += chunk
        assert process.wait(timeout=60) == 0
    os.close(terminal)
    assert b"Reading" in shown


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # Linux ends a pseudo-terminal so
        return b""
