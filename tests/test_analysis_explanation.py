"""Every figure explained: its statement gives it, the rows behind it are those it is over, page by page."""

from __future__ import annotations

import pytest

from conftest import CHANGES, SHARED
from valuestream import Stage, Stream, ValueStream
from valuestream.errors import PersonField, UnknownName
from valuestream.metrics.catalogue import CATALOGUE
from valuestream.sources.demo import demo, demo_stream

INCIDENTS = SHARED / "data" / "incidents" / "incident_status.csv.gz"
DAY_S = 86_400


@pytest.fixture(scope="module")
def sample():
    with ValueStream(demo(1, 200), demo_stream(), since="2024-02-01") as seen:
        yield seen


@pytest.mark.parametrize("metric", CATALOGUE, ids=lambda m: m.name)
def test_the_statement_shown_gives_the_figure_shown(sample, metric):
    told = sample.explain(metric.name)
    value, n = sample.tables.ask(told["sql"])[0]
    assert told["figure"]["value"] == (None if value is None else pytest.approx(float(value)))
    assert told["figure"]["n"] == n
    assert told["metric"]["rule"]


@pytest.mark.parametrize("name", ["flow_efficiency", "complete_and_accurate", "lead_time", "batch_size"])
def test_the_rows_of_all_pages_are_those_that_the_figure_is_over(sample, name):
    rows = []
    for page in range(1, 100):
        told = sample.explain(name, page=page, size=500)
        rows += told["rows"]
        if not told["rows"]:
            break
    assert len(rows) == told["page"]["total"] == told["figure"]["n"]
    if name == "flow_efficiency":
        whole = sum(row["work_s"] + row["wait_s"] for row in rows)
        assert sum(row["work_s"] for row in rows) / whole == pytest.approx(told["figure"]["value"])
    if name == "complete_and_accurate":
        assert 1 - sum(row["returned"] for row in rows) / len(rows) == pytest.approx(told["figure"]["value"])


def test_the_heaviest_rows_come_first_and_what_is_left_out_has_examples(stream):
    """
    A: dev 1, done 3
    B: dev 1, done 9
    C: done 4
    """
    told = stream.explain("lead_time")
    assert [(row["item"], row["lead_s"] / DAY_S, row["finished"]) for row in told["rows"]] == [
        ("B", 8.0, "2024-01-09T00:00:00Z"),
        ("A", 2.0, "2024-01-03T00:00:00Z"),
    ]
    assert told["left_out"] == [{"reason": "no observed start", "items": ["C"]}]
    assert told["figure"]["excluded"] == [{"reason": "no observed start", "n": 1}]


def test_a_metric_over_visits_is_explained_at_one_stage(stream):
    """
    A: todo 1, dev 2, review 3, reviewing 6, done 7
    """
    told = stream.explain("stage_wait_time", stage="Review")
    assert (told["stage"], [(row["stage"], row["wait_s"] / DAY_S) for row in told["rows"]]) == (
        "Review", [("Review", 3.0)]
    )  # fmt: skip
    with pytest.raises(UnknownName, match="no stage"):
        stream.explain("lead_time", stage="Review")
    with pytest.raises(UnknownName, match="Reviw"):
        stream.explain("stage_wait_time", stage="Reviw")


def test_items_are_filtered_sorted_and_paged(stream):
    """
    A: type=Bug 1, dev 1, done 3
    B: type=Story 1, dev 1, done 9
    C: type=Bug 1, dev 4
    D: type=Bug 1, review 2
    E: dev 1, dropped 3
    F: idea 1
    """

    def keys(**wish):
        return [row["key"] for row in stream.items_document(**wish)["items"]]

    assert keys() == ["A", "B", "C", "D", "E", "F"]
    assert keys(state="open") == ["C", "D"]
    assert keys(state="open", sort="-age") == ["D", "C"]
    assert keys(state="open", stage="Dev") == ["C"]
    assert keys(state="finished", sort="-lead") == ["B", "A"]
    assert keys(stage="Review") == ["D"]
    assert keys(state="cancelled") == ["E"]
    assert keys(state="waiting") == ["F"]
    assert keys(sort="-lead", size=2, page=2) == ["E", "C"]  # E was given up after two days; unknown ones come last
    assert stream.items_document(size=2)["page"] == {"number": 1, "size": 2, "total": 6}
    bugs = stream.asking(where={"type": "Bug"})
    assert [row["key"] for row in bugs.items_document()["items"]] == ["A", "C", "D"]
    here = stream.items_document(state="open", stage="Dev")["items"][0]
    assert (here["stage"], here["how"], here["here_since"]) == ("Dev", "work", "2024-01-04T00:00:00Z")


def test_items_are_those_that_the_map_of_the_window_counts(look):
    """
    A: dev 1, review 4, done 9
    B: dev 1, dropped 3
    C: dev 6
    D: dev 1, done 3
    """
    with look(until="2024-01-05") as then:
        counts = then.map()["items"]
        found = {state: then.items_document(state=state) for state in ("finished", "open", "cancelled", "waiting")}
    assert {state: document["page"]["total"] for state, document in found.items()} == {**counts, "waiting": 0}
    (still,) = found["open"]["items"]  # A is in progress then, in Review, four days old
    assert (still["key"], still["stage"], round(still["age_s"])) == ("A", "Review", 4 * DAY_S)


