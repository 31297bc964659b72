"""The what-if page: a model fitted once, sliders in the address, a quick answer and then the refined one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from test_schemas import wrong
from valuestream.errors import ConfigError
from valuestream.pictures.duration import share
from valuestream.simulation.answer import recorded, stream_of, to_log
from valuestream.simulation.capacity import Cadence, Pool, hours_of
from valuestream.simulation.demand import Arrivals, ItemType
from valuestream.simulation.duration import DAY_S, HOUR_S, WEEK_S, exponential, fixed
from valuestream.simulation.engine import Length
from valuestream.simulation.model import Model, Route, Stage
from valuestream.simulation.scenario import scenario_of
from valuestream.web.served import OneLog
from valuestream.web.what_if_form import changed, controls
from web_pages import Text, serving

MODEL = Model(
    "two steps",
    Arrivals(per_week=100.0),
    (
        Stage("Dev", exponential(HOUR_S), servers=1),
        Stage("Ship", fixed(0.0), servers=1, cadence=Cadence(WEEK_S, 3 * DAY_S)),
    ),
    (Route("Dev", "(cancelled)", 0.01),),
)


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    log = to_log(recorded(MODEL, length=Length(800), seed=2))
    with serving(OneLog(log, stream_of(MODEL))) as one:
        yield one


def ready(client: httpx.Client, address: str) -> str:
    """The page, once its jobs are over."""
    for _ in range(400):
        html = client.get(address).text
        if "data-job" not in html:
            return html
        time.sleep(0.1)
    raise AssertionError("the job does not end")


class TestTheWhatIfPage:
    def test_fits_a_model_and_says_how_near_it_is(self, client: httpx.Client) -> None:
        html = ready(client, "/what-if")
        assert "Simulated now" in html
        assert 'name="Dev.servers"' in html
        assert 'name="Ship.cadence"' in html

    def test_says_why_its_flow_efficiency_is_not_the_map_s(self, client: httpx.Client) -> None:
        said = Text(ready(client, "/what-if")).said
        on_map = client.get("/map.json").json()["totals"]["flow_efficiency"]["value"]
        here = client.get("/what-if.json").json()["now"]["flow_efficiency"]["value"]
        assert f"and {share(on_map)} on the map: the map counts all time in work states of what finished" in said
        assert f"Flow efficiency is {share(here)} here" in said

    def test_answers_as_the_command_does(self, client: httpx.Client) -> None:
        html = ready(client, "/what-if?Dev.servers=2&Ship.cadence=1")
        assert "vsm simulate --set Dev.servers=2 --set &#39;Ship.cadence=1 d&#39;" in html
        document = client.get("/what-if.json?Dev.servers=2&Ship.cadence=1").json()
        assert wrong(document) == []
        assert document["runs"]["refitted"]
        assert document["scenarios"][0]["change"]["lead_mean_s"]["high"] < 0

    def test_draws_current_against_future(self, client: httpx.Client) -> None:
        ready(client, "/what-if?Ship.cadence=1")
        html = ready(client, "/what-if?Ship.cadence=1&maps=1")
        assert "Now, simulated" in html
        assert html.count("<svg") == 1

    def test_folds_further_levers_away_until_one_is_used(self, client: httpx.Client) -> None:
        html = ready(client, "/what-if?Ship.removed=true&set=Dev.servers%3D%2B1")
        assert "vsm simulate --set Ship.removed=true --set Dev.servers=+1" in html
        assert html.count("<details open>") == 1
        assert '<option value="true" selected>left out</option>' in html
        assert ">Dev.servers=+1</textarea>" in html

    def test_refuses_what_is_no_number_with_a_hint(self, client: httpx.Client) -> None:
        ready(client, "/what-if")
        answer = client.get("/what-if?Dev.servers=many")
        assert answer.status_code == 400
        assert "is no number" in answer.text


def test_only_sliders_that_were_moved_are_changes() -> None:
    asked = {"Dev.servers": "1", "Dev.service": "80", "Ship.cadence": "0", "demand": "110"}
    found = changed(controls(MODEL, asked))
    assert [str(change) for change in found] == ["demand=x1.1", "Dev.service=x0.8", "Ship.cadence=none"]


LEVERS = replace(
    MODEL,
    arrivals=Arrivals(per_week=100.0, types=(ItemType("Bug", 0.5), ItemType("Feature", 0.5))),
    stages=(replace(MODEL.stages[0], servers=None, pool="crew"), MODEL.stages[1]),
    pools=(Pool("crew", 2, calendar="office"),),
    calendars=(replace(hours_of("office", "Mon-Fri 09:00-17:00"), off=(3,)),),
)


def test_every_lever_of_the_command_has_its_control_or_can_be_written() -> None:
    asked = {
        "wip": "40",
        "off": "none",
        "Bug.expedite": "true",
        "crew.prefers": "last",
        "Dev.wip": "5",
        "Dev.order": "types",
        "Ship.automated": "true",
        "Ship.removed": "true",
    }
    further = "Bug.priority=-1\n\n  Dev.calendar=Mon-Sat 08:00-18:00 "
    found = changed(controls(LEVERS, asked), further)
    assert {str(change) for change in found} == {
        *(f"{name}={value}" for name, value in asked.items()),
        "Bug.priority=-1",
        "Dev.calendar=Mon-Sat 08:00-18:00",
    }
    assert scenario_of([str(change) for change in found]).applied(LEVERS).stage("Ship").removed


def test_a_limit_of_nothing_is_no_limit_and_what_is_as_now_is_no_change() -> None:
    limited = replace(MODEL, wip=30)
    assert [str(one) for one in changed(controls(limited, {"wip": "0"}))] == ["wip=none"]
    assert changed(controls(limited, {"wip": "30", "Dev.order": "fifo", "Ship.removed": "false"})) == ()
    assert not any(group.opened for group in controls(limited, {"Dev.servers": "2"}))
    assert [group.opened for group in controls(limited, {"Dev.wip": "3"})] == [False, True, False]


def test_words_that_are_none_are_refused_with_those_that_are() -> None:
    with pytest.raises(ConfigError, match=r"Dev\.order: 'random' is not known") as refused:
        controls(MODEL, {"Dev.order": "random"})
    assert refused.value.hint == "Known: fifo, lifo."
    with pytest.raises(ConfigError, match="'faster' is no change"):
        changed(controls(MODEL, {}), "faster")


def test_a_quick_answer_takes_a_fifth_of_a_second(client: httpx.Client) -> None:
    """CPU time of the whole process, over five changes that nobody has asked for before; no refined answers."""
    from valuestream.simulation.simulator import by_hand
    from valuestream.what_if import simulation_document

    simulator = by_hand(MODEL)
    simulation_document(simulator, (scenario_of(["Dev.servers=2"]),), quick=True)
    begin = time.process_time()
    for k in range(5):
        simulation_document(simulator, (scenario_of([f"Dev.servers={k + 3}"]),), quick=True)
    assert (time.process_time() - begin) / 5 < 0.2
