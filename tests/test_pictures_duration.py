from __future__ import annotations

import pytest

from valuestream.pictures.duration import duration, number, share, short_count


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (45, "45 s"),
        (2_700, "45 min"),
        (16_920, "4.7 h"),
        (172_800, "2.0 d"),
        (0, "0 s"),
        (None, "–"),
        (-7_200, "-2.0 h"),
    ],
)
def test_a_length_of_time_is_said_in_its_own_unit(seconds: float | None, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(("seconds", "said"), [(59.6, "1 min"), (3_599, "1.0 h"), (86_399, "1.0 d"), (59.4, "59 s")])
def test_the_unit_changes_where_the_rounded_number_would_read_60_s_or_24_h(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_what_is_not_nothing_never_reads_as_nothing_and_not_all_never_as_all() -> None:
    assert (duration(0.001), share(0.0001), number(0.001)) == ("<1 s", "<1 %", "<0.1")
    assert (share(0.9999), share(1.0), share(0.0)) == (">99 %", "100 %", "0 %")


def test_unknown_is_a_dash_in_every_form() -> None:
    assert {form(None) for form in (duration, share, number, short_count)} == {"–"}


def test_a_short_count_has_at_most_four_signs() -> None:
    for n in [10**k * d for k in range(8) for d in (1, 5, 9.996)]:
        assert len(short_count(n)) <= 4, n
