"""The one door: a log seen as one value stream. Each method is about one expression long."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from valuestream import __version__
from valuestream.analysis import current_state
from valuestream.analysis.asker import Asker
from valuestream.analysis.findings import findings
from valuestream.analysis.one_stage import one_stage, stage_code
from valuestream.analysis.over_time import over_time
from valuestream.calendar import instant, local_day, rfc3339, week_begin_us, week_of
from valuestream.engine.duck import Engine
from valuestream.errors import ConfigError, PersonField, UnknownName
from valuestream.flow import named
from valuestream.flow.build import Flow, build
from valuestream.log import select
from valuestream.log.event import Log
from valuestream.log.order import ordered
from valuestream.metrics.catalogue import metric
from valuestream.metrics.metric import Figure, Provenance, Spread
from valuestream.metrics.question import PERSONS, Is, Window, is_one_of
from valuestream.stream import Stream

if TYPE_CHECKING:
    import pyarrow as pa

Document = dict[str, Any]
GROUPS = ("stage", "type", "team")
MOST_STAGES = 100
"""The kernels number stages in a byte, and nobody reads more."""


class ValueStream:
    """A log and a stream, ready to be asked.

    log       events as a source read them; any order
    stream    boundaries and stages
    since, until, as_of   ISO text in the stream's zone; the window [since, until) is half-open; what is open
              closes at `as_of` (default: the log's last event), and a past one replays only what had happened
    where     column -> value or values, for type, team and stage, e.g. {"team": "Blue"}
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
        where: Mapping[str, str | Sequence[str]] | None = None,
        unmapped: str = "error",
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        zone = stream.calendar.zone
        if len(stream.stages) > MOST_STAGES:
            raise ConfigError(
                f"The stream has {len(stream.stages):,} stages; a map holds up to {MOST_STAGES}.",
                "Put the states of one step into one stage; or is another column the state? `--columns state=NAME`.",
            )
        self.stream = stream
        self._bounds = {name: instant(text, zone) for name, text in (("since", since), ("until", until)) if text}
        self._as_of = instant(as_of, zone) if as_of else None
        self._where = {name: [v] if isinstance(v, str) else list(v) for name, v in (where or {}).items()}
        _refuse_persons(self._where)
        self._log: Log | None = log
        self._unmapped = unmapped
        self._progress = progress

    @cached_property
    def flow(self) -> Flow:
        """Visits, items and batches of the log in this stream, built when first asked for.

        An UnmappedState when a state is claimed by no stage and `unmapped` is "error".
        """
        log, self._log = self._log, None  # the unsorted log is not needed twice
        assert log is not None
        log = ordered(log)
        if self._as_of is not None and len(log) and self._as_of < log.at.min():
            raise _nothing_yet(self._as_of, int(log.at.min()))
        return build(self._chosen(log), self.stream, as_of=self._as_of, unmapped=self._unmapped)

    @cached_property
    def _engine(self) -> Engine:
        return Engine(self.flow, progress=self._progress)

    def __enter__(self) -> ValueStream:
        return self

    def __exit__(self, *failure: object) -> None:
        if "_engine" in self.__dict__:
            self._engine.close()

    @cached_property
    def ask(self) -> Asker:
        """Asks metrics of this stream's window and filters."""
        work: Provenance = "measured" if self.flow.measured else "state-derived"
        return Asker(self._engine.ask, self.window, tuple(self._filters()), work)

    @cached_property
    def window(self) -> Window:
        """[since, until) and the complete ISO weeks in it. Without options: the first event to `as_of`, included."""
        log = self.flow.log
        first = int(log.at.min()) if len(log) else 0
        since = self._bounds.get("since", first)
        until = max(since, min(self._bounds.get("until", self.flow.as_of + 1), self.flow.as_of + 1))
        if len(log):
            _check_window(self._bounds.get("since"), self._bounds.get("until"), first, self.flow.as_of)
        return Window(since, until, _complete_weeks(since, until, self.stream.calendar.zone))

    def metric(self, name: str) -> Figure:
        """One metric of the catalogue over the window.

        An unknown name is an UnknownName that lists the known ones.
        """
        return self.ask.figure(metric(name))

    def metric_by(self, name: str, *by: str) -> dict[tuple[str | None, ...], Figure]:
        """One metric per group; groups are stage, type or team, by name."""
        found = self.ask.figures(metric(name), by)
        return {
            tuple(self._name(column, code) for column, code in zip(by, key, strict=True)): f for key, f in found.items()
        }

    def spread(self, name: str) -> Spread:
        """The distribution behind a metric of durations; percentiles are None below ten values."""
        return self.ask.spread(metric(name))

    def map(self) -> Document:
        """The current state map as a document (`vsm map --json`)."""
        return self._map

    @cached_property
    def _map(self) -> Document:
        ask, stream, names = self.ask, self.stream, self.flow.stages
        stages = current_state.stages(ask, stream, names)
        counts, excluded = current_state.outcomes(ask)
        lost = [{"reason": reason, "n": n} for reason, n in self.flow.left_out.items()]
        rejected = Counter(reject.reason for reject in self.flow.log.rejects).most_common()
        document = {
            "schema": "vsm.map/1",
            **self._told(),
            "items": counts,
            "totals": current_state.totals(ask, stages, stream, self.flow.log.words),
            "stages": stages,
            "transitions": current_state.transitions(ask, names),
            "returns": current_state.returns(stages),
            "grey": current_state.grey(ask),
            "charter": vars(stream.charter),
            "excluded": [*lost, *excluded, *({"reason": f"rejected: {reason}", "n": n} for reason, n in rejected)],
            "notes": list(self.flow.log.notes),
        }
        return {**document, "findings": findings(document, self._engine.ask, self.flow, ask)}

    def flow_document(self) -> Document:
        """How the stream fares over time (`vsm.flow/1`): scatter, weeks, load, cumulative flow, ageing, targets."""
        parts = over_time(
            self.ask, self.stream, names=self.flow.stages, words=self.flow.log.words, key=self.flow.key,
            as_of=self.flow.as_of,
        )  # fmt: skip
        return {"schema": "vsm.flow/1", **self._told(), **parts}

    def stage_document(self, name: str) -> Document:
        """One stage looked at closely (`vsm.stage/1`). An unknown name is an UnknownName that lists the near ones."""
        names = self.flow.stages
        parts = one_stage(
            self.ask, stage_code(name, names), names=names, key=self.flow.key, zone=self.stream.calendar.zone,
            as_of=self.flow.as_of,
        )  # fmt: skip
        return {"schema": "vsm.stage/1", **self._told(), "stage": name, **parts}

    def _told(self) -> Document:
        return {
            "app": __version__,
            "stream": self.stream.name,
            "guessed": self.stream.guessed,
            "as_of": rfc3339(self.flow.as_of),
            "window": {"since": rfc3339(self.window.since), "until": rfc3339(self.window.until)},
            "filters": self._where,
            "clock": "elapsed",
            "zone": self.stream.calendar.zone,
            "provenance": self.ask.work,
        }

    def visits(self) -> pa.Table:
        """Every visit as an Arrow table: see `flow/grains.py`; item and stage by name, durations in seconds."""
        return self._engine.arrow("SELECT * FROM visits ORDER BY item, entered, nth")

    def items(self) -> pa.Table:
        """Every item as an Arrow table, with its key."""
        import pyarrow as pa

        table = self._engine.arrow("SELECT * FROM items ORDER BY item")
        keys = pa.array([self.flow.key(item) for item in table["item"].to_pylist()], pa.string())
        return table.append_column("key", keys)

    def table(self, name: str) -> pa.Table:
        """The "visits" or "items" of the window and the filters in words: names for codes, instants in UTC.

        A row belongs to the window when any part of it does.
        """
        begin, end, columns = {
            "visits": ("entered", "left_at", named.VISITS),
            "items": ("requested", "finished", named.ITEMS),
        }[name]
        filters = self._filters()
        if name == "items" and any(wanted.column == "stage" for wanted in filters):
            raise UnknownName("Items have no stage.", "Visits have: `vsm export visits --where stage=...`.")
        window = f"{begin} < {self.window.until} AND ({end} IS NULL OR {end} >= {self.window.since})"
        where = " AND ".join([window, *map(is_one_of, filters)])
        order = "item, entered, nth" if name == "visits" else "item"
        sql = f"SELECT {', '.join(columns)} FROM {name} WHERE {where} ORDER BY {order}"
        return named.named(self.flow, self._engine.arrow(sql))

    def _repr_html_(self) -> str | None:
        """The map, in a notebook."""
        return None if self.drawn_by is None else type(self).drawn_by(self)  # type: ignore[misc]

    def _name(self, column: str, code: int | None) -> str | None:
        names = {"stage": self.flow.stages, "team": self.flow.teams, "type": self.flow.log.words}[column]
        return None if code is None else str(names[code])

    def _chosen(self, log: Log) -> Log:
        """The items that other attributes than type, team and stage choose, by their last value."""
        wanted = {column: values for column, values in self._where.items() if column not in GROUPS}
        return select.rows(log, select.having(log, wanted)[log.item]) if wanted else log

    def _filters(self) -> list[Is]:
        found = []
        for column, wanted in self._where.items():
            if column not in GROUPS:
                continue
            names = {"stage": self.flow.stages, "team": self.flow.teams, "type": self.flow.log.words}[column]
            known = {str(name): code for code, name in enumerate(names)}
            usual = select.values(self.flow.log, "type") if column == "type" else list(known)
            for name in wanted:
                if name not in usual:
                    raise select.unknown_value(column, name, usual)
            found.append(Is(column, tuple(known[name] for name in wanted)))
        return found


def suggested(log: Log, zone: str = "UTC") -> Stream:
    """The stream that the log itself suggests, or that fits its origin (git); `guessed` is true.

    Days and weeks are the zone's.
    """
    if log.origin == "git":
        from valuestream.sources.git_stream import git_stream

        return git_stream(log)
    from valuestream.analysis.discover import discover
    from valuestream.analysis.suggest import suggest

    log = ordered(log)
    return suggest(log, discover(log, zone=zone)).stream()


def suggestion_text(log: Log, name: str, zone: str = "UTC") -> str:
    """The suggestion as a valuestream.yaml, each guess with its reason."""
    from valuestream.analysis.discover import discover
    from valuestream.analysis.suggest import suggest, yaml_text

    log = ordered(log)
    return yaml_text(suggest(log, discover(log, zone=zone)), name)


def discovered(
    log: Log,
    *,
    since: str | None = None,
    until: str | None = None,
    as_of: str | None = None,
    where: Mapping[str, str | Sequence[str]] | None = None,
    zone: str = "UTC",
    variants: int | None = None,
) -> Document:
    """What happens in a log, as a document (`vsm discover --json`): raw states, first to last event.

    Items belong to the window by their last event; `where` chooses them by their attributes' last values.
    """
    from valuestream.analysis.discover import discover, document

    chosen = events(log, since=since, until=until, as_of=as_of, where=where, zone=zone)
    return document(discover(chosen, zone=zone), top=variants)


def events(
    log: Log,
    *,
    since: str | None = None,
    until: str | None = None,
    as_of: str | None = None,
    where: Mapping[str, str | Sequence[str]] | None = None,
    zone: str = "UTC",
) -> Log:
    """The log in order, without repeats, of the items of a window and with attributes: see `discovered`."""
    log = ordered(log)
    begin, end = (instant(text, zone) if text else None for text in (since, until))
    if as_of:
        cut = instant(as_of, zone)
        if len(log) and cut < log.at.min():
            raise _nothing_yet(cut, int(log.at.min()))
        log = select.by(log, cut)
    if len(log):
        _check_window(begin, end, int(log.at.min()), int(log.at.max()))
    if where:
        _refuse_persons(where)
        wanted = {name: [v] if isinstance(v, str) else list(v) for name, v in where.items()}
        log = select.rows(log, select.having(log, wanted)[log.item])
    return select.last_active(log, begin, end)


def _refuse_persons(columns: Iterable[str]) -> None:
    for column in columns:
        if column.lower() in PERSONS:
            raise PersonField(
                f"{column!r} is a person field.", "No view groups, filters or sorts by persons; use a team."
            )


def _check_window(since: int | None, until: int | None, first: int, last: int) -> None:
    """Refuse a window that ends before it begins, or that lies wholly before or after the log."""
    told = f"The log has events from {rfc3339(first)} to {rfc3339(last)}."
    if since is not None and until is not None and until < since:
        raise ConfigError(f"The window ends ({rfc3339(until)}) before it begins ({rfc3339(since)}).", told)
    if until is not None and until < first:
        raise ConfigError(f"The window ends ({rfc3339(until)}) before the log begins.", told)
    if since is not None and since > last:
        raise ConfigError(f"The window begins ({rfc3339(since)}) after the log ends.", told)


def _nothing_yet(as_of: int, first: int) -> ConfigError:
    return ConfigError(
        f"By {rfc3339(as_of)} nothing had happened yet.", f"The log begins at {rfc3339(first)}: choose a later --as-of."
    )


def _complete_weeks(since: int, until: int, zone: str) -> tuple[int, int, int]:
    """The ISO weeks that lie wholly in the window: (begin of the first, end of the last, how many)."""
    import numpy as np

    days = local_day(np.array([since, max(since, until - 1)], np.int64), zone)
    first, last = (int(week) for week in week_of(days))
    if week_begin_us(first, zone) < since:
        first += 1
    if week_begin_us(last + 1, zone) <= until:
        last += 1
    weeks = max(0, last - first)
    return week_begin_us(first, zone), week_begin_us(first + weeks, zone), weeks
