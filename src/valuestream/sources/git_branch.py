"""Which branch is the one that changes have to reach."""

from __future__ import annotations

from valuestream.errors import InputError
from valuestream.sources.git_command import Repository


def default_branch(repository: Repository, asked: str | None) -> tuple[str, str, str]:
    """The newest commit of the branch, its name, and a sentence that says which it is and why."""
    if asked is not None:
        return _named(repository, asked)
    for name, why in _candidates(repository):
        if tip := _commit(repository, name):
            return (
                tip,
                _own(name),
                f"The default branch is taken to be {_short(name)}: {why}. `--branch` names another.",
            )
    known = _known(repository)
    if not known:
        raise InputError(f"{repository.path} has no commits yet.", "Commit something, or give another clone.")
    raise InputError(f"{repository.path} has no default branch.", f"Name one with --branch. There are: {known}.")


def _named(repository: Repository, asked: str) -> tuple[str, str, str]:
    ways = (f"refs/heads/{asked}", f"refs/remotes/{asked}", f"refs/remotes/origin/{asked}", asked)
    tip = next((tip for name in ways if (tip := _commit(repository, name))), None)
    if tip is None:
        known = _known(repository) or "none: it has no commits yet"
        raise InputError(f"{repository.path} has no branch {asked!r}.", f"There are: {known}.")
    return tip, _own(asked), f"Changes are those that reached {asked}, as asked."


def _candidates(repository: Repository) -> list[tuple[str, str]]:
    head = repository.look("symbolic-ref", "-q", "HEAD")
    found = []
    if remote := repository.look("symbolic-ref", "-q", "refs/remotes/origin/HEAD"):
        found.append((remote, "origin/HEAD names it"))
    if head and repository.look("rev-parse", "--is-bare-repository") == "true":
        found.append((head, "HEAD of the bare repository names it"))
    for name in ("main", "master"):
        found.append((f"refs/heads/{name}", "a branch has that name"))
        found.append((f"refs/remotes/origin/{name}", "a branch of origin has that name"))
    if head:
        found.append((head, "it is checked out, and there is neither main nor master"))
    return [*found, ("HEAD", "HEAD is detached, and there is neither main nor master")]


def _commit(repository: Repository, name: str) -> str | None:
    if name.startswith("-") or ".." in name or "\0" in name:
        return None
    found = repository.look("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    return found if found and "\n" not in found else None


def _known(repository: Repository) -> str:
    names = repository.ask("for-each-ref", "--count=9", "--format=%(refname)", "refs/heads", "refs/remotes").split()
    return ", ".join(_short(name) for name in names)


def _own(name: str) -> str:
    return _short(name).removeprefix("origin/")


def _short(name: str) -> str:
    return name.removeprefix("refs/heads/").removeprefix("refs/remotes/")
