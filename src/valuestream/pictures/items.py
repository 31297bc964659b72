"""Items as a table, and the journey of one, as plain text within the columns asked for."""

from __future__ import annotations

from valuestream.pictures.cells import cells, cut, pad, paragraph, table
from valuestream.pictures.duration import UNKNOWN, count, duration, many, share
from valuestream.pictures.figures import LEAST
from valuestream.pictures.markup import clean
from valuestream.pictures.words import Doc, context

OUTCOMES = {
    "open": "in progress", "done": "done", "cancelled": "cancelled", "not_started": "not yet in the stream",
    "closed_unmapped": "ended in ignored states",
}  # fmt: skip
HOW = {"queue": "waits", "work": "in work", "external": "with others", "blocked": "blocked"}
TITLE = 30
SIGN = {"queue": "░", "external": "▒", "blocked": "▓", "work": "█"}


def items_text(document: Doc, width: int = 100) -> str:
    """An items document (`vsm.items/1`); ends in a newline."""
    width = max(width, LEAST)
    page = document["page"]
    first = (page["number"] - 1) * page["size"] + 1
    rows = [_row(row) for row in document["items"]]
    head = [clean(document.get("stream") or ""), *paragraph(context({**document, "items": None}), width)]
    head = [line.replace("– finished, – open · ", "") for line in head]
    if not rows:
        told = "No such items in this window." if not page["total"] else f"Only {count(page['total'])} items."
        return "\n".join([*head, "", *paragraph(told, width)]) + "\n"
    heads = ["Item", "Type", "Team", "State", "Lead, age", "Active", "Wait", "Returns", "Transf."]
    if any(row["title"] for row in document["items"]):
        heads.append("Title")
        rows = [[*cells, cut(row["title"] or "", TITLE)] for cells, row in zip(rows, document["items"], strict=True)]
    last = first + len(rows) - 1
    told = f"{count(first)} to {count(last)} of {count(page['total'])}, by {document['sort']}"
    told += f"; --page {page['number'] + 1} goes on" if last < page["total"] else ""
    return "\n".join([*head, "", *table(heads, rows, width), *paragraph(told, width)]) + "\n"


def _row(row: Doc) -> list[str]:
    state = OUTCOMES[row["outcome"]]
    if row["outcome"] == "open" and row["stage"]:
        state = f"{clean(row['stage'])}: {HOW.get(row['how'] or '', 'there')}"
    long = row["lead_s"] if row["outcome"] != "open" else row["age_s"]
    return [
        clean(row["key"]), clean(row["type"] or UNKNOWN), clean(row["team"] or UNKNOWN), state, duration(long),
        duration(row["active_s"]), duration(row["wait_s"]) if row["outcome"] != "open" else UNKNOWN,
        count(row["returns"]), count(row["transfers"]),
    ]  # fmt: skip


def journey_text(document: Doc, width: int = 100) -> str:
    """An item's document (`vsm.item/1`): its stays, what it waited for, its events; ends in a newline."""
    width = max(width, LEAST)
    item = document["item"]
    blocks = [_head(document, item, width), _stays(item, width), _waits(item, width), _events(item, width)]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _head(document: Doc, item: Doc, width: int) -> list[str]:
    named = [clean(item[name]) for name in ("type", "team") if item[name]]
    long = f"lead time {duration(item['lead_s'])}" if item["lead_s"] is not None else ""
    long = f"in progress for {duration(item['age_s'])}" if item["age_s"] is not None else long
    told = [*named, OUTCOMES[item["outcome"]], long]
    told += [many(item[f"{name}s"], name) for name in ("return", "transfer") if item[f"{name}s"]]
    told += [f"reopened {count(item['reopened'])}x"] if item["reopened"] else []
    when = [f"{name} {_when(item[name])}" for name in ("requested", "committed", "finished") if item[name]]
    lines = paragraph(f"{clean(item['key'])} in {clean(document['stream'])}", width)
    lines += [line for text in (item["title"], item["url"]) if text for line in paragraph(clean(text), width)]
    lines += [*paragraph(" · ".join(filter(None, told)), width)]
    lines += paragraph(" · ".join(when), width)
    return lines + [line for link in item["links"] for line in paragraph(_link(link), width)]


