"""How items pass between the stages of a map: what records a move, who leaves early, what comes back."""

from __future__ import annotations

from valuestream.pictures.duration import share
from valuestream.pictures.markup import clean
from valuestream.pictures.words import Doc, stages

SMALL = 0.05
"""Returns of a smaller share are gathered in a note."""
MOST = 10
RECORDED = {"pull_request": "pull request", "declared": "manual"}


def recorded(stage: Doc) -> str:
    """What records the move into a stage: a tool's artefact ("pull request"), or "manual"; "" where it is unknown."""
    found = [RECORDED.get(word, clean(word).replace("_", " ")) for word in stage.get("recorded_in") or []]
    return " + ".join(found)


def exits(document: Doc, stage: Doc) -> list[tuple[str, float, int]]:
    """What leaves the stream from a stage before its end: how, its share of the stage's visits, and the number."""
    every = stages(document)
    if not every or stage.get("kind") == "reopened":
        return []
    later = every[every.index(stage) + 1 :] if stage in every else []
    # what others do is not for every item, and a stage that nothing was seen in was not left out by any
    skips = any(other.get("kind") != "external" and other.get("visits") for other in later)
    ends = {"(cancelled)": "given up"} | ({"(done)": "straight to done"} if skips else {})
    visits = stage.get("visits") or 0
    moves = [row for row in document.get("transitions") or [] if row["from"] == stage["name"]]
    found = {row["to"]: row["n"] for row in moves if row["to"] in ends}
    return [(ends[to], min(1.0, n / visits), n) for to, n in sorted(found.items()) if visits and n]


def main_returns(document: Doc) -> tuple[list[Doc], list[Doc]]:
    """The returns worth an arc, largest share first, and those gathered in a note."""
    known = {stage.get("name") for stage in document.get("stages") or []}
    found = sorted(document.get("returns") or [], key=lambda r: (-(r.get("share") or 0), str(r["from"]), str(r["to"])))
    main = [
        r for r in found
        if (r.get("share") or 0) >= SMALL and {r["from"], r["to"]} <= known and r["from"] != r["to"]
    ][:MOST]  # fmt: skip
    return main, [r for r in found if r not in main]


def gathered(small: list[Doc]) -> str:
    """`+3 under 5 %`, or `+3 more` if larger ones had to be gathered as well."""
    if not small:
        return ""
    under = all((r.get("share") or 0) < SMALL for r in small)
    return f"+{len(small)} under {share(SMALL)}" if under else f"+{len(small)} more"
