"""The charts' answers, computed from documents. With `chart_texts.py` all that charts say, ready for translation."""

from __future__ import annotations

from statistics import fmean

from valuestream.pictures.duration import count, duration, many, number, share
from valuestream.pictures.markup import clean
from valuestream.pictures.words import Doc, part, period, provenance


def where(document: Doc) -> str:
    """Period and filters, as a sentence ends with them: ` between 1 and 14 March for team Blue`."""
    filters = ", ".join(
        f"{clean(column)} {' or '.join(map(clean, wanted))}"
        for column, wanted in (document.get("filters") or {}).items()
        if wanted
    )
    when = period(document)
    if " until " in when:
        when = f"from {when}"
    elif not when.startswith(("since ", "until ")):
        when = f"in {when}"
    return f" {when}" + (f" for {filters}" if filters else "")


def nothing_finished(document: Doc) -> str:
    return f"No items finished{where(document)}"


def time_taken(document: Doc, measure: str) -> str:
    """`85 % of items took 15.0 d or less, half of them 12.8 d.`"""
    found = part(document, "scatter", measure) or {}
    n = found.get("n") or 0
    if not n:
        return f"{nothing_finished(document)}."
    if found.get("p85") is None:
        took = f"took {duration(found.get('mean'))}"
        return f"The one item {took}." if n == 1 else f"{count(n)} items {took} on average."
    said = (
        f"85 % within {duration(found['p85'])}; half within {duration(found['p50'])}, 95 % within"
        f" {duration(found['p95'])}."
    )
    return said + sampled(document)


def sampled(document: Doc) -> str:
    """That the points are a sample, where they are one."""
    points = document.get("scatter") or {}
    every = points.get("every") or 1
    if every <= 1:
        return ""
    return (
        f" Drawn: one in {every} of {count(points['n'])} items and the slowest, {count(points['shown'])} in all;"
        " the lines rest on every item."
    )


