"""The map page: the same answer as `vsm map --json`, filters in the address, errors as on the command line."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import httpx
import pytest

from conftest import CHANGES
from test_schemas import wrong
from valuestream import ValueStream, sketch
from valuestream.web import assets
from web_pages import Text, serving, small

LOG = """\
A: type=Bug 1, team=Blue 1, todo 1, dev 2, review 3, done 11
B: type=Feature 2, team=Red 2, todo 2, dev 3, review 4, done 8
"""


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with serving(small(LOG)) as one:
        yield one


class TestTheMapPage:
    def test_holds_the_map_in_its_first_html(self, client: httpx.Client) -> None:
        html = client.get("/").text
        assert "<svg" in html
        assert Text(html).said.count("Dev") >= 2
        assert len(html) < 150_000

    def test_has_a_twin_with_the_same_answer_as_python(self, client: httpx.Client) -> None:
        document = client.get("/map.json").json()
        assert wrong(document) == []
        with ValueStream(sketch(LOG), CHANGES) as asked:
            assert document == asked.map()

    def test_names_its_twin_with_the_filters(self, client: httpx.Client) -> None:
        html = client.get("/?team=Blue").text
        assert 'href="/map.json?team=Blue"' in html

    def test_shows_one_team_only_when_asked(self, client: httpx.Client) -> None:
        # A, the only Blue item, ran from day 1 to day 11
        document = client.get("/map.json?team=Blue").json()
        assert document["items"]["finished"] == 1
        assert document["totals"]["lead_time_s"]["mean"] == 10 * 86_400

    def test_counts_the_last_day_in(self, client: httpx.Client) -> None:
        # B is done on day 8 of the sketch, January 8th of 2024, at midnight
        assert client.get("/map.json?from=2024-01-01&to=2024-01-08").json()["items"]["finished"] == 1
        assert client.get("/map.json?from=2024-01-01&to=2024-01-07").json()["items"]["finished"] == 0

    def test_keeps_the_filters_in_its_links(self, client: httpx.Client) -> None:
        links = Text(client.get("/?team=Blue&from=2024-01-02").text).links
        assert any(
            link.startswith("/stage/Dev?") and "team=Blue" in link and "from=2024-01-02" in link for link in links
        )


class TestNonsenseInTheAddress:
    @pytest.mark.parametrize(
        ("query", "status", "told"),
        [
            ("?stream=nope", 404, "changes"),
            ("?team=Purple", 404, "Blue"),
            ("?from=someday", 400, "someday"),
            ("?to=someday", 400, "someday"),
            ("?to=9999-12-31", 400, "9999-12-31"),
            ("?from=2030-01-01", 400, "after the log ends"),
            ("?from=2024-01-05&to=2024-01-02", 400, "before it begins"),
            ("?assignee=ada", 400, "person"),
            ("?Owner=ada", 400, "person"),
            (f"?stream={'x' * 300}", 422, "stream"),
            (f"?team={'x' * 300}", 400, "letters"),
        ],
    )
    def test_is_a_card_that_helps(self, client: httpx.Client, query: str, status: int, told: str) -> None:
        answer = client.get(f"/{query}")
        assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
        assert 'role="alert"' in answer.text
        assert told in Text(answer.text).said
        twin = client.get(f"/map.json{query}")
        assert twin.status_code == status
        assert told in twin.json()["message"] + twin.json()["hint"]

    def test_offers_the_page_without_filters(self, client: httpx.Client) -> None:
        answer = client.get("/flow?stream=changes&from=2030-01-01")
        assert "The period begins (2030-01-01 00:00 UTC) after the log ends." in Text(answer.text).said
        assert "/flow?stream=changes" in Text(answer.text).links
        assert client.get("/flow?stream=changes").status_code == 200

    def test_a_page_that_is_none_says_where_the_others_are(self, client: httpx.Client) -> None:
        answer = client.get("/nowhere")
        assert answer.status_code == 404
        assert "no page /nowhere" in Text(answer.text).said


class TestTheTheme:
    def test_is_auto_until_chosen_and_then_a_cookie(self, client: httpx.Client) -> None:
        assert "data-theme" not in client.get("/").text
        client.post("/theme", data={"theme": "dark"})
        html = client.get("/").text
        assert '<html lang="en" data-theme="dark">' in html
        client.cookies.clear()

    def test_that_does_not_exist_is_refused(self, client: httpx.Client) -> None:
        assert client.post("/theme", data={"theme": "pink"}).status_code == 422
        client.cookies.set("theme", '"><script>')
        assert "<script>" not in client.get("/").text.replace('<script type="module"', "")
        client.cookies.clear()


class TestAFile:
    def test_is_cached_for_good_under_a_name_that_changes_with_it(self, client: httpx.Client) -> None:
        path = assets.address("style.css")
        assert path in client.get("/").text
        answer = client.get(path)
        assert "immutable" in answer.headers["cache-control"]
        again = client.get(path, headers={"if-none-match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")

    def test_comes_packed_where_that_is_taken(self, client: httpx.Client) -> None:
        plain = client.get("/static/style.css", headers={"accept-encoding": "identity"})
        packed = client.get("/static/style.css")
        assert packed.headers["content-encoding"] == "gzip"
        assert plain.content == packed.content == gzip.decompress(assets.asset("style.css").packed)

    def test_of_colours_says_each_token_in_light_and_dark(self, client: httpx.Client) -> None:
        css = client.get("/static/style.css").text
        assert css.count("--work:#0b5fa5") >= 2
        assert css.count("--work:#63b3f2") >= 2


class TestAReport:
    @pytest.mark.parametrize("kind", ["report", "executive", "weekly"])
    def test_is_one_page_under_a_strict_policy(self, client: httpx.Client, kind: str) -> None:
        answer = client.get(f"/report?kind={kind}")
        policy = answer.headers["content-security-policy"]
        assert answer.status_code == 200
        assert "unsafe" not in policy
        assert policy.count("'sha256-") >= 1
        assert 'style="' not in answer.text
        assert "<script" not in answer.text

    def test_of_no_kind_is_refused(self, client: httpx.Client) -> None:
        assert client.get("/report?kind=poem").status_code == 422

    def test_the_map_is_a_picture_of_its_own_as_well(self, client: httpx.Client) -> None:
        answer = client.get("/map.svg?team=Blue")
        assert answer.headers["content-type"] == "image/svg+xml"
        assert answer.text.startswith("<svg")
        assert "<style>" in answer.text


class TestWhatIsBlockedNow:
    def test_stands_with_its_reason_beside_the_causes(self) -> None:
        text = "A: todo 1, dev 2, done 5\nB: todo 1, dev 2, +block vendor 3\nC: todo 1, dev 2, +block vendor 4, touch 9"
        with serving(small(text)) as client:
            page = Text(client.get("/").text)
        assert "2 items are blocked now, by reason: vendor : B (Dev, for 6.0 d), C (Dev, for 5.0 d)" in page.said
        assert "/item/B" in page.links

    def test_of_many_the_weekly_review_tells(self) -> None:
        text = "\n".join(f"A{n}: todo 1, dev 2, +block why 3" for n in range(21))
        with serving(small(text)) as client:
            page = Text(client.get("/").text)
        assert "21 items are blocked now: the weekly review lists them by reason." in page.said
        assert "/report?kind=weekly" in page.links

    def test_is_not_told_where_nothing_is(self, client: httpx.Client) -> None:
        assert "blocked now" not in Text(client.get("/").text).said
