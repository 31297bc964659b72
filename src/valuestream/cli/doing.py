"""What this thread is doing for another process: on which workspace, and who is told how far it is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from valuestream.workspace import Workspace

Progress = Callable[[int, int], None]


class Doing(threading.local):
    """Nothing, unless a server does a command: then the workspace that it holds, and whom to tell of progress."""

    workspace: Workspace | None = None
    progress: Progress | None = None


HERE = Doing()


def told_to() -> Progress | None:
    """Who is to know how far a command is that this thread does for another process; None: it does its own."""
    return HERE.progress
