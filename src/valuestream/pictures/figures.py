"""Metrics, and what one says of itself, as plain text within the columns asked for."""

from __future__ import annotations

from collections.abc import Callable

from valuestream.pictures.cells import paragraph, table
from valuestream.pictures.duration import UNKNOWN, count, duration, number, share
from valuestream.pictures.markup import clean
from valuestream.pictures.words import Doc, context, left_out, provenance

LEAST = 40
SAID: dict[str, Callable[[float | None], str]] = {"seconds": duration, "share": share}
ONE = {"items": "item", "people": "person", "transfers": "transfer", "releases": "release", "visits": "visit"}
PER = {"items per week": "a week", "seconds": "", "share": "", "": ""}


def said(value: float | None, unit: str) -> str:
    """A value with its unit: `5.2 d`, `38 %`, `23.1 a week`, `412 items`."""
    if unit in SAID:
        return SAID[unit](value)
    if value is None:
        return UNKNOWN
    near = round(value)  # a sum of shares of one is whole but for its last bits
    whole = count(near) if abs(value - near) <= 1e-9 * max(1.0, abs(value)) else number(value)
    named = ONE.get(unit, unit) if whole == "1" else unit
    return f"{whole} {PER.get(unit, named)}".strip()


def metrics_text(document: Doc, width: int = 100) -> str:
    """A metrics document (`vsm.metrics/1`) within `width` columns, at least 40; ends in a newline."""
    width = max(width, LEAST)
    blocks = [[clean(document.get("stream") or ""), *paragraph(_context(document), width)]]
    if document.get("by"):
        blocks += [_grouped(metric, width) for metric in document["metrics"]]
    else:
        blocks.append(_plain(document["metrics"], width))
    if document.get("targets"):
        blocks.append(_targets(document["targets"], width))
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _context(document: Doc) -> str:
    return context({**document, "items": None}).replace("– finished, – open · ", "")


def _plain(metrics: list[Doc], width: int) -> list[str]:
    """One line a metric; durations with mean and percentiles."""
    rows, notes = [], []
    for metric in metrics:
        for row in metric["figures"]:
            spread = row.get("spread") or {}
            rows.append(
                [
                    metric["name"], said(row["value"], metric["unit"]), count(row["n"]), duration(spread.get("mean")),
                    duration(spread.get("p85")), duration(spread.get("p95")), provenance(row["provenance"]),
                ]
            )  # fmt: skip
            if row.get("why"):
                notes.append(f"{metric['name']}: {clean(row['why'])}.")
    heads = ["Metric", "Value", "n", "Mean", "85 %", "95 %", "Rests on"]
    key = "Durations: the value is the median. `vsm explain METRIC` gives rule, what is left out, and the items."
    return [
        *table(heads, rows, width, 24),
        *paragraph(key, width),
        *(line for n in notes for line in paragraph(n, width)),
    ]


def _grouped(metric: Doc, width: int) -> list[str]:
    """A metric's groups, one line each."""
    names = list(metric["figures"][0]["group"]) if metric["figures"] else []
    heads = [names[0] if names else "Group", *names[1:], "Value", "n", *(["Mean", "85 %"] if _spread(metric) else [])]
    rows = []
    for row in metric["figures"]:
        keys = [clean(name) if name is not None else "unknown" for name in row["group"].values()]
        if row.get("complete") is False:
            keys[-1] += " (part)"
        spread = row.get("spread") or {}
        more = [duration(spread.get("mean")), duration(spread.get("p85"))] if _spread(metric) else []
        rows.append([*keys, said(row["value"], metric["unit"]), count(row["n"]), *more])
    lost = sorted({clean(out["reason"]) for row in metric["figures"] for out in row["excluded"]})
    notes = [f"Left out, in some groups: {'; '.join(lost)}"] if lost else []
    notes += sorted({f"{UNKNOWN}: {clean(row['why'])}" for row in metric["figures"] if row.get("why")})
    if any(row.get("complete") is False for row in metric["figures"]):
        notes.append("(part): the window begins or ends inside this period.")
    head = paragraph(f"{metric['name']}: {clean(metric['asks'])}", width)
    if not rows:
        return [*head, "Nothing in this window."]
    return [*head, *table(heads, rows, width, 8), *(line for note in notes for line in paragraph(note, width))]


def _spread(metric: Doc) -> bool:
    return any(row.get("spread") for row in metric["figures"])


def _targets(targets: list[Doc], width: int) -> list[str]:
    rows = [
        [
            "all others" if target["of"] == "*" else clean(target["of"]),
            f"{share(target['share'])} within {duration(target['within_s'])}",
            share(target["attained"]),
            count(target["n"]),
            UNKNOWN if target["met"] is None else "yes" if target["met"] else "no",
        ]
        for target in targets
    ]
    return table(["Target of", "Wanted", "Attained", "n", "Met"], rows, width, 10)


def explain_text(document: Doc, width: int = 100) -> str:
    """An explanation (`vsm.explain/1`) within `width` columns; ends in a newline."""
    width = max(width, LEAST)
    metric, unit = document["metric"], document["metric"]["unit"]
    figure = document["figure"]
    where = f" at {clean(document['stage'])}" if document.get("stage") else ""
    head = [f"{metric['name']}{where}: {said(figure['value'], unit)}", *paragraph(clean(metric["asks"]), width)]
    lines = [
        f"n = {count(figure['n'])}; {provenance(figure['provenance'])}"
        + (f"; {clean(figure['why'])}" if figure["why"] else ""),
        f"Left out: {left_out(figure['excluded']) or 'nothing'}",
    ]
    if document.get("spread") and document["spread"]["n"]:
        spread = document["spread"]
        lines.append(
            f"Mean {duration(spread['mean'])}, median {duration(spread['p50'])}, 85 % within {duration(spread['p85'])},"
            f" 95 % within {duration(spread['p95'])}"
        )
    rule = ["Rule", *paragraph(clean(metric["rule"]), width, "  ")]
    rule += paragraph(f"Clock: {metric['clock']}. Data as of {_cell('as_of', document['as_of'])} UTC.", width, "  ")
    rule += paragraph(_context(document), width, "  ")
    sql = ["SQL", *(line for line in paragraph(document["sql"], width, "  ", "      "))]
    blocks = [head, [line for text in lines for line in paragraph(text, width)], rule, sql, _behind(document, width)]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _behind(document: Doc, width: int) -> list[str]:
    """The rows that the figure is over."""
    page = document["page"]
    if not document["rows"]:
        return ["No rows are behind it."]
    columns = [name for name in document["rows"][0] if name != "item"]
    heads = ["Item", *columns]
    rows = [[clean(row["item"]), *(_cell(name, row[name]) for name in columns)] for row in document["rows"]]
    first = (page["number"] - 1) * page["size"] + 1
    told = f"Behind it: {count(first)} to {count(first + len(rows) - 1)} of {count(page['total'])}"
    more = f"; --page {page['number'] + 1} goes on" if first + len(rows) - 1 < page["total"] else ""
    return [*paragraph(told + more, width), *table(heads, rows, width, 12)]


def _cell(name: str, value: object) -> str:
    if value is None:
        return UNKNOWN
    if name.endswith("_s") and isinstance(value, int | float):
        return duration(value)
    if isinstance(value, float):
        return number(value)
    return clean(str(value)).removesuffix(":00Z").replace("T", " ") if isinstance(value, str) else count(value)  # type: ignore[arg-type]
