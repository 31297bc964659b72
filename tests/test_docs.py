"""The pages say what the program does."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
pytestmark = pytest.mark.xdist_group("docs")  # the pages are made once
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
SAID = re.compile(r"^(?:\$ )?(?:\.venv/bin/)?vsm ((?:[a-z]+ ?)+)", re.MULTILINE)


@pytest.fixture(scope="module")
def docs() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs", ROOT / "scripts" / "docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def written(docs: ModuleType) -> dict[str, str]:
    pages: dict[str, str] = docs.pages()
    return pages


def test_the_generated_pages_are_up_to_date(docs: ModuleType, written: dict[str, str]) -> None:
    assert docs.stale(written) == []


def test_a_page_that_says_something_else_is_found_out(docs: ModuleType, written: dict[str, str]) -> None:
    name = "docs/reference/commands.md"
    [difference] = docs.stale({**written, name: written[name] + "A new line.\n"})
    assert "+A new line." in difference


def test_every_metric_has_its_section(written: dict[str, str]) -> None:
    from valuestream.metrics.catalogue import CATALOGUE

    page = written["docs/reference/metrics.md"]
    assert [metric.name for metric in CATALOGUE if f"\n## {metric.name}\n" not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_inside_the_project_lead_somewhere(page: Path) -> None:
    targets = [target.partition("#")[0] for target in LINK.findall(page.read_text(encoding="utf-8"))]
    inside = [target for target in targets if target and "://" not in target]
    assert [target for target in inside if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_pages_name_only_commands_that_exist(page: Path, written: dict[str, str]) -> None:
    known = re.findall(r"^## (vsm [a-z ]+)$", written["docs/reference/commands.md"], re.MULTILINE)
    said = {f"vsm {words.split()[0]}" for words in SAID.findall(page.read_text(encoding="utf-8"))}
    assert said - set(known) == set()
