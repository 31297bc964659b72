"""What no request may do, and what every answer carries."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import httpx
import pytest

from valuestream import Stage, Stream
from web_pages import Text, serving, small

HOSTILE = "<script>alert(1)</script>\"'&"


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with serving(small(), upload_bytes=2 << 20) as one:
        yield one


class TestEveryAnswer:
    @pytest.mark.parametrize("path", ["/", "/map.json", "/nowhere", "/?from=hm", "/static/style.css", "/openapi.json"])
    def test_carries_the_policy_and_the_headers(self, client: httpx.Client, path: str) -> None:
        answer = client.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http:" not in policy
        assert "https:" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "server" not in answer.headers

    def test_holds_no_inline_script_or_style_and_nothing_from_elsewhere(self, client: httpx.Client) -> None:
        html = client.get("/").text
        assert "style=" not in html
        assert "<style" not in html
        assert " on" + "click" not in html
        assert html.count("<script") == html.count('<script type="module" src="/static/')
        assert [link for link in Text(html).links if link.startswith(("http", "//"))] == []


class TestAPost:
    """Only our own pages may send forms."""

    @pytest.mark.parametrize(
        "origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://127.0.0.1.evil.example"]
    )
    def test_from_another_site_is_refused(self, client: httpx.Client, origin: str) -> None:
        answer = client.post("/theme", data={"theme": "dark"}, headers={"origin": origin})
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers
        assert "another page" in answer.json()["message"]

    def test_without_an_origin_is_refused_unless_the_browser_vouches_for_it(self, client: httpx.Client) -> None:
        with httpx.Client(base_url=client.base_url) as bare:
            said = {"sec-fetch-site": "same-origin"}
            assert bare.post("/theme", data={"theme": "dark"}).status_code == 403
            assert (
                bare.post("/theme", data={"theme": "dark"}, headers={"sec-fetch-site": "cross-site"}).status_code == 403
            )
            assert bare.post("/theme", data={"theme": "dark"}, headers=said).status_code == 303

    def test_from_our_page_is_taken(self, client: httpx.Client) -> None:
        answer = client.post("/theme", data={"theme": "dark", "back": "/?team=Blue"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/?team=Blue")
        assert "HttpOnly" in answer.headers["set-cookie"]
        assert "SameSite=lax" in answer.headers["set-cookie"]

    @pytest.mark.parametrize(
        "back", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:1", "/\r\nx: y", ""]
    )
    def test_sends_nobody_elsewhere(self, client: httpx.Client, back: str) -> None:
        assert client.post("/theme", data={"theme": "light", "back": back}).headers["location"] == "/"


class TestAnotherHost:
    """A page elsewhere that gives its name our address (DNS rebinding) gets nothing."""

    @pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "0.0.0.0:80"])
    def test_is_not_answered(self, client: httpx.Client, host: str) -> None:
        assert client.get("/map.json", headers={"host": host}).status_code in (400, 421)

    def test_names_of_this_machine_are(self, client: httpx.Client) -> None:
        assert client.get("/map.json", headers={"host": f"localhost:{client.base_url.port}"}).status_code == 200


class TestALargeBody:
    def test_is_refused_by_what_it_says_of_itself(self, client: httpx.Client) -> None:
        answer = _raw(client, "POST /import HTTP/1.1", f"content-length: {3 << 30}")
        assert answer.startswith("HTTP/1.1 413")
        assert "vsm import" in answer

    def test_is_refused_while_it_streams_where_it_says_nothing(self, client: httpx.Client) -> None:
        sent = 0

        def endless() -> Iterator[bytes]:
            nonlocal sent
            while sent < 64 << 20:
                sent += 1 << 16
                yield b"x" * (1 << 16)

        try:
            answer = client.post(
                "/theme", content=endless(), headers={"content-type": "application/x-www-form-urlencoded"}
            )
            assert answer.status_code in (400, 413)
        except (httpx.WriteError, httpx.RemoteProtocolError):
            pass  # the server hung up on us, as it should
        assert sent < 32 << 20  # the limit of a form is 1 MB; the rest stood in buffers on the way


class TestPathTricks:
    @pytest.mark.parametrize(
        "path",
        ["/static/..%2fapp.py", "/static/%2e%2e/app.py", "/static/%00", "/..%2f..%2fetc/passwd", "/static/....//x"],
    )
    def test_find_nothing(self, client: httpx.Client, path: str) -> None:
        answer = _raw(client, f"GET {path} HTTP/1.1")
        assert answer.startswith(("HTTP/1.1 404", "HTTP/1.1 400"))
        assert "root:" not in answer
        assert "import" not in answer.partition("\r\n\r\n")[2].replace("Import", "")


def test_html_in_names_is_text() -> None:
    """`A<script>: todo<script> 1, ...`: item, state, stage and stream all carry markup."""
    stage = Stage(HOSTILE, queue=("todo",), work=("dev",))
    stream = Stream(HOSTILE, (stage, Stage("Test", work=("test",))), done=("done",))
    with serving(small("A: todo 1, dev 2, test 3, dev 4, test 5, done 6", stream)) as client:
        for path in ("/", f"/?team={HOSTILE}", f"/{HOSTILE}"):
            html = client.get(path).text
            assert "<script>alert" not in html
            assert "alert(1)" in html


def _raw(client: httpx.Client, *lines: str) -> str:
    """A request as written, which no client would send for us."""
    with socket.create_connection(("127.0.0.1", client.base_url.port or 0), timeout=10) as one:
        said = [lines[0], f"host: 127.0.0.1:{client.base_url.port}", f"origin: {client.headers['origin']}", *lines[1:]]
        one.sendall(("\r\n".join([*said, "connection: close"]) + "\r\n\r\n").encode())
        found = b""
        while part := one.recv(1 << 16):
            found += part
        return found.decode(errors="replace")
