"""What `discover` found, as plain text: states, transitions, variants and the weeks, as the log has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from valuestream.pictures.cells import bar, cells, cut, pad, paragraph, table
from valuestream.pictures.duration import UNKNOWN, count, duration, number, share
from valuestream.pictures.markup import clean
from valuestream.pictures.words import Doc, part

LEAST = 40
NOTHING = "No states: the log holds no events."
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
    states = document.get("states") or []
    numbers = [(document.get("items"), "item"), (document.get("events"), "event"), (len(states), "state")]
    if document.get("variant_count") is not None:
        numbers.append((document["variant_count"], "variant"))
    told = ", ".join(f"{count(n)} {word}{'' if n == 1 else 's'}" for n, word in numbers)
    lines = paragraph(told, width)
    if lead and lead.get("n") != 0:
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
        return ["Nothing to show: no item has its last event in this period."] if document.get("log") else [NOTHING]
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
        of_all = share(n / items) if items else UNKNOWN
        head = f"{pad(count(n), 9, True)}  {pad(of_all, 5, True)}  "
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
    most = max((found.get(week) or 0 for found in (arrivals, finished) for week in shown), default=0) or 1
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
    """Transfers, ties, gaps and rejected rows as sentences, then the notes."""
    said = [_transfers(document), _ties(document), _gaps(document), _rejects(document)]
    said += [f"Weeks without any event: {_some(weeks)}." if (weeks := part(document, "gaps", "weeks")) else ""]
    said += document.get("notes") or []
    return [line for text in said if text for line in paragraph(text, width, "", "  ")]


def _transfers(document: Doc) -> str:
    n, of = part(document, "transfers", "n"), part(document, "transfers", "of")
    if not of:
        return ""
    return f"Transfers: {count(n)} of {count(of)} moves whose people are known went to somebody else ({share(n / of)})."


def _ties(document: Doc) -> str:
    groups, differing = part(document, "ties", "groups"), part(document, "ties", "differing")
    if not groups:
        return ""
    times = "time" if groups == 1 else "times"
    said = f"Ties: {count(groups)} {times} an item has several events at one instant"
    return (
        f"{said}, {count(differing)} with different states: the order of the rows decides." if differing else f"{said}."
    )


def _gaps(document: Doc) -> str:
    n = part(document, "gaps", "n")
    if not n:
        return ""
    return f"Gaps: {count(n)} between an item's activities, {duration(part(document, 'gaps', 'total_s'))} in all."


def _rejects(document: Doc) -> str:
    found = document.get("rejects") or []
    rows = sum(reject.get("n") or 0 for reject in found)
    why = "; ".join(f"{count(reject.get('n'))} {clean(reject.get('reason'))}" for reject in found)
    return f"Left out: {count(rows)} row{'' if rows == 1 else 's'} that could not be used ({why})." if rows else ""


def _some(weeks: list[str]) -> str:
    return ", ".join(weeks[:5]) + (f" and {count(len(weeks) - 5)} more" if len(weeks) > 5 else "")
