"""Which tags are releases, and which change is first released by which."""

from __future__ import annotations

import random

import pytest

from git_repositories import History, Repo, attribute, has_note, states
from valuestream.errors import InputError
from valuestream.sources.git import read_git
from valuestream.sources.git_commits import Commit
from valuestream.sources.git_graph import NEVER, Graph
from valuestream.sources.git_releases import Tag, chosen, version


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
