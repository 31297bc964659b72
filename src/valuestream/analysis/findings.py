"""What the map says, in sentences, each with the items behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

from valuestream.analysis.asker import Asker
from valuestream.metrics import flow as flow_metrics
from valuestream.metrics import time
from valuestream.metrics.metric import ENOUGH
from valuestream.metrics.question import condition
from valuestream.people import OutsizeAccount

Document = dict[str, Any]
SHOWN = 5
"""Item keys listed with a finding."""

MANY_WITHOUT_RETURN = 100
"""Judged visits from which a stage that never sent anything back is worth a question."""


class Keys(Protocol):
    """Knows the key of an item, and the stages' names by code."""

    def key(self, item: int) -> str: ...

    @property
    def stages(self) -> tuple[str, ...]: ...

    @property
    def machine(self) -> OutsizeAccount | None: ...


def findings(document: Document, run: Callable[[str], list[tuple[Any, ...]]], keys: Keys, ask: Asker) -> list[Document]:
    """Findings in descending order of the lead time they concern; each names some items to look at."""
    finder = _Finder(document, run, keys, ask)
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
    return found


class _Finder:
    """One method a kind of finding; each yields none or some."""

    def __init__(self, document: Document, run: Callable[[str], list[tuple[Any, ...]]], keys: Keys, ask: Asker) -> None:
        self.document, self.run, self.keys = document, run, keys
        self.code = {name: code for code, name in enumerate(keys.stages)}
        self.finished = f"{time.LEAD_TIME.of} AND {condition(time.LEAD_TIME, ask.window, ask.filters)}"
        self.ended = f"outcome = 1 AND {condition(time.LEAD_TIME, ask.window, ask.filters)}"
        self.left = condition(flow_metrics.STAGE_VISITS, ask.window, ask.filters)
        self.together = condition(flow_metrics.BATCH_SIZE, ask.window, ask.filters)
        self.running = condition(flow_metrics.FLOW_LOAD, ask.window, ask.filters)

    def _items(self, rows: str, order: str) -> Document:
        """`items`: keys of those that stand first among the items of rows (FROM ...); `n`: how many items those are."""
        sql = f"SELECT item, count(*) OVER () FROM {rows} GROUP BY item ORDER BY {order}, item LIMIT {SHOWN}"
        found = self.run(sql)
        return {"items": [self.keys.key(item) for item, _ in found], "n": found[0][1] if found else 0}

    def longest_wait(self) -> Iterator[Document]:
        """The stage before which finished items waited longest in all."""
        for stage in self.document["stages"]:
            wait, lead = stage["per_item_s"]["wait"], self.document["totals"]["lead_time_s"]
            if not (stage["longest_wait"] and lead["mean"]):
                continue
            waited = f"stage = {self.code[stage['name']]} AND item IN (SELECT item FROM items WHERE {self.finished})"
            yield {
                "kind": "longest_wait",
                "title": f"Longest wait: {stage['name']}",
                "sentence": f"A finished item waited {_days(wait)} for {stage['name']} on average:"
                f" {_share(wait / lead['mean'])} of its lead time of {_days(lead['mean'])}.",
                **self._items(f"visits_us WHERE {waited}", "sum(queue + blocked + external) DESC"),
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
                **self._items(f"visits WHERE stage = {self.code[stage['name']]} AND {self.running}", "min(entered)"),
            }

    def returns(self) -> Iterator[Document]:
        """Return loops of at least one visit in twenty, the largest first."""
        loops = [r for r in self.document["returns"] if r["share"] >= 0.05 and r["n"] >= ENOUGH]
        for loop in sorted(loops, key=lambda r: -r["n"])[:3]:
            sender, to = self.code[loop["from"]], self.code[loop["to"]]
            back = f"returned_to = {to} AND stage = {sender} AND {self.left}"
            yield {
                "kind": "returns",
                "title": f"Rework: {loop['from']} sends back to {loop['to']}",
                "sentence": f"{loop['from']} sent {_share(loop['share'])} of its visits back to {loop['to']}"
                f" ({loop['n']:,} of {self._judged(loop['from']):,}).",
                **self._items(f"visits WHERE {back}", "count(*) DESC"),
            }

    def _judged(self, name: str) -> int:
        return next(int(stage["ca"]["n"]) for stage in self.document["stages"] if stage["name"] == name)

    def batches(self) -> Iterator[Document]:
        """Stages that items leave in batches of five or more, as the items experience it."""
        for stage in self.document["stages"]:
            batch = stage["batch"]
            if not batch["n"] or batch["as_experienced"] is None or batch["as_experienced"] < 5:
                continue
            code = self.code[stage["name"]]
            known = f"bulk = 0 AND stage = {code} AND {self.together}"
            largest = f"(SELECT batch FROM batches WHERE {known} ORDER BY size DESC, batch LIMIT 1)"
            yield {
                "kind": "batch",
                "title": f"{stage['name']} passes items on in batches",
                "sentence": f"An item leaves {stage['name']} together with {batch['as_experienced'] - 1:.0f} others"
                f" on average; the largest batch had {batch['largest']:.0f} items.",
                **self._items(f"batches WHERE {known} AND batch = {largest}", "min(left_at)"),
            }

    def no_rejection(self) -> Iterator[Document]:
        """Stages in the middle of the stream that never sent anything back: worth a question, not a verdict."""
        inner = [stage for stage in self.document["stages"] if stage["kind"] == "logged"][1:-1]
        for stage in inner:
            added = stage["per_item_s"]["wait"] or 0.0
            if stage["ca"]["value"] != 1.0 or stage["ca"]["n"] < MANY_WITHOUT_RETURN or not added:
                continue
            slow = f"stage = {self.code[stage['name']]} AND {self.left}"
            yield {
                "kind": "no_rejection",
                "title": f"{stage['name']} never sent anything back",
                "sentence": f"Ask: no return in {stage['ca']['n']:,}; {stage['name']} adds {_days(added)} of waiting"
                " to an item. It may deter, or be law.",
                **self._items(f"visits WHERE {slow}", "max(wait_s) DESC"),
            }

    def reopened(self) -> Iterator[Document]:
        """Items that were done, or cancelled, and came back."""
        for stage in self.document["stages"]:
            if stage["kind"] != "reopened" or not stage["visits"]:
                continue
            stays = f"stage = {self.code[stage['name']]} AND {self.left}"
            times = "once" if stage["visits"] == 1 else f"{stage['visits']:,} times"
            yield {
                "kind": "reopened",
                "title": f"Reopened after {stage['name'].strip('()')}",
                "sentence": f"Items that were {stage['name'].strip('()')} came back into the stream {times}.",
                **self._items(f"visits WHERE {stays}", "count(*) DESC"),
            }

    def no_work(self) -> Iterator[Document]:
        """Finished items that never entered a work state: their active time is unknown, not zero."""
        rows = f"{self.finished} AND started IS NULL"
        behind = self._items(f"items WHERE {rows}", "max(lead_s) DESC")
        n, of = behind["n"], self.document["totals"]["lead_time_s"]["n"]
        if n and n >= 0.05 * of:
            yield {
                "kind": "no_work",
                "title": "Finished without ever being in work",
                "sentence": f"{n:,} of {of:,} finished items ({_share(n / of)}) never entered a work state:"
                " their active time is unknown and flow efficiency leaves them out.",
                **behind,
            }

    def aged(self) -> Iterator[Document]:
        """Items in progress that are older than 85 % of the finished ones ever got."""
        limit = self.document["totals"]["lead_time_s"]["p85"]
        if limit is None:
            return
        rows = f"age_s > {float(limit)!r} AND item IN (SELECT item FROM visits WHERE {self.running})"
        behind = self._items(f"items WHERE {rows}", "max(age_s) DESC")
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
        rows = f"{self.ended} AND lead_s IS NULL"
        behind = self._items(f"items WHERE {rows}", "min(finished)")
        if n := behind["n"]:
            yield {
                "kind": "unseen",
                "title": "Done before they were seen",
                "sentence": f"{n:,} items were first seen when they were done:"
                " they count in throughput and have no lead time.",
                **behind,
            }

    def bulk(self) -> Iterator[Document]:
        """Clean-ups in the tool: one account moves items out of several stages within a minute."""
        rows = f"bulk = 1 AND {self.together}"
        n = self.run(f"SELECT count(*) FROM batches WHERE {rows}")[0][0]
        if n:
            yield {
                "kind": "bulk",
                "title": "Bulk updates",
                "sentence": f"{n:,} moves were part of bulk updates (one account, several stages, within a minute);"
                " they are no working batches and are left out of batch sizes.",
                **self._items(f"batches WHERE {rows}", "count(*) DESC"),
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
            "items": [self.keys.key(item) for item in account.items[:SHOWN]],
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
