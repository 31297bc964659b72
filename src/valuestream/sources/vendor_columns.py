"""The tables that trackers' export menus give, as columns and what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from valuestream.sources.columns import normal

CREATED = "created"
"""The state of an item whose export does not say in which it was."""


class Meaning(NamedTuple):
    """A meaning and the columns, by their plain names, that may have it."""

    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Export:
    """One vendor's table.

    marks      plain names of columns that it has: one of each
    columns    what its columns mean; item, created, ended and state are events, actor and assignee people, the rest
               become attributes
    dates      (meaning of a time, the state entered then), beside creation and end
    joined     meanings whose repeated columns are joined; of others the last one that says something counts
    history    how a user gets at the states in between
    zone       where its times without a zone are always of one zone
    """

    name: str
    marks: tuple[tuple[str, ...], ...]
    columns: tuple[Meaning, ...]
    history: str
    dates: tuple[tuple[str, str], ...] = ()
    joined: tuple[str, ...] = ("labels", "component")
    born: str = CREATED
    zone: str | None = None


JIRA = Export(
    "Jira's CSV export",
    marks=(
        ("issuekey", "workitemkey", "key", "vorgangsschlüssel"),
        ("created", "erstellt"),
        ("status",),
        ("issuetype", "worktype", "workitemtype", "vorgangstyp", "issueid", "vorgangsid"),
    ),
    columns=(
        Meaning("item", ("issuekey", "workitemkey", "key", "vorgangsschlüssel")),
        Meaning("created", ("created", "erstellt")),
        Meaning("ended", ("resolved", "erledigt")),
        Meaning("updated", ("updated", "aktualisiert")),
        Meaning("state", ("status",)),
        Meaning("actor", ("creator", "reporter", "ersteller", "autor")),
        Meaning("assignee", ("assignee", "bearbeiter", "zugewieseneperson")),
        Meaning("type", ("issuetype", "worktype", "workitemtype", "vorgangstyp")),
        Meaning("team", ("team", "teamname", "customfield(team)")),
        Meaning("priority", ("priority", "priorität")),
        Meaning("sprint", ("sprint", "customfield(sprint)")),
        Meaning("parent", ("parentkey", "parent", "customfield(epiclink)")),
        Meaning("fix version", ("fixversions", "fixversion/s", "fixversion", "lösungsversion(en)")),
        Meaning("component", ("components", "component/s", "komponenten")),
        Meaning("labels", ("labels", "stichwörter")),
        Meaning("resolution", ("resolution", "lösung")),
        Meaning("project", ("projectkey", "projektschlüssel")),
    ),
    history="It has no history of states. Two ways lead to it: Jira's REST interface (each issue's changelog), for a "
    "later `vsm sync`; or a time-in-status add-on's CSV of changes (item, field, from, to, time) or of a date per "
    "status, which `vsm map` reads as it is",
)
GITLAB_ISSUES = Export(
    "GitLab's CSV export",
    marks=(("createdat(utc)",), ("closedat(utc)", "mergedat(utc)"), ("state",), ("issueid", "mriid", "id", "iid")),
    columns=(
        Meaning("item", ("issueid", "mriid", "iid", "id")),
        Meaning("created", ("createdat(utc)",)),
        Meaning("ended", ("mergedat(utc)", "closedat(utc)")),
        Meaning("updated", ("updatedat(utc)",)),
        Meaning("state", ("state",)),
        Meaning("actor", ("authorusername", "author")),
        Meaning("assignee", ("assigneeusername", "assigneeusernames", "assignee", "assignees")),
        Meaning("type", ("type",)),
        Meaning("milestone", ("milestone",)),
        Meaning("labels", ("labels",)),
        Meaning("weight", ("weight",)),
        Meaning("parent", ("epictitle", "parenttitle")),
    ),
    history="It has no history of labels or boards. GitLab's REST interface has (resource_label_events, "
    "resource_state_events), for a later `vsm sync`",
    born="opened",
    zone="UTC",
)
AZURE_DEVOPS = Export(
    "a query's CSV of Azure DevOps",
    marks=(("workitemtype",), ("id",), ("state",)),
    columns=(
        Meaning("item", ("id",)),
        Meaning("created", ("createddate",)),
        Meaning("changed", ("statechangedate",)),
        Meaning("updated", ("changeddate",)),
        Meaning("activated", ("activateddate",)),
        Meaning("resolved", ("resolveddate",)),
        Meaning("closed", ("closeddate",)),
        Meaning("state", ("state",)),
        Meaning("actor", ("createdby",)),
        Meaning("assignee", ("assignedto",)),
        Meaning("type", ("workitemtype",)),
        Meaning("team", ("nodename", "areapath")),
        Meaning("sprint", ("iterationpath",)),
        Meaning("priority", ("priority",)),
        Meaning("parent", ("parent",)),
        Meaning("labels", ("tags",)),
    ),
    dates=(("activated", "Active"), ("resolved", "Resolved"), ("closed", "Closed")),
    history="It says when an item was last activated, resolved and closed, not each change of state. The REST "
    "interface has all (each work item's updates), for a later `vsm sync`",
    born="New",
)
EXPORTS = (JIRA, GITLAB_ISSUES, AZURE_DEVOPS)


def recognised(columns: Sequence[str]) -> Export | None:
    """The export that a table with these columns is."""
    plain = {normal(column) for column in columns}
    return next((one for one in EXPORTS if all(any(m in plain for m in mark) for mark in one.marks)), None)
