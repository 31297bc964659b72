"""Reports as one HTML file each: the map and the charts inside as SVG, no script, nothing from outside."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from valuestream import __version__
from valuestream.pictures import charts, compare
from valuestream.pictures import map as picture
from valuestream.pictures.answers import blocked as was_blocked
from valuestream.pictures.answers import sentence
from valuestream.pictures.charts import Look
from valuestream.pictures.duration import count, duration, share
from valuestream.pictures.links import Link
from valuestream.pictures.markup import Markup as Drawn
from valuestream.pictures.markup import clean
from valuestream.pictures.prose import prose
from valuestream.pictures.static import chart_svg
from valuestream.pictures.strip import strip_svg
from valuestream.pictures.theme import DARK, FONT, LIGHT, style
from valuestream.pictures.words import caveats, context, headline, last_event, left_out, unknown_active
from valuestream.reports import texts
from valuestream.reports.gather import Document, Material

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

WIDTH = 560
"""Pixels of a chart: two stand side by side on a landscape page."""

KINDS = ("report", "executive", "weekly")
CHARTS = (
    "scatter", "throughput", "arrivals", "wip", "cfd", "load", "efficiency", "ageing", "distribution", "cycle",
)  # fmt: skip
WEEKLY_CHARTS = ("ageing", "throughput", "arrivals", "wip")
SHOWN_AGED = 25


def report(material: Material, kind: str = "report", *, links: Link = None) -> str:
    """The whole page of a kind: "report" (everything), "executive" (one page) or "weekly" (a review).

    links  turns an address ("item/APP-12") into an href, where the pages are behind it; None: a file that stands alone
    """
    document = material.map
    common = {
        "kind": kind, "title": texts.TITLES[kind], "changes": changes_told(material.changes),
        "against": _against(material), "link": links,
    }  # fmt: skip
    if kind == "weekly":
        return _page("weekly.html", document, aged=_aged(material), blocked=material.blockers,
                     was_blocked=was_blocked(material.blockers["finished"]),
                     cards=_drawn(_cards(material, WEEKLY_CHARTS)), **common)  # fmt: skip
    if kind == "executive":
        return _page("executive.html", document, **common, **_executive(material))
    return _page(
        "report.html", document, **common, **_executive(material), cards=_cards(material, CHARTS),
        map=_markup(picture.svg(document, links=links, standalone=False, named=False)),
    )  # fmt: skip


def map_page(document: Document, drawn: str | None = None) -> str:
    """The map with its findings and what it leaves out. `drawn` is a picture to show in the map's place."""
    svg = _markup(drawn or picture.svg(document))
    return _page("map.html", document, kind="map", title=texts.TITLES["map"], map=svg, link=None)


def _executive(material: Material) -> dict[str, Any]:
    card = charts.card("targets")
    return {
        "sentences": texts.three_sentences(material.map),
        "strip": _markup(strip_svg(material.map)),
        "decisions": texts.decisions(material.map) or [texts.NO_DECISION],
        "targets": card.table(material.flow) if material.flow["targets"] else None,
        "targets_said": card.sentence(material.flow),
    }


