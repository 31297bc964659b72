from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

import pytest

from git_repositories import History, Repo, attribute, people, states
from valuestream import ValueStream
from valuestream.errors import InputError
from valuestream.log.event import Kind, Log
from valuestream.sources.git import read_git
from valuestream.sources.git_clock import settled
from valuestream.sources.git_command import is_repository
from valuestream.sources.git_commits import Commit, Decoded, commits, numbered
from valuestream.sources.git_graph import NEVER, Graph
from valuestream.sources.git_releases import Tag, chosen, version
from valuestream.sources.git_stream import git_stream


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return Repo(tmp_path / "shop")


def has_note(log: Log, text: str) -> bool:
    return any(text in note for note in log.notes)


# --- changes and their states


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


# --- releases


def test_what_a_release_branch_contains_is_released_there(repo: Repo) -> None:
    """1.1 is cut before the last change; 1.0.1 comes later than 1.1 and contains less."""
    first = repo.commit("first", 1)
    repo.git("branch", "release-1.0")
    repo.tag("1.0.0", 2)
    second = repo.commit("second", 3)
    repo.tag("1.1.0", 4)
    third = repo.commit("third", 5)
    repo.git("checkout", "-q", "release-1.0")
    repo.commit("only here", 6)
    repo.tag("1.0.1", 7)
    assert attribute(read_git(repo.path), "release") == {first[:7]: "1.0.0", second[:7]: "1.1.0"}
    assert third[:7] in states(read_git(repo.path))


@pytest.mark.parametrize("arguments", [["-x"], []], ids=["said", "alike"])
def test_a_back_port_releases_the_change(repo: Repo, arguments: list[str]) -> None:
    repo.commit("begin", 1)
    repo.tag("1.0.0", 2)
    fix = repo.commit("mend it", 3, committed=4)
    repo.git("checkout", "-q", "-b", "stable", "1.0.0")
    repo.git("cherry-pick", *arguments, fix, at=5)
    repo.tag("1.0.1", 6)
    repo.git("checkout", "-q", "main")
    repo.tag("1.1.0", 9)
    log = read_git(repo.path)
    assert states(log)[fix[:7]] == "coding 3, merged 4, released 6"
    assert attribute(log, "release")[fix[:7]] == "1.0.1"
    assert has_note(log, "1 change left first by a cherry-pick")


def test_a_partly_back_ported_change_waits_for_the_rest() -> None:
    history = (
        History().add("a", 1).add("t", 2, "a").add("u", 3, "t").add("m", 4, "a", "u").add("p", 5, "a", picked=("t",))
    )
    log = history.tag("1.0.1", "p", 6).tag("1.1.0", "m", 9).log(tip="m")
    assert attribute(log, "release")["m"] == "1.1.0"


def test_a_fix_released_from_its_branch_is_done_before_it_is_merged_back() -> None:
    history = History().add("a", 1).add("f", 3, "a").add("g", 4, "f").add("b", 4, "a").add("m", 8, "b", "g")
    log = history.tag("1.0.1", "g", 5).log()
    assert states(log)["m"] == "coding 3, review 4, released 5"
    assert has_note(log, "1 change was released before reaching the branch")


def test_the_first_release_in_time_counts_not_the_lowest_version() -> None:
    log = History().add("a", 1).tag("v2.0.0", "a", 3).tag("v1.9.0", "a", 5).log()
    assert states(log)["a"] == "merged 1, released 3"
    assert attribute(log, "release") == {"a": "v2.0.0"}


def test_a_tag_made_late_is_taken_at_its_commits_date() -> None:
    """All old tags were made anew on day 20; 3.0 was made on day 9."""
    history = History().add("a", 1).add("b", 2, "a").add("c", 9, "b")
    log = history.tag("1.0", "a", 20).tag("2.0", "b", 20).tag("3.0", "c", 9).log()
    assert states(log) == {"a": "merged 1, released 1", "b": "merged 2, released 2", "c": "merged 9, released 9"}
    assert has_note(log, "2 tags were made after a release that contains the same commit")


def test_a_tag_older_than_its_commit_is_taken_at_its_commits_date() -> None:
    assert states(History().add("a", 5).tag("1.0", "a", 2).log())["a"] == "merged 5, released 5"


@pytest.mark.parametrize("seed", range(6))
def test_the_first_release_is_what_new_without_old_says(repo: Repo, seed: int) -> None:
    """A random history of forks and merges: one pass over the graph against `git rev-list new ^old` for each tag."""
    marks = _random_history(repo, random.Random(seed))
    lines = repo.git("log", "--topo-order", "--all", "--format=%H %P").splitlines()
    known = [Commit(line.split()[0], tuple(line.split()[1:])) for line in lines]
    graph = Graph(known, known[0].hash)
    order = random.Random(seed).sample(marks, 12)
    found = graph.first(order)
    told: dict[str, int] = {}
    for place, mark in enumerate(order):
        new = repo.git("rev-list", mark, *(f"^{old}" for old in order[:place])).split()
        told |= dict.fromkeys(new, place)
    assert found == [told.get(one.hash, NEVER) for one in known]
    assert len(set(found)) > 5


