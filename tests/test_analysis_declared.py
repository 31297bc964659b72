"""What people said: a map of declared stages alone, and declared beside logged; worked by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from command_line import STREAM, TICKETS, vsm, written
from conftest import CHANGES
from test_schemas import wrong
from valuestream import Stage
from valuestream.analysis.demand import demand
from valuestream.calendar import Calendar
from valuestream.config import one_stream
from valuestream.errors import ConfigError
from valuestream.flow.grains import WAYS
from valuestream.pictures import map as picture
from valuestream.pictures.text import map_text
from valuestream.stream import Charter, Declared, Length
from valuestream.value_stream import declared_map
from valuestream.working_hours import parse_hours

approx = pytest.approx
DAY_S = 86_400
NOW = "2026-10-01"

SCISSORS = """\
streams:
  main path:
    charter: {customer: Retail, demand: 7000 per day}
    calendar: {hours: "Mon-Sun 06:00-20:00"}
    stages:
      - {name: Stamp, declared: {inventory: 7500, wait: 1 d, process: 0.8 min}}
      - {name: Grind, declared: {inventory: 3850, process: 2.2 min}}
      - {name: Assemble, declared: {inventory: 2700, wait: 1 d, process: 0.5 min}}
      - {name: Pack, declared: {inventory: 3100, process: 1.0 min}}
      - {name: Ship, declared: {inventory: 9000, wait: 1 d}}
  second path:
    charter: {demand: 7000 per day}
    calendar: {hours: "Mon-Sun 06:00-20:00"}
    stages:
      - {name: Mould, declared: {inventory: 2400, process: 5 min}}
