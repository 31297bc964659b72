"""`valuestream.yaml`, the environment and flags: what the user decided, with one order of precedence."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valuestream.config_sources import Source
from valuestream.config_text import Keys, Text, read_text
from valuestream.errors import ConfigError, UnknownName
from valuestream.stream import Membership, Stream

if TYPE_CHECKING:
    from pydantic import ValidationError

    from valuestream.config_schema import StreamPart


@dataclass(frozen=True)
class Config:
    """A `valuestream.yaml`. `people` is "names" or "pseudonyms"; what the file does not say is None.

    lock_timeout     seconds
    link_confidence  the least confidence of a link that counts
    """

    path: Path
    streams: Mapping[str, Stream]
    teams: Mapping[str, tuple[str, ...]]
    people: str | None = None
    zone: str | None = None
    lock_timeout: float | None = None
    sources: Mapping[str, Source] = field(default_factory=dict)
    link_confidence: float = 0.5

    def stream(self, name: str | None = None) -> Stream:
        """The stream of that name, or the only one. UnknownName lists what there is."""
        if name is None and len(self.streams) == 1:
            return next(iter(self.streams.values()))
        if name is not None and name in self.streams:
            return self.streams[name]
        known = f"Known: {', '.join(self.streams)}."
        if name is None:
            raise UnknownName(f"{self.path} has {len(self.streams)} streams and none was named.", known)
        near = get_close_matches(name, self.streams, 1)
        raise UnknownName(
            f"No stream '{name}' in {self.path}.", f"Did you mean '{near[0]}'? {known}" if near else known
        )


def load(path: str | os.PathLike[str], *, streams_needed: bool = True, zone: str | None = None) -> Config:
    """Read and check a `valuestream.yaml`. ConfigError names file, line and column, the value and a way out.

    streams_needed  a file without streams is an error; the first import of a workspace writes them
    zone            goes before the file's
    """
    from pydantic import ValidationError

    from valuestream.config_file import FilePart

    text = read_text(Path(path))
    try:
        file = FilePart.model_validate(text.data)
    except ValidationError as error:
        raise _first(text, error) from None
    if streams_needed and not file.streams:
        what = "is empty" if "streams" in text.data and text.data["streams"] is not None else "is missing"
        raise text.error(text.place(("streams",), of_key=True), f"'streams' {what}.", _NEEDED["streams"])
    for name, part in file.streams.items():
        _check(text, name, part)
    teams = {team: tuple(one for one in members if isinstance(one, str)) for team, members in file.teams.items()}
    dated = tuple(
        Membership(one.member, team, one.since, one.until)
        for team, members in file.teams.items()
        for one in members
        if not isinstance(one, str)
    )
    days = zone or file.zone or "UTC"
    streams = {name: part.stream(name, teams, dated, days) for name, part in file.streams.items()}
    sources = {name: part.source(name) for name, part in file.sources.items()}
    return Config(
        text.path, streams, teams, file.people, zone or file.zone, file.lock_timeout, sources, file.links.confidence
    )


def one_stream(path: str | os.PathLike[str], name: str | None = None) -> Stream:
    """The named stream of a file, or its only one."""
    return load(path).stream(name)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of `valuestream.yaml`, for editors."""
    from valuestream.config_file import FilePart

    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **FilePart.model_json_schema()}


def setting(
    name: str,
    *,
    flag: str | None = None,
    file: str | None = None,
    default: str | None = None,
    environ: Mapping[str, str] | None = None,
) -> tuple[str | None, str]:
    """A setting's value and where it comes from: flag > VSM_NAME in the environment > file > default.

    >>> setting("zone", file="Europe/Berlin", default="UTC", environ={"VSM_ZONE": "Asia/Tokyo"})
    ('Asia/Tokyo', 'VSM_ZONE')
    """
    variable = f"VSM_{name.upper()}"
    said = (os.environ if environ is None else environ).get(variable) or None
    ladder = ((flag, f"--{name}"), (said, variable), (file, "file"))
    return next(((value, origin) for value, origin in ladder if value is not None), (default, "default"))


def _first(text: Text, error: ValidationError) -> ConfigError:
    """The problem that stands first in the file; how many more there are goes into its hint."""
    complaints = [dict(problem) for problem in error.errors(include_url=False)]
    problems = [(found["type"] == "missing", *_problem(text, found)) for found in complaints]
    _, place, message, hint = min(problems)  # a mistyped key is also a missing one: the typing mistake goes first
    more = len(problems) - 1
    if more:
        hint += f" {more} more problem{'s' if more > 1 else ''} in this file."
    return text.error(place, message, hint)


