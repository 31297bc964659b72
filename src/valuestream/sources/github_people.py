"""Accounts of GitHub."""

from __future__ import annotations

from typing import Any

from valuestream.sources.decode import text
from valuestream.sources.walk import Who

DELETED = "ghost"
"""The account that stands for all that were deleted."""


_PEOPLE = ("User", "Mannequin")
"""Accounts of people; a mannequin stands for somebody of the place that a repository was imported from."""


def person(user: Any) -> Who:
    """An account, and whether GitHub says that it is a person's or a bot's. Deleted accounts are nobody."""
    if not isinstance(user, dict):
        return Who()
    login = text(user.get("login")) or text(user.get("name"))
    if login == DELETED:
        return Who()
    if user.get("type") == "Bot" or (login or "").endswith("[bot]"):
        return Who(login, "bot")
    return Who(login, "human" if user.get("type") in _PEOPLE else "unknown")
