"""Bring axe-core, by npm, into `.axe/` for the tests of the pages' accessibility; nothing of it is committed.

    python scripts/axe.py

Where there is no npm, or the network is shut, it says so in a line, and those tests are skipped. The exit status is 0.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / ".axe"
FILE = FOLDER / "node_modules" / "axe-core" / "axe.min.js"
VERSION = "^4.10"
WAIT_S = 120


def main() -> int:
    if FILE.exists():
        return 0
    npm = shutil.which("npm")
    if npm is None:
        print("No npm here, so axe-core is not: the tests of the pages' accessibility are skipped.")
        return 0
    FOLDER.mkdir(exist_ok=True)
    command = [npm, "install", "--prefix", str(FOLDER), "--no-save", "--no-audit", "--no-fund", "--ignore-scripts"]
    try:
        ran = subprocess.run([*command, f"axe-core@{VERSION}"], capture_output=True, timeout=WAIT_S, check=False)
        fine = ran.returncode == 0 and FILE.exists()
    except (subprocess.TimeoutExpired, OSError):
        fine = False
    if not fine:
        print("npm could not bring axe-core: the tests of the pages' accessibility are skipped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
