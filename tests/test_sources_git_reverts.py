"""What was taken back, and what came again."""

from __future__ import annotations

import pytest

from git_repositories import History, Repo, attribute, has_note, states
from valuestream import ValueStream
from valuestream.sources.git import read_git
from valuestream.sources.git_stream import git_stream


def test_a_revert_before_the_release_is_one_return(repo: Repo) -> None:
    repo.commit("begin", 1)
    door = repo.commit("a door", 2, committed=3)
    repo.git("revert", "--no-edit", door, at=5)
    repo.tag("v1.0.0", 7)
    log = read_git(repo.path)
    assert states(log)[door[:7]] == "coding 2, merged 3, reverted 5"
    with ValueStream(log, git_stream(log)) as seen:
        assert seen.map()["returns"] == [{"from": "Release", "to": "Coding", "n": 1, "share": pytest.approx(1 / 3)}]
        row = next(row for row in seen.items().to_pylist() if row["key"] == door[:7])
    assert (row["returns"], row["reopened"], row["finished"]) == (1, 0, None)


def test_a_revert_of_the_revert_brings_the_change_again(repo: Repo) -> None:
    repo.commit("begin", 1)
    door = repo.commit("a door", 2, committed=3)
    repo.git("revert", "--no-edit", door, at=5)
    repo.git("revert", "--no-edit", "HEAD", at=6)
    repo.tag("v1.0.0", 7)
    log = read_git(repo.path)
    assert states(log)[door[:7]] == "coding 2, merged 3, reverted 5, merged 6, released 7"
    assert sum("reverted" in moves for moves in states(log).values()) == 1


def test_a_revert_after_the_release_reopens_the_change() -> None:
    history = (
        History().add("a", 1).add("b", 3, "a", authored=1704153600).tag("v1", "b", 4).add("r", 6, "b", reverts=("b",))
    )
    log = history.tag("v2", "r", 8).log()
    assert states(log)["b"] == "coding 2, merged 3, released 4, reverted 6"
    with ValueStream(log, git_stream(log)) as seen:
        row = next(row for row in seen.items().to_pylist() if row["key"] == "b")
    assert (row["returns"], row["reopened"]) == (0, 1)


def test_a_change_reverted_in_the_same_release_was_never_out() -> None:
    log = History().add("a", 1).add("b", 3, "a").add("r", 4, "b", reverts=("b",)).tag("v1", "r", 5).log()
    assert states(log)["b"] == "merged 3, reverted 4"
    assert states(log)["r"] == "merged 4, released 5"


def test_a_change_brought_again_is_coded_again() -> None:
    history = History().add("a", 1).add("b", 3, "a").add("r", 4, "b", reverts=("b",))
    history.add("t", 5, "r", reverts=("r",)).add("u", 6, "t").add("m", 7, "r", "u")
    log = history.tag("v1", "m", 9).log()
    assert states(log)["b"] == "merged 3, reverted 4, coding 5, review 6, merged 7, released 9"


def test_a_revert_is_known_by_number_or_by_title() -> None:
    history = History().add("a", 1).add("b", 2, "a", title="x (#7)").add("c", 3, "b", title="y (#8)")
    history.add("r", 4, "c", title='Revert "x" (#9)', reverts=("#7",)).add("s", 5, "r", title='Revert "y (#8)"')
    log = history.log()
    assert (states(log)["#7"], states(log)["#8"]) == ("merged 2, reverted 4", "merged 3, reverted 5")
    assert attribute(log, "type") == {"#9": "revert", "s": "revert"}


def test_reapply_brings_again_what_the_revert_took() -> None:
    history = History().add("a", 1).add("b", 2, "a", title="x").add("r", 3, "b", title='Revert "x"')
    assert states(history.add("s", 4, "r", title='Reapply "x"').log())["b"] == "merged 2, reverted 3, merged 4"


def test_a_revert_of_one_commit_of_several_leaves_the_change_standing() -> None:
    history = (
        History().add("a", 1).add("t", 2, "a").add("u", 3, "t").add("m", 4, "a", "u").add("r", 5, "m", reverts=("u",))
    )
    log = history.log()
    assert states(log)["m"] == "coding 2, review 3, merged 4"
    assert has_note(log, "1 change had some commits reverted, not all")
    assert states(history.add("s", 6, "r", reverts=("t",)).log())["m"] == "coding 2, review 3, merged 4, reverted 6"


def test_a_revert_inside_a_branch_takes_nothing_back() -> None:
    history = History().add("a", 1).add("t", 2, "a").add("u", 3, "t", reverts=("t",)).add("m", 4, "a", "u")
    assert states(history.log())["m"] == "coding 2, review 3, merged 4"


def test_a_revert_of_something_unknown_is_said() -> None:
    log = History().add("a", 1).add("r", 2, "a", title='Revert "never seen"').log()
    assert has_note(log, "1 revert names nothing of this branch")


def test_a_revert_on_the_release_branch_alone_is_said() -> None:
    history = History().add("a", 1).add("b", 2, "a").add("r", 3, "b", reverts=("b",)).add("c", 3, "b")
    assert has_note(history.tag("v1", "r", 4).log(tip="c"), "1 change was reverted on a release branch")
