"""Which state belongs where, written back into `valuestream.yaml`: its comments and all else stay as they are."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from valuestream.errors import ConfigError, UnknownName
from valuestream.stream import Stream

if TYPE_CHECKING:
    from ruamel.yaml import YAML

MODES = ("queue", "work", "blocked", "external")
"""What a state is inside a stage."""
LISTS = ("before", "done", "cancelled", "ignore")
"""What a state is outside the stages."""


class Place(NamedTuple):
    """Where a state belongs: `kind` is one of MODES, then `stage` names its stage; or one of LISTS."""

    kind: str
    stage: str | None = None


@dataclass(frozen=True)
class Plan:
    """Stages in the map's order, and the place of each state that has one.

    was   a stage's name -> the name it has in the file, where the two differ; stages without a past are new
    """

    stages: tuple[str, ...]
    places: Mapping[str, Place]
    was: Mapping[str, str]

    def states(self, kind: str, stage: str | None = None) -> list[str]:
        """The states of one list."""
        return [state for state, place in self.places.items() if place == Place(kind, stage)]


def plan_of(stream: Stream) -> Plan:
    """The mapping as a stream has it."""
    places: dict[str, Place] = {}
    for kind in LISTS:
        places.update((state, Place(kind)) for state in getattr(stream, kind))
    for stage in stream.stages:
        for kind in MODES:
            places.update((state, Place(kind, stage.name)) for state in getattr(stage, kind))
    return Plan(tuple(stage.name for stage in stream.stages), places, {})


def check(plan: Plan) -> None:
    """Refuse what no file may say: stages without a name or with the same one, a state in a stage that is not there."""
    seen = set[str]()
    for name in plan.stages:
        if not name.strip():
            raise ConfigError("A stage has no name.", "Name it, or take it away.")
        if name in seen:
            raise ConfigError(f"Two stages are called '{name}'.", "Give each a name of its own.")
        seen.add(name)
    for state, place in plan.places.items():
        if place.kind not in (*MODES, *LISTS) or (place.kind in MODES) != (place.stage is not None):
            raise ConfigError(f"'{place.kind}' is no place for the state '{state}'.", f"Known: {_listed()}.")
        if place.stage is not None and place.stage not in seen:
            raise UnknownName(f"No stage '{place.stage}' (state '{state}').", f"Known: {', '.join(plan.stages)}.")


def rewritten(text: str, stream: str, plan: Plan) -> str:
    """The file's text with this mapping of one of its streams.

    Lists that stay the same are not touched; a comment behind a state goes where its state goes away.
    """
    check(plan)
    yaml = _yaml(text)
    file = yaml.load(text)
    try:
        part = file["streams"][stream]
        old = {str(one["name"]): one for one in part["stages"]}
    except (KeyError, TypeError):
        raise UnknownName(f"The file has no stream '{stream}'.", "Look at its name under `streams:`.") from None
    for kind in LISTS:
        _put(part, kind, plan.states(kind))
    _arrange(part["stages"], [old.get(plan.was.get(name, name)) for name in plan.stages])
    for name, one in zip(plan.stages, part["stages"], strict=True):
        if str(one.get("name")) != name:
            one["name"] = _scalar(name)
        for kind in MODES:
            _put(one, kind, plan.states(kind, name))
    out = io.StringIO()
    yaml.dump(file, out)
    return out.getvalue()


def _arrange(stages: Any, wanted: Sequence[Any]) -> None:
    """Bring a sequence of stages into an order, the same objects; None is a new one. Untouched where it is in order."""
    from ruamel.yaml.comments import CommentedMap

    if len(stages) == len(wanted) and all(a is b for a, b in zip(stages, wanted, strict=True)):
        return
    made = [CommentedMap(name="") if one is None else one for one in wanted]
    while len(stages):
        stages.pop()
    stages.extend(made)


def _put(part: Any, key: str, wanted: Sequence[str]) -> None:
    """Let a list of the file hold these states, in its own order, new ones last."""
    from ruamel.yaml.comments import CommentedSeq

    said = part.get(key)
    have = [said] if isinstance(said, str) and said else list(said or [])
    if [str(one) for one in have if str(one) in wanted] == [str(one) for one in have] and len(have) == len(wanted):
        return
    if not isinstance(said, CommentedSeq):
        said = CommentedSeq(have)
        said.fa.set_flow_style()
        part[key] = said
    for place in range(len(said) - 1, -1, -1):
        if str(said[place]) not in wanted:
            del said[place]
    known = {str(one) for one in said}
    said.extend(_scalar(state) for state in wanted if state not in known)
    if not said:
        del part[key]


_PLAIN = re.compile(r"[^\W\d_](?:[\w ./()+-]*[\w./()+-])?")
_TAKEN = {"yes", "no", "true", "false", "on", "off", "y", "n", "null"}


def _scalar(text: str) -> str:
    """A new word as YAML reads it back anywhere: plain where that is safe, else in double quotes."""
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    plain = _PLAIN.fullmatch(text) and text.casefold() not in _TAKEN
    return text if plain else DoubleQuotedScalarString(text)


@cache
def _resolver() -> type:
    """A resolver to which everything plain is text: `007`, `null`, `true` and dates come back as they were written."""
    from ruamel.yaml.nodes import ScalarNode
    from ruamel.yaml.resolver import VersionedResolver

    class AsWritten(VersionedResolver):
        def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
            if kind is ScalarNode and implicit[0]:
                return self.DEFAULT_SCALAR_TAG
            return super().resolve(kind, value, implicit)

    return AsWritten


def _yaml(text: str) -> YAML:
    """A reader and writer that keeps the file's own indentation, quotes and line widths."""
    from ruamel.yaml import YAML
    from ruamel.yaml.util import load_yaml_guess_indent

    yaml = YAML()
    yaml.Resolver = _resolver()
    yaml.preserve_quotes = True
    yaml.width = 1 << 16
    _, indent, offset = load_yaml_guess_indent(text)
    yaml.indent(mapping=2, sequence=indent or 4, offset=offset if offset is not None else 2)
    return yaml


def _listed() -> str:
    return ", ".join((*MODES, *LISTS))
