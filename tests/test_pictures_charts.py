"""Charts: their data, their words, and that every state is said."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from conftest import CHANGES
from valuestream import ValueStream, sketch
from valuestream.errors import UnknownName
from valuestream.pictures import charts
from valuestream.pictures.chart_parts import apart
from valuestream.pictures.static import chart_svg
from valuestream.sources.demo import demo, demo_stream

NASTY = "</script><b>&\"'"
NASTY_LOG = f"""
A: todo 1, type={NASTY} 1, dev 2, review 3, done 5
B: dev 1, done 2
C: dev 6
"""
cards = pytest.mark.parametrize("card", [*charts.FLOW, *charts.STAGE], ids=lambda card: card.name)


@pytest.fixture(scope="module")
def documents() -> Iterator[dict[str, Any]]:
    stream = replace(demo_stream(), targets={"Bug": "85 % within 10 d", "Feature": "50 % within 20 d"})
    with ValueStream(demo(1, 400), stream) as seen:
        yield {"vsm.flow/1": seen.flow_document(), "vsm.stage/1": seen.stage_document("Review")}


def of(card: charts.Card, documents: dict[str, Any]) -> Any:
    return documents["vsm.stage/1" if card in charts.STAGE else "vsm.flow/1"]


def rows(spec: charts.Spec) -> list[dict[str, Any]]:
    """All rows of all data of a spec."""
    return [row for values in spec.get("datasets", {}).values() for row in values]


def wrong(spec: charts.Spec) -> list[str]:
    """Where a spec breaks Vega-Lite's own schema."""
    return [error.message[:200] for error in vega_lite().iter_errors(spec)]


@cache
def vega_lite() -> Draft7Validator:
    from altair.vegalite import schema

    path = Path(schema.__file__).parent / "vega-lite-schema.json"
    return Draft7Validator(json.loads(path.read_text(encoding="utf-8")))


def few(text: str, stage: str = "Dev") -> dict[str, Any]:
    with ValueStream(sketch(text), CHANGES) as seen:
        return {"vsm.flow/1": seen.flow_document(), "vsm.stage/1": seen.stage_document(stage)}


def test_what_is_told_apart_by_line_and_shape_is_named_beneath(documents: dict[str, Any]) -> None:
    week = chart_svg(charts.spec("arrivals", documents["vsm.flow/1"], charts.Look(width=500)) or {}, title="x")
    assert ">left (finished or given up)<" in week
    stage = chart_svg(charts.spec("stage_trend", documents["vsm.stage/1"], charts.Look(width=500)) or {}, title="x")
    assert ">wait<" in stage
    assert ">active<" in stage


def test_a_legend_names_only_what_is_drawn() -> None:
    document = few("A: dev 1\nB: dev 2, review 3, done 9")["vsm.flow/1"]
    assert "within the 85 % mark" not in chart_svg(
        charts.spec("ageing", document, charts.Look(width=500)) or {}, title="x"
    )


def test_an_empty_period_is_said_in_words() -> None:
    with ValueStream(
        sketch("A: dev 1, done 2\nB: dev 1, done 20"), CHANGES, since="2024-01-05", until="2024-01-08"
    ) as seen:
        document = seen.flow_document()
    assert charts.card("scatter").state(document).why == "No items finished from 2024-01-05 until 2024-01-08."
    assert charts.table("scatter", document).rows == ()


@cards
@pytest.mark.parametrize(
    "text", ["A: dev 1, done 2", "A: dev 1, done 12\nB: dev 2", "A: type=Bug 1, dev 1, review 9, done 20"]
)
def test_one_alone_is_said_in_the_singular(card: charts.Card, text: str) -> None:
    document = of(card, few(text))
    state = card.state(document)
    told = " ".join([card.sentence(document), card.base(document), state.why, state.todo])
    assert re.findall(r"(?<![\d.,])1 (?:\w+ )?(?:items|visits|weeks|targets|points|kinds)\b|\b1 are\b", told) == []


def test_a_log_axis_is_named_in_a_readers_units() -> None:
    """From minutes to 200 days: powers of ten of a day would be read by nobody."""
    quick = "\n".join(f"A{n}: dev 1, done {1 + n / 1440}" for n in range(1, 12))
    spec = json.dumps(charts.spec("scatter", few(f"{quick}\nB: dev 1, done 201")["vsm.flow/1"]))
    assert "(log scale)" in spec
    assert all(f'\\"{name}\\"' in spec for name in ("1 min", "1 h", "1 d", "100 d"))


@cards
def test_every_chart_asks_answers_and_explains(card: charts.Card, documents: dict[str, Any]) -> None:
    document = of(card, documents)
    assert card.heading.endswith("?")
    assert card.sentence(document).endswith(".")
    assert re.search(r"\d", card.sentence(document))
    assert len(card.how) > 60
    assert card.n(document) > 0
    table = card.table(document)
    assert table.rows
    assert {len(row) for row in table.rows} == {len(table.heads)}
    assert card.state(document).condition == "ready"


@cards
def test_every_chart_is_vega_lite_that_draws_without_a_script(card: charts.Card, documents: dict[str, Any]) -> None:
    if card.draw is None:
        pytest.skip("a table alone")
    document = of(card, documents)
    for theme in ("light", "dark"):
        spec = card.spec(document, charts.Look(theme=theme, width=620))
        assert spec is not None
        assert json.loads(json.dumps(spec, allow_nan=False)) == spec
        assert wrong(spec) == []
        assert "http" not in json.dumps(spec).replace("https://vega.github.io/schema", "")
    svg = chart_svg(card.spec(document, charts.Look(width=620)) or {}, title=card.sentence(document))
    root = ET.fromstring(svg)
    assert float(root.get("width", "0")) <= 660
    assert root.get("role") == "img"
    assert not [e for e in root.iter() if e.tag.endswith(("script", "image", "foreignObject"))]
    assert "var(--" in svg


