"""What a branch that lands and a commit are in the log: a change, its states and its words."""

from __future__ import annotations

import random

import pytest

from git_repositories import History, Repo, attribute, has_note, people, states
from valuestream import ValueStream
from valuestream.errors import InputError
from valuestream.log.event import Kind
from valuestream.sources.git import read_git
from valuestream.sources.git_clock import settled
from valuestream.sources.git_commits import Commit, Decoded, commits, numbered
from valuestream.sources.git_stream import git_stream


def test_a_merged_branch_is_coded_reviewed_merged_and_released(repo: Repo) -> None:
    repo.commit("begin", 1)
    repo.git("checkout", "-q", "-b", "topic")
    repo.commit("first", 2)
    repo.commit("second", 4, by="ben")
    repo.git("checkout", "-q", "main")
    repo.merge("topic", "Merge pull request #12 from ben/topic\n\nfix: a door", 6, by="cleo")
    repo.tag("v1.0.0", 9)
    log = read_git(repo.path)
    assert states(log)["#12"] == "coding 2, review 4, merged 6, released 9"
    assert attribute(log, "title")["#12"] == "fix: a door"
    assert attribute(log, "type")["#12"] == "fix"
    assert attribute(log, "release")["#12"] == "v1.0.0"
    assert people(log, "#12") == ["ada", "ben", "cleo", None]
    assert people(log, "#12", Kind.TOUCH) == ["ada", "ben"]


def test_a_squashed_change_has_its_number_and_no_review(repo: Repo) -> None:
    made = repo.commit("feat(ui)!: a window (#34)", 2, committed=5)
    log = read_git(repo.path)
    assert states(log) == {"#34": "coding 2, merged 5"}
    assert attribute(log, "title") == {"#34": "feat(ui)!: a window"}
    assert attribute(log, "type") == {"#34": "feature"}
    assert made[:7] not in log.items


def test_a_direct_commit_is_named_by_its_short_hash(repo: Repo) -> None:
    made = repo.commit("a wall", 3)
    assert states(read_git(repo.path)) == {made[:7]: "merged 3"}


def test_one_instant_is_no_coding_time() -> None:
    """Author and commit date of a squash made by a web page are equal: coding is unknown, not zero."""
    log = History().add("a", 1).add("b", 4, "a", title="x (#1)").log()
    assert states(log)["#1"] == "merged 4"
    assert has_note(log, "coding is unknown")


def test_a_merged_branch_of_one_commit_has_review_but_no_coding() -> None:
    history = History().add("a", 1).add("t", 3, "a").add("m", 5, "a", "t")
    assert states(history.log())["m"] == "review 3, merged 5"


def test_the_web_pages_account_is_no_merger() -> None:
    log = History().add("a", 1).add("b", 2, "a", author="ben", committer="GitHub", by_tool=True).log()
    assert people(log, "b") == ["ben"]


def test_a_release_is_the_batch_of_what_left_with_it(repo: Repo) -> None:
    for number in (1, 2, 3):
        repo.commit(f"part (#{number})", number, committed=number + 0.5)
    repo.tag("v1.0.0", 8)
    log = read_git(repo.path)
    with ValueStream(log, git_stream(log)) as seen:
        release = next(stage for stage in seen.map()["stages"] if stage["name"] == "Release")
    assert release["batch"] == {"mean": 3, "as_experienced": 3, "largest": 3, "n": 3}


def test_the_stream_has_the_stages_that_the_log_knows() -> None:
    squashed = History().add("a", 1).add("b", 3, "a").tag("v1", "b", 4).log()
    assert [stage.name for stage in git_stream(squashed).stages] == ["Coding", "Release"]
    assert git_stream(squashed).guessed
    unreleased = History().add("a", 1).add("released", 2, "a", title="released").log()
    assert git_stream(unreleased).done == ("merged",)
    assert [stage.name for stage in git_stream(unreleased).stages] == ["Coding"]


