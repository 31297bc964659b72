"""Accounts of GitHub."""

from __future__ import annotations

from typing import Any

from valuestream.sources.decode import text
from valuestream.sources.walk import Who

DELETED = "ghost"
"""The account that stands for all that were deleted."""


def person(user: Any) -> Who:
    """An account, and whether GitHub says that it is a bot. Deleted accounts are nobody."""
    if not isinstance(user, dict):
        return Who()
    login = text(user.get("login")) or text(user.get("name"))
    bot = user.get("type") == "Bot" or (login or "").endswith("[bot]")
    return Who(None if login == DELETED else login, "bot" if bot else "unknown")
