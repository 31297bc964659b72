"""A page as PDF or PNG by a browser that is installed, without a window and without a network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from valuestream.errors import ConfigError

BROWSERS = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge", "msedge",
)  # fmt: skip
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
QUIET = (
    "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-extensions", "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)  # fmt: skip
LONGEST_S = 120
WIDTH, HEIGHT = 1280, 1800


def printed(page: str, kind: str) -> bytes:
    """The page as "pdf" or "png". ConfigError where no browser is installed, or where it fails."""
    browser = find()
    if browser is None:
        raise ConfigError(
            f"There is no browser to make a {kind.upper()} with.",
            "Install chromium, or name one in VSM_BROWSER; or write .html and print that.",
        )
    with tempfile.TemporaryDirectory(prefix="vsm-print-", ignore_cleanup_errors=True) as folder:
        source, target = Path(folder) / "page.html", Path(folder) / f"page.{kind}"
        source.write_text(page, encoding="utf-8")
        _run(_command(browser, source, target, folder), browser)
        if not target.is_file() or not target.stat().st_size:
            raise ConfigError(f"{browser} made no {kind.upper()}.", "Write .html and print that.")
        return target.read_bytes()


def find() -> str | None:
    """The browser that VSM_BROWSER names, else the first that is installed; None where there is none."""
    named = os.environ.get("VSM_BROWSER")
    if named:
        return shutil.which(named)
    found = (shutil.which(name) for name in (*BROWSERS, *PLACES))
    return next((path for path in found if path), None)


def _command(browser: str, source: Path, target: Path, folder: str) -> list[str]:
    root = sys.platform.startswith("linux") and os.geteuid() == 0  # its sandbox refuses to be root's
    wanted = (
        ["--no-pdf-header-footer", f"--print-to-pdf={target}"]
        if target.suffix == ".pdf"
        else [f"--screenshot={target}", f"--window-size={WIDTH},{HEIGHT}"]
    )
    profile = f"--user-data-dir={Path(folder) / 'profile'}"
    return [browser, *QUIET, *(["--no-sandbox"] if root else []), profile, *wanted, source.as_uri()]


def _run(command: list[str], browser: str) -> None:
    try:
        ran = subprocess.run(command, capture_output=True, timeout=LONGEST_S, check=False)
    except subprocess.TimeoutExpired:
        raise ConfigError(
            f"{browser} was not ready within {LONGEST_S} s.", "Try again, or write .html and print that."
        ) from None
    except OSError as error:
        raise ConfigError(f"{browser} cannot be started: {error.strerror}.", "Name another in VSM_BROWSER.") from None
    if ran.returncode:
        raise ConfigError(
            f"{browser} left with {ran.returncode}.", "Write .html and print that; does the browser start by hand?"
        )
