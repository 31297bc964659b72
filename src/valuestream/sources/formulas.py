"""Texts that a spreadsheet would calculate, and how they are kept from it: by an apostrophe in CSV, as text in XLSX."""

from __future__ import annotations

SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a formula may begin; the last four are full-width signs, which some programs take for the others."""

_ONE = "[" + "".join("\\-" if sign == "-" else sign for sign in SIGNS) + "]"
BEGINS = f"^('*{_ONE})"
"""A text that a spreadsheet would calculate, or that looks like one of ours that was kept from it."""
KEPT = f"^'('*{_ONE})"
"""A text that was kept from it."""
