"""What the map says, in sentences, each with the items behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from valuestream.analysis.asker import Asker
from valuestream.analysis.columns import SHOWN
from valuestream.analysis.map_answers import MapAnswers
from valuestream.analysis.visits_asked import first_items
from valuestream.flow.grains import IS_DONE
from valuestream.metrics import flow as flow_metrics
from valuestream.metrics import time
from valuestream.metrics.metric import ENOUGH
from valuestream.metrics.question import condition
from valuestream.people import OutsizeAccount

Document = dict[str, Any]
MANY_WITHOUT_RETURN = 100
"""Judged visits from which a stage that never sent anything back is worth a question."""


class Keys(Protocol):
    """Knows the keys of items, and the stages' names by code."""

    def keys(self, items: Sequence[int]) -> list[str]: ...

    @property
    def stages(self) -> tuple[str, ...]: ...

    @property
    def machine(self) -> OutsizeAccount | None: ...


def findings(document: Document, answers: MapAnswers, keys: Keys, ask: Asker) -> list[Document]:
    """Findings in descending order of the lead time they concern; each names some items to look at.

    answers   what the document was made of
    """
    finder = _Finder(document, answers, keys, ask)
    found = [
        *finder.longest_wait(),
        *finder.constraint(),
        *finder.returns(),
        *finder.batches(),
        *finder.no_rejection(),
        *finder.reopened(),
        *finder.no_work(),
        *finder.aged(),
        *finder.unseen(),
        *finder.bulk(),
        *finder.machines(),
    ]
    numbers = [item for finding in found for item in finding["items"]]
    called = dict(zip(numbers, keys.keys(numbers), strict=True))
    return [{**finding, "items": [called[item] for item in finding["items"]]} for finding in found]


