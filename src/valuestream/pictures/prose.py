"""Sentences as HTML: code in `backticks`, and no line break between a number and its unit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markupsafe import Markup

CODE = re.compile(r"`([^`]+)`")
UNIT = re.compile(r"(?<=\d) (?=(?:%|d|h|min|s|pt)(?![\w-]))")


def prose(text: object) -> Markup:
    r"""A sentence, escaped, with what stands in `backticks` as code and its units held to their numbers.

    >>> str(prose("85 % within 2.0 d: write `a<b`"))
    '85\xa0% within 2.0\xa0d: write <code>a&lt;b</code>'
    """
    from markupsafe import Markup, escape

    held = UNIT.sub("\N{NO-BREAK SPACE}", str(text))
    return Markup(CODE.sub(r"<code>\1</code>", str(escape(held))))
