"""The `git` command in one repository: it is asked, never told; nothing the repository names is run or fetched."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from valuestream.errors import InputError

_SAFE = (
    "--no-pager",
    "--no-replace-objects",
    "--no-optional-locks",
    *("-c", "core.fsmonitor=false"),
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "core.sshCommand=false"),
    *("-c", "diff.external="),
    *("-c", "log.showSignature=false"),
    *("-c", "gpg.program=false"),
    *("-c", "mailmap.file="),
    *("-c", "protocol.allow=never"),
    *("-c", "i18n.logOutputEncoding=UTF-8"),
)
"""A repository's own configuration can name programs and files; none of them is run or read."""

_KEPT = ("GIT_EXEC_PATH", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_")
_CHUNK = 1 << 20


def is_repository(path: Path) -> bool:
    """Whether a folder is a clone's top, a worktree's, or a bare repository. Looks at names only; runs nothing."""
    if (path / ".git").exists():
        return True
    return (path / "HEAD").is_file() and (path / "objects").is_dir() and (path / "refs").is_dir()


class Repository:
    """A repository as the git command sees it. A folder that is none is an InputError."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise InputError(f"There is no folder {path}.", "Give the path of a clone or of a bare repository.")
        self.path = path.resolve()
        if self.path.name == ".git" and self.path.is_dir():
            self.path = self.path.parent
        if not is_repository(self.path):
            raise InputError(f"{path} is no git repository.", _where_instead(self.path))
        program = shutil.which("git")
        if program is None:
            raise InputError("The command `git` is not installed.", "Install git, or give another kind of log.")
        self._command = (program, *_SAFE, "-C", str(self.path))
        self._environment = {
            name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name.startswith(_KEPT)
        } | {
            "LC_ALL": "C",
            "LANGUAGE": "C",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ALLOW_PROTOCOL": "none",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_GRAFT_FILE": os.devnull,
            "GIT_CEILING_DIRECTORIES": str(self.path.parent),
        }

    @property
    def name(self) -> str:
        """The folder's name, without the `.git` of a bare repository."""
        return self.path.name.removesuffix(".git") or str(self.path)

    def ask(self, *arguments: str) -> str:
        """What git answers, without its last line's end. Git's refusal is an InputError."""
        return b"".join(self.stream(*arguments)).decode("utf-8", "replace").rstrip("\n")

    def look(self, *arguments: str) -> str | None:
        """What git answers, or None where it finds nothing (it leaves with 1, or names what is missing)."""
        done = subprocess.run(
            [*self._command, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=self._environment,
            check=False,
        )
        if done.returncode and b"dubious ownership" in done.stderr:
            raise self._refusal(done.stderr)
        return None if done.returncode else done.stdout.decode("utf-8", "replace").rstrip("\n")

    def stream(self, *arguments: str, feed: str = "") -> Iterator[bytes]:
        """The same in chunks as they come; `feed` is what git reads."""
        with tempfile.TemporaryFile() as errors:
            child = subprocess.Popen(
                [*self._command, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=self._environment,
            )
            assert child.stdin is not None
            assert child.stdout is not None
            try:
                _tell(child.stdin, feed)
                while chunk := child.stdout.read(_CHUNK):
                    yield chunk
                if child.wait():
                    errors.seek(0)
                    raise self._refusal(errors.read())
            finally:
                child.stdout.close()
                if child.poll() is None:
                    child.kill()
                    child.wait()

    def _refusal(self, errors: bytes) -> InputError:
        lines = [
            line for line in errors.decode("utf-8", "replace").splitlines() if line.startswith(("fatal:", "error:"))
        ]
        said = lines[0].partition(": ")[2] if lines else "it gave no reason"
        if "dubious ownership" in said:
            hint = f"If you trust its owner: git config --global --add safe.directory {self.path}"
            return InputError(f"{self.path} belongs to another user, so git does not read it.", hint)
        return InputError(f"git cannot read {self.path}: {said}.", "`git fsck` in that folder names what is broken.")


def _tell(stdin: IO[bytes], text: str) -> None:
    try:
        stdin.write(text.encode())
        stdin.close()
    except BrokenPipeError:
        pass  # git left before it read everything; why is in its errors


def _where_instead(path: Path) -> str:
    above = next((folder for folder in path.parents if is_repository(folder)), None)
    if above:
        return f"The repository around it is {above}."
    return "Give the path of a clone or of a bare repository, or `git clone` one."