@cards
def test_nothing_to_draw_says_why_and_what_to_do(card: charts.Card) -> None:
    document = of(card, few(""))
    state = card.state(document)
    assert state.condition == "empty"
    assert state.why.endswith(".")
    assert card.spec(document) is None
    assert card.sentence(document)


@cards
def test_names_that_want_to_be_markup_stay_words(card: charts.Card) -> None:
    document = of(card, few(NASTY_LOG, "Review"))
    spec = card.spec(document, charts.Look(width=500))
    if spec is not None:
        svg = chart_svg(spec, title=card.sentence(document))
        assert "<b>" not in svg
        assert "</script" not in svg
        ET.fromstring(svg)


def test_few_items_are_drawn_and_percentiles_refused() -> None:
    document = few("A: dev 1, done 2\nB: dev 1, done 4")["vsm.flow/1"]
    card = charts.card("scatter")
    assert card.state(document).condition == "too_little"
    spec = card.spec(document)
    assert spec is not None
    assert "layer" not in spec  # points, and no line
    assert sorted(row["took"] for row in rows(spec)) == [1, 3]
    assert card.sentence(document) == "2 items took 2.0 d on average."
    assert "percentiles need at least 10" in card.state(document).why


def test_no_work_seen_is_not_measurable_and_never_nought() -> None:
    document = few("A: todo 1, done 2")["vsm.flow/1"]
    state = charts.card("efficiency").state(document)
    assert (state.condition, charts.spec("efficiency", document)) == ("not_measurable", None)
    assert charts.card("cycle").state(document).condition == "not_measurable"


def test_points_of_the_scatter_are_at_the_clock_of_the_streams_zone() -> None:
    from valuestream.calendar import Calendar

    stream = replace(CHANGES, calendar=Calendar(zone="Europe/Berlin"))
    with ValueStream(sketch("A: dev 1, done 3.99"), stream) as seen:
        spec = charts.spec("scatter", seen.flow_document())
    assert [row["at"] for row in rows(spec or {})] == ["2024-01-04T00:45:36Z"]


def test_points_lead_to_their_items_where_there_are_pages(documents: dict[str, Any]) -> None:
    linked = charts.Look(links=lambda address: f"/s/{address}")
    for name in ("scatter", "ageing"):
        spec = charts.spec(name, documents["vsm.flow/1"], linked)
        assert all(row["href"] == f"/s/item/{row['item']}" for row in rows(spec or {}) if "item" in row)
        assert "href" not in json.dumps(charts.spec(name, documents["vsm.flow/1"]))


def test_weeks_that_the_period_cuts_are_marked_and_left_out_of_the_mean() -> None:
    text = "A: dev 2, done 3\nB: dev 2, done 10\nC: dev 2, done 11\nD: dev 2, done 16"
    spec = charts.spec("throughput", few(text)["vsm.flow/1"])
    weeks = [row for row in rows(spec or {}) if "week" in row]
    assert [(row["finished"], row["kind"]) for row in weeks] == [
        (1, "week cut by the period"), (2, "complete week"), (1, "week cut by the period"),
    ]  # fmt: skip
    assert {row["mean"] for row in rows(spec or {}) if "mean" in row} == {2}


def test_bands_of_the_cumulative_flow_stack_done_lowest() -> None:
    spec = charts.spec("cfd", few("A: dev 1, review 2, done 3\nB: dev 1, review 3\nC: dev 4")["vsm.flow/1"])
    found = {(row["day"][-2:], row["band"]): (row["level"], row["items"]) for row in rows(spec or {}) if "band" in row}
    assert found["04", "Done"] == (0, 1)
    assert found["04", "Review"] == (1, 1)
    assert found["04", "Dev"] == (2, 1)
    assert found["01", "Dev"] == (2, 2)


def test_late_items_are_diamonds_as_well_as_red(documents: dict[str, Any]) -> None:
    spec = json.dumps(charts.spec("ageing", documents["vsm.flow/1"]))
    assert "diamond" in spec
    assert {"within the 85 % mark", "older"} <= set(re.findall(r'"([^"]+)"', spec))


def test_a_target_kept_and_one_missed_are_told_apart_in_words(documents: dict[str, Any]) -> None:
    document = documents["vsm.flow/1"]
    spec = charts.spec("targets", document)
    verdicts = [row["verdict"] for row in rows(spec or {})]
    assert verdicts == ["kept" if row["attained"] >= row["share"] else "not kept" for row in document["targets"]]
    assert charts.sentence("targets", document).startswith(f"{verdicts.count('kept')} of 2 targets kept.")


def test_a_large_scatter_says_that_it_is_a_sample() -> None:
    text = "\n".join(f"I{k}: dev 1, done {2 + k / 1000:.3f}" for k in range(2500))
    document = few(text)["vsm.flow/1"]
    spec = charts.spec("scatter", document)
    assert len(json.dumps(spec)) < 150_000
    assert "one in 3 of 2,500 items" in charts.sentence("scatter", document)


def test_labels_in_the_margin_stand_apart() -> None:
    assert apart([100.0, 101.0, 102.0, 103.0], 15.0, 0.0, 200.0) == [79.0, 94.0, 109.0, 124.0]
    assert apart([1.0, 2.0], 15.0, 0.0, 100.0) == [0.0, 15.0]


def test_an_unknown_chart_is_told_its_neighbours() -> None:
    with pytest.raises(UnknownName) as told:
        charts.card("scater")
    assert "scatter" in told.value.hint
