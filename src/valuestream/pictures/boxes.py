"""The process boxes with their data, the queues' triangles and the flow band that carries them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from valuestream.pictures.duration import UNKNOWN, count, duration, number, share, short_count
from valuestream.pictures.grid import BOX, GAP, Place
from valuestream.pictures.markup import Markup, clean, group, tag
from valuestream.pictures.theme import fit, label, text_width, wrap
from valuestream.pictures.words import Doc, left_out, part, provenance, shown_name

ROW = 20.0
PAD = 10.0
NAME, SMALL = 13.0, 11.0
BAND = 26.0


@dataclass(frozen=True)
class Row:
    """A line of the data box: its label, its value and what lies behind it."""

    key: str
    label: str
    value: str
    title: str


def header_height(all_stages: list[Doc]) -> float:
    """The same for all boxes: up to three lines of name, and a line for the team where any is known."""
    lines = max((len(name_lines(stage)) for stage in all_stages), default=1)
    return 14 + 17 * lines + (15 if any(team_line(stage) for stage in all_stages) else 0)


def name_lines(stage: Doc) -> list[str]:
    return wrap(shown_name(stage) or UNKNOWN, BOX - 14, NAME, 3, bold=True)


def team_line(stage: Doc) -> str:
    words = ["External"] if stage.get("kind") == "external" else []
    return fit(" · ".join([*words, *([clean(stage["team"])] if stage.get("team") else [])]), BOX - 16, SMALL)


def felt(stage: Doc) -> bool:
    """Whether an item sees larger batches than the stage's mean batch."""
    mean, seen = part(stage, "batch", "mean"), part(stage, "batch", "as_experienced")
    return mean is not None and seen is not None and number(mean) != number(seen)


def rows(stage: Doc, with_felt: bool) -> list[Row]:
    """The data box, top to bottom; `with_felt` keeps the lines of neighbouring boxes level."""
    external = stage.get("kind") == "external"
    measured = stage.get("provenance") == "measured"
    active = "Process time" if measured else "Active time"
    now = part(stage, "wip", "external" if external else "work")
    lines = [
        Row("active", active, "none", "External: others work here, unseen; the whole stay is waiting")
        if external
        else Row("active", active, duration(part(stage, "active_s", "mean")), _spread(stage, "active", active)),
        Row("wait", "Wait", duration(part(stage, "wait_s", "mean")), _spread(stage, "wait", "Wait")),
        Row("ca", "%C&A", share(part(stage, "ca", "value")), _complete(stage)),
        Row("batch", "Batch", number(part(stage, "batch", "mean")), _batch(stage)),
        Row("people", "People", number(part(stage, "people", "value")), _figure(stage, "people", "People a visit")),
        Row("transfers", "Transfers", number(part(stage, "transfers", "value")),
            _figure(stage, "transfers", "Changes of owner or team a visit")),
        Row("now", "Out now" if external else "Active now", count(now),
            f"{count(now)} items with others now" if external else f"{count(now)} items in work now"),
    ]  # fmt: skip
    if with_felt:
        seen = number(part(stage, "batch", "as_experienced"))
        lines.insert(4, Row("felt", "  as experienced", seen, "The batch in which an item finds itself, on average"))
    return lines


def _spread(stage: Doc, kind: str, name: str) -> str:
    spread = stage.get(f"{kind}_s") or {}
    if spread.get("mean") is None:
        return f"{name} unknown: nothing of it was seen here"
    told = f"{name} a visit, elapsed: mean {duration(spread['mean'])}"
    if spread.get("p85") is not None:
        told += f", median {duration(spread.get('p50'))}, 85 % within {duration(spread['p85'])}"
    if (office := part(stage, "working", f"{kind}_s", "mean")) is not None:
        told += f"; in working hours mean {duration(office)}"
    said = provenance(stage.get("provenance")) if kind == "active" else ""
    return f"{told}; n = {count(spread.get('n'))}" + (f"; {said}" if said else "")


def _figure(stage: Doc, key: str, name: str) -> str:
    figure = stage.get(key) or {}
    excluded = left_out(figure.get("excluded"))
    if figure.get("value") is None:
        return f"{name} unknown" + (f": {excluded}" if excluded else ": nothing was logged of it")
    said = provenance(figure.get("provenance"))
    told = f"{name}; n = {count(figure.get('n'))}" + (f"; {said}" if said else "")
    return told + (f"; left out: {excluded}" if excluded else "")


def _complete(stage: Doc) -> str:
    if part(stage, "ca", "value") is None:
        outside = stage.get("kind") == "external"
        return "Complete & accurate: unknown; " + (
            "external stages have none" if outside else "nothing has left this stage"
        )
    told = _figure(stage, "ca", "Complete & accurate: share of visits left that were not returned from a later look")
    back = ", ".join(f"{clean(name)} {count(n)}" for name, n in (stage.get("returned_to") or {}).items())
    return told + (f"; returned to {back}" if back else "")


def _batch(stage: Doc) -> str:
    if part(stage, "batch", "mean") is None:
        return "Batch unknown: no actor and no release logged"
    largest = part(stage, "batch", "largest")
    told = f"Items leaving together: mean of {count(part(stage, 'batch', 'n'))} batches"
    return told + (f"; largest {count(largest)}" if largest is not None else "")


