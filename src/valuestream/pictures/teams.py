"""Where lead time goes between teams, and before, in and after sprints, as plain text."""

from __future__ import annotations

from valuestream.pictures.cells import bar, pad, paragraph, table
from valuestream.pictures.duration import count, duration, share
from valuestream.pictures.figures import LEAST
from valuestream.pictures.markup import clean
from valuestream.pictures.words import Doc, context

UNKNOWN_TEAM = "no known team"


def teams_text(document: Doc, width: int = 100) -> str:
    """A teams document (`vsm.teams/1`) within `width` columns; ends in a newline."""
    width = max(width, LEAST)
    head = [clean(document.get("stream") or ""), *paragraph(context({**document, "items": None}), width)]
    head = [line.replace("– finished, – open · ", "") for line in head]
    whole = document["whole"]
    if not whole["items"]:
        return "\n".join([*head, "", "No item with a lead time finished in this window."]) + "\n"
    blocks = [head, _sentence(whole, document["sprint"], width), _teams(document, width), _moves(document, width)]
    if document["sprint"]:
        blocks.append(_sprint(document["sprint"], width))
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _sentence(whole: Doc, sprint: Doc | None, width: int) -> list[str]:
    told = f"{count(whole['items'])} finished items took {duration(whole['lead_s'] / whole['items'])} on average"
    if whole["between_share"] is None:
        told += (
            ". No stay has a known team, so what lay between teams is unknown: `teams:` or a column `team` gives them."
        )
    else:
        told += f"; {share(whole['between_share'])} of it lay between teams."
    if sprint and sprint["in_share"] is not None:
        told += (
            f" Of those in a sprint, {share(sprint['before_share'])} lay before it, {share(sprint['in_share'])} in it"
            f" and {share(sprint['after_share'])} after it."
        )
    return paragraph(told, width)


def _teams(document: Doc, width: int) -> list[str]:
    rows = [
        [clean(row["team"] or UNKNOWN_TEAM), share(row["share"]), duration(row["inside_s"] / row["items"]),
         duration(row["active_s"] / row["worked"] if row["worked"] else None), count(row["items"])]
        for row in document["teams"]
    ]  # fmt: skip
    key = "Inside: a mean item's time in the team's stays, without the handover to it. Active: of it, in work states"
    unseen = any(row["worked"] < row["items"] for row in document["teams"])
    key += "; a mean of the items whose work was seen there." if unseen else "."
    return [*table(["Inside team", "Share", "An item", "Active", "Items"], rows, width), *paragraph(key, width)]


def _moves(document: Doc, width: int) -> list[str]:
    if not document["handovers"]:
        return []
    rows = [
        [f"{clean(row['from'] or UNKNOWN_TEAM)} to {clean(row['to'] or UNKNOWN_TEAM)}", share(row["share"]),
         duration(row["between_s"] / row["n"]), count(row["n"])]
        for row in document["handovers"]
    ]  # fmt: skip
    key = "Between teams: from entry into the next team's stay until its work begins."
    return [*table(["Between teams", "Share", "A handover", "n"], rows, width), *paragraph(key, width)]


def _sprint(sprint: Doc, width: int) -> list[str]:
    room = max(10, width - 40)
    lines = ["Sprint"]
    for name in ("before", "in", "after"):
        part = sprint[f"{name}_share"]
        lines.append(
            f"  {pad(name, 6)} {pad(share(part), 6, True)} {pad(duration(sprint[f'{name}_s']), 9, True)}"
            f"  {bar(part or 0.0, room)}".rstrip()
        )
    told = (
        f"{count(sprint['carried_over'])} of {count(sprint['items'] - sprint['without'])} items were carried over into"
    )
    told += f" another sprint; {count(sprint['finished_in'])} were finished by their last sprint's end"
    told += f"; {count(sprint['without'])} were in none" if sprint["without"] else ""
    lines += paragraph(told + ".", width)
    if any(not row["dated"] for row in sprint["sprints"]):
        text = "Sprints without days in valuestream.yaml last until an item is taken out of them, or is finished."
        lines += paragraph(text, width)
    return lines
