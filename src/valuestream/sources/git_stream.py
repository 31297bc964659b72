"""The value stream of a git repository: coding, review, release."""

from __future__ import annotations

from valuestream.log.event import Kind, Log
from valuestream.sources.git_changes import CODING, MERGED, RELEASED, REVERTED, REVIEW
from valuestream.stream import Charter, Stage, Stream


def git_stream(log: Log) -> Stream:
    """The stream of a log that `read_git` gave, with the stages that this log knows.

    A reverted change waits to be coded again. Without releases a change is done when it is merged.
    """
    import numpy as np

    known = {log.words[code] for code in np.unique(log.value[log.kind == Kind.STATE])}
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
