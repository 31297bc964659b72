"""What `discover` found, as plain text: states, transitions, variants and the weeks, as the log has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from valuestream.pictures.cells import bar, cells, cut, pad, paragraph, table
from valuestream.pictures.duration import UNKNOWN, count, duration, number, share
from valuestream.pictures.markup import clean
from valuestream.pictures.words import Doc

LEAST = 40
MOST = {"states": 40, "transitions": 25, "variants": 10, "weeks": 26}


def discovery_text(document: Doc, width: int = 100) -> str:
    """A discover document within `width` columns, at least 40; missing keys are left out; ends in a newline."""
    width = max(width, LEAST)
    blocks = [
        _summary(document, width), _states(document, width), _transitions(document, width),
        _variants(document, width), _weeks(document, width), _notes(document, width),
    ]  # fmt: skip
    return "\n\n".join("\n".join(line.rstrip() for line in block) for block in blocks if block) + "\n"


def _summary(document: Doc, width: int) -> list[str]:
    lead = document.get("lead_time_s") or {}
    told = f"{count(document.get('items'))} items, {count(document.get('events'))} events"
    states = document.get("states") or []
    told += f", {count(len(states))} state{'' if len(states) == 1 else 's'}"
    if document.get("variant_count") is not None:
        told += f", {count(document['variant_count'])} variants"
    lines = paragraph(told, width)
    if lead:
        said = [f"First to last event: mean {duration(lead.get('mean'))}", f"median {duration(lead.get('p50'))}"]
        said += [
            f"{name} within {duration(lead[key])}" for name, key in (("85 %", "p85"), ("95 %", "p95")) if key in lead
        ]
        lines += paragraph(" · ".join([*said, f"n = {count(lead.get('n'))}"]), width)
    for word in ("starts", "ends"):
        if found := document.get(word):
            lines += paragraph(f"{word.capitalize()}: {_ranked(found)}", width, "", "  ")
    return lines


def _ranked(found: Mapping[str, int], most: int = 6) -> str:
    """The largest few of `found`, and how many others."""
    ranked = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
    said = ", ".join(f"{cut(name, 40)} {count(n)}" for name, n in ranked[:most])
    return said + (f", {count(len(ranked) - most)} others" if len(ranked) > most else "")


def _states(document: Doc, width: int) -> list[str]:
    states = document.get("states") or []
    if not states:
        return ["No states: the log holds no events."]
    rows = [
        [clean(s.get("state") or ""), count(s.get("n")), count(s.get("items")), share(s.get("revisited_share"))]
        for s in states[: MOST["states"]]
    ]
    return [*table(["State", "Entered", "Items", "Revisited"], rows, width), *_more(states, "states", "states")]


def _more(rows: list[Any], key: str, words: str) -> list[str]:
    return [f"... and {count(len(rows) - MOST[key])} more {words}"] if len(rows) > MOST[key] else []


def _transitions(document: Doc, width: int) -> list[str]:
    found = sorted(document.get("transitions") or [], key=lambda t: -(t.get("n") or 0))
    if not found:
        return []
    half = max(10, (width - 46) // 2)
    rows = [
        [f"{cut(t['from'], half)} → {cut(t['to'], half)}", count(t.get("n")),
         *(duration(t.get(key)) for key in ("mean_s", "p50_s", "p85_s"))]
        for t in found[: MOST["transitions"]]
    ]  # fmt: skip
    heads = ["Transition, most frequent first", "n", "Mean", "Median", "85 % in"]
    return [*table(heads, rows, width), *_more(found, "transitions", "transitions")]


def _variants(document: Doc, width: int) -> list[str]:
    found = document.get("variants") or []
    if not found:
        return []
    items = document.get("items") or 0
    lines = ["Variants, most frequent first"]
    for variant in found[: MOST["variants"]]:
        n = variant.get("n") or 0
        part = share(n / items) if items else UNKNOWN
        head = f"{pad(count(n), 9, True)}  {pad(part, 5, True)}  "
        lines.append(head + cut(" → ".join(cut(s, 40) for s in _runs(variant.get("path") or [])), width - cells(head)))
    total = max(len(found), document.get("variant_count") or 0)
    if total > MOST["variants"]:
        lines.append(f"... and {count(total - MOST['variants'])} more variants")
    return lines


def _runs(path: list[str]) -> list[str]:
    """The path with repeats told by a number: `A, A, B` -> `A ×2, B`."""
    runs: list[list[Any]] = []
    for state in path:
        if runs and runs[-1][0] == state:
            runs[-1][1] += 1
        else:
            runs.append([state, 1])
    return [clean(state) + (f" ×{n}" if n > 1 else "") for state, n in runs]


def _weeks(document: Doc, width: int) -> list[str]:
    """Arrivals and throughput side by side, a line a week; of a long log the last weeks."""
    arrivals = {w["week"]: w.get("n") for w in document.get("arrivals_per_week") or []}
    finished = {w["week"]: w.get("n") for w in document.get("throughput_per_week") or []}
    weeks = sorted({*arrivals, *finished})
    if not weeks:
        return []
    shown = weeks[-MOST["weeks"] :]
    most = max((n or 0 for n in [*arrivals.values(), *finished.values()]), default=0) or 1
    room = max(6, (width - 10 - 2 * 10) // 2)
    lines = [pad("Week", 10) + pad("Arrived", room + 10) + "Ended"]
    for week in shown:
        line = pad(week, 10)
        for n in (arrivals.get(week), finished.get(week)):
            line += pad(count(n), 8, True) + "  " + pad(bar((n or 0) / most, room - 1), room)
        lines.append(cut(line.rstrip(), width))
    if len(weeks) > len(shown):
        lines.append(f"... and {count(len(weeks) - len(shown))} earlier weeks")
    mean = sum(n or 0 for n in finished.values()) / len(finished) if finished else None
    return [*lines, f"On average {number(mean)} items ended a week"] if mean is not None else lines


def _notes(document: Doc, width: int) -> list[str]:
    """Ties, gaps and transfers in the words of the document, then the notes."""
    said = [
        f"{name}: {_told(document[key])}"
        for key, name in (("transfers", "Transfers"), ("ties", "Events at one instant"), ("gaps", "Gaps"))
        if document.get(key) not in (None, {}, [])
    ]
    return [line for text in [*said, *(document.get("notes") or [])] for line in paragraph(text, width, "", "  ")]


def _told(value: Any) -> str:
    """A record as words: `items 12, events 31`; keys in seconds as durations, shares as percent."""
    if isinstance(value, Mapping):
        return ", ".join(f"{clean(key).removesuffix('_s').replace('_', ' ')} {_figure(str(key), n)}"
                         for key, n in value.items())  # fmt: skip
    if isinstance(value, list | tuple):
        shown = "; ".join(_told(one) for one in value[:5])
        return shown + (f"; {count(len(value) - 5)} more" if len(value) > 5 else "")
    return _figure("", value)


def _figure(key: str, value: Any) -> str:
    if value is None:
        return UNKNOWN
    if isinstance(value, Mapping | list | tuple):
        return f"({_told(value)})"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return clean(value)
    if key.endswith("_s"):
        return duration(value)
    if "share" in key:
        return share(value)
    return count(value) if isinstance(value, int) else number(value)
