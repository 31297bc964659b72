"""Threads that stand back behind whoever looks at a page."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from threading import get_native_id

NICE = 5


def stand_back() -> None:
    """Let the other threads go before this one. Linux alone has an urgency for each; elsewhere nothing is changed."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, get_native_id(), NICE)
