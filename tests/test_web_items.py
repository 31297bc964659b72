"""The pages of items: listed, sorted, paged, found, and one item's journey."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from xml.dom import minidom

import httpx
import pytest

from conftest import CHANGES
from valuestream import ValueStream, sketch
from valuestream.pictures.journey import journey_svg, told
from valuestream.web.served import OneLog
from web_pages import Text, serving, small

LOG = """\
A: type=Bug 1, team=Blue 1, todo 1, dev 2, review 4, reviewing 5, done 6
B: type=Feature 1, todo 1, dev 3, review 4, dev 5, review 7, asking 8, reviewing 9, done 21
C: type=Bug 2, team=Blue 2, todo 2, +block tests 3, -block 5, dev 6
D: todo 3
"""


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    log = replace(sketch(LOG), items=["A", "B", "C", "D/../x"])
    with serving(OneLog(log, CHANGES)) as one:
        yield one


def keys(client: httpx.Client, query: str = "") -> list[str]:
    return [row["key"] for row in client.get(f"/items.json{query}").json()["items"]]


class TestTheItems:
    def test_are_listed_with_links_that_keep_the_filters(self, client: httpx.Client) -> None:
        page = Text(client.get("/items?type=Bug").text)
        assert "/item/A?type=Bug" in page.links
        assert "/item/B?type=Bug" not in page.links
        assert "2 items" in page.said

    def test_can_be_chosen_by_state_and_stage(self, client: httpx.Client) -> None:
        assert keys(client, "?state=finished") == ["A", "B"]
        assert keys(client, "?state=open&stage=Dev") == ["C", "D/../x"]

    def test_can_be_sorted_both_ways(self, client: httpx.Client) -> None:
        # A took 5 days, B 20; the open ones have no lead time and come last
        assert keys(client, "?sort=-lead")[:2] == ["B", "A"]
        assert keys(client, "?sort=lead")[:2] == ["A", "B"]
        assert "/items?sort=lead" in Text(client.get("/items?sort=-lead").text).links
        assert 'aria-sort="descending"' in client.get("/items?sort=-lead").text

    def test_come_as_a_file(self, client: httpx.Client) -> None:
        rows = list(csv.DictReader(io.StringIO(client.get("/items.csv?state=finished&sort=-lead").text)))
        assert [(row["key"], row["lead_s"]) for row in rows] == [("B", "1728000.0"), ("A", "432000.0")]

    def test_that_do_not_exist_offer_a_way_out(self, client: httpx.Client) -> None:
        page = Text(client.get("/items?state=cancelled").text)
        assert "No item fits these filters" in page.said
        assert "/items" in page.links

    @pytest.mark.parametrize(
        ("query", "status"),
        [
            ("?state=asleep", 404),
            ("?sort=beauty", 404),
            ("?sort=assignee", 400),
            ("?page=0", 422),
            ("?page=x", 422),
            ("?stage=Nope", 404),
        ],
    )
    def test_asked_for_nonsense_say_what_would_be_right(self, client: httpx.Client, query: str, status: int) -> None:
        assert client.get(f"/items{query}").status_code == status
        assert client.get(f"/items.json{query}").json()["message"]

    def test_are_the_same_in_python(self, client: httpx.Client) -> None:
        with ValueStream(sketch(LOG), CHANGES) as asked:
            assert client.get("/items.json?type=Bug").json() == asked.asking(where={"type": "Bug"}).items_document()

    def test_are_paged(self) -> None:
        log = "\n".join(f"I{n:03}: todo 1, dev 2" for n in range(1, 121))
        with serving(small(log)) as client:
            assert keys(client, "?page=3") == [f"I{n:03}" for n in range(101, 121)]
            page = Text(client.get("/items?page=2").text)
            assert "page 2 of 3" in page.said
            assert {"/items", "/items?page=3"} <= set(page.links)
            assert len(list(csv.reader(io.StringIO(client.get("/items.csv").text)))) == 121


class TestAnItem:
    def test_is_found_by_its_key(self, client: httpx.Client) -> None:
        answer = client.get("/item?key=%20A%20&team=Blue")
        assert (answer.status_code, answer.headers["location"]) == (303, "/item/A?team=Blue")

    def test_tells_where_it_was_and_what_it_waited_for(self, client: httpx.Client) -> None:
        said = Text(client.get("/item/B").text).said
        assert "Dev → Review → Dev → Review → Customer → Review" in said
        assert "sent back 1 time" in said
        assert "sent back → Dev" in said

    def test_time_in_work_is_unknown_where_no_work_was_entered(self) -> None:
        """Dev begins work on day 2; Review is left on day 4 without having begun."""
        with serving(small("A: todo 1, dev 2, review 3, done 4")) as client:
            rows = re.findall(r"<td class=\"n\">(.*?)</td>", client.get("/item/A").text)
        assert rows == ["1.0 d", "1.0 d", "–", "1.0 d"]

    def test_has_a_twin(self, client: httpx.Client) -> None:
        document = client.get("/item/B.json").json()
        assert document["schema"] == "vsm.item/1"
        assert [stay["stage"] for stay in document["item"]["stays"]][:3] == ["Dev", "Review", "Dev"]

    def test_that_is_unknown_names_near_ones(self, client: httpx.Client) -> None:
        answer = client.get("/item/Z")
        assert answer.status_code == 404
        assert "Z" in Text(answer.text).said
        assert client.get("/item/Z.json").json()["status"] == 404

    def test_may_have_a_path_for_a_key(self, client: httpx.Client) -> None:
        link = next(
            link for link in Text(client.get("/items").text).links if "x" in link and link.startswith("/item/D")
        )
        assert "D/../x" in Text(client.get(link).text).said


class TestTheJourneyAsAPicture:
    def picture(self, key: str) -> minidom.Element:
        with ValueStream(sketch(LOG), CHANGES) as asked:
            drawn = journey_svg(asked.item_document(key), [stage.name for stage in CHANGES.stages])
        assert drawn is not None
        return minidom.parseString(drawn).documentElement

    def test_has_a_lane_for_each_stage_it_was_in(self) -> None:
        words = [node.firstChild.data for node in self.picture("B").getElementsByTagName("text")]
        assert [word for word in words if word in ("Dev", "Review", "Customer", "Test", "Release")] == [
            "Dev",
            "Review",
            "Customer",
        ]

    def test_draws_work_solid_and_to_scale(self) -> None:
        # A: work from day 2 to 4 and from 5 to 6 of five days
        boxes = [box for box in self.picture("A").getElementsByTagName("rect") if box.getAttribute("class") == "work"]
        wide = [float(box.getAttribute("width")) for box in boxes]
        assert wide[0] == pytest.approx(2 * wide[1], abs=0.02)

    def test_draws_a_return_dashed_and_a_block_framed(self) -> None:
        assert len([p for p in self.picture("B").getElementsByTagName("path") if p.getAttribute("class") == "arc"]) == 1
        assert [b for b in self.picture("C").getElementsByTagName("rect") if b.getAttribute("class") == "bn-edge"]

    def test_is_told_to_those_who_hear_it(self) -> None:
        assert self.picture("A").getElementsByTagName("desc")[0].firstChild.data.startswith("Dev → Review: 5.0 d")
        with ValueStream(sketch(LOG), CHANGES) as asked:
            assert told(asked.item_document("A")) == "Dev → Review: 5.0 d in the stream, 3.0 d of it in work states."

    def test_of_an_item_that_was_in_no_stage_is_none(self) -> None:
        with ValueStream(sketch("A: idea 1\nB: todo 1"), CHANGES) as asked:
            assert journey_svg(asked.item_document("A"), ["Dev"]) is None


def test_a_log_without_types_and_teams_has_no_columns_of_dashes_for_them() -> None:
    with serving(small("A: todo 1, dev 2, done 5")) as client:
        bare = client.get("/items").text
    with serving(small("A: type=Bug 1, team=Blue 1, todo 1, dev 2, done 5\nB: todo 1, dev 2, done 5")) as client:
        full = client.get("/items").text
    heads = [
        [name in re.findall(r'<th scope="col">\s*(\w+)', page) for name in ("Type", "Team")] for page in (bare, full)
    ]
    assert heads == [[False, False], [True, True]]
