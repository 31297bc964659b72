"""What changed against the time before, and what is blocked and why."""

from __future__ import annotations

from conftest import CHANGES
from valuestream import ValueStream, sketch

D = 86_400.0


def lines(first: int, days: list[float]) -> str:
    """Items that begin work every 0.5 d from day `first` and take so many days."""
    return "\n".join(
        f"{first}-{k}: dev {first + k * 0.5:.2f}, done {first + k * 0.5 + n:.2f}" for k, n in enumerate(days)
    )


def figures(document):
    return {row["figure"]: row for row in document["figures"]}


def test_a_window_is_held_against_as_long_a_time_before_it():
    text = lines(1, [1.0, 2.0] * 5) + "\n" + lines(11, [4.0, 5.0] * 8)
    with ValueStream(sketch(text), CHANGES, since="2024-01-11", until="2024-01-21") as seen:
        found = seen.changes_document()
    assert not found["halves"]
    assert (found["before"]["since"], found["after"]["until"]) == ("2024-01-01T00:00:00Z", "2024-01-21T00:00:00Z")
    lead = figures(found)["lead_time"]
    # all of the first ten are done by day 8; of the others six of 4 d and five of 5 d before day 21
    assert (lead["before"], lead["n_before"]) == (1.5 * D, 10)
    assert (lead["after"], lead["n_after"], lead["beyond"]) == (4 * D, 11, True)
    low, high = lead["interval"]
    assert 0 < low < 2.5 * D < high


def test_where_the_log_does_not_reach_back_its_halves_are_compared():
    with ValueStream(sketch(lines(1, [1.0, 2.0] * 6)), CHANGES) as seen:
        found = seen.changes_document()
    assert found["halves"]
    assert found["before"]["until"] == found["after"]["since"]


def test_few_items_are_no_ground_to_judge():
    with ValueStream(sketch("A: dev 1, done 2\nB: dev 5, done 9"), CHANGES) as seen:
        rows = figures(seen.changes_document())
    assert (rows["lead_time"]["before"], rows["lead_time"]["beyond"]) == (None, None)
    assert rows["throughput"]["beyond"] is None


def test_blocked_items_are_told_by_the_reason_of_their_last_block(look):
    """
    A: dev 1, +block vendor 2
    B: dev 1, +block licence 3, -block 4, +block vendor 5
    C: dev 1, stuck 6
    D: dev 1, +block licence 2, -block 3
    E: dev 1, done 9
    """
    with look() as seen:
        found = seen.blockers_document()
    assert (found["n"], found["looked_at"]) == (3, 3)
    told = {row["reason"]: [(one["item"], one["blocked_s"] / D) for one in row["items"]] for row in found["reasons"]}
    assert told == {"vendor": [("A", 7), ("B", 4)], "stuck": [("C", 3)]}


def test_nothing_blocked_is_no_reason(stream):
    """
    A: dev 1
    """
    assert stream.blockers_document()["reasons"] == []
