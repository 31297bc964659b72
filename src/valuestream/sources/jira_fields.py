"""Which of Jira's fields matter, and what they mean here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from valuestream.sources.connector import Category
from valuestream.sources.history import ASSIGNEE, BLOCKED, STATE

FIELDS = (
    "summary", "status", "issuetype", "assignee", "creator", "reporter", "created", "updated", "priority", "labels",
    "parent", "fixVersions", "components", "project", "resolution", "issuelinks", "comment", "worklog",
)  # fmt: skip
"""What is asked for, beside the custom fields below."""

CATEGORIES: Mapping[str, Category] = {"new": "queue", "indeterminate": "work", "done": "done"}

MEANINGS = {
    "status": STATE,
    "assignee": ASSIGNEE,
    "issuetype": "type",
    "priority": "priority",
    "labels": "labels",
    "resolution": "resolution",
    "project": "project",
    "parent": "parent",
    "issueparentassociation": "parent",
    "epic link": "parent",
    "sprint": "sprint",
    "team": "team",
    "flagged": BLOCKED,
}
"""Name of a field in a changelog, in small letters -> what it means. Fields of many values stand in `MANY`."""

MANY = {"fix version": "fix version", "component": "component"}
"""Fields of which a changelog names one value that came or went."""

_CUSTOM = {
    "com.pyxis.greenhopper.jira:gh-sprint": "sprint",
    "com.pyxis.greenhopper.jira:gh-epic-link": "parent",
    "com.atlassian.teams:rm-teams-custom-field-team": "team",
    "com.atlassian.jira.plugin.system.customfieldtypes:atlassian-team": "team",
}
_NAMED = {"sprint": "sprint", "team": "team", "flagged": BLOCKED, "epic link": "parent"}


def custom_fields(fields: Sequence[Any]) -> dict[str, str]:
    """Id -> meaning of the custom fields that matter, by their kind, else by their name."""
    found = {}
    for one in fields:
        if isinstance(one, dict) and str(one.get("id", "")).startswith("customfield_"):
            kind = (one.get("schema") or {}).get("custom")
            meaning = _CUSTOM.get(str(kind)) or _NAMED.get(str(one.get("name", "")).casefold())
            if meaning:
                found[str(one["id"])] = meaning
    return found
