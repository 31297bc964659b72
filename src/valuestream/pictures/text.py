"""The map as plain text: readable without colour, within the columns asked for."""

from __future__ import annotations

from itertools import pairwise

from valuestream.pictures import declared
from valuestream.pictures.answers import longest, possible_constraint
from valuestream.pictures.cells import cells, cut, pad, paragraph, table
from valuestream.pictures.discovery import discovery_text
from valuestream.pictures.duration import count, duration, number, share
from valuestream.pictures.ladder import Piece, pieces
from valuestream.pictures.markup import clean
from valuestream.pictures.passages import gathered, main_returns
from valuestream.pictures.words import (
    Doc,
    context,
    has_ladder,
    headline,
    left_out,
    no_lead_time,
    part,
    rolled_line,
    shown_name,
    spread_line,
    stages,
    unknown_active,
    waits,
)

__all__ = ["discovery_text", "map_text"]

WAIT, ACTIVE = "░", "█"
LEAST = 40
SHOWN_KEYS = 5


def map_text(document: Doc, width: int = 100) -> str:
    """A map document (`vsm.map/1`) within `width` columns, at least 40; ends in a newline."""
    width = max(width, LEAST)
    blocks = [
        _heading(document, width), _stages(document, width), _strip(document, width), _returns(document, width),
        _declared(document, width), _findings(document, width), _left_out(document, width),
    ]  # fmt: skip
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _heading(document: Doc, width: int) -> list[str]:
    name = clean(document.get("stream") or "") + ("  [stages guessed]" if document.get("guessed") else "")
    said = [cut(name, width), *paragraph(context(document), width), "", *paragraph(headline(document), width)]
    lines = [*said, *paragraph(spread_line(document), width)]
    if rolled := rolled_line(document):
        lines += paragraph(rolled[0].upper() + rolled[1:], width)
    charter = document.get("charter") or {}
    named = [
        f"{key.capitalize()}: {clean(charter[key])}" for key in ("trigger", "customer", "demand") if charter.get(key)
    ]
    if document.get("demand") and not declared.is_declared(document):
        named.append(declared.demand_line(document))
    if document.get("grey") and part(document, "grey", "wait_s", "mean") is not None:
        named.append(f"Request to commitment: {duration(document['grey']['wait_s']['mean'])} mean, not in lead time")
    return lines + (paragraph(" · ".join(named), width) if named else [])


def _stages(document: Doc, width: int) -> list[str]:
    """A row a stage: what it takes a visit, and what is there now."""
    if not stages(document):
        return ["This stream has no stages yet."]
    heads = ["Stage, a visit", "Active", "Wait", "%C&A", "Batch", "People", "Transf.", "Waiting", "In work", "Left/wk"]
    alone = declared.is_declared(document)
    rows = [_row(stage, alone) for stage in stages(document)]
    key = "%C&A: complete & accurate, the share not sent back. Waiting and in work: items now."
    if any(stage.get("provenance") == "measured" for stage in stages(document)):
        key += " Active times marked = are process times, measured."
    if any(stage.get("kind") == "external" for stage in stages(document)):
        key += " [ext]: external, others work there unseen; in work: with others."
    if not alone and any(stage.get("kind") == "declared" for stage in stages(document)):
        key += " [said]: declared by people, likely values."
    if any("/" in row[4] for row in rows):
        key += " Batch: mean / as an item experiences it."
    lines = [*table(heads, rows, width), *paragraph(key, width)]
    if (slow := longest(document)) is not None and has_ladder(document):
        lines += ["", *paragraph(_longest(slow), width)]
    if (narrow := possible_constraint(document)) is not None:
        told = clean(part(narrow, "constraint", "evidence") or "")
        lines += paragraph(f"▲ Possible constraint: {shown_name(narrow)}. {told}", width, "", "  ")
    return lines


def _longest(stage: Doc) -> str:
    item = "an item" if stage.get("kind") == "declared" else "a finished item"
    said = f"◆ Longest wait: {shown_name(stage)}, {duration(part(stage, 'per_item_s', 'wait'))} {item}"
    batch = part(stage, "batch", "mean")
    return said + (f", leaving in batches of {number(batch)}" if batch and batch >= 1.5 else "")


def _row(stage: Doc, alone: bool) -> list[str]:
    external = stage.get("kind") == "external"
    wip = stage.get("wip") or {}
    waits = [n for n in (wip.get("queue"), wip.get("blocked")) if n is not None]
    mean, seen = (number(part(stage, "batch", key)) for key in ("mean", "as_experienced"))
    active = "none" if external else duration(part(stage, "active_s", "mean"))
    marks = ("◆ " if stage.get("longest_wait") else "") + ("[ext] " if external else "")
    marks += "[said] " if stage.get("kind") == "declared" and not alone else ""
    return [
        marks + shown_name(stage),
        ("=" if stage.get("provenance") == "measured" and active != "–" else "") + active,
        duration(part(stage, "wait_s", "mean")),
        share(part(stage, "ca", "value")),
        mean if mean == seen or seen == "–" else f"{mean}/{seen}",
        number(part(stage, "people", "value")),
        number(part(stage, "transfers", "value")),
        count(sum(waits) if waits else None),
        count(wip.get("external" if external else "work")),
        number(stage.get("departures_per_week")),
    ]


