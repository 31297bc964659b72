"""The state of a workspace as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from valuestream.pictures.duration import many

Document = Mapping[str, Any]
RUNS_SHOWN = 5


def status_text(document: Document) -> str:
    """What `vsm status` prints."""
    return "\n".join(_lines(document))


def _lines(document: Document) -> Iterator[str]:
    counts = document["counts"]
    of = f"{many(counts['events'], 'event')} of {many(counts['items'], 'item')}"
    yield f"{document['folder']}: {of}; people by {_people(document)}."
    if counts["first"]:
        yield f"From {_at(counts['first'])} to {_at(counts['last'])}."
    yield ""
    yield "Sources"
    for source in document["sources"]:
        events = sum(feed["events"] for feed in source["feeds"])
        feeds = "file" if all(feed["kind"] == "file" for feed in source["feeds"]) else "feed"
        yield f"  {source['name']} ({source['kind']}): {events:,} events in {many(len(source['feeds']), feeds)}"
    if not document["sources"]:
        yield "  none; `vsm import FILE` adds one"
    yield from _streams(document)
    yield from _rejects(document)
    yield from _runs(document)


def _people(document: Document) -> str:
    return "name" if document["people"] == "names" else "pseudonym"


def _streams(document: Document) -> Iterator[str]:
    yield ""
    yield "Streams"
    for stream in document["streams"]:
        yield f"  {stream['name']}: {many(stream['stages'], 'stage')}, {_built(stream)}"
        for lost in stream["left_out"]:
            yield f"    {many(lost['n'], 'item')} left out: {lost['reason']}"
        for state in stream["unmapped"]:
            near = f"; nearest stage: {state['nearest']}" if state["nearest"] else ""
            yield (
                f"    no stage claims '{state['state']}': {many(state['events'], 'event')} of"
                f" {many(state['items'], 'item')}, first {state['first_item']}{near}"
            )
    if not document["streams"]:
        yield "  none yet; the first import guesses one"


def _built(stream: Document) -> str:
    """Whether the build is up to date; where it is not, the next question brings it there."""
    build = stream["build"]
    if build["state"] == "none":
        return "not built yet; the first question does it, or `vsm build`"
    why = f" ({build['why']})" if build["why"] else ""
    return f"{build['state']}{why}, built {_at(stream['built'])}"


def _at(instant: str) -> str:
    """An instant to the second."""
    return f"{instant[:19].replace('T', ' ')} UTC"


def _rejects(document: Document) -> Iterator[str]:
    if document["rejects"]:
        yield ""
        yield "Rejected rows"
        for reject in document["rejects"]:
            yield f"  {reject['n']:,} {reject['reason']}"


def _runs(document: Document) -> Iterator[str]:
    if document["runs"]:
        yield ""
        yield "Last runs"
        for run in document["runs"][:RUNS_SHOWN]:
            message = f": {run['message']}" if run["message"] else ""
            yield (
                f"  {_at(run['started'])}  {run['kind']} {run['source']} {run['what']}  {run['read']:,} read,"
                f" {run['new']:,} new, {run['superseded']:,} superseded, {run['rejected']:,} rejected;"
                f" {run['status']}{message}"
            )
