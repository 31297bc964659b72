"""Which column of a table means what: usual names recognised, `--columns` decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache

from valuestream.errors import InputError

SYNONYMS: dict[str, tuple[tuple[str, ...], ...]] = {
    "item": (
        ("case", "caseid", "item", "itemid", "case:concept:name"),
        ("key", "issuekey", "itemkey", "ticketid", "ticketkey", "issueid"),
        ("issue", "ticket", "number", "ticketnumber"),
        ("id",),
    ),
    "state": (("activity", "state", "concept:name"), ("status", "stage")),
    "time": (
        ("timestamp", "ts", "time:timestamp", "occurredat", "datetime", "changedat"),
        ("time", "at"),
        ("date",),
    ),
    "start": (("start", "starttime", "started", "begin", "startedat", "starttimestamp", "startdate"),),
    "end": (("end", "endtime", "finished", "complete", "endedat", "finishedat", "endtimestamp", "enddate"),),
    "actor": (("resource", "actor", "org:resource", "changedby"), ("author", "user")),
    "assignee": (("assignee", "assignedto"), ("owner",)),
    "team": (("team", "assignmentgroup"), ("group", "org:group")),
    "type": (("type", "issuetype", "itemtype"), ("class", "artefact")),
    "field": (("field", "fieldname"),),
    "from": (("from", "fromvalue", "oldvalue", "fromstring"),),
    "to": (("to", "tovalue", "newvalue", "tostring"),),
    "release": (("release",), ("version", "deployment")),
    "created": (("created", "createdat", "createddate", "createddatetime"),),
}
"""Role -> names in groups, the surer group first; two columns of one group are ambiguous."""

REQUIRED: dict[str, tuple[str, ...]] = {
    "changes": ("item", "field", "to", "time"),
    "intervals": ("item", "state", "start", "end"),
    "events": ("item", "state", "time"),
    "sheet": ("item",),
}
"""Shape -> the roles it cannot do without; the sheet also needs two columns of dates."""

SAYS = {
    "changes": "a change log (item, field, from, to, time)",
    "intervals": "intervals (item, activity, start, end)",
    "events": "events (item, state, time)",
    "sheet": "a sheet (item and one column of dates a stage)",
}


_UNSEEN = str.maketrans("", "", " _-\ufeff\u00a0")


@lru_cache(maxsize=1 << 14)
def normal(header: str) -> str:
    """A column's name as it is compared: letters small, no spaces, underscores, hyphens."""
    return header.casefold().translate(_UNSEEN)


def named(columns: Sequence[str], chosen: Mapping[str, str]) -> dict[str, str]:
    """The roles that `--columns` gave out, checked: role -> column as the file writes it.

    An empty name takes a role away. What is no role is an attribute of the items, called so; where it looks like a role
    that was misspelt, names a column that another role has, or takes away one that is not there, it is an InputError
    that lists the known ones, as an unknown column is.
    """
    given: dict[str, str] = {}
    plain = {normal(column) for column in columns}
    for role, wanted in chosen.items():
        misspelt = not wanted or bool(get_close_matches(role.casefold(), SYNONYMS, 1, 0.75))
        has_role = any(
            normal(wanted) in group for other, usual in SYNONYMS.items() if other not in chosen for group in usual
        )
        if role not in SYNONYMS and (has_role or misspelt) and normal(role) not in plain:
            raise InputError(f"--columns: nothing is called {role!r}.", f"Known: {', '.join(SYNONYMS)}.")
        if not wanted:
            given[role] = ""
            continue
        found = [c for c in columns if c == wanted] or [c for c in columns if normal(c) == normal(wanted)]
        if not found:
            raise InputError(
                f"--columns {role}={wanted}: there is no such column.", f"Columns found: {listed(columns)}."
            )
        given[role] = found[0]
    return given


def recognised(columns: Sequence[str], chosen: Mapping[str, str]) -> dict[str, list[str]]:
    """Role -> the columns that may mean it: one where it is clear, several where it is ambiguous."""
    given = named(columns, chosen)
    taken = set(given.values())
    roles: dict[str, list[str]] = {role: [column] for role, column in given.items() if column}
    for role, groups in SYNONYMS.items():
        if role in given:
            continue
        for group in groups:
            found = [c for c in columns if normal(c) in group and c not in taken]
            if found:
                roles[role] = found
                break
    return roles


