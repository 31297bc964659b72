"""One polite way to ask a live tool: bounded, paced, tried again, and never saying a secret.

with Http(Host("https://api.example", headers={"Authorization": "Bearer ..."}, secrets=("...",))) as http:
    answer = http.ask(Request("/issues", {"state": "all"}))
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import TYPE_CHECKING, Any

from valuestream.sources import faults
from valuestream.sources.budget import Budget
from valuestream.sources.faults import Fault
from valuestream.sources.retry import Manners, is_limit, wait_s

if TYPE_CHECKING:
    import httpx

LARGEST = 50 * 2**20
"""Bytes of one reply, unpacked."""

TIMEOUT_S = 60.0
MOST_REDIRECTS = 5
_WORDS = 200


@dataclass(frozen=True)
class Request:
    """What is asked: a path of the tool's, or an address that it gave."""

    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def method(self) -> str:
        return "GET" if self.body is None else "POST"

    def having(self, params: Mapping[str, str]) -> Request:
        """The same with these parameters."""
        return replace(self, params={**self.params, **params})

    def written(self) -> dict[str, Any]:
        """As JSON, for a cursor. Headers are not part of it."""
        return {"path": self.path, "params": dict(self.params), "body": self.body}

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> Request:
        return cls(written["path"], dict(written.get("params") or {}), written.get("body"))


@dataclass(frozen=True)
class Answer:
    """What came: `data` is the parsed JSON; None with status 304, "what you have is the newest"."""

    request: Request
    status: int
    headers: Mapping[str, str]
    data: Any

    @property
    def is_unchanged(self) -> bool:
        return self.status == 304


