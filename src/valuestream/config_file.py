"""The shape of a whole `valuestream.yaml`: what is read, by whom it is done, and which streams it is seen as."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from valuestream.config_schema import DATE, SCALAR, Date, Part, Seconds, Share, StreamPart, Word, Words, Zone, words
from valuestream.config_sources import Source


class SourcePart(Part):
    """One source of a workspace: files that are imported, or a tool that is asked."""

    kind: str = Field("files", description="files, git, or a connector: jira, github, gitlab, redmine ...")
    files: Words = Field((), description="Patterns of the files that belong to it: tickets-*.csv.")
    columns: dict[str, str] = Field(
        default={},
        description="Which column means what: {item: Key, time: Date, sprint: Iteration}. A name that is no meaning of "
        "ours is an attribute; an empty column leaves it aside.",
    )
    shape: Annotated[str, Field(pattern="^(events|intervals|changes|sheet)$")] | None = Field(
        None, description="The tables' shape, where the guess is wrong."
    )
    zone: Zone | None = Field(None, description="Zone of times that carry none.")
    date_order: Annotated[str, Field(pattern="^(ymd|dmy|mdy)$")] | None = Field(
        None, description="Order of day and month in dates."
    )
    delimiter: str | None = Field(None, description="What separates the columns.")
    encoding: Word = Field(None, description="The files' encoding.")
    sheet: Word = Field(None, description="Which sheet of a spreadsheet, by name or number.")
    object_type: Word = Field(None, description="Whose objects are the items of an OCEL log.")
    releases: Word = Field(None, description="Which tags of a git repository are releases: v*,!*-rc*.")
    branch: Word = Field(None, description="Whose changes count in a git repository.")
    url: Word = Field(None, description="Address of the tool.")
    user: Word = Field(None, description="As whom it is asked.")
    token: Word = Field(None, description="The secret's name in the environment: ${JIRA_TOKEN}. Never the secret.")
    projects: Words = Field((), description="Which projects or repositories; patterns, !pattern leaves out.")
    since: Date | None = Field(None, description="Nothing that ended before this day.")
    options: dict[str, Words] = Field(default={}, description="What only this kind of connector knows.")

    def source(self, name: str) -> Source:
        return Source(name=name, **{key: getattr(self, key) for key in type(self).model_fields})


class MemberPart(Part):
    """Somebody who belongs to a team for a time."""

    member: str = Field(min_length=1, description="A name, or a pattern: '*@blue.example'.")
    since: Date | None = Field(None, description="The first day; without it: from the beginning.")
    until: Date | None = Field(None, description="The first day on which it no longer holds; without it: for good.")


def _members(value: Any) -> Any:
    """Names and patterns, and members with dates."""
    given = value if isinstance(value, list) else [value]
    return tuple(one if isinstance(one, dict) else words(one)[0] for one in given)


_MEMBER = {
    "type": "object",
    "properties": {"member": {"type": "string"}, "since": DATE, "until": DATE},
    "required": ["member"],
    "additionalProperties": False,
}
Members = Annotated[
    tuple[str | MemberPart, ...],
    BeforeValidator(_members),
    WithJsonSchema({"anyOf": [SCALAR, {"type": "array", "items": {"anyOf": [SCALAR, _MEMBER]}}]}),
]


class LinksPart(Part):
    """When an artefact counts as belonging to an item."""

    confidence: Share = Field(0.5, description="The least confidence of a link that counts.")


class FilePart(Part):
    """The settings of a workspace: what is read, and which value streams it is seen as."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="valuestream.yaml")

    zone: Zone | None = Field(None, description="Zone of streams whose calendar names none.")
    people: Annotated[str, Field(pattern="^(names|pseudonyms)$")] | None = Field(
        None, description="Whether people appear by name or by pseudonym."
    )
    lock_timeout: Seconds | None = Field(None, description="How long to wait for a store that is held: 10 s.")
    sources: dict[str, SourcePart] = Field(default={}, description="What is read, by name.")
    links: LinksPart = LinksPart()
    teams: dict[str, Members] = Field(
        default={},
        description="Members or patterns, with dates where they change:"
        " {Blue: [ada, '*@blue.example', {member: ben, since: 2026-03-01}]}.",
    )
    streams: dict[str, StreamPart] = Field(default={}, description="The value streams by name.")