def _strip(document: Doc, width: int) -> list[str]:
    """The mean lead time to scale: all of it in one line, then a step down a stage."""
    if not has_ladder(document):
        return paragraph(f"{no_lead_time(document)}: no ladder and no strip to draw.", width)
    parts = pieces(document)
    total = sum(piece.seconds for piece in parts)
    edges = _edges(parts, total, width)
    line = "".join((WAIT if i % 2 == 0 else ACTIVE) * (b - a) for i, (a, b) in enumerate(pairwise(edges)))
    waiting, active = sum(p.wait for p in parts), sum(p.active for p in parts)
    kind, each = ("Likely", "An item") if declared.is_declared(document) else ("Mean", "A finished item, all passes")
    lines = paragraph(
        f"{kind} lead time {duration(total)}, drawn to scale: {WAIT * 2} {duration(waiting)} {waits(document)},"
        f" {ACTIVE * 2} {duration(active)} active", width,
    )  # fmt: skip
    name = min(24, max(cells(shown_name(piece.stage)) for piece in parts), width // 4)
    room = width - name - 22
    steps = _edges(parts, total, room)
    lines += [
        line,
        "",
        pad(each, name + room + 2) + pad("waits", 9, True) + pad("active", 9, True),
    ]
    for i, piece in enumerate(parts):
        at, wait, active_end = steps[2 * i : 2 * i + 3]
        drawn = " " * at + WAIT * (wait - at) + ACTIVE * (active_end - wait)
        if active_end == at and piece.seconds:
            drawn = " " * min(at, room - 1) + ("▏" if piece.active > piece.wait else "·")
        active_said = duration(piece.active if piece.active_known else None)
        lines.append(pad(shown_name(piece.stage), name) + "  " + pad(drawn, room)
                     + pad(duration(piece.wait), 9, True) + pad(active_said, 9, True))  # fmt: skip
    return [line.rstrip() for line in lines]


def _edges(parts: list[Piece], total: float, width: int) -> list[int]:
    """Where each wait and each active part ends, in cells; rounding the edges keeps the whole to scale."""
    edges, so_far = [0], 0.0
    for piece in parts:
        for seconds in (piece.wait, piece.active):
            so_far += seconds
            edges.append(min(width, round(so_far / total * width)) if total > 0 else 0)
    return edges


def _returns(document: Doc, width: int) -> list[str]:
    main, small = main_returns(document)
    if not main and not small:
        return []
    lines = paragraph("Returns: share of the visits that left the sender, number", width)
    wide = max((len(count(said.get("n"))) for said in main), default=0)
    for said in main:
        row = f"  {pad(share(said.get('share')), 5, True)}  {pad(count(said.get('n')), wide, True)}"
        lines.append(cut(f"{row}  {clean(said['from'])} ↩ {clean(said['to'])}", width))
    return [*lines, f"  {gathered(small)}"] if small else lines


def _declared(document: Doc, width: int) -> list[str]:
    """What people said of stages, beside what was logged."""
    told = [line for text in declared.lines(document) for line in paragraph(text, width, "  ", "    ")]
    return ["Declared by people", *told] if told else []


def _findings(document: Doc, width: int) -> list[str]:
    lines: list[str] = []
    for i, finding in enumerate(document.get("findings") or [], start=1):
        lines += paragraph(f"{i}. {clean(finding.get('title') or '')}", width, "  ", "     ")[:3]
        if finding.get("sentence"):
            lines += paragraph(cut(finding["sentence"], 8 * width), width, "     ")
        keys = [cut(key, 30) for key in finding.get("items") or []]
        if keys:
            n = finding.get("n") or len(keys)
            more = f" and {count(n - SHOWN_KEYS)} more" if n > SHOWN_KEYS and len(keys) >= SHOWN_KEYS else ""
            lines += paragraph(f"Items: {', '.join(keys[:SHOWN_KEYS])}{more}", width, "     ")
    return ["Findings", *lines] if lines else []


def _left_out(document: Doc, width: int) -> list[str]:
    """What the numbers leave out, and the notes."""
    said = [text for text in [unknown_active(document), *(document.get("notes") or [])] if text]
    if excluded := left_out(document.get("excluded")):
        said.insert(0, f"Left out: {excluded}")
    return [line for text in said for line in paragraph(text, width, "", "  ")]
