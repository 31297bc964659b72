"""Models as YAML and JSON, there and back; an error names the place.

What equals its default is not written. Durations are seconds or text ("15 min", "2 h", "1 d"); a service time
or timer that is only a duration always takes that long. Slots of working hours may be text: "Mon-Fri 09:00-17:00";
days off dates, where the model says with which Monday it begins.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from valuestream.config_units import Unreadable, duration_s
from valuestream.errors import ConfigError
from valuestream.simulation.capacity import Hours, hours_of
from valuestream.simulation.check import check
from valuestream.simulation.days_off import counted, dated
from valuestream.simulation.duration import Duration
from valuestream.simulation.model import Model

SCHEMA = "vsm.model/1"
_SECONDS = {"mean", "values", "every", "offset", "at"}


def to_dict(model: Model) -> dict[str, Any]:
    """Plain dicts, lists, numbers and words, with the schema's name first."""
    return {"schema": SCHEMA, **dated(_plain(model))}


def to_json(model: Model) -> str:
    """The model as JSON."""
    return json.dumps(to_dict(model), indent=1, allow_nan=False)


def to_yaml(model: Model) -> str:
    """The model as YAML."""
    from io import StringIO

    from ruamel.yaml import YAML

    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = None
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.width = 120
    text = StringIO()
    yaml.dump(to_dict(model), text)
    return text.getvalue()


def from_dict(told: Any) -> Model:
    """The model of plain data, checked. ConfigError with the place of what is wrong."""
    if not isinstance(told, Mapping):
        raise ConfigError(f"A model is a mapping, not {told!r:.40}.", "Begin with `name:`, `arrivals:` and `stages:`.")
    schema = told.get("schema", SCHEMA)
    if schema != SCHEMA:
        raise ConfigError(f"schema: {schema!r} is not {SCHEMA!r}.", "This version reads only that one.")
    model: Model = _built(Model, counted({name: value for name, value in told.items() if name != "schema"}), "")
    return check(model)


def from_json(text: str) -> Model:
    """The model of a JSON text."""
    try:
        return from_dict(json.loads(text))
    except json.JSONDecodeError as error:
        raise ConfigError(f"line {error.lineno}: This is no JSON: {error.msg}.", "Is it the right file?") from None


def from_yaml(text: str) -> Model:
    """The model of a YAML text."""
    return from_dict(plain_yaml(text))


def plain_yaml(text: str) -> Any:
    """Plain data of a YAML text. ConfigError for what is none."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        where = str(getattr(error, "problem_mark", "") or "").strip()
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise ConfigError(f"This is no YAML: {what} {where}".strip() + ".", "Check indentation and brackets.") from None
    except ValueError as error:  # 2025-02-30 looks like a date and is none
        raise ConfigError(f"This is no YAML: {error}.", "Put a word that only looks like a date in quotes.") from None


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        told = {}
        for one in fields(value):
            found = getattr(value, one.name)
            if one.default is MISSING or found != one.default or one.name == "kind":
                told[one.name] = _plain(found)
        return told
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def _built(kind: type, told: Any, place: str) -> Any:
    """A dataclass from its mapping."""
    if kind is Duration and not isinstance(told, Mapping):
        return Duration("deterministic", _seconds(told, place))
    if not isinstance(told, Mapping):
        raise ConfigError(f"{place or 'model'}: {told!r:.40} is no mapping.", f"Give {_keys(kind)}.")
    if kind is Hours and isinstance(told.get("slots"), str):
        told = {**told, "slots": [list(slot) for slot in _hours(told["slots"], _at(place, "slots")).slots]}
    known = {one.name: one for one in fields(kind)}
    for name in told:
        if name not in known:
            raise ConfigError(f"{_at(place, str(name))}: No such key.", f"Known: {', '.join(known)}.")
    hints = get_type_hints(kind)
    values = {name: _value(hints[name], value, _at(place, name), name) for name, value in told.items()}
    for name, one in known.items():
        if name not in values and one.default is MISSING:
            raise ConfigError(f"{_at(place, name)}: This is missing.", f"Give {_keys(kind)}.")
    return kind(**values)


def _hours(text: str, place: str) -> Hours:
    try:
        return hours_of("", text)
    except ConfigError as error:
        raise ConfigError(f"{place}: {error.message}", error.hint) from None


def _keys(kind: type) -> str:
    return ", ".join(one.name for one in fields(kind) if one.default is MISSING) or "its keys"


def _at(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _value(hint: Any, told: Any, place: str, name: str) -> Any:
    """A value as the field's annotation promises."""
    if get_origin(hint) in (Union, UnionType):
        if told is None and NoneType in get_args(hint):
            return None
        kinds = [kind for kind in get_args(hint) if kind is not NoneType]
        lists = [kind for kind in kinds if get_origin(kind) is tuple]
        return _value(lists[0] if lists and isinstance(told, list) else kinds[0], told, place, name)
    if get_origin(hint) is tuple:
        return _tuple(get_args(hint), told, place, name)
    if is_dataclass(hint):
        return _built(hint, told, place)  # type: ignore[arg-type]
    if hint is float and name in _SECONDS:
        return _seconds(told, place)
    return _scalar(hint, told, place)


def _tuple(hints: tuple[Any, ...], told: Any, place: str, name: str) -> tuple[Any, ...]:
    if not isinstance(told, list | tuple):
        raise ConfigError(f"{place}: {told!r:.40} is no list.", "Write it in square brackets or with dashes.")
    if len(hints) == 2 and hints[1] is Ellipsis:
        return tuple(_value(hints[0], one, f"{place}[{k}]", name) for k, one in enumerate(told))
    if len(told) != len(hints):
        raise ConfigError(f"{place}: {told!r:.40} has {len(told)} values.", f"Give {len(hints)}.")
    return tuple(
        _value(hint, one, f"{place}[{k}]", name) for k, (hint, one) in enumerate(zip(hints, told, strict=True))
    )


def _seconds(told: Any, place: str) -> float:
    if isinstance(told, str):
        try:
            return duration_s(told)
        except Unreadable as error:
            raise ConfigError(f"{place}: {error}.", error.hint) from None
    return float(_scalar(float, told, place))


def _scalar(hint: Any, told: Any, place: str) -> Any:
    wanted = {str: "a word", bool: "true or false", int: "a whole number", float: "a number"}[hint]
    good = isinstance(told, hint)
    if hint in (int, float):
        good = isinstance(told, int | float) and not isinstance(told, bool) and (hint is float or told == int(told))
    if not good:
        raise ConfigError(f"{place}: {told!r:.40} is not {wanted}.", f"Give {wanted}.")
    return hint(told)
