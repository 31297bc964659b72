"""A Trello board as its menu exports it in JSON: the actions are its history, and they are all used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from valuestream.log.event import Kind
from valuestream.sources.events_table import Row, from_rows

if TYPE_CHECKING:
    from valuestream.log.event import Log
    from valuestream.sources.source import Reading

ARCHIVED, DELETED, LEFT = "(archived)", "(deleted)", "(another board)"
MOST_ACTIONS = 1000
"""The menu exports so many actions, the newest."""

_CREATED = ("createCard", "copyCard", "convertToCardFromCheckItem", "emailCard")
_TOUCHES = {
    "commentCard": "comment",
    "addAttachmentToCard": "attachment",
    "updateCheckItemStateOnCard": "checklist",
}


def is_board(document: Mapping[str, Any]) -> bool:
    """Whether a JSON document is a board."""
    return all(isinstance(document.get(key), list) for key in ("actions", "lists", "cards"))


def log(name: str, board: Mapping[str, Any], reading: Reading) -> Log:
    """The log of a board: cards are items, lists their states; archived and deleted are states too."""
    counts: Counter[str] = Counter()
    actions = [action for action in board["actions"] if isinstance(action, dict)]
    complete = len(board["actions"]) < MOST_ACTIONS
    found = from_rows(name, told(board, actions, counts), reading, counted="action")
    titles = [title for entry in board["lists"] if (title := _text(_get(entry, "name")))]
    notes = [f"Read as a Trello board: {counts['cards']:,} cards on the lists {', '.join(titles[:20])}."]
    if not complete:
        notes.append(
            f"The export holds {len(actions):,} actions, as many as the menu gives: older ones are missing. What came "
            "before, the REST interface tells, for a later `vsm sync`."
        )
    if counts["unseen"]:
        notes.append(
            f"{counts['unseen']:,} cards were made before the first action: taken to have been since then on the list "
            "on which they were first seen."
        )
    if counts["undated"]:
        notes.append(f"{counts['undated']:,} cards have no action and no date of creation: not used.")
    return found.noting(*notes)


def told(board: Mapping[str, Any], actions: Sequence[Mapping[str, Any]], counts: Counter[str]) -> Iterator[Row]:
    """The events of a board, card by card. Pure. Rows count the actions from 1; 0 is the card itself."""
    lists = _names(board["lists"])
    cards = {_text(card.get("id")): card for card in board["cards"] if isinstance(card, dict)}
    of_card: dict[str, list[tuple[int, Mapping[str, Any]]]] = {key: [] for key in cards if key}
    members = {**_names(board.get("members"), "username")}
    # newest first in the file; those of one instant stand in the order of what happened, last first
    for place, action in reversed(list(enumerate(actions, 1))):
        card = _text(_get(_get(_get(action, "data"), "card"), "id"))
        if card:
            of_card.setdefault(card, []).append((place, action))
    for key, history in of_card.items():
        counts["cards"] += 1
        yield from _card(key, cards.get(key, {}), history, lists, members, counts)


def _card(
    key: str,
    card: Mapping[str, Any],
    history: Sequence[tuple[int, Mapping[str, Any]]],
    lists: Mapping[str, str],
    members: Mapping[str, str],
    counts: Counter[str],
) -> Iterator[Row]:
    short = next((s for s in (_short(card), *(_short(_get(_data(a), "card")) for _, a in history)) if s), None)
    item = f"#{short}" if short else key
    here = _text(card.get("idList"))
    is_seen = any(action.get("type") in (*_CREATED, "moveCardToBoard") for _, action in history)
    if not is_seen:
        first = next((place for _, action in history if (place := _get(_data(action), "listBefore"))), None)
        where = _list_name(first, lists) or lists.get(here or "") or _last_list(history, lists)
        since = _made(key)
        counts["unseen" if since else "undated"] += 1
        if since and where:
            yield from _said(card, item, since, members)
            yield Row(0, item, since, Kind.STATE, where)
    told_attributes = not is_seen
    state = None
    for place, action in history:
        at = _text(action.get("date"))
        if not told_attributes and at:
            yield from _said(card, item, at, members)
            told_attributes = True
        for row in _events(place, action, item, lists, members, state):
            state = row.value if row.kind is Kind.STATE and row.value not in (ARCHIVED, DELETED, LEFT) else state
            yield row


def _said(card: Mapping[str, Any], item: str, at: str, members: Mapping[str, str]) -> Iterator[Row]:
    """What the card says of itself today."""
    labels = [_text(_get(one, "name")) or _text(_get(one, "color")) for one in card.get("labels") or [] if one]
    said = {"title": _text(card.get("name")), "labels": ", ".join(label for label in labels if label)}
    for field, value in said.items():
        if value:
            yield Row(0, item, at, Kind.SET, value, field)


def _events(
    place: int,
    action: Mapping[str, Any],
    item: str,
    lists: Mapping[str, str],
    members: Mapping[str, str],
    state: str | None,
) -> Iterator[Row]:
    """What one action says of its card; `state` is the list on which the card stood."""
    kind, data, at = action.get("type"), _data(action), _text(action.get("date"))
    who = _person(action.get("memberCreator"))
    before, after = _get(data, "listBefore"), _get(data, "listAfter")
    now = _list_name(_get(data, "list"), lists)
    word: str | None = None
    if kind in (*_CREATED, "moveCardToBoard"):
        word = now
    elif kind == "moveCardFromBoard":
        word = LEFT
    elif kind == "deleteCard":
        word = DELETED
    elif kind == "updateCard" and before and after:
        word = _list_name(after, lists)
    elif kind == "updateCard" and "closed" in _as_dict(_get(data, "old")):
        word = ARCHIVED if _get(_get(data, "card"), "closed") is True else now or state
    if word:
        yield Row(place, item, at, Kind.STATE, word, None, who)
    elif kind in ("addMemberToCard", "removeMemberFromCard"):
        member = _person(action.get("member")) or members.get(_text(_get(data, "idMember")) or "")
        yield Row(place, item, at, Kind.ASSIGN, member if kind == "addMemberToCard" else None, None, who)
    elif isinstance(kind, str) and kind in _TOUCHES:
        yield Row(place, item, at, Kind.TOUCH, _TOUCHES[kind], None, who)


def _made(key: str) -> str | None:
    """When a card was made: the first four bytes of its id are the second."""
    try:
        second = int(key[:8], 16) if len(key) == 24 and key.isascii() and key.isalnum() else 0
    except ValueError:
        return None
    return datetime.fromtimestamp(second, UTC).isoformat() if 1_200_000_000 < second < 4_000_000_000 else None


def _names(entries: Any, name: str = "name") -> dict[str, str]:
    found = {}
    for entry in entries if isinstance(entries, list) else []:
        key, said = _text(_get(entry, "id")), _text(_get(entry, name))
        if key and said:
            found[key] = said
    return found


def _list_name(entry: Any, lists: Mapping[str, str]) -> str | None:
    return lists.get(_text(_get(entry, "id")) or "") or _text(_get(entry, "name"))


def _last_list(history: Sequence[tuple[int, Mapping[str, Any]]], lists: Mapping[str, str]) -> str | None:
    return next((name for _, action in history if (name := _list_name(_get(_data(action), "list"), lists))), None)


def _person(member: Any) -> str | None:
    return _text(_get(member, "username")) or _text(_get(member, "fullName"))


def _short(card: Any) -> str | None:
    number = _get(card, "idShort")
    return str(number) if isinstance(number, (str, int)) and not isinstance(number, bool) else None


def _data(action: Mapping[str, Any]) -> Any:
    return action.get("data")


def _as_dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _get(entry: Any, key: str) -> Any:
    return entry.get(key) if isinstance(entry, dict) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() else None