def shape_of(columns: Sequence[str], roles: Mapping[str, list[str]], dates: Sequence[str], wanted: str | None) -> str:
    """The shape that the columns make up.

    dates    the columns that hold dates, for the sheet
    wanted   the shape that was asked for, or None

    No shape, or two that fit equally well, is an InputError naming what was found and what would do.
    """
    if wanted is not None:
        if wanted not in REQUIRED:
            raise InputError(f"No shape is called {wanted!r}.", f"Known: {', '.join(REQUIRED)}.")
        may_be_start = wanted == "events" and "start" in roles
        missing = [r for r in REQUIRED[wanted] if r not in roles and not (r == "time" and may_be_start)]
        if missing or (wanted == "sheet" and len(dates) < 2):
            raise _lacking(columns, roles, wanted, missing or ["two columns of dates"])
        return wanted
    fitting = [shape for shape in ("changes", "intervals", "events") if all(r in roles for r in REQUIRED[shape])]
    if fitting[:1] == ["changes"]:
        return "changes"
    if fitting == ["intervals", "events"]:
        raise InputError(
            f"The columns {_named_by(roles, 'time')} and {_named_by(roles, 'start')}, {_named_by(roles, 'end')} "
            "make this events or intervals.",
            "Say which: `--columns time=` leaves the time out, `--columns start=,end=` the interval.",
        )
    if fitting:
        return fitting[0]
    if "item" in roles and len([d for d in dates if d != roles["item"][0]]) >= 2:
        return "sheet"
    if all(role in roles for role in ("item", "state", "start")):
        return "events"
    raise _lacking(columns, roles, "events", [r for r in REQUIRED["events"] if r not in roles])


def is_history(roles: Mapping[str, Sequence[str]]) -> bool:
    """Whether columns make up a change log, intervals or events.

    A lone start, which in a vendor's table is a plan, is not taken for the time of a state.
    """
    return any(all(role in roles for role in REQUIRED[shape]) for shape in ("changes", "intervals", "events"))


def only(roles: Mapping[str, list[str]], role: str) -> str | None:
    """The one column that means a role, None where there is none; two are an InputError."""
    found = roles.get(role, [])
    if len(found) > 1:
        raise InputError(
            f"Which column is the {role}? {listed(found)} are all usual names of it.",
            f"Say which: `--columns {role}={found[0]}`.",
        )
    return found[0] if found else None


def unique_names(headers: Sequence[str]) -> tuple[list[str], list[str]]:
    """Headers made usable: an empty one becomes `column 3`, a repeated one `Sprint (2)`; and notes that say so."""
    names: list[str] = []
    renamed: list[str] = []
    taken: set[str] = set()
    last: dict[str, int] = {}
    for place, header in enumerate(headers, 1):
        wish = header.strip().lstrip("\ufeff") or f"column {place}"
        name, nth = wish, last.get(wish.casefold(), 1)
        while name.casefold() in taken:
            nth += 1
            name = f"{wish} ({nth})"
        if name != wish:
            renamed.append(name)
        last[wish.casefold()] = nth
        taken.add(name.casefold())
        names.append(name)
    return names, [f"Columns of the same name were told apart: {listed(renamed)}."] if renamed else []


def listed(columns: Sequence[str]) -> str:
    """Columns for a sentence; the first thirty of many."""
    shown = ", ".join(f"'{c}'" for c in columns[:30])
    return shown + (f" and {len(columns) - 30} more" if len(columns) > 30 else "")


def _named_by(roles: Mapping[str, list[str]], role: str) -> str:
    return listed(roles[role][:1])


def _lacking(columns: Sequence[str], roles: Mapping[str, list[str]], shape: str, missing: Sequence[str]) -> InputError:
    usual = "; ".join(f"{r}: {', '.join(n for g in SYNONYMS[r] for n in g)}" for r in missing if r in SYNONYMS)
    free = [*(c for c in columns if [c] not in roles.values()), *["NAME"] * len(missing)]
    example = ",".join(f"{r}={c}" for r, c in zip([r for r in missing if r in SYNONYMS], free, strict=False))
    hint = f"Usual names are {usual}. " if usual else ""
    say = f"Say which they are: `--columns {example}`." if example else ""
    *first, last = SAYS.values()
    forms = "" if shape == "sheet" else f" Read are {', '.join(first)} or {last}."
    hint = hint or "A sheet has one row an item and one column of dates a stage. "
    return InputError(
        f"No column says the {' and the '.join(missing)}. Columns found: {listed(columns) or 'none'}.",
        f"{hint}{say}{forms}".strip(),
    )
