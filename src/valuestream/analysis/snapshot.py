"""A snapshot: what a stream's file said, its figures with their intervals, and which items they are of; frozen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from valuestream.analysis.asker import Asker
from valuestream.analysis.figures import figure
from valuestream.analysis.intervals import interval
from valuestream.analysis.item_list import in_progress
from valuestream.metrics.metric import Metric
from valuestream.metrics.question import Is, condition
from valuestream.metrics.time import LEAD_TIME
from valuestream.stream import Stream

if TYPE_CHECKING:
    from valuestream.engine.tables import Tables

Document = dict[str, Any]
BY_STAGE = (
    "stage_active_time", "stage_wait_time", "stage_departures", "complete_and_accurate", "batch_size", "people",
    "transfers",
)  # fmt: skip


def config(stream: Stream) -> Document:
    """The stream as its file describes it: everything that decides a figure. Members of teams are left out."""
    told: Document = json.loads(json.dumps(asdict(stream)))
    return {name: value for name, value in told.items() if name not in ("guessed", "teams", "service_accounts")}


def fingerprint(told: Document) -> str:
    """A short hash of a config: equal configs have equal ones."""
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def frozen(ask: Asker, tables: Tables, stream: Stream, metrics: Sequence[Metric]) -> Document:
    """Config, figures and items of a window."""
    told = config(stream)
    zone = stream.calendar.zone
    figures = [_row(ask, metric, None, zone) for metric in metrics]
    by_stage = [metric for metric in metrics if metric.name in BY_STAGE]
    for code, stage in enumerate(stream.stages):
        there = replace(ask, filters=(*ask.filters, Is("stage", (code,))))
        figures += [_row(there, metric, stage.name, zone) for metric in by_stage if not stage.is_declared]
    return {
        "config": told,
        "config_hash": fingerprint(told),
        "figures": figures,
        "items": items(ask, tables),
    }


def _row(ask: Asker, metric: Metric, stage: str | None, zone: str) -> Document:
    answer = ask.answers(metric)[()]
    sure = interval(ask, metric, answer.figure, zone=zone)
    return {
        "metric": metric.name,
        "stage": stage,
        "unit": metric.unit,
        "better": metric.better,
        "sql": metric.sql,
        **figure(answer.figure),
        "mean": None if answer.spread is None else answer.spread.mean,
        "interval": None if sure is None else asdict(sure),
    }


def items(ask: Asker, tables: Tables) -> dict[str, list[str]]:
    """Keys of the items finished in the window and of those in progress at its end."""
    finished = (
        f"SELECT item FROM items WHERE outcome = 1 AND {condition(LEAD_TIME, ask.window, ask.filters)} ORDER BY item"
    )
    end = ask.window.until
    chosen = condition(replace(LEAD_TIME, clock="instant"), ask.window, ask.filters)
    still = f"SELECT item FROM items WHERE {in_progress(end)} AND {chosen} ORDER BY item"
    return {
        "finished": tables.keys([row[0] for row in ask.run(finished)]),
        "in_progress": tables.keys([row[0] for row in ask.run(still)]),
    }
