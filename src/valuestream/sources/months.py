"""Months as trackers abbreviate them in other languages, for dates such as 12/Okt/24 2:03 PM."""

from __future__ import annotations

import re
import unicodedata

_ENGLISH = {
    "Jan": "jan janv jän gen ene", "Feb": "feb févr fev fév", "Mar": "mar mär mrz mars märz mrt",
    "Apr": "apr avr abr", "May": "mai may mei mag maio", "Jun": "jun juin juni giu", "Jul": "jul juil juli lug",
    "Aug": "aug août aou ago", "Sep": "sep sept set", "Oct": "oct okt out ott", "Nov": "nov",
    "Dec": "dec dez déc dic",
}  # fmt: skip


def _plain(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", word.casefold()) if not unicodedata.combining(c))


_KNOWN = {_plain(word): month for month, words in _ENGLISH.items() for word in words.split()}
_MONTH = re.compile(r"(?<=\d[-/. ])[^\W\d_]{3,5}\.?(?=[-/. ]\d)")


def english(text: str) -> str:
    """A written date with its month in English; anything else as it is.

    >>> english("12/Okt/24 2:03 PM"), english("3/févr./25"), english("2024-10-12")
    ('12/Oct/24 2:03 PM', '3/Feb/25', '2024-10-12')
    """
    return _MONTH.sub(lambda found: _KNOWN.get(_plain(found[0].rstrip(".")), found[0]), text)
