"""A disk that is full while a workspace imports or builds: a clear error, nothing lost, and the next run is right."""

from __future__ import annotations

import random
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from command_line import STREAM, Ran, vsm, written
from valuestream.sources import divided

SIZE = 24_000_000
LEFT = (0, 40_000, 300_000, 1_000_000)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own that is soon full."""
    small = tmp_path / "disk"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(small)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk can be mounted by root only")
    yield small
    subprocess.run(["umount", "-l", str(small)], check=True)


def log(folder: Path, name: str, items: int, seed: int) -> Path:
    """Items with their three states at times that do not compress."""
    chance = random.Random(seed)
    rows = ["item,time,state,resource"]
    for item in range(items):
        at, key = chance.uniform(1.6e9, 1.7e9), f"{seed}-{chance.getrandbits(60)}-{item}"
        for state in ("todo", "dev", "done"):
            rows.append(f"{key},{at:.6f},{state},p{chance.randrange(50)}")
            at += chance.expovariate(1e-5)
    return written(folder, name, "\n".join(rows) + "\n")


def filled(disk: Path, left: int) -> Path:
    """A file that leaves so many bytes free."""
    filler = disk / "filler"
    filler.write_bytes(b"x" * max(0, shutil.disk_usage(disk).free - left))
    return filler


def full(told: Ran) -> bool:
    """Whether a command said that the disk is full, in two lines, with the status of what a user must act on."""
    assert told.out == ""
    assert told.err.count("\n") == 2, told.err
    return told.status == 2 and told.err.startswith("Error: The disk is full")


@pytest.mark.parametrize("left", LEFT)
def test_an_import_that_finds_the_disk_full_takes_nothing_and_the_next_is_right(
    tmp_path: Path, disk: Path, left: int
) -> None:
    home = disk / "home"
    assert vsm("init", home).status == 0
    (home / "valuestream.yaml").write_text("people: names\n" + STREAM, encoding="utf-8")
    first, second = log(tmp_path, "first.csv", 300, 1), log(tmp_path, "second.csv", 30_000, 2)
    assert vsm("import", first, "-w", home, "--source", "s").status == 0
    before = vsm("status", "-w", home, "--json").document["counts"]
    filler = filled(disk, left)
    assert full(vsm("import", second, "-w", home, "--source", "s"))
    assert vsm("status", "-w", home, "--json").document["counts"] == before
    filler.unlink()
    assert vsm("import", second, "-w", home, "--source", "s").status == 0
    assert vsm("status", "-w", home, "--json").document["counts"]["events"] == 900 + 90_000


@pytest.mark.parametrize("left", LEFT)
def test_a_build_that_finds_the_disk_full_leaves_the_last_one_and_the_next_is_right(
    tmp_path: Path, disk: Path, left: int
) -> None:
    home = disk / "home"
    assert vsm("init", home).status == 0
    (home / "valuestream.yaml").write_text("people: names\n" + STREAM, encoding="utf-8")
    assert vsm("import", log(tmp_path, "first.csv", 300, 1), "-w", home, "--source", "s").status == 0
    assert vsm("build", "-w", home).status == 0
    assert vsm("import", log(tmp_path, "second.csv", 30_000, 2), "-w", home, "--source", "s").status == 0
    filler = filled(disk, left)
    assert full(vsm("build", "-w", home))
    stream = vsm("status", "-w", home, "--json").document["streams"][0]
    assert stream["build"]["state"] == "stale"
    assert stream["events"] == 900  # of the last build
    filler.unlink()
    assert vsm("build", "-w", home).status == 0
    assert vsm("status", "-w", home, "--json").document["streams"][0]["events"] == 900 + 90_000
    here = vsm("metrics", "lead_time", "-w", home, "--json").document["metrics"]
    assert vsm("build", "--whole", "-w", home).status == 0
    assert vsm("metrics", "lead_time", "-w", home, "--json").document["metrics"] == here


def test_a_large_file_whose_parts_have_no_room_says_so(
    tmp_path: Path, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(divided, "LARGE", 1000)
    monkeypatch.setattr(tempfile, "tempdir", str(disk))
    home, big = tmp_path / "home", log(tmp_path, "big.csv", 30_000, 3)
    assert vsm("init", home).status == 0
    filler = filled(disk, 100_000)
    told = vsm("import", big, "-w", home)
    assert told.status == 2
    assert told.err.startswith(f"Error: big.csv is read in parts, and {disk} has no room for them: No space left")
    filler.unlink()
    assert vsm("import", big, "-w", home).status == 0
    assert [path.name for path in disk.iterdir()] == []
