"""A log before there is a stream: what happens in it, which stream it suggests, the items that were asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from valuestream.analysis import window
from valuestream.calendar import instant
from valuestream.log import select
from valuestream.log.event import Log
from valuestream.log.order import ordered
from valuestream.stream import Stream

Document = dict[str, Any]


def suggested(log: Log, zone: str = "UTC") -> Stream:
    """The stream that the log itself suggests, or that fits its origin (git); `guessed` is true.

    Days and weeks are the zone's.
    """
    from valuestream.sources.git_stream import git_stream, is_git

    if is_git(log):
        return git_stream(log)
    from valuestream.analysis.discover import discover
    from valuestream.analysis.suggest import suggest

    log = ordered(log)
    return suggest(log, discover(log, zone=zone)).stream()


def suggestion_text(log: Log, name: str, zone: str = "UTC", *, categories: Mapping[str, str] | None = None) -> str:
    """The suggestion as a valuestream.yaml, each guess with its reason.

    categories  state -> queue, work or done, as the tool itself says
    """
    from valuestream.analysis.discover import discover
    from valuestream.analysis.suggest import suggest, yaml_text

    log = ordered(log)
    return yaml_text(suggest(log, discover(log, zone=zone), categories or {}), name)


def discovered(
    log: Log,
    *,
    since: str | None = None,
    until: str | None = None,
    as_of: str | None = None,
    where: Mapping[str, str | Sequence[str]] | None = None,
    zone: str = "UTC",
    variants: int | None = None,
) -> Document:
    """What happens in a log, as a document (`vsm discover --json`): raw states, first to last event.

    Items belong to the window by their last event; `where` chooses them by their attributes' last values.
    """
    from valuestream.analysis.discover import discover, document

    chosen = events(log, since=since, until=until, as_of=as_of, where=where, zone=zone)
    return document(discover(chosen, zone=zone), top=variants)


def events(
    log: Log,
    *,
    since: str | None = None,
    until: str | None = None,
    as_of: str | None = None,
    where: Mapping[str, str | Sequence[str]] | None = None,
    zone: str = "UTC",
) -> Log:
    """The log in order, without repeats, of the items of a window and with attributes: see `discovered`."""
    log = ordered(log)
    begin, end = (instant(text, zone) if text else None for text in (since, until))
    if as_of:
        cut = instant(as_of, zone)
        if len(log) and cut < log.at.min():
            raise window.nothing_yet(cut, int(log.at.min()))
        log = select.by(log, cut)
    if len(log):
        window.check(begin, end, int(log.at.min()), int(log.at.max()))
    if where:
        log = select.rows(log, select.having(log, window.wanted(where))[log.item])
    return select.last_active(log, begin, end)
