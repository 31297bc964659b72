"""The value stream of a git repository: coding, review, release."""

from __future__ import annotations

from valuestream.log.event import Kind, Log
from valuestream.sources.git_changes import CODING, MERGED, RELEASED, REVERTED, REVIEW
from valuestream.stream import Charter, Stage, Stream


def git_stream(log: Log) -> Stream:
    """The stream of a log that `read_git` gave, with the stages that this log knows.

    A reverted change waits to be coded again. Without releases a change is done when it is merged.
    """
    known = _states(log)
    released = RELEASED in known
    stages = [
        Stage("Coding", queue=(REVERTED,), work=(CODING,)),
        *([Stage("Review", queue=(REVIEW,))] if REVIEW in known else []),
        *([Stage("Release", queue=(MERGED,))] if released else []),
    ]
    return Stream(
        "commit to release" if released else "commit to merge",
        tuple(stages),
        done=(RELEASED,) if released else (MERGED,),
        charter=Charter(trigger="The first commit of a change"),
        guessed=True,
    )


def is_git(log: Log) -> bool:
    """Whether a log came from `read_git`: it says so, or, where it went through a file, its states are those of git."""
    return log.origin == "git" or {MERGED} <= _states(log) <= {CODING, REVIEW, MERGED, RELEASED, REVERTED}


def _states(log: Log) -> set[str]:
    import numpy as np

    return {log.words[code] for code in np.unique(log.value[log.kind == Kind.STATE])}
