"""What can be asked of a stream in one window, each answer a document without its head."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from valuestream.analysis import explanation, figures, item_list, known, snapshot, teams, window
from valuestream.analysis.asker import Answer, Asker
from valuestream.analysis.item_list import Wish
from valuestream.analysis.journey import journey
from valuestream.errors import UnknownName
from valuestream.metrics import grouping
from valuestream.metrics.catalogue import metric
from valuestream.metrics.grouping import Known
from valuestream.metrics.metric import Metric
from valuestream.metrics.question import Is
from valuestream.stream import Stream

if TYPE_CHECKING:
    from valuestream.engine.tables import Tables
    from valuestream.log.event import Log

Document = dict[str, Any]


class Questions:
    """Asks `tables` through `ask`, which holds window and filters."""

    def __init__(self, ask: Asker, tables: Tables, stream: Stream) -> None:
        self.ask, self.tables, self.stream = ask, tables, stream

    @cached_property
    def catalogue(self) -> tuple[Metric, ...]:
        """All metrics that can be asked: those of the house, the attainment of targets, the stream's own."""
        return known.metrics(self.stream, self.tables)

    @cached_property
    def groupings(self) -> Known:
        return known.groupings(self.stream, self.tables)

    def metric(self, name: str) -> Metric:
        """The metric of that name. UnknownName lists near ones."""
        return metric(name, self.catalogue)

    def rows(self, one: Metric, by: Sequence[str]) -> list[Document]:
        """A metric's figures by group; see `figures.rows`."""
        grouping.check(one, by, self.groupings.fields)
        small = known.small_teams(self.stream, self.tables) if "team" in by else frozenset()
        return figures.rows(self.ask, one, by, self.groupings, self._names, small)

    def metrics(self, names: Sequence[str], by: Sequence[str]) -> Document:
        """Metrics with their groups; without names all that have these groupings."""
        fields = self.groupings.fields
        having = [one for one in self.catalogue if set(by) <= set(grouping.legal(one, fields))]
        asked = [self.metric(name) for name in names] or having or [self.catalogue[0]]
        told = [{**figures.told(one, fields), "figures": self.rows(one, by)} for one in asked]
        return {"by": list(by), "metrics": told, "targets": self.targets()}

    def targets(self) -> list[Document]:
        """Each target of the stream with its attainment."""
        if not self.stream.targets:
            return []
        owned = known.owned(self.stream, self.tables)[0]
        return figures.attained(self.ask, self.metric("target_attainment"), known.targets(self.stream), owned)

    def explain(self, name: str, stage: str | None, page: int, size: int) -> Document:
        """How a figure came about, and a page of the rows behind it."""
        one, ask = self.metric(name), self.ask
        if stage is not None and one.over == "items":
            raise UnknownName(f"{name} is over items, which have no stage.", "Leave out the stage.")
        if stage is not None:
            code = window.code_of("stage", stage, self.tables.stages)
            ask = replace(ask, filters=(*ask.filters, Is("stage", (code,))))
        answer = ask.answers(one).get(()) or Answer(ask.figure(one))
        rows, total = explanation.behind(ask, one, self.tables, page=page, size=size)
        return {
            "metric": figures.told(one, self.groupings.fields),
            "stage": stage,
            "figure": figures.figure(answer.figure),
            "spread": None if answer.spread is None else asdict(answer.spread),
            "sql": explanation.statement(ask, one),
            "left_out": explanation.left_out(ask, one, self.tables),
            "page": {"number": page, "size": size, "total": total},
            "rows": rows,
        }

    def items(self, state: str, stage: str | None, sort: str, page: int, size: int) -> Document:
        """A page of the window's items: see `item_list.py` for states and sorts."""
        code = None if stage is None else window.code_of("stage", stage, self.tables.stages)
        wish = Wish(state, code, sort, page, size)
        item_list.check(wish)
        rows, total = item_list.listed(self.ask, self.tables, wish)
        told = {"number": page, "size": size, "total": total}
        return {"state": state, "stage": stage, "sort": sort, "page": told, "items": rows}

    def item(self, key: str, hide: Callable[[Log], Log]) -> Document:
        """The journey of one item."""
        return {"item": journey(self.tables, self.stream, key, hide)}

    def teams(self) -> Document:
        """Where lead time goes between teams, and before, in and after sprints."""
        small = known.small_teams(self.stream, self.tables)
        rows, moves, whole = teams.shares(self.ask, self.tables.teams, small)
        sprint = known.sprints(self.ask, self.stream, self.tables)
        return {"whole": whole, "teams": rows, "handovers": moves, "sprint": sprint}

    def snapshot(self) -> Document:
        """Config, figures with their intervals, and the keys of the items."""
        return snapshot.frozen(self.ask, self.tables, self.stream, self.catalogue)

    def _names(self, codes: str) -> Sequence[str]:
        return known.names_of(codes, self.stream, self.tables)
