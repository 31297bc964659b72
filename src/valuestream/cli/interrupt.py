"""What Ctrl-C and SIGTERM do: one of them ends the program in order, wherever it is."""

from __future__ import annotations

import _thread
import signal
import tempfile
import threading
import time
import weakref
from types import FrameType

TIDYING_S = 2.0
"""Seconds after Ctrl-C in which pressing it again changes nothing."""

LOOK_S = 0.05
INDIVISIBLE = ("<frozen importlib._bootstrap", tempfile.__file__)
"""Files whose functions are let come to their end: a library half imported, a temporary file without an owner."""

ENDS = (signal.SIGINT, signal.SIGTERM)
"""Ctrl-C, and how a service manager or a container is stopped."""


class CtrlC(BaseException):
    """Raised wherever the program is when it is told to end.

    A KeyboardInterrupt that runs through compiled code comes out as another error, or kills the interpreter at its end.
    """


class Interrupt:
    """Makes a press of Ctrl-C, or a SIGTERM, a `CtrlC`; `pressed` is the number of that signal from then on, else 0.

    Python may drop an exception that is raised in the middle of an import, and a library may catch whatever comes; so
    the press waits until an import is over, and is pressed again as long as nothing of it is on its way.
    """

    def __init__(self) -> None:
        self.pressed = 0
        self._over = threading.Event()
        self._raised: weakref.ref[CtrlC] | None = None
        self._last = 0.0

    def listen(self) -> None:
        """From now on; where the program was started deaf to Ctrl-C, as by nohup, it stays so."""
        for one in ENDS:
            if signal.getsignal(one) is not signal.SIG_IGN:
                signal.signal(one, self._press)

    def over(self) -> None:
        """The program ends: nothing disturbs that any more."""
        self._over.set()
        if self.pressed:
            for one in ENDS:
                signal.signal(one, signal.SIG_IGN)  # the interpreter's end would take another press for a kill

    def _press(self, number: int, frame: FrameType | None) -> None:
        first, self.pressed = not self.pressed, self.pressed or number
        if first:
            threading.Thread(target=self._insist, daemon=True).start()
        if (
            self._over.is_set()
            or _indivisible(frame)
            or (self._on_its_way() and time.monotonic() - self._last < TIDYING_S)
        ):
            return
        self._last = time.monotonic()
        stop = CtrlC()
        self._raised = weakref.ref(stop)
        try:
            raise stop
        finally:
            del stop  # else it would hold itself, by its traceback

    def _on_its_way(self) -> bool:
        return self._raised is not None and self._raised() is not None

    def _insist(self) -> None:
        """Press again where a press came to nothing."""
        while not self._over.wait(LOOK_S):
            if not self._on_its_way():
                _thread.interrupt_main(signal.Signals(self.pressed))


def _indivisible(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith(INDIVISIBLE):
            return True
        frame = frame.f_back
    return False
