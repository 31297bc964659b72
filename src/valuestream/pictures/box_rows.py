"""The lines of a process box: each figure with what lies behind it, and where it leads."""

from __future__ import annotations

from dataclasses import dataclass, replace

from valuestream.pictures import declared
from valuestream.pictures.compare import FIGURES
from valuestream.pictures.duration import count, duration, number, share
from valuestream.pictures.links import item_list
from valuestream.pictures.markup import clean
from valuestream.pictures.words import Doc, left_out, part, provenance

FELT = 1.25
"""How much larger the batch that an item sees must be than the mean one to be told beside it."""


@dataclass(frozen=True)
class Row:
    """A line of the data box: its label, its value, what lies behind it, and where it leads."""

    key: str
    label: str
    value: str
    title: str
    address: str
    number: float | None = None


def basis(stage: Doc) -> str:
    """How a box is drawn: "measured" solid, "state-derived" light, "declared" outlined, "external" dashed."""
    if stage.get("kind") == "external":
        return "external"
    if stage.get("kind") == "declared" or stage.get("provenance") == "declared":
        return "declared"
    return "measured" if stage.get("provenance") == "measured" else "state-derived"


def rows(stage: Doc) -> list[Row]:
    """The data box, top to bottom."""
    name, external = str(stage.get("name") or ""), stage.get("kind") == "external"
    active = "Process time" if basis(stage) in ("measured", "declared") else "Active time"
    now = part(stage, "wip", "external" if external else "work")
    here = item_list(stage=name, state="open", sort="here")
    seen = (
        ("none", "External: others work here, unseen; the whole stay is waiting")
        if external
        else (duration(part(stage, "active_s", "mean")), _spread(stage, "active", active))
    )
    found = [
        Row("active", active, *seen, item_list(stage=name, sort="-active")),
        Row("wait", "Wait", duration(part(stage, "wait_s", "mean")), _spread(stage, "wait", "Wait"),
            item_list(stage=name, sort="-wait")),
        Row("ca", "%C&A", share(part(stage, "ca", "value")), _complete(stage), item_list(stage=name, sort="-returns")),
        Row("batch", "Batch", batch(stage), _batch(stage), item_list(stage=name)),
        Row("people", "People", number(part(stage, "people", "value")), _figure(stage, "people", "People a visit"),
            item_list(stage=name, sort="-transfers")),
        Row("transfers", "Transfers", number(part(stage, "transfers", "value")),
            _figure(stage, "transfers", "Changes of owner or team a visit"), item_list(stage=name, sort="-transfers")),
        Row("now", "Out now" if external else "Active now", count(now),
            f"{count(now)} items with others now" if external else f"{count(now)} items in work now", here),
    ]  # fmt: skip
    return [replace(row, number=part(stage, *FIGURES[row.key])) for row in found]


def batch(stage: Doc) -> str:
    """The mean batch; where items find themselves in much larger ones, that too: `6.2 / 14.0`."""
    mean, felt = part(stage, "batch", "mean"), part(stage, "batch", "as_experienced")
    if mean is None or felt is None or felt < FELT * mean:
        return number(mean)
    return f"{number(mean)} / {number(felt)}"


def _spread(stage: Doc, kind: str, name: str) -> str:
    spread = stage.get(f"{kind}_s") or {}
    said = part(stage, "declared", "process_s" if kind == "active" else "wait_s")
    people = f"declared by people: {declared.ranged(said)}" if said else ""
    if spread.get("mean") is None or (people and basis(stage) == "declared"):
        return f"{name} {people}" if people else f"{name} unknown: nothing of it was seen here"
    told = f"{name} a visit, elapsed: mean {duration(spread['mean'])}"
    if spread.get("p85") is not None:
        told += f", median {duration(spread.get('p50'))}, 85 % within {duration(spread['p85'])}"
    if (office := part(stage, "working", f"{kind}_s", "mean")) is not None:
        told += f"; in working hours mean {duration(office)}"
    how = provenance(stage.get("provenance")) if kind == "active" else ""
    return "; ".join(text for text in (told, f"n = {count(spread.get('n'))}", how, people) if text)


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
    largest, felt = part(stage, "batch", "largest"), part(stage, "batch", "as_experienced")
    told = f"Items leaving together: mean of {count(part(stage, 'batch', 'n'))} batches"
    told += f"; an item finds itself in one of {number(felt)} on average" if felt is not None else ""
    return told + (f"; largest {count(largest)}" if largest is not None else "")
