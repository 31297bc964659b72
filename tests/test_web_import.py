"""Import in the browser: a file is taken in, looked at, read as chosen, and built; nothing else gets through."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import time
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest

from command_line import TICKETS
from valuestream.errors import InputError, UnknownName, ValuestreamError
from valuestream.web.uploads import Uploads, check_unpacked, safe
from valuestream.web.workshop import Workshop
from valuestream.web.writer import Writer
from web_pages import Form, Text, serving, small

GERMAN = "Vorgang;Datum;Status\n" + "".join(
    f"{item};{when};{state}\n"
    for item, when, state in [
        ("A", "03.02.2024", "todo"), ("A", "04.02.2024", "dev"), ("A", "07.02.2024", "done"),
        ("B", "05.02.2024", "todo"), ("B", "31.02.2024", "dev"), ("B", "08.02.2024", "done"),
    ]
)  # fmt: skip
"""German columns and dates, one of which does not exist."""


def more_columns() -> str:
    """TICKETS with an area, and with what somebody wrote."""
    more = ["Area,Notes", *(f"{'NS'[k % 2]},{'this was written at some length ' * 2}{k % 3}" for k in range(11))]
    return "".join(f"{row},{cells}\n" for row, cells in zip(TICKETS.splitlines(), more, strict=True))


def sent(client: httpx.Client, content: str | bytes, name: str = "tickets.csv") -> str:
    """Upload a file; the address of its look."""
    answer = client.post("/import", files={"file": (name, content if isinstance(content, bytes) else content.encode())})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def imported(client: httpx.Client, look: str, **changes: str) -> dict[str, Any]:
    """Press Import in the form as the page shows it, with some fields changed; the job when it is over."""
    fields = {**Form(client.get(look).text, "look").fields, **changes, "do": "import"}
    answer = client.post(look, data=fields)
    assert answer.status_code == 303, Text(answer.text).said
    for _ in range(600):
        job: dict[str, Any] = client.get(f"{answer.headers['location']}.json").json()
        if job["state"] in ("done", "failed", "cancelled"):
            return job
        time.sleep(0.05)
    raise AssertionError(job)


class TestAnEmptyWorkspace:
    def test_begins_with_three_doors(self, client: httpx.Client) -> None:
        page = Text(client.get("/").text)
        assert "What can this do for me?" in page.said
        assert "/import" in page.links

    @pytest.mark.parametrize("path", ["/flow", "/items", "/item/A", "/stage/Dev", "/mapping"])
    def test_has_no_figures_and_says_what_to_do(self, client: httpx.Client, path: str) -> None:
        answer = client.get(path)
        assert answer.status_code == 404
        assert "There is no stream yet" in Text(answer.text).said
        assert "/import" in Text(answer.text).links
        assert "That did not work" not in answer.text

    def test_has_a_page_of_data(self, client: httpx.Client) -> None:
        assert "Nothing has been imported yet" in Text(client.get("/data").text).said
        assert client.get("/data.json").json()["workspace"]["sources"] == []


class TestAFile:
    def test_is_looked_at_imported_and_shown(self, client: httpx.Client) -> None:
        look = sent(client, TICKETS)
        said = Text(client.get(look).text).said
        assert "11 events found" in said
        assert "A · B · C" in said
        assert "dev (3)" in said
        job = imported(client, look)
        assert (job["state"], job["told"]["read"], job["told"]["new"]) == ("done", 11, 11)
        document = client.get("/map.json").json()
        assert document["items"] == {"finished": 2, "open": 1, "cancelled": 0}
        assert document["stream"] == job["told"]["guessed"]
        assert "Done." in Text(client.get(f"/jobs/{job['id']}").text).said

    def test_leaves_no_copy_behind_once_imported(self, client: httpx.Client, here: Workshop) -> None:
        imported(client, sent(client, TICKETS))
        assert list(here.uploads.folder.iterdir()) == []

    def test_brought_again_changes_nothing(self, client: httpx.Client) -> None:
        imported(client, sent(client, TICKETS))
        job = imported(client, sent(client, TICKETS))
        assert job["told"]["unchanged"] is True
        assert "nothing to do" in Text(client.get(f"/jobs/{job['id']}").text).said

    def test_corrected_takes_the_place_of_the_earlier_one(self, client: httpx.Client) -> None:
        imported(client, sent(client, TICKETS))
        imported(client, sent(client, TICKETS.replace("2024-01-05", "2024-01-06")))
        # A ran from day 1 to day 6 now, not 5
        assert client.get("/item/A.json").json()["item"]["lead_s"] == 5 * 86_400

    def test_says_which_columns_became_attributes_and_which_were_left_aside(self, client: httpx.Client) -> None:
        look = sent(client, more_columns())
        fields = Form(client.get(look).text, "look").fields
        names = {fields[f"column.{n}.name"]: fields[f"column.{n}.role"] for n in range(int(fields["columns"]))}
        assert (names["Area"], names["Notes"]) == ("attribute", "")
        job = imported(client, look)
        said = ["Kept as attributes: Area.", "Left aside: Notes (free text)."]
        assert [note for note in job["told"]["notes"] if note.startswith(("Kept", "Left"))] == said
        for page in (f"/jobs/{job['id']}", "/data"):
            assert all(one in Text(client.get(page).text).said for one in said)
        assert client.get("/data.json").json()["workspace"]["sources"][0]["feeds"][0]["notes"][-2:] == said

    def test_makes_no_attribute_of_a_column_that_is_not_wanted(self, client: httpx.Client) -> None:
        look = sent(client, more_columns())
        number = more_columns().splitlines()[0].split(",").index("Area")
        job = imported(client, look, **{f"column.{number}.role": ""})
        assert "Left aside: Area (as asked), Notes (free text)." in job["told"]["notes"]

    def test_shows_on_the_page_of_data(self, client: httpx.Client) -> None:
        imported(client, sent(client, TICKETS))
        said = Text(client.get("/data").text).said
        assert "tickets.csv" in said
        assert "Every state has its place" in said
        document = client.get("/data.json").json()
        assert document["workspace"]["runs"][0]["new"] == 11


class TestColumnsThatAreNotKnown:
    CHOSEN: ClassVar = {"column.0.role": "item", "column.1.role": "time", "column.2.role": "state"}

    def test_are_shown_with_samples_and_what_is_missing(self, client: httpx.Client) -> None:
        answer = client.get(sent(client, GERMAN, "vorgaenge.csv"))
        page = Text(answer.text)
        assert answer.status_code == 400
        assert "No column says the item" in page.said
        assert "03.02.2024 · 04.02.2024 · 07.02.2024" in page.said
        assert not any(field.get("value") == "import" for field in page.fields)

    def test_are_chosen_and_dates_and_rejects_looked_at(self, client: httpx.Client) -> None:
        look = sent(client, GERMAN, "vorgaenge.csv")
        fields = {**Form(client.get(look).text, "look").fields, **self.CHOSEN, "do": "look"}
        answer = client.post(look, data=fields)
        said = Text(answer.text).said
        assert answer.status_code == 200, said
        assert "A 2024-02-03 00:00 UTC todo" in said
        assert "One row cannot be used" in said
        rows = list(csv.reader(io.StringIO(client.post(look, data={**fields, "do": "rejects"}).text)))
        assert rows[0] == ["place", "reason", "row"]
        assert "31.02.2024" in rows[1][2]

    def test_are_remembered_for_the_next_file_like_it(self, client: httpx.Client) -> None:
        job = imported(client, sent(client, GERMAN, "v1.csv"), **self.CHOSEN)
        assert (job["state"], job["told"]["read"], job["told"]["rejected"]) == ("done", 5, 1)
        said = Text(client.get(sent(client, GERMAN.replace("A;", "C;"), "v2.csv")).text).said
        assert "Read as the last file with these columns was" in said
        assert "5 events found" in said

    def test_rejects_can_be_downloaded_afterwards(self, client: httpx.Client) -> None:
        imported(client, sent(client, GERMAN, "v1.csv"), **self.CHOSEN)
        rows = list(csv.reader(io.StringIO(client.get("/data/rejects.csv").text)))
        assert len(rows) == 2

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("column.0.role", "boss"),
            ("columns", "x"),
            ("shape", "blob"),
            ("date_order", "ydm"),
            ("zone", "x" * 301),
            ("zone", "Mars/Olympus"),
            ("column.1.role", "item"),
        ],
    )
    def test_chosen_as_nonsense_are_refused(self, client: httpx.Client, field: str, value: str) -> None:
        look = sent(client, GERMAN, "vorgaenge.csv")
        fields = {**Form(client.get(look).text, "look").fields, **self.CHOSEN, field: value, "do": "look"}
        assert client.post(look, data=fields).status_code == 400


class TestWhatIsRefused:
    def test_a_file_over_the_limit(self, client: httpx.Client, here: Workshop) -> None:
        with contextlib.suppress(httpx.RemoteProtocolError, httpx.WriteError, httpx.ReadError):  # it hangs up on us
            answer = client.post("/import", files={"file": ("big.csv", b"x" * (5 << 20))})
            assert answer.status_code == 413
            assert "vsm import" in answer.text
        assert not here.uploads.folder.exists() or list(here.uploads.folder.iterdir()) == []

    def test_a_bomb(self, client: httpx.Client, here: Workshop) -> None:
        bomb = gzip.compress(b"item,time,state\n" + b"0" * (300 << 20), 9)
        assert len(bomb) < 1 << 20
        answer = client.post("/import", files={"file": ("bomb.csv.gz", bomb)})
        assert answer.status_code == 400
        assert "unpacks to more than" in Text(answer.text).said
        assert list(here.uploads.folder.iterdir()) == []

    @pytest.mark.parametrize(("name", "content"), [("empty.csv", b""), ("x.pdf", b"%PDF-1.4 x"), ("x.csv", b"\0\1\2")])
    def test_what_is_no_log(self, client: httpx.Client, name: str, content: bytes) -> None:
        answer = client.post("/import", files={"file": (name, content)})
        if answer.status_code == 303:
            answer = client.get(answer.headers["location"])
        assert answer.status_code == 400
        assert 'role="alert"' in answer.text

    def test_an_import_from_another_site(self, client: httpx.Client) -> None:
        evil = {"origin": "https://evil.example"}
        assert client.post("/import", files={"file": ("a.csv", TICKETS)}, headers=evil).status_code == 403

    @pytest.mark.parametrize("id_", ["..%2f..", "0" * 24, "x", "0" * 24 + "%2f.."])
    def test_an_upload_that_is_none(self, client: httpx.Client, id_: str) -> None:
        assert client.get(f"/import/{id_}").status_code == 404
        assert client.post(f"/import/{id_}", data={"do": "import"}).status_code in (404, 405)
        assert client.get(f"/jobs/{id_}").status_code == 404

    def test_where_one_log_is_served(self) -> None:
        with serving(small()) as client:
            answer = client.get("/import")
            assert answer.status_code == 400
            assert "vsm init" in Text(answer.text).said
            assert "/import" not in Text(client.get("/").text).links


class TestAName:
    @pytest.mark.parametrize(
        ("name", "kept"),
        [
            ("../../etc/passwd", "passwd"), ("..\\..\\boot.ini", "boot.ini"), ("/abs/x.csv", "x.csv"), ("..", "upload"),
            ("a\0b.csv", "a_b.csv"), ("CON.csv", "_CON.csv"), ("<b>.csv", "_b_.csv"), ("", "upload"),
            ("ä ö.csv", "ä ö.csv"),
        ],
    )  # fmt: skip
    def test_is_only_a_name(self, name: str, kept: str) -> None:
        assert safe(name) == kept

    def test_of_any_length_fits(self) -> None:
        assert len(safe("x" * 5_000 + ".csv.gz")) < 150

    def test_with_markup_is_shown_as_text(self, client: httpx.Client) -> None:
        html = client.get(sent(client, TICKETS.replace("todo", "<script>alert(1)</script>"), "<img src=x>.csv")).text
        assert "<script>alert" not in html
        assert "<img" not in html


class TestUploads:
    def test_of_yesterday_go(self, tmp_path: Path) -> None:
        import os

        uploads = Uploads(tmp_path)
        old = uploads.keep("a.csv", io.BytesIO(b"x"))
        os.utime(tmp_path / old.id, (0, 0))
        uploads.keep("b.csv", io.BytesIO(b"x"))
        with pytest.raises(UnknownName):
            uploads.get(old.id)

    def test_packed_as_usual_are_fine(self, tmp_path: Path) -> None:
        file = tmp_path / "x.gz"
        file.write_bytes(gzip.compress(TICKETS.encode() * 1000) + gzip.compress(b"more"))
        check_unpacked(file)
        file.write_bytes(gzip.compress(b"x" * 100)[:-4])
        check_unpacked(file)  # cut short: the reader says so

    def test_that_unpack_to_too_much_are_not(self, tmp_path: Path) -> None:
        file = tmp_path / "x.gz"
        file.write_bytes(gzip.compress(b"\0" * (70 << 20)))
        with pytest.raises(InputError, match="more than"):
            check_unpacked(file)


class TestTheWriter:
    def test_does_one_after_the_other_in_order(self) -> None:
        writer, done = Writer(), list[int]()
        jobs = [writer.put("x", lambda _, n=n: done.append(n) or {}, kind="test") for n in range(5)]
        assert all(job.wait(5) for job in jobs)
        assert done == [0, 1, 2, 3, 4]
        writer.close()

    def test_stops_a_cancelled_job_where_it_says_how_far_it_is(self) -> None:
        writer, steps = Writer(), list[int]()

        def long(progress: Any) -> dict[str, Any]:
            for n in range(1000):
                progress(n, 1000)
                steps.append(n)
                time.sleep(0.005)
            return {}

        first, second = (writer.put("long", long, kind="test") for _ in range(2))
        while not steps:
            time.sleep(0.005)
        second.cancel()
        first.cancel()
        assert first.wait(5)
        assert second.wait(5)
        assert (first.state, second.state) == ("cancelled", "cancelled")
        assert len(steps) < 500
        writer.close()

    def test_survives_a_job_that_breaks_and_says_what_is_wrong(self) -> None:
        writer = Writer()

        def wrong(_: Any) -> dict[str, Any]:
            raise ValuestreamError("No.", "Yes.")

        failed, broken = writer.put("a", wrong, kind="t"), writer.put("b", lambda _: {"x": 1 / 0}, kind="t")
        fine = writer.put("c", lambda _: {"x": 1}, kind="t")
        assert fine.wait(5)
        assert (failed.state, failed.message, failed.hint) == ("failed", "No.", "Yes.")
        assert broken.state == "failed"
        assert "division" not in broken.message
        assert fine.document()["told"] == {"x": 1}
        writer.close()
