"""Install Debian's chromium for the tests of the pages, where it is missing and may be installed.

    python scripts/chromium.py

Elsewhere it says what is missing in a line, and those tests are skipped. The exit status is 0 all the same.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
WAIT_S = 600


def found() -> str | None:
    """The browser that the tests drive, if there is one."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def main() -> int:
    if found():
        return 0
    if not shutil.which("apt-get") or os.geteuid() != 0:
        why = "only root can install it" if shutil.which("apt-get") else "there is no apt-get here to install it with"
        print(f"No chromium found, and {why}: the tests that drive the pages in a browser are skipped.")
        return 0
    print("Installing Debian's chromium for the tests of the pages.", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    lock = ["-qq", "-o", f"DPkg::Lock::Timeout={WAIT_S}"]
    for command in (["update"], ["install", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core"]):
        ran = subprocess.run(["apt-get", *lock, *command], env=quiet, capture_output=True, text=True, check=False)
    if not found():
        print(f"chromium could not be installed ({ran.stderr.strip().splitlines()[-1:] or ran.returncode}):")
        print("the tests that drive the pages in a browser are skipped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
