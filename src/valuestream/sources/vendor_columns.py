"""The tables that trackers' export menus give, as columns and what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from valuestream.sources.columns import normal

DONE = {"done", "fertig", "erledigt", "terminé", "hecho", "listo", "concluído", "itens concluídos", "gereed", "klaar"}
TO_DO = {"to do", "zu erledigen", "à faire", "por hacer", "tareas por hacer", "a fazer", "itens pendentes", "te doen"}
"""Jira's categories of states, in the languages its exports come in, as far as known."""
OPEN = {"open", "opened"}
"""States of an item that was closed once and is open again: when it was, nothing says."""

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
    touches    (what was done, columns that say when and by whom)
    accounts   (meaning of a person, meaning of their account): touches name accounts; neither is an attribute
    custom     it has custom fields
    several_owners  a cell of people may name several, set apart by commas
    history    how a user gets at the states in between
    add        what to do where it has no date of creation
    zone       where its times without a zone are always of one zone
    """

    name: str
    marks: tuple[tuple[str, ...], ...]
    columns: tuple[Meaning, ...]
    history: str
    dates: tuple[tuple[str, str], ...] = ()
    joined: tuple[str, ...] = ("labels", "component")
    touches: tuple[tuple[str, tuple[str, ...]], ...] = ()
    accounts: tuple[tuple[str, str], ...] = ()
    custom: bool = False
    several_owners: bool = False
    add: str = "Export all fields, the date of creation among them."
    born: str = CREATED
    zone: str | None = None
    people: tuple[str, ...] = ("actor", "assignee")

    @property
    def hidden(self) -> frozenset[str]:
        """Meanings that are neither attributes nor worth telling of."""
        told = {name for pair in self.accounts for name in pair} - set(self.people)
        return frozenset(told | {name for name, _ in self.dates})


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
        Meaning("category", ("statuscategory", "statuskategorie")),
        Meaning("changed", ("statuscategorychanged", "statuskategoriegeändert")),
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
        *(
            Meaning(name, columns)
            for name, columns in (
                ("creator", ("creator",)),
                ("creator's account", ("creatorid",)),
                ("reporter", ("reporter",)),
                ("reporter's account", ("reporterid",)),
                ("assignee's account", ("assigneeid",)),
            )
        ),
    ),
    touches=(
        ("comment", ("comment", "comments", "kommentar", "kommentare")),
        ("attachment", ("attachment", "anhang", "anlage")),
        ("work log", ("logwork", "worklog", "arbeitprotokollieren")),
    ),
    accounts=(
        ("creator", "creator's account"),
        ("reporter", "reporter's account"),
        ("assignee", "assignee's account"),
    ),
    custom=True,
    history="It has no history of states. Two ways lead to it: Jira's REST interface (each issue's changelog), for a "
    "later `vsm sync`; or a time-in-status add-on's CSV of changes (item, field, from, to, time) or of a date per "
    "status, which `vsm map` reads as it is",
)
_GITLAB = (
    Meaning("created", ("createdat(utc)",)),
    Meaning("ended", ("mergedat(utc)", "closedat(utc)")),
    Meaning("updated", ("updatedat(utc)",)),
    Meaning("state", ("state",)),
    Meaning("actor", ("authorusername", "author")),
    Meaning("assignee", ("assigneeusername", "assigneeusernames", "assignee", "assignees")),
    Meaning("milestone", ("milestone",)),
    Meaning("labels", ("labels",)),
)
GITLAB_ISSUES = Export(
    "GitLab's CSV export of issues",
    marks=(("createdat(utc)",), ("closedat(utc)",), ("state",), ("issueid", "iid", "id")),
    columns=(
        Meaning("item", ("issueid", "iid", "id")),
        *_GITLAB,
        Meaning("type", ("type",)),
        Meaning("weight", ("weight",)),
        Meaning("parent", ("parenttitle", "epictitle")),
    ),
    history="It has no history of labels or boards. GitLab's REST interface has (resource_label_events, "
    "resource_state_events), for a later `vsm sync`",
    several_owners=True,
    born="opened",
    zone="UTC",
)
GITLAB_REQUESTS = Export(
    "GitLab's CSV export of merge requests",
    marks=(("createdat(utc)",), ("state",), ("mriid", "mrid")),
    columns=(
        Meaning("item", ("mriid", "mrid")),
        *_GITLAB,
        Meaning("target branch", ("targetbranch",)),
    ),
    history="It does not say when a request was merged or closed. `vsm map path/to/clone` reads that from the git "
    "history, and GitLab's REST interface says it, as a list in JSON (merged_at)",
    several_owners=True,
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
    add="Add the columns Created Date, State Change Date, Activated Date, Resolved Date and Closed Date to the "
    "query, and export it again.",
    born="New",
)
GITHUB_PROJECT = Export(
    "a view of a GitHub project",
    marks=(("title",), ("url",), ("assignees",), ("status",)),
    columns=(Meaning("item", ("url",)),),
    history="",
    add="`gh issue list --state all --limit 10000 --json number,title,state,createdAt,closedAt,author,labels` "
    "has the dates; since when an item stands in its column, only GitHub's interface says.",
)
TRELLO_TABLE = Export(
    "Trello's CSV export",
    marks=(("cardid",), ("cardname",), ("listname",)),
    columns=(Meaning("item", ("cardid",)),),
    history="",
    add="Export the board as JSON instead (its menu, Print, export and share): it holds when each card stood where.",
)
EXPORTS = (JIRA, GITLAB_ISSUES, GITLAB_REQUESTS, AZURE_DEVOPS, GITHUB_PROJECT, TRELLO_TABLE)


def recognised(columns: Sequence[str]) -> Export | None:
    """The export that a table with these columns is."""
    plain = {normal(column) for column in columns}
    return next((one for one in EXPORTS if all(any(m in plain for m in mark) for mark in one.marks)), None)
