"""A drawn map taken apart: its words, figures, and where each label stands."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from pictures_samples import (
    SAMPLES,
    Doc,
    extremes,
    fifteen,
    help_desk,
    nasty,
    one_stage,
    software,
)
from valuestream.pictures.map import svg
from valuestream.pictures.theme import text_width

SVG = "{http://www.w3.org/2000/svg}"


finished = pytest.mark.parametrize("make", [software, help_desk, fifteen, one_stage, extremes, nasty])


every = pytest.mark.parametrize("make", SAMPLES.values(), ids=SAMPLES)


def drawn(document: Doc) -> ET.Element:
    return ET.fromstring(svg(document))


def of_class(root: ET.Element, name: str) -> list[ET.Element]:
    return [element for element in root.iter() if name in element.get("class", "").split()]


def words(root: ET.Element) -> str:
    return "\n".join("".join(element.itertext()) for element in root.iter() if element.tag != f"{SVG}style")


def shown(element: ET.Element) -> list[str]:
    """The text that is seen, without titles."""
    return [text.text or "" for text in element.iter(f"{SVG}text")]


def figures(box: ET.Element) -> dict[str, str]:
    return {g.get("data-figure", ""): shown(g)[1] for g in of_class(box, "figure")}


@dataclass
class Label:
    text: str
    x1: float
    x2: float
    y1: float
    y2: float


def labels(element: ET.Element, x: float = 0.0, y: float = 0.0) -> Iterator[Label]:
    if moved := re.match(r"translate\(([-\d.]+) ([-\d.]+)\)", element.get("transform", "")):
        x, y = x + float(moved[1]), y + float(moved[2])
    if element.tag == f"{SVG}text":
        size, text = float(element.get("font-size", "")), element.text or ""
        width = text_width(text, size, bold="b" in element.get("class", "").split())
        at, base = x + float(element.get("x", "")), y + float(element.get("y", ""))
        left = at - {"start": 0.0, "middle": width / 2, "end": width}[element.get("text-anchor", "start")]
        yield Label(text, left, left + width, base - 0.74 * size, base + 0.22 * size)
    for child in element:
        yield from labels(child, x, y)
