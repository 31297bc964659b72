"""The map's document: its parts add up, its moves and loops are those of the log."""

from __future__ import annotations

import pytest

from conftest import CHANGES, SHARED
from valuestream import ValueStream
from valuestream.errors import UnmappedState
from valuestream.sources.demo import demo, demo_stream

approx = pytest.approx

DAY_S = 86_400


def ladder(document: dict) -> float:
    return sum(stage["per_item_s"]["active"] + stage["per_item_s"]["wait"] for stage in document["stages"])


def test_the_ladders_parts_add_up_to_the_mean_lead_time(stream):
    """
    A: todo 1, dev 2, review 4, dev 5, review 6, reviewing 7, asking 8, test 9, done 10, dev 12, done 14
    B: test 1, done 4
    C: dev 1
    D: done 5
    E: dev 1, dropped 3
    """
    document = stream.map()
    # A: 13 days with its stay after done; B: 3. Skipped stages are 0, cancelled and unseen items stay out
    assert document["totals"]["lead_time_s"]["mean"] == 8 * DAY_S
    assert ladder(document) == approx(8 * DAY_S)
    assert document["stages"][-1]["name"] == "(done)"
    assert document["stages"][-1]["per_item_s"] == {"active": 0, "wait": 1 * DAY_S}


def test_the_demos_ladder_adds_up_too():
    with ValueStream(demo(), demo_stream()) as seen:
        document = seen.map()
    assert ladder(document) == approx(document["totals"]["lead_time_s"]["mean"], rel=1e-12)


def test_an_item_never_in_work_adds_its_span_as_wait_to_the_ladder(stream):
    """
    A: todo 1, done 5
    """
    assert stream.map()["stages"][0]["per_item_s"] == {"active": 0, "wait": 4 * DAY_S}


def test_a_transitions_time_is_the_receivers_wait_before_work(stream):
    """
    A: dev 1, review 2, reviewing 5, done 6
    B: dev 1, review 2, done 3
    """
    found = {(t["from"], t["to"]): t for t in stream.map()["transitions"]}
    assert found["Dev", "Review"]["n"] == 2
    assert found["Dev", "Review"]["mean_s"] == 3 * DAY_S  # B was never worked on there: its time is not known
    assert found["(start)", "Dev"] == {"from": "(start)", "to": "Dev", "n": 2, "mean_s": 0, "p50_s": 0, "p85_s": 0}
    assert found["Review", "(done)"] == {
        "from": "Review",
        "to": "(done)",
        "n": 2,
        "mean_s": None,
        "p50_s": None,
        "p85_s": None,
    }


def test_a_stay_after_done_that_was_reopened_is_a_stage_of_its_own_in_the_moves(stream):
    """
    A: dev 1, done 2, dev 4, done 5
    """
    moves = [(t["from"], t["to"], t["n"]) for t in stream.map()["transitions"]]
    assert moves == [("(start)", "Dev", 1), ("Dev", "(done)", 1), ("(done)", "Dev", 1), ("Dev", "(done)", 1)]


def test_return_loops_carry_their_share_of_the_senders_judged_visits(stream):
    """
    A: dev 1, review 2, dev 3, review 4, done 5
    B: dev 1, review 2, done 3
    """
    assert stream.map()["returns"] == [{"from": "Review", "to": "Dev", "n": 1, "share": approx(1 / 3)}]


def test_items_waiting_now_stand_in_their_stage(stream):
    """
    A: todo 1
    B: dev 1, review 2
    C: dev 1, reviewing 2
    D: dev 1, +block vendor 2
    E: dev 1, asking 3
    """
    wip = {stage["name"]: stage["wip"] for stage in stream.map()["stages"]}
    assert wip["Dev"] == {"n": 2, "queue": 1, "work": 0, "external": 0, "blocked": 1}
    assert wip["Review"] == {"n": 2, "queue": 1, "work": 1, "external": 0, "blocked": 0}
    assert wip["Customer"]["external"] == 1


def test_the_longest_wait_is_marked_once(stream):
    """
    A: todo 1, dev 2, review 3, reviewing 9, done 10
    """
    assert [stage["name"] for stage in stream.map()["stages"] if stage["longest_wait"]] == ["Review"]


