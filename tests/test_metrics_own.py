"""A user's own metric: what is let through gives the figure worked by hand, everything else is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from command_line import STREAM, TICKETS, vsm, written
from conftest import CHANGES
from valuestream.config import load
from valuestream.errors import ConfigError, UnknownName
from valuestream.stream import Own

DAY_S = 86_400


def with_own(**own):
    return replace(CHANGES, metrics=(Own(**{"name": "mine", "over": "items", **own}),))


@pytest.mark.parametrize(
    ("over", "sql", "value"),
    [
        ("items", "avg(lead_s) / 86400", 3.0),
        ("items", "sum(work_s) / nullif(sum(work_s + wait_s), 0)", 5 / 6),
        ("items", "count(*)", 2.0),
        ("items", "count(*) FILTER (WHERE type = 'Bug')", 1.0),
        ("items", "1.0 * count(*) FILTER (WHERE type IN ('Bug', 'Story')) / count(*)", 1.0),
        ("items", "max(lead_s) / min(lead_s)", 2.0),
        ("items", "count(DISTINCT team)", 1.0),
        ("items", "avg(CASE WHEN lead_s > 3 * 86400 THEN 1.0 ELSE 0.0 END)", 0.5),
        ("items", "sum(lead_s) FILTER (WHERE outcome = 'done') / 86400", 6.0),
        ("items", "coalesce(sum(age_s), 0)", 0.0),
        ("items", "round(sqrt(avg(returns * returns)) + abs(-1))", 1.0),
        ("items", "CAST(sum(lead_s) AS DOUBLE) / 86400", 6.0),
        ("items", "sum(lead_s) BETWEEN 0 AND 1e9", 1.0),
        ("items", "avg(lead_s) FILTER (WHERE NOT (team IS NULL)) /* all */ / 86400 -- days", 3.0),
        ("visits", "count(*) FILTER (WHERE stage = 'Dev' AND wait_s > 0)", 1.0),
        ("visits", "sum(CASE WHEN way = 'done' THEN 1 END)", 2.0),
    ],
)
def test_an_expression_over_the_tables_gives_its_figure(look, over, sql, value):
    """
    A: type=Bug 1, team=Blue 1, dev 1, done 3
    B: type=Story 1, team=Blue 1, todo 1, dev 2, done 5
    """
    with look(with_own(over=over, sql=sql)) as seen:
        figure = seen.metric("mine")
    assert (figure.value, figure.n) == (pytest.approx(value), 2)


ATTACKS = [
    ("two statements", "avg(lead_s); DROP TABLE items_in"),
    ("a second statement behind a comment", "avg(lead_s) /* */; SELECT 1"),
    ("another table", "avg(lead_s) FROM read_csv('/etc/passwd')"),
    ("another table of ours", "sum(value) FROM attributes"),
    ("a union", "avg(lead_s) UNION ALL SELECT 1"),
    ("a subquery", "(SELECT count(*) FROM visits)"),
    ("a subquery in a filter", "count(*) FILTER (WHERE item IN (SELECT item FROM visits))"),
    ("exists", "count(*) FILTER (WHERE EXISTS (SELECT 1))"),
    ("a window function", "sum(lead_s) OVER ()"),
    ("a ranking", "row_number() OVER (ORDER BY lead_s)"),
    ("a table function", "unnest([1, 2])"),
    ("reading a file", "max(read_text('/etc/passwd'))"),
    ("globbing", "count(glob('/*'))"),
    ("the environment", "max(getenv('HOME'))"),
    ("a setting", "max(current_setting('home_directory'))"),
    ("a function named in full", "main.avg(lead_s)"),
    ("a list of all", "list(lead_s)"),
    ("a string of all", "string_agg(team, ',')"),
    ("any value", "any_value(item)"),
    ("no aggregate", "1 + 1"),
    ("a column alone", "lead_s"),
    ("an aggregate beside a column", "avg(lead_s) + work_s"),
    ("an aggregate in an aggregate", "sum(max(lead_s))"),
    ("a star", "*"),
    ("all columns", "count(COLUMNS('.*'))"),
    ("a column by place", "sum(#1)"),
    ("a qualified column", "avg(items.lead_s)"),
    ("a quoted column", 'avg("lead_s"); SELECT "lead_s"'),
    ("an unknown column", "avg(salary)"),
    ("a column of the store", "avg(left_by)"),
    ("the item itself", "max(item)"),
    ("a parameter", "avg(lead_s) + $1"),
    ("a parameter by place", "avg(lead_s) + ?"),
    ("a lambda", "sum(list_sum(list_transform([1], x -> x)))"),
    ("a struct", "count({'a': 1})"),
    ("an interval", "max(INTERVAL 1 DAY)"),
    ("today", "max(current_date)"),
    ("a cast to text", "max(CAST(lead_s AS VARCHAR))"),
    ("a text", "max('a')"),
    ("a pattern", "count(*) FILTER (WHERE type ~ 'B.*')"),
    ("like", "count(*) FILTER (WHERE type LIKE 'B%')"),
    ("a word for a number", "count(*) FILTER (WHERE lead_s = 'long')"),
    ("a collation", "max(type COLLATE nocase)"),
    ("a condition behind it", "avg(lead_s) WHERE 1 = 1"),
    ("a group behind it", "avg(lead_s) GROUP BY team"),
    ("an order behind it", "avg(lead_s) ORDER BY 1"),
    ("two expressions", "avg(lead_s), avg(work_s)"),
    ("a with before it", "1) WITH x AS (SELECT 1"),
    ("an order in a sum", "sum(lead_s ORDER BY work_s)"),
    ("no SQL at all", "how long does it take?"),
    ("nothing", " "),
    ("a bomb", "+".join(["sum(lead_s)"] * 400)),
    ("too many nodes", "greatest(" + ",".join(["sum(lead_s)"] * 180) + ")"),
    ("a chain", "sum(lead_s)" + "+1" * 900),
    ("deep nesting", "(" * 300 + "sum(lead_s)" + ")" * 300 + "+1" * 300),
]


@pytest.mark.parametrize("sql", [sql for _, sql in ATTACKS], ids=[name for name, _ in ATTACKS])
def test_everything_else_is_refused_with_a_way_out(look, sql):
    """
    A: type=Bug 1, team=Blue 1, dev 1, done 3
    """
    with look(with_own(sql=sql)) as seen, pytest.raises((ConfigError, UnknownName)) as wrong:
        seen.metric("mine")
    assert wrong.value.hint
    with look() as plain:
        assert plain.metric("throughput").n == 0  # nothing was dropped, and the engine still answers


def test_a_word_that_no_type_has_lists_the_known(look):
    """
    A: type=Bug 1, dev 1, done 3
    """
    with look(with_own(sql="count(*) FILTER (WHERE type = 'Bgu')")) as seen, pytest.raises(UnknownName) as wrong:
        seen.metric("mine")
    assert "Bug" in wrong.value.hint


def test_a_percentile_of_ones_own_is_refused_below_ten_too(look):
    """
    A: dev 1, done 3
    B: dev 1, done 5
    """
    for sql in ("percentile_cont(0.9) WITHIN GROUP (ORDER BY lead_s)", "median(lead_s)"):
        with look(with_own(sql=sql)) as seen:
            assert seen.metric("mine").value is None
            assert seen.metric("mine").why == "below 10 values no percentile is given"


def test_a_percentile_of_ten_is_the_catalogues(look):
    from valuestream import ValueStream, sketch

    ten = sketch("\n".join(f"{key}: dev 1, done {n}" for n, key in enumerate("ABCDEFGHIJ", 2)))
    own = with_own(sql="percentile_cont(0.85) WITHIN GROUP (ORDER BY lead_s)")
    with ValueStream(ten, own) as seen:
        assert seen.metric("mine").value == pytest.approx(seen.spread("lead_time").p85)


def test_it_is_grouped_and_explained_like_any_other(look):
    """
    A: type=Bug 1, dev 1, done 3
    B: type=Story 1, dev 1, done 5
    """
    with look(with_own(sql="avg(lead_s) / 86400", asks="How many days?")) as seen:
        assert {key: f.value for key, f in seen.metric_by("mine", "type").items()} == {("Bug",): 2.0, ("Story",): 4.0}
        told = seen.explain("mine")
    assert told["metric"]["asks"] == "How many days?"
    assert [(row["item"], row["lead_s"]) for row in told["rows"]] == [("B", 4 * DAY_S), ("A", 2 * DAY_S)]


def test_a_name_of_the_catalogue_is_taken(look):
    """
    A: dev 1, done 3
    """
    with look(with_own(name="lead_time", sql="avg(lead_s)")) as seen, pytest.raises(ConfigError, match="already"):
        seen.metric("lead_time")


def test_a_clock_of_another_table_is_refused(look):
    """
    A: dev 1, done 3
    """
    with look(with_own(sql="avg(lead_s)", clock="left_at")) as seen, pytest.raises(ConfigError, match="no clock"):
        seen.metric("mine")


def test_it_stands_in_the_streams_file(tmp_path):
    text = STREAM + "    metrics:\n      days: {sql: avg(lead_s) / 86400, asks: How many days?, better: lower}\n"
    log, file = written(tmp_path, "tickets.csv", TICKETS), written(tmp_path, "s.yaml", text)
    document = vsm("metrics", log, "days", "--stream", file, "--json").document
    # A took 4 days, B 9
    assert document["metrics"][0]["figures"][0]["value"] == 6.5
    assert document["metrics"][0]["own"] is True


def test_a_mistyped_setting_of_a_metric_names_its_place(tmp_path):
    file = written(tmp_path, "s.yaml", STREAM + "    metrics:\n      days: {sql: avg(lead_s), ovr: items}\n")
    with pytest.raises(ConfigError, match="ovr") as wrong:
        load(file)
    assert "over" in wrong.value.hint
    assert "line 8" in wrong.value.message or ":8:" in wrong.value.message
