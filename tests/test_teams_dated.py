"""Teams whose members change: a visit is the team's to which its owner belonged when it was entered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from conftest import CHANGES
from valuestream import ValueStream, load
from valuestream.errors import ConfigError
from valuestream.stream import Membership

Look = Callable[..., ValueStream]
MOVES = replace(
    CHANGES,
    teams={"Blue": ("ada",), "Red": ("*",)},
    memberships=(Membership("ada", "Red", "2024-01-05", "2024-01-08"), Membership("ben", "Green", until="2024-01-03")),
)


def teams(stream: ValueStream) -> list[str]:
    names = stream.tables.teams
    found = stream.tables.ask("SELECT team FROM visits ORDER BY item, entered")
    return [names[team] for (team,) in found]


@pytest.mark.usefixtures("kernels")
def test_a_visit_is_of_the_team_of_that_day(look: Look) -> None:
    """
    A: dev@ada 4, review@ada 5, test@ada 7.99, packed@ada 8, done 9
    B: dev@ben 2, review@ben 3, done 9
    """
    with look(MOVES) as stream:
        # ada is lent to Red from the fifth to the seventh; ben was Green until the second
        assert teams(stream) == ["Blue", "Red", "Red", "Blue", "Green", "Red"]


def test_the_file_names_members_with_dates(tmp_path: Path) -> None:
    path = tmp_path / "valuestream.yaml"
    stages = "streams: {s: {stages: [{name: A, work: [B]}]}}\n"
    text = "teams: {Blue: [ada, {member: '*@x.example', since: 2026-03-01}]}\n" + stages
    path.write_text(text)
    stream = load(path).stream()
    assert stream.teams == {"Blue": ("ada",)}
    assert stream.memberships == (Membership("*@x.example", "Blue", "2026-03-01"),)
    path.write_text(text.replace("since", "sins"))
    with pytest.raises(ConfigError, match="Unknown key 'sins'"):
        load(path)
