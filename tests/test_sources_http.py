"""Asking a live tool: attempts, waits, budgets, bounds, and what may not be said."""

from __future__ import annotations

import gzip
from email.utils import formatdate

import httpx
import pytest

from live import NOW, QUICK, SECRET, Clock, said, talking
from valuestream.sources import faults, http
from valuestream.sources.budget import Budget, Budgets
from valuestream.sources.faults import Fault
from valuestream.sources.http import Host, Http, Request
from valuestream.sources.retry import Manners


def answers(*responses: httpx.Response):
    """A handler that gives these one after the other, the last for ever; `asked` counts."""

    def handler(request: httpx.Request) -> httpx.Response:
        handler.asked.append(request)
        return responses[min(len(handler.asked), len(responses)) - 1]

    handler.asked = []
    return handler


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "7"}, 7),
        ({"retry_after": formatdate(NOW + 90, usegmt=True)}, 90),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": str(int(NOW) + 30)}, 30),
        ({"ratelimit_remaining": "0", "ratelimit_reset": "45"}, 45),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_interval_seconds": "60", "x_ratelimit_fillrate": "5"}, 60),
    ],
)
def test_a_limit_is_waited_for_as_long_as_the_tool_says(headers, seconds):
    clock, handler = Clock(), answers(said({}, 429, **headers), said([1]))
    with talking(handler, clock) as web:
        assert web.ask(Request("/x")).data == [1]
    assert clock.slept == [seconds]
    assert len(handler.asked) == 2


def test_a_403_is_a_limit_only_where_the_answer_says_so():
    limited = said(
        {"message": "API rate limit exceeded"}, 403, x_ratelimit_remaining="0", x_ratelimit_reset=str(NOW + 5)
    )
    handler = answers(limited, said([1]))
    with talking(handler) as web:
        assert web.ask(Request("/x")).data == [1]
    handler = answers(said({"message": "Resource not accessible by personal access token"}, 403))
    with talking(handler) as web, pytest.raises(Fault) as fault:
        web.ask(Request("/x"))
    assert (fault.value.state, len(handler.asked)) == (faults.SCOPE, 1)
    assert "Resource not accessible" in fault.value.message


def test_githubs_second_limit_says_so_in_its_text_alone():
    handler = answers(said({"message": "You have exceeded a secondary rate limit"}, 403), said([1]))
    with talking(handler) as web:
        assert web.ask(Request("/x")).data == [1]


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_what_may_pass_is_asked_again_and_told_in_the_end(status):
    handler = answers(said({}, status))
    with talking(handler, manners=QUICK) as web, pytest.raises(Fault) as fault:
        web.ask(Request("/x"))
    assert len(handler.asked) == QUICK.attempts
    assert fault.value.state in (faults.SERVER, faults.REFUSED)


def test_an_expired_token_is_not_asked_again_and_its_name_is_not_told():
    handler = answers(said({"message": f"Bad credentials {SECRET}"}, 401))
    with talking(handler) as web, pytest.raises(Fault) as fault:
        web.ask(Request("/x", {"q": "1"}))
    assert len(handler.asked) == 1
    assert fault.value.state == faults.TOKEN
    assert SECRET not in str(fault.value)
    assert "(secret)" in fault.value.message


def test_a_wait_longer_than_the_manners_allow_ends_the_sync():
    clock = Clock()
    handler = answers(said({}, 429, retry_after="99999"))
    with talking(handler, clock) as web, pytest.raises(Fault) as fault:
        web.ask(Request("/x"))
    assert fault.value.state == faults.LIMITED
    assert clock.slept == []


def test_what_is_left_of_a_budget_is_spread_until_its_reset():
    """100 of 1,000 requests are kept for others: with 150 left, 50 are ours for the 100 s until the reset."""
    clock = Clock()
    budget = Budget(Manners(), clock, clock.sleep)
    budget.told({"x-ratelimit-remaining": "150", "x-ratelimit-limit": "1000", "x-ratelimit-reset": str(NOW + 100)})
    budget.spend()
    assert clock.slept == [2.0]
    budget.told({"x-ratelimit-remaining": "900", "x-ratelimit-limit": "1000", "x-ratelimit-reset": str(NOW + 100)})
    budget.spend()
    assert clock.slept == [2.0]


def test_a_bucket_that_is_filled_now_and_then_is_spent_no_faster_than_it_fills():
    """Jira Data Center: a hundred tokens at most, ten more each minute; 20 left, 10 kept for others: 10 in 60 s."""
    clock = Clock()
    budget = Budget(Manners(), clock, clock.sleep)
    bucket = {"x-ratelimit-limit": "100", "x-ratelimit-fillrate": "10", "x-ratelimit-interval-seconds": "60"}
    budget.told({**bucket, "x-ratelimit-remaining": "20"})
    budget.spend()
    assert clock.slept == [6.0]
    budget.told({**bucket, "x-ratelimit-remaining": "90"})
    budget.spend()
    assert clock.slept == [6.0]


def test_a_refusal_that_says_wait_no_time_is_not_asked_again_at_once():
    assert http._backoff(http._Again(Fault(faults.LIMITED, "enough", ""), 0.0)) is True
    assert http._backoff(http._Again(Fault(faults.LIMITED, "enough", ""), 7.0)) == 0.0


def test_an_empty_budget_waits_for_its_reset():
    clock = Clock()
    budget = Budget(Manners(), clock, clock.sleep)
    budget.told({"x-ratelimit-remaining": "0", "x-ratelimit-limit": "60", "x-ratelimit-reset": str(NOW + 100)})
    budget.spend()
    assert clock.slept == [100.0]