def test_people_of_the_review_are_those_who_merged_not_those_who_wrote(repo: Repo) -> None:
    repo.commit("begin", 1)
    repo.git("checkout", "-q", "-b", "topic")
    repo.commit("first", 2, by="ben")
    repo.commit("second", 4, by="ben")
    repo.git("checkout", "-q", "main")
    repo.merge("topic", "topic", 6, by="cleo")
    log = read_git(repo.path)
    with ValueStream(log, git_stream(log)) as seen:
        rows = [row for row in seen.visits().to_pylist() if seen.flow.stages[row["stage"]] in ("Coding", "Review")]
    assert [(row["people"], row["people_by_change"]) for row in rows] == [(1, 0), (1, 1)]


def test_dates_against_the_order_are_moved_between_their_neighbours() -> None:
    late, zero = 2_147_483_647, 0
    assert settled([10**9, late, 10**9 + 5, zero, 10**9 + 9], 2 * 10**9) == [
        10**9,
        10**9 + 5,
        10**9 + 5,
        10**9 + 5,
        10**9 + 9,
    ]
    assert settled([zero, 10**9, late], 2 * 10**9) == [10**9, 10**9, 10**9]
    assert settled([10**9 + 9, 10**9, 10**9 + 1], 2 * 10**9) == [10**9, 10**9, 10**9 + 1]
    assert settled([zero, late], 2 * 10**9) == []


@pytest.mark.parametrize("seed", range(20))
def test_settled_dates_never_go_back_and_keep_what_agrees(seed: int) -> None:
    dice = random.Random(seed)
    at = [dice.choice((0, 10**9 + dice.randrange(50), 10**9 + 10 * place, 2**31)) for place in range(30)] + [10**9]
    found = settled(at, 2 * 10**9)
    assert len(found) == len(at)
    assert found == sorted(found)
    assert settled(found, 2 * 10**9) == found
    assert set(found) <= set(at)


def test_clock_nonsense_is_said_and_never_goes_back_in_time(repo: Repo) -> None:
    repo.commit("begin", 1)
    repo.commit("in 1970 (#1)", 1.5 + 10_000, committed=2)
    repo.commit("in 2038 (#2)", 3, committed=2_147_483_000)
    repo.commit("after its merge (#3)", 9, committed=4)
    log = read_git(repo.path)
    assert states(log)["#2"] == "coding 3, merged 4"
    assert states(log)["#3"] == "merged 4"
    assert has_note(log, "dated against the order of the branch")
    assert has_note(log, "have an author date before 1971 or after")


def test_a_repository_without_any_date_is_refused(repo: Repo) -> None:
    repo.git("commit", "-q", "--allow-empty", "-m", "x", at=2000)
    with pytest.raises(InputError, match="No commit of shop has a date that can be"):
        read_git(repo.path)


@pytest.mark.parametrize(
    ("subject", "body", "found"),
    [
        ("Merge pull request #12 from a/b", "A door\n\nMore", ("#12", "A door")),
        ("Merge pull request #12 from a/b", "", ("#12", "Merge pull request #12 from a/b")),
        ("Merge branch 'x' into 'main'", "A door\n\nSee merge request group/shop!34", ("!34", "A door")),
        ("Merged PR 56: A door", "", ("#56", "A door")),
        ("Merged in door (pull request #78)", "A door", ("#78", "A door")),
        ("Backport a door (#12) (#13)", "", ("#13", "Backport a door (#12)")),
        ("Mend the door of (#12) at last", "", (None, "Mend the door of (#12) at last")),
        ("(#12)", "", ("#12", "(#12)")),
        ("", "", (None, "")),
    ],
)
def test_numbers_and_titles_of_requests(subject: str, body: str, found: tuple[str | None, str]) -> None:
    assert numbered(subject, body) == found


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_an_answer_may_be_cut_anywhere(size: int) -> None:
    row = b"a\0b c\x001\x002\0Ada\0Ben\0noreply@github.com\0Title\nwrapped\n\nThis reverts commit 0123456789.\0"
    answer = row * 3
    pieces = [answer[begin : begin + size] for begin in range(0, len(answer), size)]
    found = list(commits(pieces, Decoded()))
    told = Commit("a", ("b", "c"), 1, 2, "Ada", "Ben", True, None, "Title wrapped", ("0123456789",))
    assert found == [told, told, told]


def test_half_an_answer_is_refused() -> None:
    with pytest.raises(InputError, match="middle of a commit"):
        list(commits([b"a\0b\x001"], Decoded()))
