"""Every way this program says no, each with a hint.

An exception is for someone who must change something: the message says what is wrong, with the
value; the hint says what to do. The command line shows both on stderr and leaves with `exit_code`.
Dirty data is no exception: it is a reject (`log/event.py`), counted and shown.
"""

from __future__ import annotations


class ValuestreamError(Exception):
    """What is wrong (`message`) and what to do about it (`hint`)."""

    exit_code = 2

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}"


class InputError(ValuestreamError):
    """A file or a table that cannot be read as a log."""


class ConfigError(ValuestreamError):
    """A `valuestream.yaml`, a flag or an environment variable that says something impossible."""


class UnmappedState(ConfigError):
    """A state of the log that no list of the stream claims."""


class UnknownName(ValuestreamError):
    """A metric, stage, grouping or column that does not exist; the hint lists what would have been right."""


class PersonField(ValuestreamError):
    """A grouping, filter or sort by a person: refused in every face."""


class StoreError(ValuestreamError):
    """A store that cannot be used as it is: damaged, of a newer version, on a full disk."""


class Locked(ValuestreamError):
    """The store is in another process's hands; the message names it."""

    exit_code = 5


class Interrupted(ValuestreamError):
    """The user pressed Ctrl-C; nothing half-written was left behind."""

    exit_code = 130