def test_a_state_that_no_stage_claims_is_an_error_that_names_it(look):
    """
    A: dev 1, reviewin 2, done 3
    B: dev 1, reviewin 2, done 3
    C: dev 1, done 3
    """
    with pytest.raises(UnmappedState) as wrong:
        look().map()
    assert wrong.value.message == "No stage claims the state 'reviewin' (2 events, first A)."
    assert "nearest: 'Review'" in wrong.value.hint
    document = look(unmapped="exclude").map()
    assert document["items"]["finished"] == 1
    assert document["excluded"] == [{"reason": "has a state that no stage claims", "n": 2}]


def test_a_stage_without_events_is_drawn_empty(stream):
    """
    A: dev 1, done 2
    """
    stage = stream.map()["stages"][3]
    assert (stage["name"], stage["visits"], stage["wait_s"]["n"], stage["ca"]["value"]) == ("Test", 0, 0, None)


def test_an_empty_log_gives_an_empty_map():
    from valuestream import sketch

    with ValueStream(sketch(""), CHANGES) as seen:
        document = seen.map()
    assert document["items"] == {"finished": 0, "open": 0, "cancelled": 0}
    assert document["totals"]["flow_efficiency"]["value"] is None


def test_rejected_rows_are_counted_on_the_map(look):
    """
    A: dev 1, dev 1, done 2
    """
    assert {"reason": "rejected: duplicate row", "n": 1} in look().map()["excluded"]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the reference data is not here")
def test_the_incidents_log_as_ticket_to_resolution():
    """A real help desk, 88,952 changes: figures worked out independently."""
    from valuestream import Stage, Stream, read

    log = read(SHARED / "data" / "incidents" / "incident_status.csv.gz")
    stages = (
        Stage("Triage", queue=("New",)),
        Stage("Diagnose", work=("Active",)),
        Stage("User", external=("Awaiting User Info",)),
        Stage("Evidence", external=("Awaiting Evidence",)),
        Stage("Problem", external=("Awaiting Problem",)),
        Stage("Vendor", external=("Awaiting Vendor",)),
    )
    with ValueStream(
        log, Stream("ticket to resolution", stages, done=("Resolved",), ignore=("Closed",)), unmapped="exclude"
    ) as seen:
        document = seen.map()
        lead = document["totals"]["lead_time_s"]
        no_work = next(
            e for e in document["totals"]["flow_efficiency"]["excluded"] if e["reason"] == "no work state entered"
        )
    assert document["excluded"][0]["reason"] == "has a state that no stage claims"
    assert lead["n"] == approx(23_090, abs=15)
    assert lead["p50"] == approx(22 * 3600, rel=0.05)
    assert lead["p85"] == approx(11.6 * DAY_S, rel=0.02)
    assert next(
        e["n"] for e in document["excluded"] if e["reason"].startswith("finished, no observed start")
    ) == approx(1816, abs=5)
    assert no_work["n"] / lead["n"] == approx(0.35, abs=0.01)
    assert ladder(document) == approx(lead["mean"], rel=1e-12)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the reference data is not here")
def test_the_incidents_findings_carry_items_and_the_figures_of_a_check_by_hand():
    """Worked out by a loop over the file with pandas, apart from this program."""
    from valuestream import read
    from valuestream.discovering import suggested

    log = read(SHARED / "data" / "incidents" / "incident_status.csv.gz")
    with ValueStream(log, suggested(log)) as seen:
        document = seen.map()
    found = {finding["kind"]: finding for finding in document["findings"]}
    assert document["totals"]["lead_time_s"]["n"] == 23_088
    assert document["totals"]["lead_time_s"]["mean"] == approx(7.425251543610918 * DAY_S, rel=1e-9)
    assert found["longest_wait"]["items"] == ["INC0001839", "INC0000343", "INC0000307", "INC0001349", "INC0005897"]
    user = next(stage for stage in document["stages"] if stage["name"] == "Awaiting User Info")
    assert user["per_item_s"]["wait"] == approx(2.2203350285381536 * DAY_S, rel=1e-9)
    assert (found["no_work"]["n"], found["unseen"]["n"]) == (8_077, 1_819)
    assert found["unseen"]["items"][0] == "INC0000093"
    # 329 times Resolved was left within 30 days, once by an item that never came to an end
    assert found["reopened"]["sentence"] == "Items that were done came back into the stream 328 times."
    # 41 % of the events are by one account, which also closes nearly every ticket
    assert found["machine"]["sentence"].startswith("'Updated by 908' wrote 41 % of the 88,952 events")
    assert all(finding["items"] for finding in document["findings"])