@dataclass(frozen=True)
class Host:
    """Who is asked, and as whom. `secrets` are words that no message may hold."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    manners: Manners = field(default_factory=Manners)

    def __repr__(self) -> str:
        return f"Host({self.url!r})"


class _Again(Exception):
    """The same request may succeed. `wait_s`: None where the tool does not say when."""

    def __init__(self, fault: Fault, seconds: float | None = None) -> None:
        super().__init__(fault.message)
        self.fault = fault
        self.wait_s = seconds


class Http:
    """Asks one host. Faults say what is wrong; what may pass is tried again first.

    transport   stands in for the network: tests and rehearsals give one
    """

    def __init__(
        self, host: Host, *, budget: Budget | None = None, transport: httpx.BaseTransport | None = None
    ) -> None:
        import httpx

        self.host = host
        self.budget = budget or Budget(host.manners)
        headers = {"Accept": "application/json", "User-Agent": "valuestream", **host.headers}
        self._client = httpx.Client(headers=headers, timeout=TIMEOUT_S, follow_redirects=False, transport=transport)
        self._base = httpx.URL(host.url.rstrip("/") + "/")
        self.skew_s: float | None = None

    def __enter__(self) -> Http:
        return self

    def __exit__(self, kind: type[BaseException] | None, wrong: BaseException | None, at: TracebackType | None) -> None:
        self._client.close()

    def ask(self, request: Request) -> Answer:
        """The answer to a request, after as many attempts as the host's manners allow."""
        import stamina

        stamina.instrumentation.set_on_retry_hooks([])  # its log would hold what was asked
        try:
            for attempt in stamina.retry_context(
                on=_backoff, attempts=self.host.manners.attempts, timeout=None, wait_initial=0.5, wait_max=30.0
            ):
                with attempt:
                    return self._once(request)
        except _Again as again:
            raise again.fault from None
        raise AssertionError("attempts end with an answer or an error")

    def maybe(self, request: Request) -> Answer | None:
        """The answer, or None where there is no such thing or it may not be read."""
        try:
            return self.ask(request)
        except Fault as fault:
            if fault.state in (faults.MISSING, faults.SCOPE):
                return None
            raise

    def _once(self, request: Request) -> Answer:
        import httpx

        self.budget.spend()
        try:
            status, headers, content = self._read(request)
        except httpx.TransportError as error:
            raise _Again(_unreachable(self.host.url, error)) from None
        except httpx.DecodingError:
            raise _Again(_cut_short(f"The reply of {self._where(request)} cannot be unpacked.")) from None
        self.budget.told(headers)
        self._note_clock(headers)
        if status == 304:
            return Answer(request, status, headers, None)
        if status >= 400:
            raise self._refused(request, status, headers, content)
        return Answer(request, status, headers, self._parsed(request, headers, content))

    def _read(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and the whole body, at most `LARGEST`; redirects lead to the same host or nowhere."""
        url = self._url(request.path)
        params: Mapping[str, str] | None = request.params or None
        for _ in range(MOST_REDIRECTS):
            with self._client.stream(
                request.method, url, params=params, json=request.body, headers=dict(request.headers)
            ) as response:
                if not response.has_redirect_location:
                    headers = {name.lower(): value for name, value in response.headers.items()}
                    return response.status_code, headers, b"".join(self._bounded(request, response))
                url, params = self._url(str(response.url.join(response.headers["location"]))), None
        raise Fault(faults.ENDLESS, f"{self._where(request)} redirects in circles.", "Look at the source's address.")

    def _bounded(self, request: Request, response: httpx.Response) -> Iterator[bytes]:
        size = 0
        for chunk in response.iter_bytes():
            size += len(chunk)
            if size > LARGEST:
                raise Fault(
                    faults.TOO_LARGE,
                    f"A reply of {self._where(request)} has more than {LARGEST >> 20} MB.",
                    "Ask for fewer records a page: `page: 20` in the source's settings.",
                )
            yield chunk

    def _url(self, path: str) -> httpx.URL:
        """The address of a path; an address of another host is refused, since it would be sent the token."""
        import httpx

        url = httpx.URL(path) if "://" in path else self._base.join(path.lstrip("/"))
        if (url.scheme, url.host, url.port) != (self._base.scheme, self._base.host, self._base.port):
            raise Fault(
                faults.FOREIGN,
                f"{self.host.url} sends us on to {url.scheme}://{url.host}, which is not asked with its token.",
                "Give the address that the tool itself uses.",
            )
        return url

    def _refused(self, request: Request, status: int, headers: Mapping[str, str], content: bytes) -> Exception:
        body = content[:4_000].decode("utf-8", "replace")
        fault = faults.of_status(status, self._where(request), self.redacted(_said(body)))
        manners = self.host.manners
        if is_limit(manners, status, headers, body):
            seconds = wait_s(manners, headers, self.budget.clock())
            if seconds is not None:
                self.budget.rest(seconds)
            enough = Fault(faults.LIMITED, f"{self.host.url} has had enough requests ({status}).", _LATER)
            return _Again(enough, seconds)
        if status in manners.again:
            seconds = wait_s(manners, headers, self.budget.clock())
            if seconds is not None:
                self.budget.rest(seconds)
            return _Again(fault, seconds)
        return fault

    def _parsed(self, request: Request, headers: Mapping[str, str], content: bytes) -> Any:
        from pydantic_core import from_json

        if not content.strip():
            return None
        try:
            return from_json(self._without_secrets(content), allow_inf_nan=False)
        except ValueError:
            pass
        if content.lstrip()[:1] == b"<" or "html" in headers.get("content-type", ""):
            raise Fault(
                faults.NOT_JSON,
                f"{self._where(request)} answers with a page of HTML, not JSON.",
                "A login page or a proxy stands before the tool: check the address; a token needs no browser.",
            )
        size = f"{len(content):,} bytes"
        raise _Again(_cut_short(f"The JSON of {self._where(request)} ends or breaks within its {size}."))

    def _without_secrets(self, content: bytes) -> bytes:
        for secret in self.host.secrets:
            if secret.encode() in content:
                content = content.replace(secret.encode(), b"(secret)")
        return content

    def redacted(self, text: str) -> str:
        """The text without the credential."""
        for secret in self.host.secrets:
            text = text.replace(secret, "(secret)")
        return text

    def _where(self, request: Request) -> str:
        """A request as messages show it: without parameters."""
        return self.redacted(self._url(request.path).path)

    def _note_clock(self, headers: Mapping[str, str]) -> None:
        from email.utils import parsedate_to_datetime

        try:
            self.skew_s = parsedate_to_datetime(headers["date"]).timestamp() - self.budget.clock()
        except (KeyError, ValueError, TypeError):
            return


_LATER = "Nothing is lost: sync again later."


def _cut_short(message: str) -> Fault:
    return Fault(faults.CUT_SHORT, message, _LATER)


def _backoff(wrong: Exception) -> bool | float:
    """Whether to ask again: at the instant that the tool named (the budget waits for it), else after a while.

    A tool that refuses and says "wait 0 seconds" has named no instant: asked at once, it would refuse again.
    """
    if not isinstance(wrong, _Again):
        return False
    return 0.0 if wrong.wait_s else True


def _unreachable(url: str, error: Exception) -> Fault:
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return Fault(faults.NETWORK, f"{url} does not answer ({what}).", "Check the address and the network; sync again.")


def _said(body: str) -> str:
    """The tool's own words in an error: its message, else the beginning of its text."""
    try:
        data = json.loads(body)
    except ValueError:
        return "" if body.lstrip().startswith("<") else " ".join(body.split())[:_WORDS]
    if isinstance(data, dict):
        for name in ("message", "error_description", "error", "errorMessages", "errors"):
            if data.get(name):
                value = data[name]
                return " ".join((value if isinstance(value, str) else json.dumps(value)).split())[:_WORDS]
    return ""
