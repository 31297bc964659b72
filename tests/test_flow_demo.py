"""The demo's log through flow and metrics against what its own simulation recorded."""

from __future__ import annotations

import pytest

from valuestream import ValueStream
from valuestream.sources.demo import demo, demo_stream, truth


@pytest.fixture(scope="module")
def seen():
    with ValueStream(demo(), demo_stream()) as stream:
        yield stream


@pytest.fixture(scope="module")
def real():
    return truth().realised


def test_every_finished_items_lead_time_is_the_true_one(seen, real):
    found = {row["key"]: row["lead"] for row in seen.items().to_pylist() if row["outcome"] == 1}
    assert found == dict(real.lead_us)


def test_the_stages_queue_work_and_blocked_time_is_the_true_one(seen, real):
    finished = {row["item"] for row in seen.items().to_pylist() if row["outcome"] == 1}
    for code, name in enumerate(stage.name for stage in seen.stream.stages):
        rows = [r for r in seen.visits().to_pylist() if r["stage"] == code and r["item"] in finished]
        facts = real.stages[name]
        assert sum(r["queue"] for r in rows) == facts.queue_us
        assert sum(r["work"] for r in rows) == facts.work_us
        assert sum(r["blocked"] for r in rows) == facts.blocked_us


def test_returns_and_the_shares_behind_percent_complete_and_accurate_are_the_true_ones(seen, real):
    found = seen.metric_by("complete_and_accurate", "stage")
    for name, facts in real.stages.items():
        figure = found[name,]
        assert figure.n == facts.left
        assert figure.value == pytest.approx(1 - facts.returns / facts.left)


def test_release_batches_are_the_true_ones(seen, real):
    batch = next(stage["batch"] for stage in seen.map()["stages"] if stage["name"] == "Release")
    sizes = list(real.releases.values())
    assert batch["n"] == sum(sizes)
    assert batch["mean"] == pytest.approx(sum(sizes) / len(sizes))
    assert batch["as_experienced"] == pytest.approx(sum(n * n for n in sizes) / sum(sizes))


def test_the_approval_that_rejects_nobody_is_the_longest_wait(seen):
    document = seen.map()
    assert [stage["name"] for stage in document["stages"] if stage["longest_wait"]] == ["Approval"]
    assert any(f["kind"] == "no_rejection" and "Approval" in f["title"] for f in document["findings"])


def test_every_finding_names_items_of_the_log(seen):
    keys = set(seen.flow.log.items)
    for found in seen.map()["findings"]:
        assert found["items"]
        assert set(found["items"]) <= keys


def test_one_team_alone_has_its_own_figures(seen):
    with (
        ValueStream(demo(), demo_stream(), where={"team": "Blue"}) as blue,
        ValueStream(demo(), demo_stream(), where={"team": "Red"}) as red,
    ):
        parts = [blue.map()["items"]["finished"], red.map()["items"]["finished"]]
    assert sum(parts) == seen.map()["items"]["finished"]
    assert all(parts)