def test_the_age_of_what_was_in_progress_is_that_of_the_day(look):
    """
    A: dev 1, done 9
    B: dev 3
    """
    with look(until="2024-01-05") as then:
        # A, since finished, was four days old on day 5, B two
        assert then.map()["totals"]["open_age_s"]["mean"] == pytest.approx(3 * DAY_S)


@pytest.mark.parametrize("sort", ["assignee", "-owner", "person"])
def test_items_are_not_sorted_by_persons(stream, sort):
    """
    A: dev@ada 1, done 3
    """
    with pytest.raises(PersonField):
        stream.items_document(sort=sort)


def test_an_unknown_sort_lists_the_known(stream):
    """
    A: dev 1, done 3
    """
    with pytest.raises(UnknownName) as wrong:
        stream.items_document(sort="length")
    assert "lead" in wrong.value.hint


def test_targets_are_told_with_their_attainment(look):
    """
    A: type=Bug 1, dev 1, done 3
    B: type=Bug 1, dev 1, done 9
    C: type=Story 1, dev 1, done 4
    D: type=Risk 1, dev 1, done 9
    E: dev 1, done 2
    """
    from dataclasses import replace

    targets = {"Bug": "85 % within 5 d", "feature": "50 % within 3 d", "*": "90 % within 4 d"}
    seen = look(replace(CHANGES, targets=targets, flow_items={"feature": ("Story",)}))
    told = seen.metrics_document(["target_attainment"])
    assert [(t["of"], t["n"], t["attained"], t["met"]) for t in told["targets"]] == [
        ("Bug", 2, 0.5, False),
        ("feature", 1, 1.0, True),
        ("*", 2, 0.5, False),
    ]
    assert told["metrics"][0]["figures"][0]["value"] == pytest.approx(3 / 5)
    assert {k: f.value for k, f in seen.metric_by("target_attainment", "type").items()} == {
        ("Bug",): 0.5, ("Story",): 1.0, ("Risk",): 0.0, (None,): 1.0
    }  # fmt: skip


def test_types_without_a_target_are_left_out_of_attainment_and_counted(look):
    """
    A: type=Bug 1, dev 1, done 3
    B: type=Story 1, dev 1, done 9
    """
    from dataclasses import replace

    figure = look(replace(CHANGES, targets={"Bug": "85 % within 5 d"})).metric("target_attainment")
    assert (figure.value, figure.n, [(out.reason, out.n) for out in figure.excluded]) == (
        1.0, 1, [("no target for their type", 1)]
    )  # fmt: skip


@pytest.mark.skipif(not INCIDENTS.exists(), reason="the incidents log is not at hand")
def test_a_figure_of_the_incidents_is_what_a_loop_over_the_rows_gives():
    """Lead time from the first New or Active to the last Resolved, against pandas and nothing of ours."""
    import pandas as pd

    import valuestream

    stream = Stream(
        "incidents",
        (
            Stage("Triage", queue=("New",)),
            Stage(
                "Fix", work=("Active",), blocked=("Awaiting Problem", "Awaiting Vendor", "Awaiting Evidence", "-100")
            ),
            Stage("Caller", external=("Awaiting User Info",)),
        ),
        done=("Resolved",),
        ignore=("Closed",),
        reopen_within_us=3650 * 86_400_000_000,
    )
    with ValueStream(valuestream.read(str(INCIDENTS)), stream, since="2016-03-10", until="2016-04-01") as seen:
        told = seen.explain("lead_time", size=10_000)
    rows = pd.read_csv(INCIDENTS, keep_default_na=False)
    rows["ts"] = pd.to_datetime(rows["ts"], utc=True)
    rows = rows[rows["activity"] != "Closed"]
    begin, end = pd.Timestamp("2016-03-10", tz="UTC"), pd.Timestamp("2016-04-01", tz="UTC")
    leads, unseen = {}, 0
    for case, events in rows.groupby("case", sort=False):
        states, times = list(events["activity"]), list(events["ts"])
        order = sorted(range(len(states)), key=lambda k: times[k])
        states, times = [states[k] for k in order], [times[k] for k in order]
        if states[-1] != "Resolved":
            continue
        last = len(states) - 1
        while last and states[last - 1] == "Resolved":
            last -= 1
        if not begin <= times[last] < end:
            continue
        if states[0] == "Resolved":
            unseen += 1
            continue
        leads[case] = (times[last] - times[0]).total_seconds()
    assert {row["item"]: row["lead_s"] for row in told["rows"]} == leads
    assert told["figure"]["n"] == len(leads) == 5145
    assert told["figure"]["value"] == pytest.approx(pd.Series(leads).median())
    assert unseen > 0
    assert {out["reason"]: out["n"] for out in told["figure"]["excluded"]} == {"no observed start": unseen}
