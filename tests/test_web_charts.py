"""The pages of charts: a question, its answer, a picture for pages without scripts, the figures as table and file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from importlib.resources import files

import httpx
import pytest
from jsonschema import Draft202012Validator

from conftest import CHANGES
from valuestream import ValueStream, sketch
from valuestream.pictures import charts
from valuestream.web.answers import Answers
from valuestream.web.charts import harmless
from web_pages import Text, serving, small

# twelve items of Dev and Review, a day apart, done after six to nine days; one still open
LOG = "\n".join(
    f"A{n}: type=Bug {n}, team=Blue {n}, todo {n}, dev {n + 1}, review {n + 3}, reviewing {n + 4}, done {n + 6 + n % 4}"
    for n in range(1, 13)
) + "\nOPEN: type=Bug 20, todo 20, dev 22"  # fmt: skip


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with serving(small(LOG)) as one:
        yield one


class TestAPageOfCharts:
    @pytest.mark.parametrize(("path", "cards"), [("/flow", charts.FLOW), ("/stage/Dev", charts.STAGE)])
    def test_says_for_each_the_question_the_answer_and_how(self, client: httpx.Client, path: str, cards: tuple) -> None:
        said = Text(client.get(path).text).said
        document = client.get(f"{path}.json").json()
        for card in cards:
            assert card.heading in said
            assert " ".join(card.how.split()) in said
            if card.state(document).condition == "ready":
                assert card.sentence(document) in said

    def test_has_the_same_answer_as_python(self, client: httpx.Client) -> None:
        with ValueStream(sketch(LOG), CHANGES) as asked:
            assert client.get("/flow.json").json() == asked.flow_document()
            assert client.get("/stage/Review.json").json() == asked.stage_document("Review")

    def test_says_why_a_chart_is_empty_and_offers_a_way_out(self, client: httpx.Client) -> None:
        html = client.get("/flow?from=2024-01-01&to=2024-01-02").text
        assert "Show the whole period" in Text(html).said
        assert "0 finished items" in Text(html).said

    def test_of_an_unknown_stage_names_the_near_ones(self, client: httpx.Client) -> None:
        answer = client.get("/stage/Reviw")
        assert answer.status_code == 404
        assert "Review" in Text(answer.text).said
        assert client.get("/stage/Reviw.json").status_code == 404

    def test_leads_from_stage_to_stage(self, client: httpx.Client) -> None:
        links = Text(client.get("/stage/Review?team=Blue").text).links
        assert "/stage/Dev?team=Blue" in links
        assert "/stage/Customer?team=Blue" in links


class TestAChart:
    @pytest.mark.parametrize("address", ["flow/scatter", "flow/wip", "flow/throughput", "stage/stage_trend"])
    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_comes_as_a_picture_and_for_scripts(self, client: httpx.Client, address: str, theme: str) -> None:
        about = {"theme": theme, "stage": "Dev"}
        picture = client.get(f"/charts/{address}.svg", params=about)
        assert (picture.status_code, picture.headers["content-type"]) == (200, "image/svg+xml")
        assert picture.text.startswith("<svg")
        assert "<script" not in picture.text
        assert "sandbox" in picture.headers["content-security-policy"]
        drawn = client.get(f"/charts/{address}.vega", params=about).json()
        assert "data" in drawn or "datasets" in drawn

    def test_links_its_points_to_items_with_the_filters(self, client: httpx.Client) -> None:
        drawn = client.get("/charts/flow/scatter.vega?team=Blue").text
        assert "/item/A1?team=Blue" in drawn

    def test_comes_as_the_figures_of_its_table(self, client: httpx.Client) -> None:
        answer = client.get("/charts/flow/throughput.csv")
        rows = list(csv.reader(io.StringIO(answer.text)))
        with ValueStream(sketch(LOG), CHANGES) as asked:
            shown = charts.table("throughput", asked.flow_document())
        assert rows == [list(shown.heads), *map(list, shown.rows)]
        assert answer.headers["content-disposition"] == 'attachment; filename="flow-throughput.csv"'

    @pytest.mark.parametrize(
        ("path", "status"),
        [
            ("/charts/flow/nope.svg", 404), ("/charts/nope/scatter.svg", 422), ("/charts/stage/stage_trend.svg", 400),
            ("/charts/flow/scatter.svg?theme=pink", 422),
            ("/charts/flow/scatter.svg?from=2024-01-01&to=2024-01-01", 400),
            ("/charts/stage/stage_trend.csv?stage=Nope", 404), ("/charts/flow/scatter.vega?team=Nope", 404),
        ],
    )  # fmt: skip
    def test_that_cannot_be_drawn_says_why(self, client: httpx.Client, path: str, status: int) -> None:
        assert client.get(path).status_code == status

    def test_library_comes_out_of_the_package_packed(self, client: httpx.Client) -> None:
        answer = client.get("/static/vega.js")
        assert answer.headers["content-encoding"] == "gzip"
        assert "immutable" in answer.headers["cache-control"]
        assert "window.vegaEmbed" in answer.text
        assert int(answer.headers["content-length"]) < 400_000


@pytest.mark.parametrize("cell", ["=HYPERLINK(1)", "+1", "@SUM(1)", "-cmd", "\tx", "-"])
def test_a_cell_that_a_spreadsheet_would_run_stays_text(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


class TestKeptAnswers:
    def test_are_computed_once_and_the_oldest_go(self) -> None:
        answers, asked = Answers(most=2), list[str]()
        for name in ("a", "b", "a", "c", "a", "b"):
            answers.get(name, lambda name=name: asked.append(name) or name)
        assert asked == ["a", "b", "c", "b"]

    def test_do_not_keep_errors(self) -> None:
        answers = Answers()
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                answers.get("x", lambda: 1 / 0)
        assert answers.get("x", lambda: 5) == 5


class TestThePeriodBefore:
    QUERY = "?from=2024-01-11&to=2024-01-20"

    def test_is_compared_only_when_asked(self, client: httpx.Client) -> None:
        off = client.get(f"/flow{self.QUERY}").text
        assert "Has it changed since the period before?" not in off
        assert "flow?compare=true&amp;from=2024-01-11" in off
        on = Text(client.get(f"/flow{self.QUERY}&compare=true").text).said
        assert "Has it changed since the period before?" in on

    def test_is_the_same_in_python(self, client: httpx.Client) -> None:
        document = client.get(f"/flow/earlier.json{self.QUERY}").json()
        schema = json.loads((files("valuestream") / "schemas" / "changes.json").read_text("utf-8"))
        Draft202012Validator(schema).validate(document)
        with ValueStream(sketch(LOG), CHANGES, since="2024-01-11", until="2024-01-21", unmapped="exclude") as stream:
            assert document == stream.changes_document()
        on = Text(client.get(f"/flow{self.QUERY}&compare=true").text).said
        rows = {row["figure"]: row for row in document["figures"]}
        assert f"{rows['lead_time']['n_before']} / {rows['lead_time']['n_after']}" in on

    def test_of_nonsense_is_refused(self, client: httpx.Client) -> None:
        assert client.get("/flow?compare=perhaps").status_code == 422
