"""The sliders of the what-if page: one for each lever that the model has a place for, and the changes they mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from valuestream.errors import ConfigError
from valuestream.simulation.duration import DAY_S
from valuestream.simulation.model import Model
from valuestream.web.texts import said

if TYPE_CHECKING:
    from valuestream.simulation.change import Change


@dataclass(frozen=True)
class Control:
    """A number with a slider. `now` is the model's value, `value` the asked one.

    name    of the form's field, and of the change: "Review.servers"
    write   how a change says the value: "{}", "{}%", "{} d"
    """

    name: str
    label: str
    now: float
    value: float
    low: float
    high: float
    step: float
    write: str

    def said(self, value: float) -> str:
        """A value as the form writes it."""
        return f"{value:g}"


def controls(model: Model, asked: Mapping[str, str]) -> list[tuple[str, list[Control]]]:
    """The controls in groups, by place, as an address sets them. ConfigError for a value that is no number in range."""
    groups: list[tuple[str, list[Control]]] = [
        (said("what_if.whole"), [_control(asked, "demand", "demand", 100.0, 10.0, 200.0, 5.0, "x{}%")])
    ]
    for pool in model.pools:
        groups.append((pool.name, [_servers(asked, pool.name, pool.servers)]))
    for number, stage in enumerate(model.stages):
        own: list[Control] = []
        if stage.removed:
            continue
        if stage.servers is not None and stage.service.expected > 0:
            own.append(_servers(asked, stage.name, stage.servers))
        if stage.service.expected > 0:
            own.append(_control(asked, f"{stage.name}.service", "service", 100.0, 0.0, 200.0, 5.0, "x{}%"))
        earlier = {one.name for one in model.stages[: number + 1]}
        if any(route.after == stage.name and route.to in earlier for route in model.routes):
            own.append(_control(asked, f"{stage.name}.returns", "returns", 100.0, 0.0, 100.0, 5.0, "x{}%"))
        if stage.timer:
            own.append(_control(asked, f"{stage.name}.timer", "timer", 100.0, 0.0, 200.0, 5.0, "x{}%"))
        if stage.batch > 1:
            own.append(_control(asked, f"{stage.name}.batch", "batch", stage.batch, 1.0, 3.0 * stage.batch, 1.0, "{}"))
        for key, cadence in (("cadence", stage.cadence), ("gate", stage.gate)):
            if cadence:
                days = cadence.every / DAY_S
                own.append(_control(asked, f"{stage.name}.{key}", key, days, 0.0, max(14.0, 2 * days), 0.5, "{} d"))
        if own:
            groups.append((stage.name, own))
    return groups


def changed(groups: list[tuple[str, list[Control]]]) -> tuple[Change, ...]:
    """What the sliders that were moved mean."""
    from valuestream.simulation.change import Change

    found = []
    for control in (one for _, own in groups for one in own):
        if control.value == control.now:
            continue
        target, _, key = control.name.rpartition(".")
        found.append(Change(target, key, _written(control)))
    return tuple(found)


def _written(control: Control) -> str:
    if control.write == "x{}%":
        return f"x{control.value / 100:g}"
    if control.write == "{} d" and control.value == 0:
        return "none"
    return control.write.format(f"{control.value:g}")


def _servers(asked: Mapping[str, str], place: str, now: int) -> Control:
    return _control(asked, f"{place}.servers", "servers", now, 1.0, max(10.0, 3.0 * now), 1.0, "{}")


def _control(
    asked: Mapping[str, str], name: str, label: str, now: float, low: float, high: float, step: float, write: str
) -> Control:
    text = asked.get(name, "")
    try:
        value = float(text) if text else float(now)
    except ValueError:
        raise ConfigError(f"{name}: {text[:40]!r} is no number.", f"Give a number from {low:g} to {high:g}.") from None
    if not low <= value <= high:
        raise ConfigError(f"{name}: {value:g} is out of range.", f"Give a number from {low:g} to {high:g}.")
    return Control(name, said(f"what_if.{label}"), float(now), value, low, high, step, write)
