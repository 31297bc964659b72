"""The one door: a log seen as one value stream. Each method is about one expression long."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, ClassVar

from valuestream import __version__
from valuestream.analysis import causes, constraint, coverage, current_state, declared, figures, known, window
from valuestream.analysis.asker import Asker
from valuestream.analysis.blocked_time import blocked_time
from valuestream.analysis.blockers import blockers
from valuestream.analysis.comparison import comparison
from valuestream.analysis.demand import demand
from valuestream.analysis.earlier import earlier
from valuestream.analysis.findings import findings
from valuestream.analysis.map_answers import hold, map_answers
from valuestream.analysis.margins import margins
from valuestream.analysis.one_stage import one_stage
from valuestream.analysis.over_time import over_time
from valuestream.analysis.questions import Questions
from valuestream.calendar import instant, rfc3339
from valuestream.engine.duck import Engine
from valuestream.errors import ConfigError, UnknownName
from valuestream.flow import named
from valuestream.flow.build import Flow, build
from valuestream.log.event import Log
from valuestream.log.order import ordered
from valuestream.metrics import time
from valuestream.metrics.metric import Figure, Metric, Provenance, Spread
from valuestream.metrics.question import Condition, Is, Window, rows_with
from valuestream.people import as_kept, hidden_for_now
from valuestream.stream import Stream

if TYPE_CHECKING:
    import pyarrow as pa

    from valuestream.engine.tables import Tables

Document = dict[str, Any]
Where = Mapping[str, str | Sequence[str]]
MOST_STAGES = 100
"""The kernels number stages in a byte, and nobody reads more."""


class ValueStream:
    """A log and a stream, ready to be asked.

    log       events as a source read them; any order
    stream    boundaries and stages
    since, until, as_of   ISO text in the stream's zone; the window [since, until) is half-open; what is open
              closes at `as_of` (default: the log's last event), and a past one replays only what had happened
    where     column -> value or values, for type, team, stage and the items' own fields, e.g. {"team": "Blue"}
    unmapped  "error" or "exclude": what to do about a state that no stage claims

    `drawn_by` shows it in a notebook; `notebook.py` sets it, since pictures stand above this file.
    """

    drawn_by: ClassVar[Callable[[ValueStream], str] | None] = None

    def __init__(
        self,
        log: Log,
        stream: Stream,
        *,
        since: str | None = None,
        until: str | None = None,
        as_of: str | None = None,
        where: Where | None = None,
        unmapped: str = "error",
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        if len(stream.stages) > MOST_STAGES:
            raise ConfigError(
                f"The stream has {len(stream.stages):,} stages; a map holds up to {MOST_STAGES}.",
                "Put the states of one step into one stage; or is another column the state? `--columns state=NAME`.",
            )
        self._as_of = instant(as_of, stream.calendar.zone) if as_of else None
        self._log: Log | None = log
        self._unmapped = unmapped
        self._progress = progress
        self._owner = True
        self._see(stream, since, until, where)

    @classmethod
    def over(
        cls,
        tables: Tables,
        stream: Stream,
        *,
        since: str | None = None,
        until: str | None = None,
        where: Where | None = None,
    ) -> ValueStream:
        """The same over tables that are built already; leaving it as a context closes them."""
        made = cls.__new__(cls)
        made._owner = True
        made.__dict__["tables"] = tables
        made._see(stream, since, until, where)
        return made

    def asking(self, *, since: str | None = None, until: str | None = None, where: Where | None = None) -> ValueStream:
        """The same tables asked of another window and with other filters. It costs nothing and closes nothing."""
        other = ValueStream.over(self.tables, self.stream, since=since, until=until, where=where)
        other._owner = False
        return other

    def _see(self, stream: Stream, since: str | None, until: str | None, where: Where | None) -> None:
        self.stream = stream
        self._since, self._until = (instant(text, stream.calendar.zone) if text else None for text in (since, until))
        self._where = window.wanted(where)

    @cached_property
    def flow(self) -> Flow:
        """Visits, items and batches of a log in memory, built when first asked for.

        An UnmappedState when a state is claimed by no stage and `unmapped` is "error".
        """
        log, self._log = self._log, None  # the unsorted log is not needed twice
        assert log is not None
        log = ordered(log)
        if self._as_of is not None and len(log) and self._as_of < log.at.min():
            raise window.nothing_yet(self._as_of, int(log.at.min()))
        return build(log, self.stream, as_of=self._as_of, unmapped=self._unmapped)

    @cached_property
    def tables(self) -> Tables:
        """What everything here is asked of: see `Tables` for the views and names."""
        return Engine(self.flow, progress=self._progress)

    def __enter__(self) -> ValueStream:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the tables up, where they are its own."""
        if self._owner and "tables" in self.__dict__:
            self.tables.close()

    @cached_property
    def ask(self) -> Asker:
        """Asks metrics of this stream's window and filters."""
        work: Provenance = "measured" if self.tables.measured else "state-derived"
        tables = self.tables
        return Asker(tables.ask, self.window, self.filters, work, tables.arrow, tables.binned, tables.held)

    @cached_property
    def window(self) -> Window:
        """[since, until) and the complete ISO weeks in it. Without options: the first event to `as_of`, included."""
        return window.window(self.tables, self._since, self._until, self.stream.calendar.zone)

    @cached_property
    def filters(self) -> tuple[Condition, ...]:
        """`where` in codes; UnknownName for a value that nothing has."""
        if "team" in self._where:
            small = known.small_teams(self.stream, self.tables)
            known.refuse_small_teams(self._where, small, self.tables.members)
        return window.filters(self.tables, self._where)

    def metric(self, name: str) -> Figure:
        """One metric of the catalogue over the window.

        An unknown name is an UnknownName that lists the known ones.
        """
        return self.ask.figure(self._questions.metric(name))

    @property
    def catalogue(self) -> tuple[Metric, ...]:
        """All metrics that can be asked: those of the house, the attainment of targets, the stream's own."""
        return self._questions.catalogue

    @cached_property
    def _questions(self) -> Questions:
        return Questions(self.ask, self.tables, self.stream)

    def metric_by(self, name: str, *by: str) -> dict[tuple[str | None, ...], Figure]:
        """One metric per group, by name: stage, type, team, flow_item, week, month, quarter or an attribute."""
        rows = self._questions.rows(self._questions.metric(name), by)
        return {tuple(row["group"].values()): figures.read(row) for row in rows}

    def metrics_document(self, names: Sequence[str] = (), by: Sequence[str] = ()) -> Document:
        """Metrics with their groups (`vsm metrics --json`); without names all that have these groupings."""
        return {"schema": "vsm.metrics/1", **self._told(), **self._questions.metrics(names, by)}

    def explain(self, name: str, *, stage: str | None = None, page: int = 1, size: int = 20) -> Document:
        """How a metric's figure came about, and a page of the rows behind it (`vsm explain --json`)."""
        return {"schema": "vsm.explain/1", **self._told(), **self._questions.explain(name, stage, page, size)}

    def items_document(
        self, *, state: str = "all", stage: str | None = None, sort: str = "item", page: int = 1, size: int = 50
    ) -> Document:
        """A page of the items of the window (`vsm items --json`): see `analysis/item_list.py` for states and sorts."""
        return {"schema": "vsm.items/1", **self._told(), **self._questions.items(state, stage, sort, page, size)}

    def item_document(self, key: str, *, hide: Callable[[Log], Log] | None = None) -> Document:
        """The journey of one item (`vsm item KEY --json`).

        hide  gives the log with the names that may be shown; without it people of a workspace are called as it
              keeps them, those of a log have pseudonyms by a key that nobody keeps
        """
        usual = hidden_for_now if isinstance(self.tables, Engine) else as_kept
        return {"schema": "vsm.item/1", **self._told(), **self._questions.item(key, hide or usual)}

    def teams_document(self) -> Document:
        """Where lead time goes between teams, and before, in and after sprints (`vsm teams --json`)."""
        return {"schema": "vsm.teams/1", **self._told(), **self._questions.teams()}

    def snapshot(self, name: str, *, taken_at: str) -> Document:
        """Config, figures with intervals, item keys and the map, frozen (`vsm snapshot NAME`).

        taken_at  RFC 3339; a snapshot asks no clock
        """
        named = {"schema": "vsm.snapshot/1", "name": name, "taken_at": taken_at}
        return {**named, **self._told(), **self._questions.snapshot(), "map": self.map()}

    def spread(self, name: str) -> Spread:
        """The distribution behind a metric of durations; percentiles are None below ten values."""
        return self.ask.spread(self._questions.metric(name))

    def map(self) -> Document:
        """The current state map as a document (`vsm map --json`)."""
        return self._map

    @cached_property
    def _map(self) -> Document:
        ask, stream, tables = self.ask, self.stream, self.tables
        if all(stage.is_declared for stage in stream.stages):
            return declared_map(stream, as_of=rfc3339(tables.as_of))
        found = map_answers(ask, tables.stages, hours=bool(stream.calendar.hours))
        stages = declared.with_declared(current_state.stages(found, ask, stream, tables.stages), stream)
        asked = demand(stream)
        explained = causes.causes(ask, tables, found.ladder, found.finished.figure(time.LEAD_TIME).n)
        stages = causes.told(stages, explained, tables.stages)
        stages = constraint.told(stages, constraint.constraint(ask, tables, stream, asked), tables.stages)
        counts, excluded = current_state.outcomes(found)
        lost = [{"reason": reason, "n": n} for reason, n in tables.left_out.items()]
        rejected = [{"reason": f"rejected: {reason}", "n": n} for reason, n in tables.rejects.items()]
        document = {
            "schema": "vsm.map/1",
            **self._told(),
            "items": counts,
            "totals": current_state.totals(found, stages, stream, tables.words),
            "stages": stages,
            "transitions": found.moves.transitions,
            "returns": current_state.returns(stages),
            "grey": current_state.grey(found),
            "charter": vars(stream.charter),
            "demand": declared.demand_told(asked),
            "excluded": [*lost, *excluded, *rejected],
            "notes": list(tables.notes),
        }
        return {**document, "findings": findings(document, found, tables, ask)}

    def read_ahead(self) -> None:
        """Read and hold what maps of these filters are made of, whatever their window: see `Tables.held`."""
        tables = self.tables
        ask = replace(self.ask, held=partial(tables.held, anyway=True))
        hold(ask, hours=bool(self.stream.calendar.hours))
        causes.summed_waits(ask, tables)
        tables.machine  # noqa: B018  # looked for once, and kept by the tables

    def flow_document(self) -> Document:
        """How the stream fares over time (`vsm.flow/1`): scatter, weeks, load, cumulative flow, ageing, targets."""
        parts = over_time(self.ask, self.stream, self.tables)
        return {"schema": "vsm.flow/1", **self._told(), **parts, "targets": self._questions.targets()}

    def stage_document(self, name: str) -> Document:
        """One stage looked at closely (`vsm.stage/1`). An unknown name is an UnknownName that lists the near ones."""
        parts = one_stage(self.ask, name, self.tables, self.stream.calendar.zone)
        return {"schema": "vsm.stage/1", **self._told(), "stage": name, **parts}

    def changes_document(self) -> Document:
        """The window against the time before it (`vsm.changes/1`): see `analysis/earlier.py`."""
        zone = self.stream.calendar.zone
        found = earlier(
            self.ask, first=self.tables.first, zone=zone, window=lambda a, b: window.window(self.tables, a, b, zone)
        )
        return {"schema": "vsm.changes/1", **self._told(), **found}

    def blockers_document(self) -> Document:
        """What is blocked at the window's end, and what finished items were blocked by (`vsm.blockers/1`)."""
        now = blockers(self.ask, self.tables, self.tables.history)
        finished = blocked_time(self.ask, self.tables, self.stream)
        return {"schema": "vsm.blockers/1", **self._told(), **now, "finished": finished}

    def data_document(self) -> Document:
        """What the data can carry (`vsm.data/1`): how much is known, gaps, ties, what was left out and rejected."""
        run, tables = self.tables.ask, self.tables
        return {
            "schema": "vsm.data/1",
            **self._told(),
            "events": tables.events,
            "coverage": coverage.coverage(run, self.window),
            "gaps": coverage.gaps(run, self.window),
            "ties": coverage.ties(run, self.window),
            "left_out": [{"reason": reason, "n": n} for reason, n in tables.left_out.items()],
            "rejects": [{"reason": reason, "n": n} for reason, n in tables.rejects.items()],
            "notes": list(tables.notes),
        }

    def margins(self) -> Document | None:
        """How far the map's figures may be off by chance (see `analysis/margins.py`); None for a declared map."""
        if all(stage.is_declared for stage in self.stream.stages):
            return None
        return margins(self.ask, self.tables.stages, zone=self.stream.calendar.zone)

    def about(self) -> Document:
        """What every document says first: stream, window, filters, clock, zone and provenance."""
        return self._told()

    def _told(self) -> Document:
        return {
            "app": __version__,
            "stream": self.stream.name,
            "guessed": self.stream.guessed,
            "as_of": rfc3339(self.tables.as_of),
            "window": {"since": rfc3339(self.window.since), "until": rfc3339(self.window.until)},
            "filters": self._where,
            "clock": "elapsed",
            "zone": self.stream.calendar.zone,
            "provenance": self.ask.work,
        }

    def visits(self) -> pa.Table:
        """Every visit as an Arrow table: see `flow/grains.py`; item and stage by name, durations in seconds."""
        return _public(self.tables.arrow("SELECT * FROM visits ORDER BY item, entered, nth"))

    def items(self) -> pa.Table:
        """Every item as an Arrow table, with its key."""
        import pyarrow as pa

        table = _public(self.tables.arrow("SELECT * FROM items ORDER BY item"))
        keys = pa.array(self.tables.keys(table["item"].to_pylist()), pa.string())
        return table.append_column("key", keys)

    def table(self, name: str) -> pa.Table:
        """The "visits" or "items" of the window and the filters in words: names for codes, instants in UTC.

        A row belongs to the window when any part of it does.
        """
        begin, end, columns = {
            "visits": ("entered", "left_at", named.VISITS),
            "items": ("requested", "finished", named.ITEMS),
        }[name]
        if name == "items" and any(isinstance(one, Is) and one.column == "stage" for one in self.filters):
            raise UnknownName("Items have no stage.", "Visits have: `vsm export visits --where stage=...`.")
        inside = f"{begin} < {self.window.until} AND ({end} IS NULL OR {end} >= {self.window.since})"
        where = " AND ".join([inside, *map(rows_with, self.filters)])
        order = "item, entered, nth" if name == "visits" else "item"
        sql = f"SELECT {', '.join(columns)} FROM {name} WHERE {where} ORDER BY {order}"
        return named.named(self.tables, self.tables.arrow(sql))

    def _repr_html_(self) -> str | None:
        """The map, in a notebook."""
        return None if self.drawn_by is None else type(self).drawn_by(self)  # type: ignore[misc]


def _public(table: pa.Table) -> pa.Table:
    """Without the columns that are there twice, for the engine's sake."""
    return table.select([name for name in table.column_names if not name.endswith("_stored")])


def compare(a: Document, b: Document) -> Document:
    """What changed from one snapshot to another (`vsm compare A B`); see `analysis/comparison.py`."""
    return {"schema": "vsm.compare/1", "app": __version__, **comparison(a, b)}


def declared_map(stream: Stream, *, as_of: str) -> Document:
    """The map of a stream whose stages people declared, without any log.

    as_of  ISO text, when the map is drawn

    A ConfigError where nobody declared anything.
    """
    if not any(stage.declared for stage in stream.stages):
        raise ConfigError(
            f"Stream {stream.name!r} has no declared stage, and there is no log.",
            "Give stages `declared: {process: 15 min, wait: 1 d}`, or a log: `vsm map SOURCE`.",
        )
    at = rfc3339(instant(as_of, stream.calendar.zone))
    return {
        "schema": "vsm.map/1",
        "app": __version__,
        "stream": stream.name,
        "guessed": False,
        "as_of": at,
        "window": {"since": at, "until": at},
        "filters": {},
        "clock": "elapsed",
        "zone": stream.calendar.zone,
        "provenance": "declared",
        **declared.declared_map(stream),
    }
