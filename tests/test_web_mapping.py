"""The mapping page: what its forms do, without any script."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from command_line import STREAM, written
from valuestream import one_stream, sketch
from valuestream.web.served import OneLog
from web_pages import Form, Text, serving, small

LOG = """\
A: todo 1, dev 2, ready 4, test 5, done 6
B: todo 1, dev 3, waiting 4, done 9
"""
COMMENTED = STREAM.replace("tickets:", "tickets:  # ours")


class Mapping(Form):
    """The form of the mapping."""

    def __init__(self, html: str) -> None:
        super().__init__(html, "mapping")

    def place(self, state: str, at: str, kind: str = "work") -> Mapping:
        """Choose in a state's selects."""
        number = next(
            key
            for key, value in self.fields.items()
            if key.endswith(".name") and value == state and key[:6] == "state."
        )
        self.fields[number.replace(".name", ".at")] = at
        self.fields[number.replace(".name", ".kind")] = kind
        return self


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return written(tmp_path, "valuestream.yaml", COMMENTED)


@pytest.fixture
def client(file: Path) -> Iterator[httpx.Client]:
    with serving(OneLog(sketch(LOG), one_stream(file), file=file)) as one:
        yield one


def form(client: httpx.Client) -> Mapping:
    return Mapping(client.get("/mapping").text)


class TestTheMappingPage:
    def test_shows_states_of_no_stage_with_how_often_they_occur(self, client: httpx.Client) -> None:
        said = Text(client.get("/mapping").text).said
        assert "One state is in no stage: its items are left out" in said
        assert "waiting 1× in one item, B" in said

    def test_has_a_twin(self, client: httpx.Client) -> None:
        document = client.get("/mapping.json").json()
        assert document["stages"] == ["Dev", "Test"]
        states = {row["name"]: (row["n"], row["kind"], row["stage"]) for row in document["states"]}
        assert states["dev"] == (2, "work", "Dev")
        assert states["waiting"] == (1, None, None)

    def test_previews_what_a_change_does_and_saves_nothing(self, client: httpx.Client, file: Path) -> None:
        # A alone: 3 of 5 days in work (dev 2, test 1). With B: dev 1 day and 5 days waiting, so 4 of 13 days
        fields = form(client).place("waiting", "1", "queue").fields
        said = Text(client.post("/mapping", data={**fields, "do": "preview"}).text).said
        assert "Flow efficiency (by status): 60 % → 31 %" in said
        assert "Lead time, mean, elapsed: 5.0 d → 6.5 d" in said
        assert "Items left out: 1 → 0" in said
        assert file.read_text() == COMMENTED

    def test_says_so_when_nothing_changes(self, client: httpx.Client) -> None:
        answer = client.post(
            "/mapping", data={**form(client).fields, "do": "preview"}, headers={"accept": "application/json"}
        )
        assert answer.json()["sentences"] == ["The main figures stay the same."]

    def test_saves_to_the_file_with_its_comments(self, client: httpx.Client, file: Path) -> None:
        fields = form(client).place("waiting", "1", "queue").fields
        answer = client.post("/mapping", data={**fields, "do": "save"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/mapping?saved=1")
        assert "tickets:  # ours" in file.read_text()
        assert one_stream(file).stages[1].queue == ("ready", "waiting")
        assert file.with_name("valuestream.yaml.before").read_text() == COMMENTED
        assert "Saved" in Text(client.get("/mapping?saved=1").text).said
        assert client.get("/map.json").json()["items"]["finished"] == 2

    def test_moves_adds_and_takes_away_stages_without_saving(self, client: httpx.Client, file: Path) -> None:
        fields = form(client).fields
        moved = Mapping(client.post("/mapping", data={**fields, "do": "right:0"}).text)
        assert [moved.fields["stage.0.name"], moved.fields["stage.1.name"]] == ["Test", "Dev"]
        added = Mapping(client.post("/mapping", data={**moved.fields, "do": "add"}).text)
        assert added.fields["stage.2.name"] == "New stage"
        gone = client.post("/mapping", data={**added.fields, "do": "remove:0"}).text
        assert "3 states are in no stage" in Text(gone).said
        assert file.read_text() == COMMENTED

    def test_keeps_what_was_chosen_while_stages_move(self, client: httpx.Client, file: Path) -> None:
        fields = form(client).place("waiting", "0", "blocked").fields
        moved = Mapping(client.post("/mapping", data={**fields, "do": "right:0"}).text)
        client.post("/mapping", data={**moved.fields, "stage.1.name": "Build", "do": "save"})
        stream = one_stream(file)
        assert [stage.name for stage in stream.stages] == ["Test", "Build"]
        assert stream.stages[1].blocked == ("waiting",)
        assert stream.stages[1].work == ("dev",)


class TestAMappingIsRefused:
    def test_where_the_file_has_changed_since(self, client: httpx.Client, file: Path) -> None:
        fields = form(client).fields
        file.write_text(COMMENTED + "# by hand\n")
        answer = client.post("/mapping", data={**fields, "do": "save"})
        assert answer.status_code == 400
        assert "has changed since" in Text(answer.text).said
        assert file.read_text().endswith("# by hand\n")

    def test_where_two_stages_have_one_name_and_the_draft_is_kept(self, client: httpx.Client) -> None:
        fields = form(client).place("waiting", "0").fields
        answer = client.post("/mapping", data={**fields, "stage.1.name": "Dev", "do": "preview"})
        assert answer.status_code == 400
        assert "Two stages are called 'Dev'" in Text(answer.text).said
        assert "In no stage Every state has its place" in Text(answer.text).said

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("stages", "-1"),
            ("stages", "1e9"),
            ("states", "x"),
            ("state.0.at", "7"),
            ("state.0.kind", "resting"),
            ("do", "fly"),
            ("stage.0.name", "x" * 501),
        ],
    )
    def test_where_no_page_of_ours_has_sent_it(self, client: httpx.Client, file: Path, field: str, value: str) -> None:
        answer = client.post("/mapping", data={**form(client).fields, "do": "save", field: value})
        assert answer.status_code == 400
        assert file.read_text() == COMMENTED

    def test_where_a_stage_would_be_left_without_states(self, client: httpx.Client, file: Path) -> None:
        fields = form(client).place("test", "").place("ready", "").fields
        answer = client.post("/mapping", data={**fields, "do": "save"})
        assert answer.status_code == 400
        assert "The step 'Test' has no states" in Text(answer.text).said
        assert "/tmp" not in answer.text
        assert file.read_text() == COMMENTED

    def test_where_there_is_no_file(self) -> None:
        with serving(small()) as client:
            page = client.get("/mapping").text
            assert 'value="save"' not in page
            answer = client.post("/mapping", data={**Mapping(page).fields, "do": "save"})
            assert (answer.status_code, "no file" in Text(answer.text).said) == (400, True)