class _Finder:
    """One method a kind of finding; each yields none or some."""

    def __init__(self, document: Document, answers: MapAnswers, keys: Keys, ask: Asker) -> None:
        self.document, self.answers, self.ask, self.keys = document, answers, ask, keys
        self.visits = answers.visits
        self.code = {name: code for code, name in enumerate(keys.stages)}
        self.finished = f"{time.LEAD_TIME.of} AND {condition(time.LEAD_TIME, ask.window, ask.filters, as_stored=True)}"
        self.ended = f"outcome = 1 AND {condition(time.LEAD_TIME, ask.window, ask.filters, as_stored=True)}"
        self.together = condition(flow_metrics.BATCH_SIZE, ask.window, ask.filters, as_stored=True)

    def _items(self, rows: str, first: str) -> Document:
        return first_items(self.ask, rows, first)

    def longest_wait(self) -> Iterator[Document]:
        """The stage before which finished items waited longest in all."""
        for stage in self.document["stages"]:
            wait, lead = stage["per_item_s"]["wait"], self.document["totals"]["lead_time_s"]
            if not (stage["longest_wait"] and lead["mean"]):
                continue
            yield {
                "kind": "longest_wait",
                "title": f"Longest wait: {stage['name']}",
                "sentence": f"A finished item waited {_days(wait)} for {stage['name']} on average:"
                f" {_share(wait / lead['mean'])} of its lead time of {_days(lead['mean'])}.",
                **self.visits.longest(self.code[stage["name"]]),
            }

    def constraint(self) -> Iterator[Document]:
        """The stage that is seen to pass less than is asked of it; behind it stand the items that wait there now."""
        for stage in self.document["stages"]:
            if not stage.get("constraint"):
                continue
            yield {
                "kind": "constraint",
                "title": f"Possible constraint: {stage['name']}",
                "sentence": stage["constraint"]["evidence"],
                **self.visits.there(self.code[stage["name"]]),
            }

    def returns(self) -> Iterator[Document]:
        """Return loops of at least one visit in twenty, the largest first."""
        loops = [r for r in self.document["returns"] if r["share"] >= 0.05 and r["n"] >= ENOUGH]
        loops = sorted(loops, key=lambda r: -r["n"])[:3]
        if not loops:
            return
        behind = self.visits.returned([(self.code[loop["from"]], self.code[loop["to"]]) for loop in loops])
        for loop in loops:
            yield {
                "kind": "returns",
                "title": f"Rework: {loop['from']} sends back to {loop['to']}",
                "sentence": f"{loop['from']} sent {_share(loop['share'])} of its visits back to {loop['to']}"
                f" ({loop['n']:,} of {self._judged(loop['from']):,}).",
                **behind[self.code[loop["from"]], self.code[loop["to"]]],
            }

    def _judged(self, name: str) -> int:
        return next(int(stage["ca"]["n"]) for stage in self.document["stages"] if stage["name"] == name)

    def batches(self) -> Iterator[Document]:
        """Stages that items leave in batches of five or more, as the items experience it."""
        felt = [
            stage
            for stage in self.document["stages"]
            if stage["batch"]["n"] and (stage["batch"]["as_experienced"] or 0) >= 5
        ]
        behind = self._largest_batches(felt) if felt else {}
        for stage in felt:
            batch = stage["batch"]
            yield {
                "kind": "batch",
                "title": f"{stage['name']} passes items on in batches",
                "sentence": f"An item leaves {stage['name']} together with {batch['as_experienced'] - 1:.0f} others"
                f" on average; the largest batch had {batch['largest']:.0f} items.",
                **behind[self.code[stage["name"]]],
            }

    def _largest_batches(self, stages: Sequence[Document]) -> dict[int, Document]:
        """By stage, the items of its largest batch, of several the first; those that left first stand first."""
        largest = [(self.code[stage["name"]], f"{stage['batch']['largest']:.0f}") for stage in stages]
        sizes = " OR ".join(f"stage = {code} AND size = {size}" for code, size in largest)
        least = min((size for _, size in largest), key=int)
        rows = self.ask.run(
            "SELECT stage, batch, item FROM batches_us"
            f" WHERE bulk = 0 AND size >= {least} AND ({sizes}) AND {self.together}"
            " ORDER BY stage, batch, left_at, item"
        )
        first = {stage: batch for stage, batch, _ in reversed(rows)}
        items = {
            stage: list(dict.fromkeys(item for one, number, item in rows if (one, number) == (stage, batch)))
            for stage, batch in first.items()
        }
        return {stage: {"items": found[:SHOWN], "n": len(found)} for stage, found in items.items()}

    def no_rejection(self) -> Iterator[Document]:
        """Stages in the middle of the stream that never sent anything back: worth a question, not a verdict."""
        inner = [stage for stage in self.document["stages"] if stage["kind"] == "logged"][1:-1]
        never = [
            stage
            for stage in inner
            if stage["ca"]["value"] == 1.0 and stage["ca"]["n"] >= MANY_WITHOUT_RETURN and stage["per_item_s"]["wait"]
        ]
        if not never:
            return
        behind = self.visits.slowest([self.code[stage["name"]] for stage in never])
        for stage in never:
            yield {
                "kind": "no_rejection",
                "title": f"{stage['name']} never sent anything back",
                "sentence": f"Ask: no return in {stage['ca']['n']:,}; {stage['name']} adds"
                f" {_days(stage['per_item_s']['wait'])} of waiting to an item. It may deter, or be law.",
                **behind[self.code[stage["name"]],],
            }

    def reopened(self) -> Iterator[Document]:
        """Items that were done, or cancelled, and came back."""
        for stage in self.document["stages"]:
            if stage["kind"] != "reopened" or not stage["visits"]:
                continue
            times = "once" if stage["visits"] == 1 else f"{stage['visits']:,} times"
            yield {
                "kind": "reopened",
                "title": f"Reopened after {stage['name'].strip('()')}",
                "sentence": f"Items that were {stage['name'].strip('()')} came back into the stream {times}.",
                **self.visits.often(self.code[stage["name"]]),
            }

    def no_work(self) -> Iterator[Document]:
        """Finished items that never entered a work state: their active time is unknown, not zero."""
        of = self.document["totals"]["lead_time_s"]["n"]
        n = of - self.document["totals"]["active_s"]["n"]
        if n and n >= 0.05 * of:
            yield {
                "kind": "no_work",
                "title": "Finished without ever being in work",
                "sentence": f"{n:,} of {of:,} finished items ({_share(n / of)}) never entered a work state:"
                " their active time is unknown and flow efficiency leaves them out.",
                **self._items(f"items WHERE {self.finished} AND started IS NULL", "-max(lead_s)"),
            }

    def aged(self) -> Iterator[Document]:
        """Items in progress that are older than 85 % of the finished ones ever got."""
        limit = self.document["totals"]["lead_time_s"]["p85"]
        if limit is None:
            return
        behind = self.visits.old(float(limit))
        if n := behind["n"]:
            load = self.document["items"]["open"]
            yield {
                "kind": "aged",
                "title": "Old items in progress",
                "sentence": f"{n:,} of {load:,} open items are older than {_days(limit)},"
                " which 85 % of the finished ones did not exceed.",
                **behind,
            }

    def unseen(self) -> Iterator[Document]:
        """Items first seen when they were done."""
        n = sum(lost for (_, outcome), (_, lost) in self.answers.ended.items() if outcome == IS_DONE)
        if n:
            yield {
                "kind": "unseen",
                "title": "Done before they were seen",
                "sentence": f"{n:,} items were first seen when they were done:"
                " they count in throughput and have no lead time.",
                **self._items(f"items WHERE {self.ended} AND lead_s IS NULL", "min(finished)"),
            }

    def bulk(self) -> Iterator[Document]:
        """Clean-ups in the tool: one account moves items out of several stages within a minute."""
        rows = f"bulk = 1 AND {self.together}"
        known = self.answers.batches.groups(flow_metrics.BATCH_SIZE).values()
        n = sum(lost.n for answer in known for lost in answer.figure.excluded)
        if n:
            yield {
                "kind": "bulk",
                "title": "Bulk updates",
                "sentence": f"{n:,} moves were part of bulk updates (one account, several stages, within a minute);"
                " they are no working batches and are left out of batch sizes.",
                **self._items(f"batches WHERE {rows}", "-count(*)"),
            }

    def machines(self) -> Iterator[Document]:
        """An account that writes an outsize share of all events is rarely a person."""
        account = self.keys.machine
        if account is None:
            return
        yield {
            "kind": "machine",
            "title": "One account writes much of the log",
            "sentence": f"{account.name!r} wrote {_share(account.share)} of the {account.events:,} events that name"
            " somebody. If it is a machine, list it under `service_accounts`: then it counts as nobody.",
            "items": list(account.items[:SHOWN]),
            "n": account.n,
        }


def _days(seconds: float) -> str:
    """Seconds in words; the pictures have their own, which this room does not know."""
    for unit, size, digits in (("d", 86_400, 1), ("h", 3_600, 1), ("min", 60, 0)):
        if seconds >= size:
            return f"{seconds / size:,.{0 if seconds >= 100 * size else digits}f} {unit}"
    return f"{seconds:.0f} s"


def _share(of_one: float) -> str:
    return f"{of_one:.0%}".replace("%", " %")
