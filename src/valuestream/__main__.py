"""`python -m valuestream` is `vsm`."""

from __future__ import annotations

from valuestream.cli.main import main

if __name__ == "__main__":
    main()