"""


def said(**parts) -> Declared:
    """A declaration in days (wait) and hours (process)."""
    unit = {"wait": lambda d: Length(days=d), "process": lambda h: Length(seconds=3600 * h)}
    return Declared(**{k: tuple(map(unit[k], v)) if k in unit else v for k, v in parts.items()})


def test_the_evsm_sample_gives_all_its_figures(tmp_path: Path) -> None:
    """Definitions 4.9 no. 1: a day of 14 hours, 7000 a day."""
    file = written(tmp_path, "scissors.yaml", SCISSORS)
    told = declared_map(one_stream(file, "main path"), as_of=NOW)
    assert told["demand"]["takt_s"] / 60 == approx(0.12)
    inventory = [stage["inventory_days"] for stage in told["stages"]]
    assert [round(days, 2) for days in inventory] == [1.07, 0.55, 0.39, 0.44, 1.29]
    totals = told["totals"]["declared"]
    assert totals["process_s"]["likely"] / 60 == approx(4.50)
    assert round(totals["lead_time_days"]["likely"], 2) == 6.74
    assert 100 * totals["flow_efficiency"]["likely"] == approx(100 * 4.5 / (6.74 * 840), abs=0.0005)
    assert round(100 * totals["flow_efficiency"]["likely"], 2) == 0.08
    second = declared_map(one_stream(file, "second path"), as_of=NOW)["totals"]["declared"]
    assert round(second["lead_time_days"]["likely"], 2) == 0.35
    assert round(100 * second["flow_efficiency"]["likely"], 2) == 1.71


def test_a_declared_map_draws_in_full(tmp_path: Path) -> None:
    file = written(tmp_path, "scissors.yaml", SCISSORS)
    told = declared_map(one_stream(file, "main path"), as_of=NOW)
    assert wrong(told) == []
    text = map_text(told)
    for words in (
        "takt 7.2 s",
        "6.74 working days of 14.0 h",
        "it is a working day of 14.0 h",
        "inventory 7,500, 1.07 days of demand",
        "0.08 %",
    ):
        assert words in text
    root = ElementTree.fromstring(picture.svg(told))
    boxes = [node.get("data-stage") for node in root.iter() if (node.get("class") or "").startswith("stage")]
    assert boxes == ["Stamp", "Grind", "Assemble", "Pack", "Ship"]
    strip = [float(node.get("data-seconds") or 0) for node in root.iter() if node.get("data-in") == "strip"]
    assert sum(strip) == approx(told["totals"]["lead_time_s"]["mean"])


def test_sums_have_ranges_from_every_step_at_its_best_to_every_step_at_its_worst() -> None:
    stages = (
        Stage("Ask", declared=said(process=(1, 2, 4), wait=(1, 2, 5))),
        Stage("Sign", declared=said(process=(1, 1, 2), wait=(0, 1, 3), complete_and_accurate=0.9, n=4)),
        Stage("Do", declared=said(process=(4, 5, 8), complete_and_accurate=0.8, n=6)),
    )
    told = declared_map(replace(CHANGES, stages=stages), as_of=NOW)
    totals = told["totals"]["declared"]
    hours = {key: totals["lead_time_s"][key] / 3600 for key in ("low", "likely", "high")}
    assert hours == {"low": 24 + 6, "likely": 72 + 8, "high": 192 + 14}
    assert totals["flow_efficiency"]["likely"] == approx(8 / 80)
    # least work in the longest wait, most work in the shortest
    assert totals["flow_efficiency"]["low"] == approx(6 / (6 + 192))
    assert totals["flow_efficiency"]["high"] == approx(14 / (14 + 24))
    assert told["totals"]["rolled_ca"]["value"] == approx(0.72)
    assert told["totals"]["rolled_ca"]["n"] == 4
    assert [stage["longest_wait"] for stage in told["stages"]] == [True, False, False]
    assert wrong(told) == []


def test_a_working_day_is_one_where_hours_are_known() -> None:
    """Two days of waiting, an hour of work; eight hours a day from Monday to Friday."""
    office = Calendar(hours=parse_hours("Mon-Fri 09:00-17:00"))
    stages = (Stage("Sign", declared=said(process=(1, 1, 1), wait=(2, 2, 2))),)
    totals = declared_map(replace(CHANGES, stages=stages, calendar=office), as_of=NOW)["totals"]["declared"]
    assert totals["lead_time_days"]["likely"] == approx(17 / 8)
    assert totals["flow_efficiency"]["likely"] == approx(1 / 17)
    assert totals["lead_time_s"]["likely"] == 2 * DAY_S + 3600


@pytest.mark.parametrize(
    ("asked", "hours", "per_day", "takt_s"),
    [
        ("480 per week", "", 480 / 7, 86_400 / (480 / 7)),
        ("480 per week", "Mon-Fri 09:00-17:00", 96, 300),
        ("12 per hour", "Mon-Fri 09:00-17:00", 96, 300),
        ("7,000 a day", "Mon-Sun 06:00-20:00", 7000, 7.2),
        ("96 orders per day", "Mon-Fri 09:00-17:00", 96, 300),
    ],
)
def test_takt_is_available_work_time_over_demand(asked: str, hours: str, per_day: float, takt_s: float) -> None:
    calendar = Calendar(hours=parse_hours(hours) if hours else ())
    found = demand(replace(CHANGES, charter=Charter(demand=asked), calendar=calendar))
    assert found is not None
    assert (found.per_day, found.takt_s) == (approx(per_day), approx(takt_s))


@pytest.mark.parametrize("asked", [None, "a lot", "0 per day", "per day"])
def test_a_demand_that_cannot_be_counted_is_unknown(asked: str | None) -> None:
    assert demand(replace(CHANGES, charter=Charter(demand=asked))) is None


def test_declared_stands_beside_logged(look) -> None:
    """
    A: dev 1, review 2, reviewing 8, done 9
    B: dev 1, review 2, reviewing 8.2, done 9
    """
    review = CHANGES.stages[1]
    spoken = replace(review, declared=said(wait=(1, 2, 3), process=(2, 4, 8), n=6, by="reviewers", date="2026-10-01"))
    stages = tuple(spoken if stage is review else stage for stage in CHANGES.stages)
    with look(replace(CHANGES, stages=stages)) as seen:
        told = seen.map()
    assert wrong(told) == []
    stage = told["stages"][1]
    assert stage["declared"]["wait_s"] == {"low": DAY_S, "likely": 2 * DAY_S, "high": 3 * DAY_S}
    assert stage["wait_s"]["mean"] == approx(6.1 * DAY_S)
    assert (stage["kind"], stage["provenance"]) == ("logged", "state-derived")
    text = map_text(told, 200)
    assert "Review: wait declared 2.0 d (1.0 d to 3.0 d), logged 6.1 d" in text
    assert "(reviewers, n = 6, 2026-10-01)" in text
    drawn = picture.svg(told)
    assert "wait declared 2.0 d" in drawn
    assert "declared by people: 2.0 d (1.0 d to 3.0 d)" in drawn  # of the box's line, on hovering


def test_a_step_without_states_keeps_its_place_and_adds_nothing_to_the_ladder(look) -> None:
    """
    A: dev 1, review 4, reviewing 6, done 8
    """
    sign = Stage("Sign", declared=said(wait=(1, 1, 2), process=(1, 1, 1), complete_and_accurate=0.5))
    stages = (CHANGES.stages[0], sign, *CHANGES.stages[1:])
    with look(replace(CHANGES, stages=stages)) as seen:
        told, ways = seen.map(), [row["way"] for row in seen.visits().to_pylist()]
    assert wrong(told) == []
    assert [stage["name"] for stage in told["stages"]] == ["Dev", "Sign", "Review", "Customer", "Test", "Release"]
    step = told["stages"][1]
    assert (step["kind"], step["provenance"], step["visits"]) == ("declared", "declared", 0)
    assert (step["wait_s"]["mean"], step["active_s"]["mean"]) == (DAY_S, 3600)
    assert step["per_item_s"] == {"active": None, "wait": None}
    parts = [stage["per_item_s"] for stage in told["stages"]]
    assert sum((part["wait"] or 0) + (part["active"] or 0) for part in parts) == told["totals"]["lead_time_s"]["mean"]
    assert told["totals"]["rolled_ca"]["value"] == 1.0  # what was said stands beside it, not in it
    assert "[said] Sign" in map_text(told, 200)
    assert [WAYS[way] for way in ways] == ["forward", "done"]  # nobody can enter it, so it is not skipped


def test_a_queue_lasts_as_long_as_the_demand_takes_to_use_it_up(look) -> None:
    """
    A: todo 1
    B: todo 1
    C: todo 1
    D: review 1
    """
    with look(replace(CHANGES, charter=Charter(demand="2 per day"))) as seen:
        told = seen.map()
    assert [stage["inventory_days"] for stage in told["stages"]] == [1.5, 0.5, 0.0, 0.0, 0.0]
    assert told["demand"] == {"asked": "2 per day", "per_day": 2.0, "day_s": 86_400.0, "takt_s": 43_200.0}


class TestTheCommand:
    def test_needs_no_log(self, tmp_path: Path) -> None:
        file = written(tmp_path, "scissors.yaml", SCISSORS)
        drawn = tmp_path / "map.svg"
        told = vsm("map", "--stream", file, "--name", "main path", "--svg", drawn)
        assert told.status == 0, told.err
        assert "Lead time 6.7 d likely" in told.out
        assert drawn.read_text(encoding="utf-8").startswith("<svg")
        assert wrong(vsm("map", "--stream", file, "--name", "main path", "--json").document) == []

    def test_says_what_is_missing_where_nobody_declared_anything(self, tmp_path: Path) -> None:
        told = vsm("map", "--stream", written(tmp_path, "s.yaml", STREAM))
        assert told.status == 2
        assert "no declared stage" in told.err

    def test_shows_declared_stages_of_a_logged_stream(self, tmp_path: Path) -> None:
        step = "      - {name: Sign, declared: {process: 15 min, wait: [1 d, 2 d, 5 d], n: 6, by: release manager}}\n"
        file = written(tmp_path, "s.yaml", STREAM.replace("    done:", step + "    done:"))
        told = vsm("map", written(tmp_path, "t.csv", TICKETS), "--stream", file)
        assert told.status == 0, told.err
        assert "Sign: wait declared 2.0 d (1.0 d to 5.0 d); process time declared 15 min (release manager, n = 6)" in (
            " ".join(told.out.split())
        )


def test_a_stream_without_declared_stages_and_without_a_log_is_an_error() -> None:
    with pytest.raises(ConfigError, match="no declared stage"):
        declared_map(CHANGES, as_of=NOW)
