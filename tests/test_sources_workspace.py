"""What a file says, a workspace that imported it says as well, whatever kind of file it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from git_repositories import Repo
from readers_fuzz import readers
from test_export import EVERYTHING
from valuestream import ValueStream, read, sketch
from valuestream.cli.main import vsm
from valuestream.discovering import suggested
from valuestream.sources.write import write_events
from valuestream.stream import Stream
from valuestream.workspace import Workspace

ENDINGS = ("csv", "csv.gz", "parquet", "xlsx", "xes", "xes.gz", "sqlite", "json", "xml")
TOLD_APART = ("app", "notes")
"""What need not be the same."""


def told(stream: ValueStream) -> dict[str, Any]:
    with stream:
        return {key: value for key, value in stream.map().items() if key not in TOLD_APART}


def in_workspace(folder: Path, paths: Sequence[Path], stream: Stream) -> dict[str, Any]:
    """The map of a workspace that imported some files, by a stream that is given."""
    workspace = Workspace.init(folder)
    for path in paths:
        workspace.import_file(path)
    workspace.definition = lambda name=None: stream  # type: ignore[method-assign]
    try:
        return told(workspace.stream())
    finally:
        workspace.close()


def maps(path: Path, folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The map of a file, and that of a workspace that imported it; both by the stream that the file suggests."""
    log = read(path)
    stream = suggested(log)
    return told(ValueStream(log, stream, unmapped="exclude")), in_workspace(folder, [path], stream)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_log_of_everything_has_one_map_in_a_file_and_in_a_workspace(tmp_path, ending):
    write_events(sketch(EVERYTHING), tmp_path / f"log.{ending}")
    of_file, of_workspace = maps(tmp_path / f"log.{ending}", tmp_path / "workspace")
    assert of_workspace == of_file


KINDS = ("csv", "csv.gz", "vendors' csv", "xlsx", "parquet", "json", "json lines", "trello", "github, gitlab", "xes",
         "xes.gz", "ocel json", "ocel xml", "ocel sqlite")  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_file_that_is_read_has_one_map_in_a_workspace_too(tmp_path, kind):
    (tmp_path / "files").mkdir()
    for number, data in enumerate(readers(tmp_path / "files")[kind].files):
        path = tmp_path / f"log {number}"
        path.write_bytes(data)
        of_file, of_workspace = maps(path, tmp_path / f"workspace {number}")
        assert of_workspace == of_file, data[:60]


def test_a_git_repository_has_one_map_in_a_workspace_too(tmp_path):
    repo = Repo(tmp_path / "shop")
    repo.commit("start", 1)
    repo.git("checkout", "-q", "-b", "topic")
    repo.commit("feat: one", 2)
    repo.commit("feat: two", 4, by="bob")
    repo.git("checkout", "-q", "main")
    repo.merge("topic", "Merge pull request #7 from a/topic\n\nA door", 5)
    repo.tag("v1.0", 6)
    repo.commit("fix: late (#8)", 8)
    of_file, of_workspace = maps(tmp_path / "shop", tmp_path / "workspace")
    assert of_file["items"]["finished"] == 2
    assert of_workspace == of_file


def test_a_file_that_comes_again_corrected_leaves_no_ghost(tmp_path):
    """
    A: todo 1, dev 2, done 5 is corrected to A: todo 1, dev 2, done 4, and B is no more.
    """
    path, second = tmp_path / "log.csv", tmp_path / "second.csv"
    write_events(sketch("A: todo 1, dev 2, done 5\nB: todo 1, dev 3, done 6"), path)
    corrected = sketch("A: todo 1, dev 2, done 4")
    write_events(corrected, second)
    stream = suggested(corrected)
    workspace = Workspace.init(tmp_path / "workspace")
    workspace.import_file(path)
    path.write_bytes(second.read_bytes())
    workspace.import_file(path)
    workspace.close()
    assert in_workspace(tmp_path / "workspace", [], stream) == told(ValueStream(read(second), stream))


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_a_workspace_exports_has_its_map_again(tmp_path, ending):
    write_events(sketch(EVERYTHING), tmp_path / "log.parquet")
    folder, out = tmp_path / "workspace", tmp_path / f"out.{ending}"
    stream = suggested(read(tmp_path / "log.parquet"))
    before = in_workspace(folder, [tmp_path / "log.parquet"], stream)
    done = CliRunner().invoke(vsm, ["export", "events", "-w", str(folder), "--people", "names", "--to", str(out)])
    assert done.exit_code == 0, done.output
    assert told(ValueStream(read(out), stream, unmapped="exclude")) == before


def test_items_of_two_sources_that_share_a_key_stay_two_in_what_a_workspace_exports(tmp_path):
    """
    source one, 1: todo 1, done 3. source two, 1: todo 1, done 9.
    """
    paths = [tmp_path / "one.csv", tmp_path / "two.csv"]
    for path, end in zip(paths, (3, 9), strict=True):
        write_events(sketch(f"1: todo 1, done {end}"), path)
    folder, out = tmp_path / "workspace", tmp_path / "out.parquet"
    stream = suggested(read(paths[0]))
    before = in_workspace(folder, paths, stream)
    done = CliRunner().invoke(vsm, ["export", "events", "-w", str(folder), "--to", str(out)])
    assert done.exit_code == 0, done.output
    assert list(read(out).items) == ["one:1", "two:1"]
    # (2 + 8) / 2 days
    assert told(ValueStream(read(out), stream))["totals"]["lead_time_s"]["mean"] == 5 * 86_400
    assert before["totals"]["lead_time_s"]["mean"] == 5 * 86_400
