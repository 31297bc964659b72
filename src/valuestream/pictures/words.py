"""The sentences that map and text share, computed from the document; texts in one place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from valuestream.pictures import declared
from valuestream.pictures.duration import UNKNOWN, count, duration, number, share
from valuestream.pictures.markup import clean

Doc = Mapping[str, Any]
PROVENANCE = {"state-derived": "by status", "measured": "measured", "logged": "logged", "declared": "declared"}
REOPENED = {"(done)": "Reopened after done", "(cancelled)": "Reopened after cancelled"}


def part(document: Doc, *path: str) -> Any:
    """What lies at `path`, or None as soon as a step is missing or null."""
    here: Any = document
    for step in path:
        if not isinstance(here, Mapping):
            return None
        here = here.get(step)
    return here


def stages(document: Doc) -> list[Doc]:
    """The stages in the stream's own order, without the rows of reopened items."""
    return [stage for stage in document.get("stages") or [] if stage.get("kind") != "reopened"]


def reopened(document: Doc) -> list[Doc]:
    return [stage for stage in document.get("stages") or [] if stage.get("kind") == "reopened"]


def shown_name(stage: Doc) -> str:
    name = clean(stage.get("name") or "")
    return REOPENED.get(name, name) if stage.get("kind") == "reopened" else name


def provenance(word: str | None) -> str:
    return PROVENANCE.get(word or "", clean(word or ""))


def has_ladder(document: Doc) -> bool:
    return part(document, "totals", "lead_time_s", "mean") is not None


def headline(document: Doc) -> str:
    """`Lead time 7.5 d mean · active 2.8 d · flow efficiency 38 % (by status) · 23.1 items/week`.

    Where active time is known of some items only, their share stands beside it: `active 3.9 d (for 65 %)`.
    """
    if declared.is_declared(document):
        return declared.headline(document)
    totals = part(document, "totals") or {}
    lead = part(totals, "lead_time_s", "mean")
    if lead is None:
        return no_lead_time(document)
    said = provenance(part(totals, "flow_efficiency", "provenance"))
    active = "process time" if said == "measured" else "active"
    return " · ".join(
        [
            f"Lead time {duration(lead)} mean",
            f"{active} {duration(part(totals, 'active_s', 'mean'))}{known_of(document)}",
            f"flow efficiency {share(part(totals, 'flow_efficiency', 'value'))}" + (f" ({said})" if said else ""),
            f"{number(part(totals, 'throughput_per_week', 'value'))} items/week",
        ]
    )


def known_of(document: Doc) -> str:
    """Of which share of the finished items active time is known, where it is not all."""
    known = known_share(document)
    return "" if known is None else f" (for {share(known)})"


def known_share(document: Doc) -> float | None:
    """The share of the finished items whose active time is known; None where it is all of them, or none."""
    n, known = part(document, "totals", "lead_time_s", "n"), part(document, "totals", "active_s", "n")
    return None if not n or not known or known >= n else float(known / n)


def active_of_known(document: Doc) -> str:
    """`for the 65 % whose work was seen, 3.9 d of 8.4 d is active`; empty where it was seen for every item.

    Of the same items flow efficiency is the one time over the other, so the mean of the whole follows from it.
    """
    totals = part(document, "totals") or {}
    active, efficiency = part(totals, "active_s", "mean"), part(totals, "flow_efficiency", "value")
    known = known_share(document)
    if known is None or not active or not efficiency:
        return ""
    return (
        f"for the {share(known)} whose work was seen, {duration(active)} of {duration(active / efficiency)} is active"
    )


def waits(document: Doc) -> str:
    """What the ladder's waits are: in it, items of which active time is unknown wait all the time."""
    return "waiting or unknown" if unknown_active(document) else "waiting"


def no_lead_time(document: Doc) -> str:
    if part(document, "items", "finished"):
        return "No finished item has an observed start, so there is no lead time"
    return "No items finished in this period"