def changes_told(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The window against the time before it (`vsm.changes/1`), in words: `periods`, and `rows` of a table."""
    rows = [
        {
            "name": texts.figure_name(row["figure"]), "before": texts.shown(row["unit"], row["before"]),
            "after": texts.shown(row["unit"], row["after"]), "n": f"{count(row['n_before'])} / {count(row['n_after'])}",
            "verdict": texts.verdict(row["beyond"], row["before"], row["after"], row["better"]),
        }
        for row in changes["figures"]
    ]  # fmt: skip
    said = " ".join(text for text in (texts.periods(changes), texts.caution(changes)) if text)
    return {"periods": said, "rows": rows}


def _against(material: Material) -> dict[str, Any] | None:
    """Since an earlier map or snapshot: a snapshot's figures have intervals, so that differences can be judged."""
    earlier, found = material.against, material.compared
    if earlier is None:
        return None
    name = clean(material.against_name)
    if found is None:
        totals = [
            {"name": row.name, "before": row.shown_before, "after": row.shown_after, "n": "",
             "verdict": "" if row.marked else "the same"}
            for row in compare.totals(earlier, material.map)
        ]  # fmt: skip
        return {"name": name, "periods": context(earlier), "rows": totals}
    wanted = [row for row in found["figures"] if _worth_telling(row)]
    rows = [
        {
            "name": texts.figure_name(row["metric"], row["stage"]), "n": f"{count(a['n'])} / {count(b['n'])}",
            "before": texts.shown(row["unit"], a["value"]), "after": texts.shown(row["unit"], b["value"]),
            "verdict": texts.verdict(row["beyond"], a["value"], b["value"], row["better"]),
        }
        for row, a, b in ((row, row["a"], row["b"]) for row in wanted)
    ]  # fmt: skip
    return {"name": name, "periods": ". ".join([context(earlier["map"]), *found["notes"]]), "rows": rows}


def _worth_telling(row: Document) -> bool:
    """The main figures of the stream, and whatever differs beyond its interval."""
    both = row["a"] is not None and row["b"] is not None
    return both and ((row["stage"] is None and row["metric"] in texts.FIGURES) or bool(row["beyond"]))


def _aged(material: Material) -> dict[str, Any]:
    """The open items above their stage's 85 % mark, the oldest first."""
    found = material.flow["ageing"]
    limit = {mark["stage"]: mark["p85_s"] for mark in found["marks"]}
    late = [row for row in found["items"] if limit.get(row["stage"]) is not None and row["age_s"] > limit[row["stage"]]]
    rows = [
        (clean(row["item"]), clean(row["stage"]), duration(row["age_s"]), duration(limit[row["stage"]]),
         duration(row["in_stage_s"]), charts.how_here(row))
        for row in late[:SHOWN_AGED]
    ]  # fmt: skip
    return {"said": texts.late(material.flow), "rows": rows, "more": len(late) - len(rows)}


def _cards(material: Material, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Charts drawn once, each with its answer, its table and how it is computed; states in words."""
    found = []
    for name in names:
        card = charts.card(name)
        spec = card.spec(material.flow, Look(width=WIDTH))
        said = card.sentence(material.flow)
        found.append(
            {
                "name": name, "heading": card.heading, "sentence": said, "state": card.state(material.flow),
                "drawn": None if spec is None else _markup(chart_svg(spec, title=f"{card.heading} {said}")),
                "table": card.table(material.flow), "how": card.how,
                "n": f"n = {card.base(material.flow)}",
            }
        )  # fmt: skip
    return found


def _drawn(cards: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those with something to look at: what has nothing to show, the review's own sections say."""
    return [card for card in cards if card["drawn"] is not None]


def _page(template: str, document: Document, **more: Any) -> str:
    return _environment().get_template(template).render(
        doc=document, stream=clean(document["stream"]), said=sentence(document), context=context(document),
        headline=headline(document), seen=last_event(document), left_out=left_out(document.get("excluded")),
        caveats=[text for text in (unknown_active(document), *caveats(document)) if text], texts=texts,
        version=__version__, css=_css(), **more,
    )  # fmt: skip


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("valuestream.reports"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    made.filters.update(count=count, duration=duration, share=share, clean=clean, prose=prose)
    return made


def _markup(drawn: str) -> Markup:
    """A picture of ours, which escapes what it writes."""
    from markupsafe import Markup

    assert isinstance(drawn, Drawn)
    return Markup(drawn)


def _css() -> Markup:
    """Tokens for light, dark and paper, and the map's own rules."""
    from markupsafe import Markup

    light, dark = ("".join(f"--{name}:{colour};" for name, colour in c.items()) for c in (LIGHT, DARK))
    rules = str(style()).removeprefix("<style>").removesuffix("</style>")
    return Markup(
        f":root{{{light}color-scheme:light dark;--font:{FONT}}}"
        f'@media screen and (prefers-color-scheme:dark){{:root:not([data-theme="light"]){{{dark}}}}}{rules}'
    )
