"""The words of the pages stand in one place, and all of them are used."""

from __future__ import annotations

import re
from pathlib import Path

import valuestream.web
from valuestream.web.texts import PAGES, TEXTS, said

FOLDER = Path(valuestream.web.__file__).parent
CALLED = re.compile(r"""(?:\bt|\bsaid)\(\s*(["'])([\w.]+)\1""")
JOINED = re.compile(r"""(?:\bt|\bsaid)\(\s*(["'])([\w.]+\.)\1\s*(?:~|\+)|\bsaid\(f"([\w.]+\.)\{""")


def used() -> tuple[set[str], set[str]]:
    """Keys that templates and code name, and the beginnings of those they put together."""
    keys, beginnings = set[str](), set[str]()
    for path in (*FOLDER.rglob("*.html"), *FOLDER.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        keys |= {found[1] for found in CALLED.findall(text) if not found[1].endswith(".")}
        beginnings |= {found[1] or found[2] for found in JOINED.findall(text)}
    return keys, beginnings


def test_every_key_that_pages_name_has_a_text() -> None:
    keys, beginnings = used()
    assert len(keys) > 20
    assert keys - set(TEXTS) == set()
    assert [start for start in beginnings if not any(key.startswith(start) for key in TEXTS)] == []


def test_no_text_is_left_over() -> None:
    keys, beginnings = used()
    plural = [key.removesuffix("_one") if key.removesuffix("_one") in TEXTS else key for key in TEXTS]
    assert [key for key in plural if key not in keys and not key.startswith(tuple(beginnings))] == []


def test_a_text_stands_in_one_file_only() -> None:
    assert sum(len(page.TEXTS) for page in PAGES) == len(TEXTS)


def test_one_alone_is_said_in_the_singular() -> None:
    assert said("data.unmapped_n", n=1).startswith("One state is")
    assert said("data.unmapped_n", n=2).startswith("2 states are")


def test_templates_hold_no_sentences_of_their_own() -> None:
    found = []
    for path in FOLDER.rglob("*.html"):
        text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", " ", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        text = re.sub(r"<[^>]*>", " ", text, flags=re.DOTALL)
        found += [(path.name, word) for word in re.findall(r"[A-Za-z]{3,}", text) if word != "valuestream"]
    assert found == []


def test_nothing_says_what_the_house_does_not_say() -> None:
    forbidden = re.compile(r"calendar time|as-is|to-be|handoff|hand-off|ceremony|Kaplan|XmR|\bbrought\b", re.IGNORECASE)
    assert [key for key, text in TEXTS.items() if forbidden.search(text)] == []
