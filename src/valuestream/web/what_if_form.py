"""The form of the what-if page: a control for each lever that the model has a place for, and the changes they mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from valuestream.errors import ConfigError
from valuestream.simulation.duration import DAY_S
from valuestream.simulation.model import Model, Stage
from valuestream.web.texts import said

if TYPE_CHECKING:
    from valuestream.simulation.change import Change

FURTHER = "set"
"""The field with changes as the command line takes them, one a line."""
MOST_FURTHER = 2_000


@dataclass(frozen=True)
class Control:
    """A number with a slider. `now` is the model's value, `value` the asked one.

    name    of the form's field, and of the change: "Review.servers"
    write   how a change says the value: "{}", "x{}%", "{} d"
    none    a value of 0 takes the thing away
    """

    name: str
    label: str
    now: float
    value: float
    low: float
    high: float
    step: float
    write: str
    none: bool = False

    @property
    def moved(self) -> bool:
        """Whether it asks for something else than there is."""
        return self.value != self.now

    @property
    def written(self) -> str:
        """The asked value as a change says it."""
        if self.write == "x{}%":
            return f"x{self.value / 100:g}"
        if self.none and self.value == 0:
            return "none"
        return self.write.format(f"{self.value:g}")

    def said(self, value: float) -> str:
        """A value as the form writes it."""
        return f"{value:g}"


@dataclass(frozen=True)
class Choice:
    """One of some words. `options` are (what the change says, what a person reads)."""

    name: str
    label: str
    now: str
    value: str
    options: tuple[tuple[str, str], ...]

    @property
    def moved(self) -> bool:
        """Whether it asks for something else than there is."""
        return self.value != self.now

    @property
    def written(self) -> str:
        """The asked value as a change says it."""
        return self.value


@dataclass(frozen=True)
class Group:
    """The controls of one place: those at once in sight, and more that are folded away until one of them was used."""

    place: str
    controls: list[Control]
    more: list[Control | Choice] = field(default_factory=list)

    @property
    def opened(self) -> bool:
        """Whether one of the further ones was used."""
        return any(one.moved for one in self.more)


def controls(model: Model, asked: Mapping[str, str]) -> list[Group]:
    """The controls by place, as an address sets them. ConfigError for a value that is none of theirs."""
    groups = [_whole(model, asked)]
    for pool in model.pools:
        prefers = _choice(asked, f"{pool.name}.prefers", "prefers", pool.prefers, ("oldest", "last", "first"))
        groups.append(Group(pool.name, [_servers(asked, pool.name, pool.servers)], [prefers]))
    for number, stage in enumerate(model.stages):
        if not stage.removed:
            groups.append(Group(stage.name, _at_once(model, number, asked), _more(model, stage, asked)))
    return groups


def _whole(model: Model, asked: Mapping[str, str]) -> Group:
    more: list[Control | Choice] = []
    if not model.arrivals.at:
        more.append(_limit(asked, "wip", model.wip))
    if any(hours.off for hours in model.calendars):
        more.append(_choice(asked, "off", "off", "named", ("named", "none")))
    more += [
        _choice(asked, f"{kind.name}.expedite", "expedite", str(kind.expedite).lower(), _FLAGS, of=kind.name)
        for kind in model.arrivals.types
    ]
    demand = [] if model.arrivals.at else [_percent(asked, "demand", "demand", low=10.0)]
    return Group(said("what_if.whole"), demand, more)


def _at_once(model: Model, number: int, asked: Mapping[str, str]) -> list[Control]:
    stage = model.stages[number]
    own: list[Control] = []
    if stage.servers is not None and stage.service.expected > 0:
        own.append(_servers(asked, stage.name, stage.servers))
    if stage.service.expected > 0:
        own.append(_percent(asked, f"{stage.name}.service", "service"))
    earlier = {one.name for one in model.stages[: number + 1]}
    if any(route.after == stage.name and route.to in earlier for route in model.routes):
        own.append(_percent(asked, f"{stage.name}.returns", "returns", high=100.0))
    if stage.timer:
        own.append(_percent(asked, f"{stage.name}.timer", "timer"))
    if stage.batch > 1:
        own.append(_control(asked, f"{stage.name}.batch", "batch", stage.batch, 1.0, 3.0 * stage.batch, 1.0, "{}"))
    for key, cadence in (("cadence", stage.cadence), ("gate", stage.gate)):
        if cadence:
            days = cadence.every / DAY_S
            high = max(14.0, 2 * days)
            own.append(_control(asked, f"{stage.name}.{key}", key, days, 0.0, high, 0.5, "{} d", none=True))
    return own


def _more(model: Model, stage: Stage, asked: Mapping[str, str]) -> list[Control | Choice]:
    name = stage.name
    orders = ("fifo", "lifo", "types") if model.arrivals.types else ("fifo", "lifo")
    found: list[Control | Choice] = [] if stage.external else [_limit(asked, f"{name}.wip", stage.wip)]
    if not stage.external:
        found.append(_choice(asked, f"{name}.order", "order", stage.order, orders))
    found.append(_choice(asked, f"{name}.automated", "automated", str(stage.automated).lower(), _FLAGS))
    found.append(_choice(asked, f"{name}.removed", "removed", str(stage.removed).lower(), _FLAGS))
    return found


def changed(groups: list[Group], further: str = "") -> tuple[Change, ...]:
    """What the controls that were moved mean, and changes written one a line. ConfigError for what is none."""
    from valuestream.simulation.change import Change, change_of

    found = []
    for control in (one for group in groups for one in (*group.controls, *group.more) if one.moved):
        target, _, key = control.name.rpartition(".")
        found.append(Change(target, key, control.written))
    lines = [line.strip() for line in further[:MOST_FURTHER].splitlines()]
    return (*found, *(change_of(line) for line in lines if line))


_FLAGS = ("false", "true")


def _servers(asked: Mapping[str, str], place: str, now: int) -> Control:
    return _control(asked, f"{place}.servers", "servers", now, 1.0, max(10.0, 3.0 * now), 1.0, "{}")


def _percent(asked: Mapping[str, str], name: str, label: str, *, low: float = 0.0, high: float = 200.0) -> Control:
    return _control(asked, name, label, 100.0, low, high, 5.0, "x{}%")


def _limit(asked: Mapping[str, str], name: str, now: int | None) -> Control:
    """A WIP limit; 0 is none."""
    return _control(asked, name, "wip", now or 0, 0.0, max(100.0, 3.0 * (now or 0)), 1.0, "{}", none=True)


def _control(
    asked: Mapping[str, str], name: str, label: str, now: float, low: float, high: float, step: float, write: str,
    *, none: bool = False,
) -> Control:  # fmt: skip
    text = asked.get(name, "")
    try:
        value = float(text) if text else float(now)
    except ValueError:
        raise ConfigError(f"{name}: {text[:40]!r} is no number.", f"Give a number from {low:g} to {high:g}.") from None
    if not low <= value <= high:
        raise ConfigError(f"{name}: {value:g} is out of range.", f"Give a number from {low:g} to {high:g}.")
    return Control(name, said(f"what_if.{label}"), float(now), value, low, high, step, write, none)


def _choice(
    asked: Mapping[str, str], name: str, label: str, now: str, words: tuple[str, ...], *, of: str = ""
) -> Choice:
    value = asked.get(name, "") or now
    if value not in words:
        raise ConfigError(f"{name}: {value[:40]!r} is not known.", f"Known: {', '.join(words)}.")
    kind = f"{label}_" if words == _FLAGS else ""
    options = tuple((word, said(f"what_if.is_{kind}{word}")) for word in words)
    return Choice(name, said(f"what_if.{label}", of=of) if of else said(f"what_if.{label}"), now, value, options)
