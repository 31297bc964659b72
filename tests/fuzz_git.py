"""Repositories that git itself would let happen: any history, dates, names, messages and tags, as git tells them."""

from __future__ import annotations

import random

from valuestream.errors import ValuestreamError
from valuestream.sources import git_commits, git_releases
from valuestream.sources.git import Told, translated
from valuestream.sources.git_commits import Decoded

_DAY = 86_400
_NAMES = (b"ada", b"bob", b"", b"GitHub", b"\xff\xe9", "Zoë".encode(), b"dependabot[bot]", b" ", b"a" * 300)
_TAGS = (
    "v1.0",
    "v1.1",
    "1.2.0",
    "v2.0-rc1",
    "v2.0",
    "release/3",
    "nightly-2024",
    "v9" * 90,
    "x",
    "2024.01.05",
    "v1.0.0-rc.1",
)


def answer(rng: random.Random) -> tuple[bytes, list[str], list[str]]:
    """What `git log` and `git for-each-ref` say of a repository: commits (children first), tags' lines, all hashes."""
    n = rng.randint(1, 14)
    marks = [f"{rng.getrandbits(160):040x}" for _ in range(n)]
    rows = [b"\0".join(_commit(rng, place, marks)) for place in range(n)]
    tags = []
    for name in rng.sample(_TAGS, rng.randint(0, 5)):
        commit, at = rng.choice(marks), str(_instant(rng))
        kinds = (("commit", commit, "", ""), ("tag", "f" * 40, "commit", commit), ("tag", "f" * 40, "tree", commit))
        tags.append("\0".join((name, *rng.choice((*kinds, ("blob", commit, "", ""))), rng.choice((at, at, "")))))
    return b"\0".join(rows) + b"\0", tags, marks


def _commit(rng: random.Random, place: int, marks: list[str]) -> list[bytes]:
    older = marks[place + 1 :]
    parents = rng.sample(older, min(len(older), rng.choice((0, 1, 1, 1, 1, 2, 2, 3))))
    if older and rng.random() < 0.8:
        parents = list(dict.fromkeys([older[0], *parents]))
    if rng.random() < 0.05:
        parents.append(f"{rng.getrandbits(160):040x}")  # beyond a shallow clone's edge
    who = rng.choice(_NAMES), rng.choice(_NAMES), rng.choice((b"a@b", b"noreply@github.com", b""))
    times = str(_instant(rng)).encode(), str(_instant(rng)).encode()
    return [marks[place].encode(), " ".join(parents).encode(), *times, *who, _message(rng, marks)]


def _instant(rng: random.Random) -> int:
    usual = 1_700_000_000 + rng.randint(0, 60 * _DAY)
    return rng.choice((usual,) * 12 + (0, -1, 1, 1 << 31, 1 << 40, 1 << 62, -(1 << 62), 253_402_300_800, 1_700_000_000))


def _message(rng: random.Random, marks: list[str]) -> bytes:
    one, number = rng.choice(marks), rng.randint(1, 4)
    return rng.choice(
        (
            f"Do it (#{number})".encode(),
            f"Merge pull request #{number} from a/b\n\nDo it".encode(),
            f"Merge branch 'x'\n\nDo it\n\nSee merge request a/b!{number}".encode(),
            f"Merged PR {number}: Do it".encode(),
            f'Revert "Do it (#{number})"\n\nThis reverts commit {one}.'.encode(),
            f'Revert "Do it"\n\nThis reverts commit {one[:7]}, reversing\nchanges.'.encode(),
            f'Reapply "Do it"\n\nThis reverts commit {one}.'.encode(),
            f'Revert "Do it"\n\nReverts acme/app#{number}'.encode(),
            b'Revert "Revert "Do it""',
            f"feat(x)!: do it\n\n(cherry picked from commit {one})".encode(),
            b"",
            b"\xff\xfe\x80",
            b"fix: \xe9t\xe9\n\n" + rng.randbytes(rng.randint(0, 40)).replace(b"\0", b""),
            f"(cherry picked from commit {one[:9]}) (#{number})".encode(),
            b"a\n" * 300,
        )
    )


def git_survives(answered: tuple[bytes, list[str], list[str]], rng: random.Random) -> str:
    """Translate a repository, its log at times cut short; what came of it."""
    from readers_fuzz import refused, sound

    told, lines, marks = answered
    if rng.random() < 0.1:
        told = told[: rng.randrange(len(told))]
    try:
        tags, _ = git_releases.tags(lines)
        pattern = rng.choice((None, None, None, "v*", "*", "v*,!*rc*", "[", "!v*"))
        chosen, how = git_releases.chosen(tags, pattern)
        cuts = sorted(rng.randrange(len(told) + 1) for _ in range(3))
        pieces = [told[a:b] for a, b in zip([0, *cuts], [*cuts, len(told)], strict=True)]
        found = list(git_commits.commits(pieces, Decoded()))
        edge = frozenset(one.hash for one in found if any(p not in marks for p in one.parents) or rng.random() < 0.02)
        known = {one.hash for one in found}
        tags = [tag for tag in chosen if tag.commit in known]
        if not found:
            return "error"
        log = translated(Told("fuzz", found, found[0].hash, tags=tags, edge=edge, now=1_710_000_000, notes=(how,)))
    except ValuestreamError as error:
        return refused(error)
    sound(log)
    return "rejects" if log.rejects else "log"