def widest_band(document: Doc) -> str:
    bands = [band for band in part(document, "cfd", "bands") or [] if band["kind"] == "stage" and any(band["n"])]
    if not bands:
        return f"No item was in progress{where(document)}."
    means = {band["band"]: fmean(band["n"]) for band in bands}
    most = max(means, key=lambda name: means[name])
    growth = {band["band"]: band["n"][-1] - band["n"][len(band["n"]) // 2] for band in bands}
    grows = max(growth, key=lambda name: growth[name])
    said = (
        f"Most items stand in {clean(most)}: {number(means[most])} on average,"
        f" {share(means[most] / sum(means.values()))} of the work in progress."
    )
    if growth[grows] > 0 and len(bands[0]["n"]) > 3:
        said += f" Over the second half of the period {clean(grows)} grew most, by {count(growth[grows])}."
    return said


def flowing(document: Doc) -> str:
    """What the cumulative flow shows, and from when it is drawn."""
    days, bands = part(document, "cfd", "days") or [], part(document, "cfd", "bands") or []
    if not days:
        return f"No item was in progress{where(document)}."
    first = cfd_begin(document)
    going = [sum(band["n"][d] for band in bands if band["kind"] in ("stage", "reopened")) for d in range(len(days))]
    done = sum(band["n"][-1] - (band["n"][first - 1] if first else 0) for band in bands if band["kind"] == "done")
    said = f"{many(done, 'item')} {'was' if done == 1 else 'were'} finished"
    said += f" since {days[first]}, where the drawing begins" if first else " in this period"
    return f"{said}; in progress were {count(going[first])} at its begin and {count(going[-1])} at its end."


def cfd_begin(document: Doc) -> int:
    """Where to begin the drawing: late enough that the finished items do not flatten the bands; at least 28 points."""
    days, bands = document["cfd"]["days"], document["cfd"]["bands"]
    going = [band["n"] for band in bands if band["kind"] in ("stage", "reopened")]
    mean = fmean(sum(column) for column in zip(*going, strict=True)) if going else 0.0
    ended = [sum(band["n"][d] for band in bands if band["kind"] not in ("stage", "reopened")) for d in range(len(days))]
    least = ended[-1] - 4 * mean
    return min(next(d for d, n in enumerate(ended) if n >= least), max(0, len(days) - 28))


def per_week(document: Doc) -> str:
    complete = [week["finished"] for week in document.get("weeks") or [] if week["complete"]]
    if not complete:
        return "No week lies wholly in this period, so there is no weekly rate."
    lowest, highest = min(complete), max(complete)
    if len(complete) == 1:
        return f"{many(lowest, 'item')} in the one complete week."
    return (
        f"{number(fmean(complete))} items a week over {count(len(complete))} complete weeks,"
        f" between {count(lowest)} and {count(highest)}."
    )


def in_progress(document: Doc) -> str:
    points = part(document, "load", "points") or []
    if not points:
        return f"No item was in progress{where(document)}."
    loads = [point["items"] for point in points]
    peak = max(points, key=lambda point: point["items"])
    return (
        f"{number(fmean(loads))} items in progress on average, {number(loads[-1])} over the last day;"
        f" most on {peak['day']}, {number(peak['items'])}."
    )


def net_flow(document: Doc) -> str:
    complete = [week for week in document.get("weeks") or [] if week["complete"]]
    if not complete:
        return "No week lies wholly in this period, so rates cannot be compared."
    came = fmean(week["arrived"] for week in complete)
    left = fmean(week["finished"] + week["cancelled"] for week in complete)
    over = f"over {many(len(complete), 'complete week')}"
    if abs(came - left) < 0.05 * max(came, left, 1e-9):
        return f"{number(came)} items arrive and {number(left)} leave a week {over}: about as many."
    what = "the stream fills" if came > left else "the stream empties"
    return (
        f"{number(came)} items arrive and {number(left)} leave a week {over}: {what} by"
        f" {number(abs(came - left))} a week."
    )


def worked_share(document: Doc) -> str:
    """First half against second half, without calling it a change where there is little to compare."""
    weeks = [week for week in document.get("weeks") or [] if week["flow_efficiency"]["value"] is not None]
    if not weeks:
        return "Flow efficiency is unknown: no finished item was seen in work."
    n = sum(week["flow_efficiency"]["n"] for week in weeks)
    mean = sum(week["flow_efficiency"]["value"] * week["flow_efficiency"]["n"] for week in weeks) / n
    values = [week["flow_efficiency"]["value"] for week in weeks]
    basis = provenance(document.get("provenance"))
    said = f"A week's flow efficiency ({basis}) is {share(mean)} on average over {many(n, 'item')}"
    return said + (f", between {share(min(values))} and {share(max(values))}." if len(values) > 1 else ".")


def too_old(document: Doc) -> str:
    found = document.get("ageing") or {}
    n, late = found.get("n") or 0, found.get("late") or 0
    if not n:
        return "No item is open."
    if any(mark["p85_s"] is not None for mark in found.get("marks") or []):
        said = (
            f"{count(late)} of {many(n, 'open item')} {'is' if late == 1 else 'are'} older than 85 % of the finished"
            " ones were when they left that stage."
        )
    else:
        said = f"{many(n, 'item')} {'is' if n == 1 else 'are'} open."
    oldest = (found.get("items") or [None])[0]
    if oldest:
        said += (
            f" The oldest, {clean(oldest['item'])}, is {duration(oldest['age_s'])} old and stands in"
            f" {clean(oldest['stage'])}."
        )
    if found["shown"] < n:
        said += f" Drawn: the {count(found['shown'])} oldest."
    return said


def target_name(row: Doc) -> str:
    """Whom a target is about."""
    return "all others" if row["of"] == "*" else clean(row["of"])


def promises(document: Doc) -> str:
    rows = [row for row in document.get("targets") or [] if row["attained"] is not None]
    if not document.get("targets"):
        return "No targets are set for this stream."
    if not rows:
        return "No item of the types with a target was finished."
    worst = min(rows, key=lambda row: row["attained"] - row["share"])
    said = f"{sum(bool(row['met']) for row in rows)} of {many(len(rows), 'target')} kept."
    if not worst["met"]:
        said += (
            f" Furthest off: {target_name(worst)}, {share(worst['attained'])} within {duration(worst['within_s'])}"
            f" where {share(worst['share'])} was promised (n = {count(worst['n'])})."
        )
    return said


def kinds_finished(document: Doc) -> str:
    totals: dict[str, int] = {}
    for week in document.get("weeks") or []:
        for kind, n in week["kinds"].items():
            totals[kind] = totals.get(kind, 0) + n
    n = sum(totals.values())
    if not n:
        return f"{nothing_finished(document)}."
    if list(totals) == ["unknown"]:
        return f"{many(n, 'finished item')} of unknown type."
    ranked = sorted(totals.items(), key=lambda pair: -pair[1])
    said = ", ".join(f"{clean(kind)} {share(k / n)}" for kind, k in ranked[:4])
    rest = f" and {many(len(ranked) - 4, 'more kind')}" if len(ranked) > 4 else ""
    return f"Of {many(n, 'finished item')}: {said}{rest}."


def stage_trend(document: Doc) -> str:
    weeks = [week for week in document.get("weeks") or [] if week["n"]]
    if not weeks:
        return f"No visit to {clean(document.get('stage') or '')} ended{where(document)}."
    n = sum(week["n"] for week in weeks)
    half = len(weeks) // 2
    said = f"A visit waits {duration(_pooled(weeks))} on average (n = {many(n, 'visit')})."
    if half >= 3:
        said += (
            f" In the first half of the weeks {duration(_pooled(weeks[:half]))}, in the second"
            f" {duration(_pooled(weeks[half:]))}."
        )
    return said


def _pooled(weeks: list[Doc]) -> float:
    return float(sum(week["wait_s"] * week["n"] for week in weeks) / sum(week["n"] for week in weeks))


def stage_spread(document: Doc) -> str:
    rows = document.get("distribution") or []
    n = sum(row["wait"] for row in rows)
    if not n:
        return f"No visit to {clean(document.get('stage') or '')} ended{where(document)}."
    long = sum(row["wait"] for row in rows if row["from_s"] >= 86_400)
    known = sum(row["active"] for row in rows)
    if n == 1:
        return f"The one visit waited {'a day or longer' if long else 'less than a day'}."
    said = f"{share(long / n)} of {count(n)} visits waited a day or longer;"
    if not known:
        return f"{said} nobody was seen at work."
    return f"{said} active time is known for {'all' if known == n else count(known)} of them."


def stage_slowest(document: Doc) -> str:
    rows = document.get("slowest") or []
    if not rows:
        return f"No visit to {clean(document.get('stage') or '')} ended{where(document)}."
    first = rows[0]
    return (
        f"{clean(first['item'])} stayed longest: {duration(first['span_s'])}, {duration(first['wait_s'])} of it"
        " waiting."
    )


def stage_here(document: Doc) -> str:
    found = document.get("here") or {}
    if not found.get("n"):
        return "Nothing is in this stage now."
    first = found["items"][0]
    if found["n"] == 1:
        return f"1 item: {clean(first['item'])}, here for {duration(first['in_stage_s'])}."
    return f"{count(found['n'])} items; {clean(first['item'])} has been here longest, {duration(first['in_stage_s'])}."


def stage_moves(document: Doc) -> str:
    sources, goals = document.get("came_from") or [], document.get("went_to") or []
    if not sources and not goals:
        return f"Nothing entered or left{where(document)}."
    gone = sum(row["n"] for row in goals)
    back = sum(row["n"] for row in goals if row["way"] == "back")
    lost = sum(row["n"] for row in goals if row["way"] == "cancelled")
    said = f"{many(sum(row['n'] for row in sources), 'visit')} began and {count(gone)} ended"
    return said + (
        f"; {share(back / gone)} of those went back and {share(lost / gone)} were given up." if gone else "."
    )
