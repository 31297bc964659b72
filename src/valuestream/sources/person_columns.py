"""Which columns of a table name people, by what they are called."""

from __future__ import annotations

import re

from valuestream.sources.columns import normal

_PEOPLE = frozenset(
    {
        "actor", "agent", "analyst", "approver", "assignee", "assignees", "author", "caller", "committer", "contact",
        "creator", "developer", "employee", "engineer", "informer", "manager", "member", "members", "owner", "owners",
        "people", "person", "persons", "reporter", "requester", "requestor", "resource", "responsible", "reviewer",
        "reviewers", "sender", "submitter", "tester", "user", "username", "users", "watcher", "watchers",
        "clerk", "colleague", "consultant", "coordinator", "executor", "handler", "leader", "operator",
        "performer", "staff", "supervisor", "technician", "who", "whom", "worker", "workers",
        "email", "mail", "login", "firstname", "fullname", "lastname", "surname",
        "ansprechpartner", "auteur", "autor", "bearbeiter", "ersteller", "melder", "mitarbeiter", "prüfer",
        "nachname", "quien", "responsable", "solicitante", "verantwortlich", "verantwortliche", "verantwortlicher",
        "vorname", "wer", "zuständig",
    }
)  # fmt: skip
_OF_A_PERSON = ("name", "names", "id", "ids", "account", "email", "mail", "login")
"""What stands behind a person's word and still means the person."""

_BY = ("by", "von", "par", "por")

_WORDS = re.compile(r"[^\W_]+")
_JOINED = re.compile(r"(?<=[a-zß-ÿ])(?=[A-Z])")
_DONE_BY = re.compile(
    r".*(approved|assigned|changed|closed|committed|created|done|edited|entered|left|made|merged|modified|opened|owned|"
    r"performed|raised|released|reported|requested|resolved|reviewed|signed|submitted|tested|updated|verified)by"
    r"|assignedto.*"
)


def names_people(column: str) -> bool:
    """Whether a column names people, by its name.

    >>> [names_people(name) for name in ("Reporter", "closed_by", "QA engineer", "assignedTo", "User story", "sprint")]
    [True, True, True, True, False, False]
    """
    words = [word.casefold() for word in _WORDS.findall(_JOINED.sub(" ", column))]
    if (words and words[-1] in _BY) or normal(column) in _PEOPLE or _DONE_BY.fullmatch(normal(column)):
        return True
    while len(words) > 1 and words[-1] in _OF_A_PERSON:
        words.pop()
    return bool(words) and words[-1] in _PEOPLE
