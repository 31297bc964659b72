"""What people said, in words: beside what was logged, and alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from valuestream.pictures.duration import UNKNOWN, count, duration, number, share
from valuestream.pictures.markup import clean

Doc = Mapping[str, Any]


def is_declared(document: Doc) -> bool:
    """Whether a map rests on declared stages alone."""
    return bool((document.get("totals") or {}).get("declared"))


def headline(document: Doc) -> str:
    """`Lead time 6.7 d likely (5.1 d to 9.3 d) · process time 4.5 min · flow efficiency <1 % (declared)`."""
    said = document["totals"]["declared"]
    efficiency = said["flow_efficiency"]
    told = [
        f"Lead time {ranged(said['lead_time_s'])} likely",
        f"process time {ranged(said['process_s'])}",
        f"flow efficiency {UNKNOWN if efficiency is None else percent(efficiency)} (declared)",
    ]
    return " · ".join(told)


def basis(document: Doc) -> str:
    """What a declared map's sums are, and in which days."""
    said = document["totals"]["declared"]
    told = "Sums of what people said: likely, and in brackets every step at its best to every step at its worst"
    if said["day_s"] != 86_400:
        days = said["lead_time_days"]
        span = _span(*(_two(days[key]) for key in ("low", "likely", "high")))
        told += f" · {span} working days of {duration(said['day_s'])}"
    return told


def demand_line(document: Doc) -> str:
    """`Demand 7,000 a day · takt 7.2 s`, or nothing."""
    asked = document.get("demand")
    if not asked:
        return ""
    takt = f"{asked['takt_s']:.2g} s" if asked["takt_s"] < 59.5 else duration(asked["takt_s"])
    return f"Demand {number(asked['per_day'])} a day · takt {takt}"


def lines(document: Doc) -> list[str]:
    """A line for each stage that people spoke of: declared beside logged; and what a day is, if of two kinds."""
    told = [_line(stage) for stage in document.get("stages") or [] if stage.get("declared")]
    sums = (document.get("totals") or {}).get("declared")
    if sums and sums["day_s"] != 86_400:
        day = duration(sums["day_s"])
        told.append(
            f"A day that somebody said is 24 h in elapsed times, the lead time among them; in working days and in the"
            f" flow efficiency it is a working day of {day}."
        )
    return told


def _line(stage: Doc) -> str:
    said = stage["declared"]
    parts = []
    for key, name, logged in (("wait_s", "wait", "wait_s"), ("process_s", "process time", "active_s")):
        if said[key] is None:
            continue
        told = f"{name} declared {ranged(said[key])}"
        parts.append(told + _logged(stage, duration((stage.get(logged) or {}).get("mean"))))
    if said["ca"] is not None:
        parts.append(f"%C&A declared {share(said['ca'])}" + _logged(stage, share((stage.get("ca") or {}).get("value"))))
    if said["inventory"] is not None:
        days = "" if said["inventory_days"] is None else f", {_two(said['inventory_days'])} days of demand"
        parts.append(f"inventory {count(said['inventory'])}{days}")
    return f"{clean(stage['name'])}: {'; '.join(parts)}{_source(said)}"


def _logged(stage: Doc, value: str) -> str:
    return "" if stage.get("kind") == "declared" else f", logged {value}"


def _source(said: Doc) -> str:
    told = [clean(said["by"] or ""), f"n = {count(said['n'])}" if said["n"] else "", clean(said["date"] or "")]
    known = [text for text in told if text]
    return f" ({', '.join(known)})" if known else ""


def ranged(said: Doc) -> str:
    """`2.0 d (1.0 d to 5.0 d)`, or the one value where low and high read the same."""
    return _span(*(duration(said[key]) for key in ("low", "likely", "high")))


def percent(said: Doc) -> str:
    """The same of shares; below one percent with two places."""
    return _span(*(_fine(said[key]) for key in ("low", "likely", "high")))


def _span(low: str, likely: str, high: str) -> str:
    return likely if low == high else f"{likely} ({low} to {high})"


def _fine(part: float) -> str:
    return f"{100 * part:.2f} %" if 0.00005 <= part < 0.01 else share(part)


def _two(value: float) -> str:
    return f"{value:.2f}" if value < 99.5 else number(value)
