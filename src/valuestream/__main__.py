"""`vsm`, and `python -m valuestream`: answers to Ctrl-C from its first line, while the commands are still imported."""

from __future__ import annotations

import os
import signal

INTERRUPTED = 130


def main() -> None:
    """Run the program."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)
    from valuestream.cli.main import main as vsm

    vsm()


def _leave(*_: object) -> None:
    """Nothing has begun yet, so that nothing need be tidied up."""
    os.write(2, b"Interrupted: nothing half-written is left behind.\n")
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    main()
