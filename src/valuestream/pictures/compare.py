"""What differs between a current and a future state, and whether the difference is more than chance.

A future document is a map document (`vsm.map/1`). Where its figures are estimates it carries intervals:
`totals["intervals"]` by name ("lead_time", "active", "flow_efficiency", "throughput", "rolled_ca") and
`stage["intervals"]` by figure ("active", "wait", "ca", "batch", "people", "transfers", "now"), each [low, high].
Where there are no `intervals` at all, figures are exact, as those written by hand; where there are, a figure
that has none is not judged.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from valuestream.pictures.duration import duration, number, share
from valuestream.pictures.words import Doc, part

FIGURES: dict[str, tuple[str, str]] = {
    "active": ("active_s", "mean"), "wait": ("wait_s", "mean"), "ca": ("ca", "value"), "batch": ("batch", "mean"),
    "people": ("people", "value"), "transfers": ("transfers", "value"), "now": ("wip", "work"),
}  # fmt: skip
TOTALS: tuple[tuple[str, str, tuple[str, ...], Callable[[float | None], str]], ...] = (
    ("lead_time", "Lead time, mean", ("lead_time_s", "mean"), duration),
    ("active", "Active time, mean", ("active_s", "mean"), duration),
    ("flow_efficiency", "Flow efficiency", ("flow_efficiency", "value"), share),
    ("throughput", "Items a week", ("throughput_per_week", "value"), number),
    ("rolled_ca", "Complete & accurate, all stages", ("rolled_ca", "value"), share),
)
BETTER_HIGHER = {"ca", "flow_efficiency", "throughput", "rolled_ca"}
NEITHER = {"people", "now", "active"}


@dataclass(frozen=True)
class Difference:
    """A figure before and after. `marked`: it differs by more than its interval; `better` is None where neither is."""

    key: str
    name: str
    before: float | None
    after: float | None
    shown_before: str
    shown_after: str
    interval: tuple[float, float] | None
    marked: bool

    @property
    def better(self) -> bool | None:
        if not self.marked or self.key in NEITHER or self.before is None or self.after is None:
            return None
        return (self.after > self.before) == (self.key in BETTER_HIGHER)

    @property
    def arrow(self) -> str:
        if not self.marked or self.before is None or self.after is None:
            return ""
        return "▲" if self.after > self.before else "▼"


def totals(current: Doc, future: Doc) -> list[Difference]:
    """The figures of the whole stream, side by side; those known in neither state are left out."""
    found = []
    for key, name, path, shown in TOTALS:
        before, after = part(current, "totals", *path), part(future, "totals", *path)
        interval = _interval(part(future, "totals", "intervals", key))
        if before is None and after is None:
            continue
        judged = interval is not None or part(future, "totals", "intervals") is None
        marked = judged and _marked(before, after, interval)
        found.append(Difference(key, name, before, after, shown(before), shown(after), interval, marked))
    return found


def marked_figures(before: Doc | None, after: Doc) -> set[str]:
    """The figures of a stage that differ by more than their interval; all that are known where the stage is new."""
    if before is None:
        return {key for key, path in FIGURES.items() if part(after, *path) is not None}
    given = after.get("intervals")
    return {
        key
        for key, path in FIGURES.items()
        if (given is None or key in given)
        and _marked(part(before, *path), part(after, *path), _interval(part(after, "intervals", key)))
    }


def _interval(given: Sequence[float] | None) -> tuple[float, float] | None:
    return None if given is None else (float(given[0]), float(given[1]))


def _marked(before: float | None, after: float | None, interval: tuple[float, float] | None) -> bool:
    if after is None:
        return False  # unknown is no difference
    if before is None:
        return interval is None or interval[0] == interval[1]  # written where nothing was known
    if interval is not None:
        return not interval[0] <= before <= interval[1]
    return abs(after - before) > 1e-9 * max(abs(before), abs(after), 1e-12)


def side_by_side(current: Doc, future: Doc) -> tuple[Doc, Doc]:
    """Both with the same stages in the same order, so that their columns meet; what a state lacks is marked `absent`.

    The order is the future's; a removed stage stands where it stood, behind the stage it followed.
    """
    old, new = _by_name(current), _by_name(future)
    order = list(new)
    names = list(old)
    for k, name in enumerate(names):
        if name not in new:
            before = next((n for n in reversed(names[:k]) if n in order), None)
            order.insert(0 if before is None else order.index(before) + 1, name)
    reopened = [name for name, stage in {**old, **new}.items() if stage.get("kind") == "reopened"]
    order = [name for name in order if name not in reopened] + reopened
    return (
        {**current, "stages": [old.get(name) or _absent(new[name]) for name in order]},
        {**future, "stages": [new.get(name) or _absent(old[name]) for name in order]},
    )


def _by_name(document: Doc) -> dict[str, Doc]:
    return {str(stage["name"]): stage for stage in document.get("stages") or []}


def _absent(stage: Doc) -> Doc:
    """A place held for a stage that the other state has."""
    return {
        "name": stage["name"],
        "kind": stage.get("kind"),
        "absent": True,
        "per_item_s": {"active": 0.0, "wait": 0.0},
    }


def document(current: Doc, future: Doc) -> dict[str, object]:
    """Both states as data (`vsm.future/1`): the stream's figures and those of each stage, marked where they differ."""
    old, new = _by_name(current), _by_name(future)
    told = {key: current.get(key) for key in ("app", "stream", "guessed", "as_of", "window", "filters", "clock", "zone",
                                              "provenance")}  # fmt: skip
    return {
        "schema": "vsm.future/1",
        **told,
        "name": future.get("name") or "",
        "assumed": list(future.get("assumed") or []),
        "totals": [_row(one) for one in totals(current, future)],
        "stages": [
            {
                "name": name,
                "state": "kept" if name in old and name in new else "added" if name in new else "removed",
                "figures": _figures(old.get(name), new.get(name)),
            }
            for name in dict.fromkeys([*old, *new])
        ],
    }


def _row(one: Difference) -> dict[str, object]:
    interval = None if one.interval is None else list(one.interval)
    return {"figure": one.key, "before": one.before, "after": one.after, "interval": interval, "marked": one.marked}


def _figures(before: Doc | None, after: Doc | None) -> list[dict[str, object]]:
    """Every figure that is known in one of the states."""
    changed = marked_figures(before, after) if after is not None else set()
    rows: list[dict[str, object]] = []
    for key, path in FIGURES.items():
        was, now = part(before or {}, *path), part(after or {}, *path)
        if was is None and now is None:
            continue
        given = _interval(part(after or {}, "intervals", key))
        interval = None if given is None else list(given)
        rows.append({"figure": key, "before": was, "after": now, "interval": interval, "marked": key in changed})
    return rows
