"""How far the map's figures may be off by chance, and that a future state is marked only beyond that."""

from __future__ import annotations

from math import sqrt

import pytest
from scipy.stats import beta, t

from valuestream import Stage, Stream, ValueStream, sketch
from valuestream.analysis.future import Edits, Step, Time, future
from valuestream.pictures.compare import marked_figures, totals

approx = pytest.approx
DAY = 86_400.0
STREAM = Stream("s", (Stage("Dev", queue=("todo",), work=("dev",)), Stage("Test", queue=("ready",), work=("test",))),
                done=("done",))  # fmt: skip
# ten items: five wait 1 day for Test and five 3 days; each works 1 day in both stages and waits 0 for Dev
LOG = "\n".join(f"A{n}: dev 1, ready 2, test {3 + 2 * (n % 2)}, done {4 + 2 * (n % 2)}" for n in range(10))


def test_a_mean_has_students_interval_over_its_visits() -> None:
    with ValueStream(sketch(LOG), STREAM) as seen:
        found = seen.margins()
    # 1 and 3 days, five times each: mean 2, standard deviation sqrt(10 / 9)
    half = t.ppf(0.975, 9) * sqrt(10 / 9) / sqrt(10)
    assert found["stages"]["Test"]["wait"] == [approx((2 - half) * DAY), approx((2 + half) * DAY)]
    assert found["totals"]["lead_time"] == [approx((4 - half) * DAY), approx((4 + half) * DAY)]
    # nothing was sent back in ten: the exact binomial's lower end
    assert found["stages"]["Test"]["ca"] == [approx(beta.ppf(0.025, 10, 1)), 1.0]


def test_fewer_than_ten_have_none() -> None:
    with ValueStream(sketch("\n".join(LOG.splitlines()[:9])), STREAM) as seen:
        found = seen.margins()
    assert found["totals"] == {}
    assert found["stages"]["Test"] == {}


@pytest.mark.parametrize(("wait_days", "differs"), [(2.0, False), (1.5, False), (2.6, False), (1.0, True), (3.0, True)])
def test_a_written_figure_is_marked_only_where_chance_does_not_reach(wait_days: float, differs: bool) -> None:
    with ValueStream(sketch(LOG), STREAM) as seen:
        current, sure = seen.map(), seen.margins()
    made = future(current, Edits(change={"Test": Step(wait=Time(seconds=wait_days * DAY))}), sure)
    # the interval reaches from 1.25 to 2.75 days
    assert ("wait" in marked_figures(current["stages"][1], made["stages"][1])) is differs
    assert {one.key: one.marked for one in totals(current, made)}["lead_time"] is differs


def test_a_batch_is_exact_and_what_nobody_touched_is_not_marked() -> None:
    with ValueStream(sketch(LOG), STREAM) as seen:
        current, sure = seen.map(), seen.margins()
    made = future(current, Edits(change={"Test": Step(batch=7.0)}), sure)
    assert marked_figures(current["stages"][0], made["stages"][0]) == set()
    assert current["stages"][1]["batch"]["mean"] is None  # the sketch names nobody
    assert marked_figures(current["stages"][1], made["stages"][1]) == {"batch"}