def spread_line(document: Doc) -> str:
    """`85 % within 14.1 d · median 5.2 d · n = 2,310 finished items`."""
    if declared.is_declared(document):
        return declared.basis(document)
    lead = part(document, "totals", "lead_time_s") or {}
    n = lead.get("n") or 0
    if lead.get("mean") is None:
        return "Lead time, ladder and strip appear once an item has run from the first stage to done"
    told = f"n = {count(n)} finished item{'' if n == 1 else 's'}"
    if lead.get("p85") is None:
        return f"{told} · percentiles need at least 10"
    return f"85 % within {duration(lead['p85'])} · median {duration(lead.get('p50'))} · {told}"


def rolled_line(document: Doc) -> str:
    """`Complete & accurate through all stages 58 %`, or nothing where it is unknown."""
    rolled = part(document, "totals", "rolled_ca", "value")
    return "" if rolled is None else f"complete & accurate through all stages {share(rolled)}"


def period(document: Doc) -> str:
    since, until = part(document, "window", "since"), part(document, "window", "until")
    zone = document.get("zone")
    if since and until:
        return f"{day_of(since, zone)} until {day_of(until, zone)}"
    if since or until:
        return f"since {day_of(since, zone)}" if since else f"until {day_of(until, zone)}"
    return "the whole log"


def day_of(instant: str, zone: str | None) -> str:
    """An instant as the clocks of the document's zone show it; midnight is the day alone."""
    try:
        local = datetime.fromisoformat(clean(instant)).astimezone(ZoneInfo(zone or "UTC"))
    except (ValueError, OSError):  # no instant, or a zone that this machine does not know
        return clean(instant)
    return f"{local:%Y-%m-%d}" if f"{local:%H:%M}" == "00:00" else f"{local:%Y-%m-%d %H:%M}"


def context(document: Doc) -> str:
    """Period, filters, counts, clock and zone in one line."""
    if declared.is_declared(document):
        drawn = day_of(document["as_of"], document.get("zone")) if document.get("as_of") else ""
        return " · ".join(
            text for text in (f"declared by people, drawn {drawn}", declared.demand_line(document)) if text
        )
    items = part(document, "items") or {}
    clock = document.get("clock") or "elapsed"
    zone = f" ({clean(document['zone'])})" if document.get("zone") else ""
    counts = f"{count(items.get('finished'))} finished, {count(items.get('open'))} open"
    if items.get("cancelled"):
        counts += f", {count(items['cancelled'])} cancelled"
    filters = ", ".join(f"{clean(k)} = {_filter(v)}" for k, v in (part(document, "filters") or {}).items() if v)
    said = "elapsed time" if clock == "elapsed" else "working hours"
    seen = f"as of {day_of(document['as_of'], document.get('zone'))}" if document.get("as_of") else ""
    if seen.removeprefix("as of ") == period(document).rpartition("until ")[2]:
        seen = ""  # the window ends there, and says so
    return " · ".join(text for text in (period(document), filters, counts, said + zone, seen) if text)


def last_event(document: Doc) -> str:
    """Up to when the data goes: `data until 2024-10-04 16:58 (Europe/Berlin)`."""
    if not document.get("as_of"):
        return ""
    return f"data until {day_of(document['as_of'], document.get('zone'))} ({clean(document.get('zone') or 'UTC')})"


def _filter(value: Any) -> str:
    return " or ".join(map(clean, value)) if isinstance(value, list | tuple) else clean(value)


def left_out(rows: list[Doc] | None) -> str:
    """`1,816 first seen in done; 12 cancelled`."""
    return "; ".join(f"{count(row.get('n'))} {clean(row.get('reason') or UNKNOWN)}" for row in rows or [] if row)


LAYOUT = ("Columns are separated by ", "Read as ", "Kept as attributes: ", "Left aside: ")


def caveats(document: Doc) -> list[str]:
    """The notes that bear on the figures; how a file was laid out is told where it was read."""
    return [clean(note) for note in document.get("notes") or [] if not str(note).startswith(LAYOUT)]


def unknown_active(document: Doc) -> str | None:
    """A warning where the ladder's active part covers fewer items than its length."""
    n, known = part(document, "totals", "lead_time_s", "n"), part(document, "totals", "active_s", "n")
    if not n or known is None or known >= n:
        return None
    return (
        f"Active time is known for {count(known)} of {count(n)} finished items;"
        " the others stand in ladder and strip as waiting"
    )
