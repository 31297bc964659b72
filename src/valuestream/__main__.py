"""`vsm`, and `python -m valuestream`: ends in order on Ctrl-C and SIGTERM from its first line on, imports included."""

from __future__ import annotations

import os
import signal


def main() -> None:
    """Run the program."""
    for one, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGTERM, signal.SIG_DFL)):
        if signal.getsignal(one) == usual:
            signal.signal(one, _leave)
    from valuestream.cli.main import main as vsm

    vsm()


def _leave(number: int, *_: object) -> None:
    """Nothing has begun yet, so that nothing need be tidied up."""
    os.write(2, b"Interrupted: nothing half-written is left behind.\n")
    os._exit(128 + number)


if __name__ == "__main__":
    main()