@pytest.mark.parametrize("seed", range(3))
def test_what_landed_with_a_change_is_what_git_says(repo: Repo, seed: int) -> None:
    _random_history(repo, random.Random(seed))
    lines = repo.git("log", "--topo-order", "--all", "--format=%H %P").splitlines()
    known = [Commit(line.split()[0], tuple(line.split()[1:])) for line in lines]
    graph = Graph(known, repo.git("rev-parse", "main"))
    line = [known[at].hash for at in graph.line]
    assert line == repo.git("rev-list", "--first-parent", "--reverse", "main").split()
    for place in range(1, len(line)):
        parts = {known[at].hash for at in graph.parts[place]}
        assert parts == set(repo.git("rev-list", "--no-merges", line[place], f"^{line[place]}^1").split())


def _random_history(repo: Repo, dice: random.Random) -> list[str]:
    """A repository of 60 commits without trees of their own, forked and merged at random."""
    tree = repo.git("write-tree")
    marks = [repo.git("commit-tree", tree, "-m", "0", at=1)]
    for number in range(1, 60):
        parents = dice.sample(marks[-8:], k=min(len(marks), dice.choice((1, 1, 1, 2, 2, 3))))
        given = [word for parent in dict.fromkeys(parents) for word in ("-p", parent)]
        marks.append(repo.git("commit-tree", tree, *given, "-m", str(number), at=1 + number))
    repo.git("update-ref", "refs/heads/main", marks[-1])
    for number, mark in enumerate(marks):
        repo.git("update-ref", f"refs/heads/b{number}", mark)
    return marks


# --- which tags are releases


def tagged(*names: str) -> list[Tag]:
    return [Tag(name, f"commit of {name}", place) for place, name in enumerate(names)]


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("v1.0.0", "v1.1.0-rc.1", "v1.1.0", "latest"), ("v1.0.0", "v1.1.0")),
        (("0.9", "1.0a1", "1.0b2", "1.0rc1", "1.0", "1.1.dev0", "1.0.post1"), ("0.9", "1.0", "1.0.post1")),
        (("release-1.0", "v1.1", "1.2"), ("release-1.0", "v1.1", "1.2")),
        (("curl-7_80_0", "curl-7_81_0-rc1", "curl-7_81_0"), ("curl-7_80_0", "curl-7_81_0")),
        (("log4j-2.17", "log4j-2.18-beta1"), ("log4j-2.17",)),
        (("v4", "v4.1.0", "v4.1.1"), ("v4.1.0", "v4.1.1")),
        (("v1", "v2"), ("v1", "v2")),
        (("a@1.0.0", "b@1.0.0", "b@1.1.0"), ("b@1.0.0", "b@1.1.0")),
        (("2024-01-31", "2024-02-29", "nightly-2024-03-01"), ("2024-01-31", "2024-02-29")),
        (("OpenSSL_1_0_1a", "OpenSSL_1_0_1b", "OpenSSL_1_1_0-pre1"), ("OpenSSL_1_0_1a", "OpenSSL_1_0_1b")),
        (("checkpoint", "before-merge"), ()),
        ((), ()),
    ],
)
def test_releases_are_guessed_from_the_tags(names: tuple[str, ...], found: tuple[str, ...]) -> None:
    assert tuple(tag.name for tag in chosen(tagged(*names), None)[0]) == found


def test_the_guess_says_what_it_left_out() -> None:
    _, said = chosen(tagged("v1.0", "v1.1rc1", "v1.1", "latest"), None)
    assert said == (
        "Releases are guessed to be the 2 tags like v1.1; left out are 1 pre-release (rc, beta, alpha) and "
        "1 other tag. `--releases` names others."
    )


def test_releases_can_be_named() -> None:
    tags = tagged("v1.0", "v1.1-rc1", "v1.1", "build-7")
    assert [tag.name for tag in chosen(tags, "v*,!*-rc*")[0]] == ["v1.0", "v1.1"]
    assert [tag.name for tag in chosen(tags, "build-*")[0]] == ["build-7"]
    with pytest.raises(InputError, match="No tag is like 'w\\*'") as error:
        chosen(tags, "w*")
    assert "build-7" in error.value.hint


def test_versions_are_numbers() -> None:
    assert version("v1.10.0") > version("v1.9.0")
    assert version("log4j-2.17") == (2, 17)


def test_two_tags_on_one_commit_are_one_release() -> None:
    log = History().add("a", 1).tag("v0.300.1", "a", 2).tag("v3.0.1", "a", 3).log()
    assert attribute(log, "release") == {"a": "v3.0.1"}
    assert states(log)["a"] == "merged 1, released 2"


# --- reverts


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


# --- clocks


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


# --- repositories of every kind


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


# --- the words of a commit


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