def box(place: Place, y: float, head: float, with_felt: bool) -> Markup:
    """A process box at height `y`. External: dashed, its header no solid block. The longest wait: a thick border."""
    stage, x = place.stage, place.x
    external = stage.get("kind") == "external"
    lines = rows(stage, with_felt)
    height = head + len(lines) * ROW + 10
    parts = [
        tag("title", shown_name(stage)),
        tag("rect", x=x, y=y, width=BOX, height=height, rx=6, class_="outside" if external else "card"),
    ]
    if external:
        parts.append(tag("line", x1=x + 8, x2=x + BOX - 8, y1=y + head, y2=y + head, class_="rule"))
    else:
        d = f"M{x:.1f} {y + head:.1f}v{6 - head:.1f}q0 -6 6 -6h{BOX - 12}q6 0 6 6v{head - 6:.1f}z"
        parts.append(tag("path", d=d, class_="work"))
    parts += _header(stage, place.middle, y, head, "ink" if external else "on-work")
    parts += [_line(row, x, y + head + 19 + i * ROW, bool(stage.get("longest_wait"))) for i, row in enumerate(lines)]
    if stage.get("longest_wait"):
        parts.append(tag("rect", x=x, y=y, width=BOX, height=height, rx=6, class_="bn-edge",
                         stroke_dasharray="9 5" if external else None))  # fmt: skip
        parts.append(_mark(place.middle, y + height + 18))
    return group(*parts, class_=f"stage {'external' if external else 'own'}", data_stage=clean(stage["name"]))


def box_height(head: float, with_felt: bool) -> float:
    return head + (8 if with_felt else 7) * ROW + 10


def _header(stage: Doc, x: float, y: float, head: float, ink: str) -> list[Markup]:
    names, team = name_lines(stage), team_line(stage)
    full = shown_name(stage) if "…" in "".join(names) else None
    used = 17 * len(names) + (15 if team else 0)
    top = y + (head - used) / 2
    said = [label(x, top + 13.5 + 17 * i, text, f"{ink} b", NAME, "middle", full) for i, text in enumerate(names)]
    if team:
        said.append(label(x, top + 17 * len(names) + 11, team, ink, SMALL, "middle", clean(stage.get("team") or team)))
    return said


def _line(row: Row, x: float, y: float, longest: bool) -> Markup:
    quiet = row.value == UNKNOWN or row.key == "felt"
    ink = "bn b" if longest and row.key == "wait" else "mut i" if row.value == "none" else "mut" if quiet else "ink b"
    left = x + PAD + (10 if row.key == "felt" else 0)
    return group(
        tag("title", row.title),
        label(left, y, row.label.strip(), "mut", 11.5 if row.key == "felt" else 12.5),
        label(x + BOX - PAD, y, row.value, ink, 12.5, "end"),
        class_="figure", data_figure=row.key,
    )  # fmt: skip


def _mark(x: float, y: float) -> Markup:
    text = "◆ Longest wait"
    return label(x, y, text, "bn b", 12.5, "middle", "Of all stages, items wait here longest", data_mark="longest")


def triangle(place: Place, y: float) -> Markup:
    """The queue, below the flow band and beside its box: how many items wait for the stage now."""
    wip = place.stage.get("wip") or {}
    queue, blocked = wip.get("queue"), wip.get("blocked")
    n = None if queue is None and blocked is None else (queue or 0) + (blocked or 0)
    x = place.x - GAP / 2
    title = f"{count(n)} items wait for {shown_name(place.stage)} now"
    title += f", {count(blocked)} of them blocked" if blocked else ""
    title = title if n is not None else "Unknown how many wait now"
    return group(
        tag("title", title),
        tag("path", d=f"M{x:.1f} {y:.1f}l25 42h-50z", class_="queue" if n else "queue-none"),
        label(x, y + 36, short_count(n), "ink b" if n else "mut", 12.5 if len(short_count(n)) < 4 else 11, "middle"),
        label(x, y + 57, "waiting", "mut", SMALL, "middle"),
        label(x, y + 71, f"{short_count(blocked)} blocked", "wait-ink", 10.5, "middle") if blocked else None,
        class_="queue-now", data_waiting="unknown" if n is None else n,
    )  # fmt: skip


def band_scale(all_stages: list[Doc]) -> Callable[[float | None], float | None]:
    """Items a week -> width of the flow band; unknown stays unknown."""
    rates = [stage.get(key) or 0.0 for stage in all_stages for key in ("arrivals_per_week", "departures_per_week")]
    most = max(rates, default=0.0)
    return lambda rate: None if rate is None else max(2.0, BAND * rate / most) if most else 2.0


def band(x1: float, x2: float, y: float, rate: float | None, width: float | None) -> Markup:
    """A piece of the flow, as wide as items pass a week; the rate stands above it where there is room."""
    title = tag("title", f"{number(rate)} items a week" if rate is not None else "Items a week unknown")
    if width is None:
        return group(title, tag("line", x1=x1, x2=x2, y1=y, y2=y, class_="flow-line unknown", stroke_width=3))
    text = f"{number(rate)}/wk"
    room = x2 - x1 >= text_width(text, 10.5) + 4
    return group(
        title,
        tag("rect", x=x1, y=y - width / 2, width=x2 - x1, height=width, class_="flow"),
        label(x2 - 4, y - BAND / 2 - 5, text, "mut", 10.5, "end") if room else None,
        class_="band",
        data_rate=rate,
    )
