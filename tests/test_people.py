"""Who is behind a name."""

from __future__ import annotations

import csv
import gzip
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from valuestream.calendar import DAY_US, HOUR_US
from valuestream.errors import ConfigError
from valuestream.log.event import NONE, Kind, Log
from valuestream.people import kinds, proposed_service_accounts, pseudonym, team_of

INCIDENTS = Path(__file__).resolve().parents[2] / "shared" / "data" / "incidents" / "incident_status.csv.gz"


def log_of(actors: list[int], people: list[str], at: list[int] | None = None) -> Log:
    """A log of states of one item, changed by these person codes."""
    n = len(actors)
    zeros = np.zeros(n, dtype=np.int32)
    moments = np.arange(n, dtype=np.int64) if at is None else np.array(at, dtype=np.int64)
    kind = np.full(n, Kind.STATE, dtype=np.int8)
    actor = np.array(actors, dtype=np.int32)
    return Log("t", zeros, moments, kind, zeros, items=["A"], words=["todo"], people=people, actor=actor)


def test_a_pseudonym_is_the_same_for_the_same_name_and_key_only():
    assert pseudonym("ada", b"secret") == pseudonym("ada", b"secret")
    assert pseudonym("ada", b"secret") != pseudonym("ada", b"other")
    assert pseudonym("ada", b"secret") != pseudonym("Ada", b"secret")
    # stored logs rely on it: blake2b, five bytes, keyed
    assert pseudonym("ada", b"secret") == "p-92e5cefd6c"


def test_a_hundred_thousand_people_keep_a_pseudonym_of_their_own():
    # expected collisions: 1e10 / 2 / 2^40 = 0.005; with three bytes it would be 298
    assert len({pseudonym(f"person {n}", b"secret") for n in range(100_000)}) == 100_000


@pytest.mark.parametrize("key", [b"", b"x" * 65])
def test_a_key_that_hides_nothing_is_refused(key: bytes):
    with pytest.raises(ConfigError, match=f"{len(key)} bytes"):
        pseudonym("ada", key)


def test_an_exact_name_wins_over_a_pattern_and_the_first_pattern_over_the_next():
    teams = {"Blue": ["*@blue.example", "*"], "Red": ["Eve@blue.example", "r-?"]}
    assert team_of(["ada@Blue.example", "eve@blue.example", "r-1"], teams) == ["Blue", "Red", "Blue"]
    assert team_of(["r-1", "r-12", "ada"], {"Red": ["r-?"], "Blue": ["ada"]}) == ["Red", None, "Blue"]


def test_a_name_in_brackets_is_matched_as_written():
    assert team_of(["ci[bot]", "cib"], {"Tools": ["ci[bot]"]})[0] == "Tools"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("dependabot[bot]", "bot"),
        ("release-bot", "bot"),
        ("bot-7", "bot"),
        ("jenkins", "bot"),
        ("Jenkins@build.example", "bot"),
        ("k8s-ci-robot", "bot"),
        ("svc-deploy", "service"),
        ("svc_jira", "service"),
        ("Service Account", "service"),
        ("noreply@tracker.example", "service"),
        ("JiraAutomation", "service"),
        ("system", "service"),
        ("ada", "human"),
        ("Ada Jenkins", "human"),
        ("Travis Abbott", "human"),
        ("botha", "human"),
        ("p-3f9a2c41d0", "human"),
        ("Updated by 908", "human"),
        ("", "unknown"),
        ("N/A", "unknown"),
        ("Unassigned", "unknown"),
    ],
)
def test_bots_and_services_are_known_by_their_names(name: str, kind: str):
    assert kinds(log_of([0], [name])) == [kind]


def test_an_account_with_a_fifth_of_all_events_among_ten_is_proposed():
    # nine people write 8 each: 72; the tenth writes 80 of 152, ten times the median of 8
    people = [f"p{n}" for n in range(10)]
    actors = [n for n in range(9) for _ in range(8)] + [9] * 80
    assert proposed_service_accounts(log_of(actors, people)) == [
        (9, "p9 wrote 53% of 152 events, 10 times the median account.")
    ]


def test_an_account_below_ten_times_the_median_is_not_proposed():
    people = [f"p{n}" for n in range(10)]
    actors = [n for n in range(9) for _ in range(8)] + [9] * 79
    assert proposed_service_accounts(log_of(actors, people)) == []


def test_an_account_below_a_fifth_of_all_events_is_not_proposed():
    # 120 people write one each, the busiest 29 of 149: 19 %
    people = [f"p{n}" for n in range(121)]
    assert proposed_service_accounts(log_of([*range(120), *[120] * 29], people)) == []
    assert len(proposed_service_accounts(log_of([*range(120), *[120] * 30], people))) == 1


def test_in_a_log_of_few_accounts_nobody_is_outsize():
    people = [f"p{n}" for n in range(9)]
    assert proposed_service_accounts(log_of([*range(8), *[8] * 100], people)) == []


def test_events_of_nobody_count_for_nobody():
    people = [f"p{n}" for n in range(10)]
    assert proposed_service_accounts(log_of([NONE] * 500, people)) == []
    actors = [NONE] * 5000 + [n for n in range(9) for _ in range(8)] + [9] * 80
    assert [code for code, _ in proposed_service_accounts(log_of(actors, people))] == [9]


def test_an_account_that_writes_at_all_hours_is_proposed():
    # three times in each of the 168 hours of a week: 504 events
    at = [hour * HOUR_US + minute for hour in range(168) for minute in range(3)]
    assert proposed_service_accounts(log_of([0] * 504, ["night owl"], at)) == [
        (0, "night owl wrote 504 events spread over all hours of the day and all weekdays.")
    ]
    assert proposed_service_accounts(log_of([0] * 499, ["night owl"], at[:499])) == []


@pytest.mark.parametrize("rest", [{"hours": range(22, 24)}, {"days": range(5, 7)}])
def test_an_account_that_rests_at_night_or_at_the_weekend_is_not_proposed(rest: dict[str, range]):
    at = [
        day * DAY_US + hour * HOUR_US + minute
        for day in range(14)
        for hour in range(24)
        for minute in range(3)
        if hour not in rest.get("hours", ()) and day % 7 not in rest.get("days", ())
    ]
    assert len(at) >= 500
    assert proposed_service_accounts(log_of([0] * len(at), ["ada"], at)) == []


def test_a_log_that_names_nobody_proposes_nobody():
    log = log_of([0], ["ada"])
    nameless = Log(log.name, log.item, log.at, log.kind, log.value, items=log.items, words=log.words)
    assert proposed_service_accounts(nameless) == []


@pytest.mark.skipif(not INCIDENTS.exists(), reason="the shared incidents log is not here")
def test_the_account_behind_two_fifths_of_the_incidents_log_is_proposed():
    with gzip.open(INCIDENTS, "rt") as file:
        rows = [(row["resource"], row["ts"]) for row in csv.DictReader(file)]
    people = sorted({who for who, _ in rows})
    code = {who: n for n, who in enumerate(people)}
    at = [round(datetime.fromisoformat(ts).timestamp()) * 1_000_000 for _, ts in rows]
    proposed = proposed_service_accounts(log_of([code[who] for who, _ in rows], people, at))
    assert [people[who] for who, _ in proposed] == ["Updated by 908"]
    assert "41%" in proposed[0][1]