def _problem(text: Text, problem: dict[str, Any]) -> tuple[tuple[int, int], str, str]:
    """Place, message and hint of one complaint of pydantic's, in our words."""
    keys: Keys = tuple(part for part in problem["loc"] if part != "[key]")
    kind, value = problem["type"], problem["input"]
    key = next((part for part in reversed(keys) if isinstance(part, str)), "")
    where = f" of '{key}'" if key else ""
    if kind == "extra_forbidden":
        return text.place(keys, of_key=True), *_unknown_key(keys)
    if kind == "missing":
        what = f"'{key}' is missing{_inside(keys[:-1])}."
        return text.place(keys[:-1]), what, _NEEDED.get(key, f"Add `{key}:`.")
    if kind == "value_error":
        cause = problem["ctx"]["error"]
        return text.place(keys), f"{cause} (value{where}).", getattr(cause, "hint", "Correct the value.")
    if kind == "string_pattern_mismatch":
        choice = problem["ctx"]["pattern"].strip("^$()").replace("|", " or ")
        return text.place(keys), f"'{value}' is no value{where}.", f"Write {choice}."
    if kind == "too_short":
        return text.place(keys, of_key=True), f"'{key}' is empty.", _NEEDED.get(key, "Fill it or remove it.")
    wanted = {"model_type": "keys with values", "dict_type": "keys with values", "list_type": "a list"}.get(kind)
    if wanted:
        return (
            text.place(keys),
            f"'{key}' wants {wanted}, not {_shown(value)}.",
            _NEEDED.get(key, "Check the indentation."),
        )
    return text.place(keys), f"{_shown(value)} is no value{where}: {problem['msg'].lower()}.", "Correct the value."


_NEEDED = {
    "streams": "A file has `streams:`, and under it each stream's name with its `stages:`.",
    "stages": "Write the steps as a list: `- {name: Build, queue: [Ready], work: [Doing]}`.",
    "name": "Each step has a `name:`.",
}


def _shown(value: Any) -> str:
    """A value of the file as an error shows it."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return f"keys ({', '.join(map(str, list(value)[:3]))} ...)"
    return "a list" if isinstance(value, list) else f"'{value}'"


def _inside(keys: Keys) -> str:
    """The part of the file that some keys lead to, in words."""
    if len(keys) >= 4 and keys[2] == "stages":
        return f" in step {int(keys[3]) + 1} of stream '{keys[1]}'"
    return f" in stream '{keys[1]}'" if len(keys) >= 2 and keys[0] == "streams" else ""


def _unknown_key(keys: Keys) -> tuple[str, str]:
    known = sorted(_fields(keys[:-1]))
    near = get_close_matches(str(keys[-1]), known, 1)
    hint = f"Known here: {', '.join(known)}."
    return f"Unknown key '{keys[-1]}'{_inside(keys[:-1])}.", f"Did you mean '{near[0]}'? {hint}" if near else hint


def _fields(keys: Keys) -> set[str]:
    """The keys that are known under some keys, found by walking the models as the file is walked."""
    from valuestream import config_file as file
    from valuestream import config_schema as schema

    if not keys:
        return set(file.FilePart.model_fields)
    if keys[0] == "teams":
        return set(file.MemberPart.model_fields)
    if keys[0] in ("sources", "links"):
        return set((file.SourcePart if keys[0] == "sources" else file.LinksPart).model_fields)
    named: dict[str | int, Any] = {
        "charter": schema.CharterPart,
        "flow_items": schema.FlowItemsPart,
        "calendar": schema.CalendarPart,
        "declared": schema.DeclaredPart,
    }
    if len(keys) == 2:
        return set(schema.StreamPart.model_fields)
    if len(keys) == 4 and keys[2] == "metrics":
        return set(schema.MetricPart.model_fields)
    part = named.get(keys[-1], schema.StagePart)
    return set(part.model_fields)


def _check(text: Text, name: str, part: StreamPart) -> None:
    """What only the whole stream shows: empty steps, names twice, a state in two lists."""
    from valuestream.config_schema import RESERVED

    here: Keys = ("streams", name)
    names: set[str] = set()
    for number, stage in enumerate(part.stages):
        place = text.place((*here, "stages", number, "name"))
        if stage.name in names or stage.name in RESERVED:
            why = "is the name of two steps" if stage.name in names else "is a name the map itself uses"
            raise text.error(place, f"'{stage.name}' {why}.", "Give the step a name of its own.")
        names.add(stage.name)
        if not (stage.queue or stage.work or stage.blocked or stage.external or stage.declared):
            hint = "Give it states (queue, work, blocked, external), or what people `declared`."
            raise text.error(place, f"The step '{stage.name}' has no states.", hint)
    claimed: dict[str, tuple[str, Keys]] = {}
    for state, claim, keys in sorted(_claims(part, here), key=lambda one: text.place(one[2])):
        if state in claimed:
            first, first_keys = claimed[state]
            line = text.place(first_keys)[0]
            message = f"The state '{state}' is claimed twice: by {first} (line {line}) and by {claim}."
            raise text.error(text.place(keys), message, "Keep it in one of them.")
        claimed[state] = (claim, keys)


def _claims(part: StreamPart, here: Keys) -> Iterator[tuple[str, str, Keys]]:
    """Each state with who claims it, in words, and the keys that lead to it."""
    for listed in ("before", "done", "cancelled", "ignore"):
        for i, state in enumerate(getattr(part, listed)):
            yield state, f"`{listed}`", (*here, listed, i)
    for number, stage in enumerate(part.stages):
        for mode in ("queue", "work", "blocked", "external"):
            for i, state in enumerate(getattr(stage, mode)):
                yield state, f"{mode} of '{stage.name}'", (*here, "stages", number, mode, i)