def test_two_sources_of_one_host_and_credential_share_a_budget():
    budgets = Budgets()
    first = budgets.of("tool.example", "token", Budget())
    assert budgets.of("TOOL.example", "token", Budget()) is first
    assert budgets.of("tool.example", "another", Budget()) is not first


def test_a_body_of_more_than_the_bound_is_not_read_to_its_end(monkeypatch):
    monkeypatch.setattr(http, "LARGEST", 1_000_000)
    sent = []

    def endless():
        while True:
            sent.append(100_000)
            yield b" " * 100_000

    with talking(lambda request: httpx.Response(200, content=endless())) as web, pytest.raises(Fault) as fault:
        web.ask(Request("/x"))
    assert fault.value.state == faults.TOO_LARGE
    assert len(sent) <= 12


def test_a_small_body_that_unpacks_to_a_large_one_is_bounded_too(monkeypatch):
    monkeypatch.setattr(http, "LARGEST", 1_000_000)
    packed = gzip.compress(b" " * 50_000_000)
    response = httpx.Response(200, headers={"Content-Encoding": "gzip"}, content=packed)
    with talking(lambda request: response) as web, pytest.raises(Fault) as fault:
        web.ask(Request("/x"))
    assert fault.value.state == faults.TOO_LARGE
    assert "page: 20" in fault.value.hint


def test_html_in_the_place_of_json_is_a_login_page_and_not_asked_again():
    handler = answers(httpx.Response(200, headers={"Content-Type": "text/html"}, content=b"<html>Sign in</html>"))
    with talking(handler) as web, pytest.raises(Fault) as fault:
        web.ask(Request("/x"))
    assert (fault.value.state, len(handler.asked)) == (faults.NOT_JSON, 1)


def test_json_that_ends_too_early_is_asked_again():
    handler = answers(httpx.Response(200, content=b'[{"id": 1}, {"i'), said([1]))
    with talking(handler) as web:
        assert web.ask(Request("/x")).data == [1]
    handler = answers(httpx.Response(200, content=b'[{"id": 1}, {"i'))
    with talking(handler, manners=QUICK) as web, pytest.raises(Fault) as fault:
        web.ask(Request("/x"))
    assert (fault.value.state, len(handler.asked)) == (faults.CUT_SHORT, 3)


@pytest.mark.parametrize(
    "wrong", [httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), httpx.RemoteProtocolError("")]
)
def test_a_network_that_fails_is_asked_again_then_told(wrong):
    def failing(request: httpx.Request) -> httpx.Response:
        raise wrong

    with talking(failing, manners=QUICK) as web, pytest.raises(Fault) as fault:
        web.ask(Request("/x"))
    assert fault.value.state == faults.NETWORK


def test_what_has_not_changed_is_not_sent_again():
    def handler(request: httpx.Request) -> httpx.Response:
        if request.headers.get("if-none-match") == '"1"':
            return httpx.Response(304)
        return said([1], etag='"1"')

    with talking(handler) as web:
        first = web.ask(Request("/x"))
        again = web.ask(Request("/x", headers={"If-None-Match": first.headers["etag"]}))
    assert (first.is_unchanged, again.is_unchanged) == (False, True)


@pytest.mark.parametrize("address", ["https://evil.example/x", "http://tool.example/x", "https://tool.example:444/x"])
def test_the_token_follows_no_address_of_another_host(address):
    handler = answers(httpx.Response(302, headers={"Location": address}))
    with talking(handler, headers={"PRIVATE-TOKEN": SECRET}) as web:
        with pytest.raises(Fault) as redirected:
            web.ask(Request("/x"))
        with pytest.raises(Fault) as linked:
            web.ask(Request(address))
    assert {redirected.value.state, linked.value.state} == {faults.FOREIGN}
    assert len(handler.asked) == 1


def test_a_redirect_within_the_host_is_followed_and_a_circle_is_not():
    def moved(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/old":
            return httpx.Response(301, headers={"Location": "/new"})
        return said({"path": request.url.path})

    with talking(moved) as web:
        assert web.ask(Request("/old")).data == {"path": "/new"}
    with talking(lambda request: httpx.Response(301, headers={"Location": "/x"})) as web, pytest.raises(Fault) as fault:
        web.ask(Request("/x"))
    assert fault.value.state == faults.ENDLESS


def test_a_secret_that_a_tool_sends_back_does_not_come_through():
    with talking(lambda request: said({"you sent": f"Bearer {SECRET}"})) as web:
        assert web.ask(Request("/x")).data == {"you sent": "Bearer (secret)"}
    assert SECRET not in repr(Host("https://tool.example", {"Authorization": SECRET}, (SECRET,)))


def test_a_path_stays_below_the_address_of_the_tool():
    with talking(lambda request: said(str(request.url)), url="https://tool.example/api/v4") as web:
        assert (
            web.ask(Request("/projects/acme%2Fapp", {"a": "1"})).data
            == "https://tool.example/api/v4/projects/acme%2Fapp?a=1"
        )


def test_a_clock_that_differs_is_noticed():
    with talking(lambda request: said([], date=formatdate(NOW + 3_600, usegmt=True))) as web:
        web.ask(Request("/x"))
        assert web.skew_s == pytest.approx(3_600)


def test_stamina_keeps_no_log_of_what_was_asked(caplog):
    handler = answers(said({}, 500), said([1]))
    with talking(handler) as web:
        web.ask(Request("/x", {"private": "yes"}))
    assert "private" not in caplog.text


def test_an_http_is_made_without_a_network():
    with Http(Host("https://tool.example")) as web:
        assert web.budget.requests == 0
