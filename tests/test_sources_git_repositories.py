"""Repositories of every kind: clones, shallow ones, broken ones, hostile ones."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from git_repositories import History, Repo, attribute, has_note, people, states
from valuestream.errors import InputError
from valuestream.sources.git import read_git
from valuestream.sources.git_command import is_repository
from valuestream.sources.git_stream import git_stream


def test_a_branch_is_guessed_and_can_be_named(repo: Repo, tmp_path: Path) -> None:
    first = repo.commit("first", 1)
    repo.git("checkout", "-q", "-b", "develop")
    second = repo.commit("second", 2)
    assert list(states(read_git(repo.path))) == [first[:7]]
    assert has_note(read_git(repo.path), "taken to be main: a branch has that name")
    named = read_git(repo.path, branch="develop")
    assert list(states(named)) == [first[:7], second[:7]]
    repo.git("branch", "-D", "main")
    assert has_note(read_git(repo.path), "taken to be develop: it is checked out")
    repo.git("checkout", "-q", "--detach")
    repo.git("branch", "-D", "develop")
    assert has_note(read_git(repo.path), "HEAD is detached")
    with pytest.raises(InputError, match="no branch 'nowhere'"):
        read_git(repo.path, branch="nowhere")


def test_a_clone_follows_its_origin(repo: Repo, tmp_path: Path) -> None:
    repo.commit("first", 1)
    repo.git("branch", "-m", "trunk")
    repo.git("clone", "-q", str(repo.path), str(tmp_path / "clone"))
    assert has_note(read_git(tmp_path / "clone"), "taken to be origin/trunk: origin/HEAD names it")


def test_bare_repositories_worktrees_and_dot_git_read_the_same(repo: Repo, tmp_path: Path) -> None:
    repo.commit("first", 1)
    repo.commit("second", 2)
    whole = states(read_git(repo.path))
    repo.git("clone", "-q", "--bare", str(repo.path), str(tmp_path / "bare.git"))
    repo.git("worktree", "add", "-q", "--detach", str(tmp_path / "tree"))
    for path in (tmp_path / "bare.git", tmp_path / "tree", repo.path / ".git"):
        assert is_repository(path)
        assert states(read_git(path)) == whole
    assert read_git(tmp_path / "bare.git").name == "bare"


def test_names_follow_the_mailmap(repo: Repo, tmp_path: Path) -> None:
    (repo.path / ".mailmap").write_text("Ada Lovelace <ada@example.org>\n")
    repo.git("add", ".mailmap")
    made = repo.commit("first", 1)
    repo.git("clone", "-q", "--bare", str(repo.path), str(tmp_path / "bare.git"))
    for path in (repo.path, tmp_path / "bare.git"):
        assert people(read_git(path), made[:7]) == ["Ada Lovelace"]


def test_a_partial_clone_that_lacks_its_mailmap_says_so(repo: Repo, tmp_path: Path) -> None:
    (repo.path / ".mailmap").write_text("Ada Lovelace <ada@example.org>\n")
    repo.git("add", ".mailmap")
    made = repo.commit("first", 1)
    repo.git("config", "uploadpack.allowFilter", "true")
    partial = tmp_path / "partial.git"
    repo.git("clone", "-q", "--bare", "--filter=blob:none", f"file://{repo.path}", str(partial))
    log = read_git(partial)
    assert people(log, made[:7]) == ["ada"]
    assert has_note(log, "The partial clone lacks its mailmap")


def test_a_shallow_clone_says_what_it_does_not_know(repo: Repo, tmp_path: Path) -> None:
    for number in (1, 2, 3, 4):
        made = repo.commit(f"change {number}", number, committed=number + 0.5)
    shallow = tmp_path / "shallow"
    repo.git("clone", "-q", "--depth", "2", f"file://{repo.path}", str(shallow))
    log = read_git(shallow)
    assert states(log) == {made[:7]: "coding 4, merged 4.5"}
    assert has_note(log, "The clone is shallow: 1 commit ends it")
    assert [reject.reason for reject in log.rejects] == ["lies at the edge of a shallow clone"]
    repo.git("clone", "-q", "--depth", "1", f"file://{repo.path}", str(tmp_path / "tip"))
    with pytest.raises(InputError, match="too shallow") as error:
        read_git(tmp_path / "tip")
    assert "unshallow" in error.value.hint


def test_without_tags_the_notes_say_that_nothing_is_known_of_releases(repo: Repo) -> None:
    repo.commit("first", 1)
    log = read_git(repo.path)
    assert has_note(log, "There are no tags")
    assert git_stream(log).done == ("merged",)


def test_an_empty_repository_is_refused_with_a_hint(repo: Repo) -> None:
    with pytest.raises(InputError, match="has no commits yet"):
        read_git(repo.path)


def test_a_folder_that_is_no_repository_is_refused(repo: Repo, tmp_path: Path) -> None:
    repo.commit("first", 1)
    (repo.path / "docs").mkdir()
    for path, said in ((tmp_path, "no git repository"), (tmp_path / "gone", "There is no folder")):
        with pytest.raises(InputError, match=said):
            read_git(path)
    with pytest.raises(InputError, match="no git repository") as error:
        read_git(repo.path / "docs")
    assert str(repo.path) in error.value.hint


def test_a_broken_repository_is_refused_without_a_traceback(repo: Repo, tmp_path: Path) -> None:
    made = repo.commit("first", 1)
    repo.commit("second", 2)
    lost = repo.path / ".git" / "objects" / made[:2] / made[2:]
    lost.chmod(0o600)
    lost.unlink()
    with pytest.raises(InputError, match="git cannot read"):
        read_git(repo.path)
    (tmp_path / "fake" / ".git").mkdir(parents=True)
    with pytest.raises(InputError, match="git cannot read"):
        read_git(tmp_path / "fake")


def test_tags_that_name_no_commit_are_said(repo: Repo) -> None:
    made = repo.commit("first", 1)
    repo.git("tag", "v9", repo.git("rev-parse", "HEAD^{tree}"))
    repo.tag("v1.0.0", 3)
    log = read_git(repo.path)
    assert attribute(log, "release") == {made[:7]: "v1.0.0"}
    assert has_note(log, "1 tag that names no commit itself is not read")


def test_odd_encodings_are_read_and_said(repo: Repo) -> None:
    repo.git(
        "-c",
        "i18n.commitEncoding=ISO-8859-1",
        "commit",
        "-q",
        "--allow-empty",
        "-F",
        "-",
        feed="T\xfcr".encode("latin-1"),
    )
    tree = repo.git("write-tree")
    raw = f"tree {tree}\nparent {repo.git('rev-parse', 'HEAD')}\nauthor Zo\xeb <z@example.org> 1704067200 +0000\n"
    raw += "committer Zo\xeb <z@example.org> 1704067200 +0000\n\nM\xe4rz\n"
    mark = repo.git("hash-object", "-t", "commit", "-w", "--stdin", feed=raw.encode("latin-1"))
    repo.git("update-ref", "refs/heads/main", mark)
    log = read_git(repo.path)
    assert set(attribute(log, "title").values()) == {"Tür", "März"}
    assert people(log, mark[:7]) == ["Zoë"]
    assert has_note(log, "1 commit message was not UTF-8")


@pytest.mark.skipif(os.name == "nt", reason="the trap is a shell script")
def test_nothing_that_a_repository_names_is_run(repo: Repo, tmp_path: Path) -> None:
    """Signatures, hooks, monitors, pagers, fetches of missing objects: a repository can name programs for each."""
    repo.commit("first", 1)
    trap, sprung = tmp_path / "trap", tmp_path / "sprung"
    trap.write_text(f"#!/bin/sh\ntouch {sprung}\n")
    trap.chmod(0o755)
    for name in ("gpg.program", "core.fsmonitor", "core.pager", "core.sshCommand", "diff.external", "core.editor"):
        repo.git("config", name, str(trap))
    for name, value in (("log.showSignature", "true"), ("core.hooksPath", str(tmp_path)), ("color.ui", "always")):
        repo.git("config", name, value)
    for name, value in (("url", f"ext::{trap}"), ("promisor", "true"), ("partialclonefilter", "blob:none")):
        repo.git("config", f"remote.origin.{name}", value)
    repo.git("config", "protocol.ext.allow", "always")
    signed = f"tree {repo.git('write-tree')}\nparent {repo.git('rev-parse', 'HEAD')}\nauthor a <a> 1704067200 +0000\n"
    signed += "committer a <a> 1704067200 +0000\n"
    signed += "gpgsig -----BEGIN PGP SIGNATURE-----\n \n -----END PGP SIGNATURE-----\n\nsigned\n"
    repo.git(
        "update-ref", "refs/heads/main", repo.git("hash-object", "-t", "commit", "-w", "--stdin", feed=signed.encode())
    )
    subprocess.run(["git", "-C", str(repo.path), "log", "-1"], capture_output=True, check=False)
    assert sprung.exists(), "the trap works"
    sprung.unlink()
    assert len(read_git(repo.path).items) == 2
    missing = repo.git("hash-object", "-t", "commit", "-w", "--stdin", feed=signed.replace("signed", "gone").encode())
    (repo.path / ".git" / "refs" / "heads" / "main").write_text(missing + "\n")
    (repo.path / ".git" / "objects" / missing[:2] / missing[2:]).unlink()
    with pytest.raises(InputError):
        read_git(repo.path)
    assert not sprung.exists()


def test_the_surroundings_do_not_redirect_the_reading(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inside a git hook GIT_DIR and others are set; a branch's name is no option."""
    made = repo.commit("first", 1)
    other = Repo(tmp_path / "other")
    other.commit("elsewhere", 1)
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    assert list(read_git(repo.path).items) == [made[:7]]
    with pytest.raises(InputError, match="no branch"):
        read_git(repo.path, branch="--output=x")


def test_a_request_number_used_twice_keeps_keys_apart() -> None:
    log = History().add("a", 1, title="x (#1)").add("b", 2, "a", title="y (#1)").log()
    assert list(log.items) == ["#1", "#1@b"]
    assert has_note(log, "1 change has the number of another change")


def test_a_pull_before_a_push_is_said() -> None:
    history = History().add("a", 1).add("b", 2, "a").add("c", 2, "a")
    log = history.add("m", 3, "b", "c", title="Merge branch 'main' of example.org:shop").log()
    assert has_note(log, "1 merge pulled the branch into itself")