def _link(link: Doc) -> str:
    sure = "" if link["confidence"] == 1 else f", {share(link['confidence'])} sure"
    return f"Linked: {clean(link['to'])} ({clean(link['type'])}, {clean(link['method'])}{sure})"


def _stays(item: Doc, width: int) -> list[str]:
    """Each stay with a bar to scale, then what happened in it."""
    if not item["stays"]:
        return ["It has not entered a stage."]
    whole = sum(stay["span_s"] for stay in item["stays"])
    name = min(28, max(8, width - 30), max(cells(clean(stay["stage"])) for stay in item["stays"]) + 3)
    room = max(0, width - name - 30)
    lines = paragraph(f"Journey: {', '.join(f'{sign} {HOW[how]}' for how, sign in SIGN.items())}", width)
    for stay in item["stays"]:
        nth = f" {stay['nth']}" if stay["nth"] > 1 else ""
        named = f"{pad(clean(stay['stage']) + nth, name)} {pad(duration(stay['span_s']), 8, True)}"
        lines.append(cut(f"{_when(stay['entered'])}  {named}  {_bar(stay, whole, room)}", width))
        lines += paragraph(_told(stay), width, " " * 18)
    return lines


def _bar(stay: Doc, whole: float, room: int) -> str:
    """A stay to scale, in the signs of what was done in it."""
    drawn = [SIGN[part["how"]] * round(part["seconds"] / whole * room) for part in stay["parts"] if whole]
    return "".join(drawn)[:room] or "·"


def _told(stay: Doc) -> str:
    spent = [f"{HOW[how]} {duration(stay[f'{how}_s'])}" for how in SIGN if stay[f"{how}_s"]]
    if stay["parallel_s"]:
        spent.append(f"{duration(stay['parallel_s'])} of work beside it")
    if stay["people"]:
        spent.append("by " + ", ".join(map(clean, stay["people"])))
    if stay["transfers"]:
        spent.append(many(stay["transfers"], "transfer"))
    if stay["returned_from"]:
        spent.append(f"came back from {clean(stay['returned_from'])}")
    if stay["returned"]:
        spent.append(f"sent back to {clean(stay['returned_to'])}")
    if stay["batch"] and stay["batch"]["size"] > 1:
        batch = stay["batch"]
        by = (
            "in a bulk update" if batch["bulk"] else "with one release" if batch["by"] == "release" else "by one person"
        )
        spent.append(f"left with {many(batch['size'] - 1, 'other')} {by}")
    return ", ".join(spent)


def _waits(item: Doc, width: int) -> list[str]:
    if not item["waits"]:
        return []
    lines = ["What it waited for"]
    for wait in item["waits"]:
        later = f", while {count(wait['overtaken'])} that came later went first" if wait["overtaken"] else ""
        said = f"{pad(duration(wait['s']), 8, True)}  {clean(wait['for'])}{later}"
        lines += paragraph(said, width, "  ", " " * 12)
    return lines


def _events(item: Doc, width: int) -> list[str]:
    lines = ["Events"]
    for event in item["events"]:
        what = f"{clean(event['field'])} = {clean(event['value'] or 'nothing')}" if event["field"] else ""
        what = what or " ".join(filter(None, [event["kind"], clean(event["value"] or "")]))
        by = f" by {clean(event['by'])}" if event["by"] else ""
        track = f" ({clean(event['track'])})" if event["track"] else ""
        lines += paragraph(f"{_when(event['at'])}  {what}{by}{track}", width, "  ", " " * 20)
    return lines


def _when(instant: str) -> str:
    """An instant to the minute, UTC."""
    return clean(instant)[:16].replace("T", " ")
