"""A Trello board as its menu exports it in JSON: the actions are its history, and they are all used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from valuestream.log.event import Kind
from valuestream.sources.events_table import Row, from_rows
from valuestream.sources.json_values import inside, listed, text

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


def is_card(document: Mapping[str, Any]) -> bool:
    """Whether a JSON document is one card, which has a menu of its own to export it."""
    return all(isinstance(document.get(key), str) for key in ("idBoard", "idList", "shortLink"))


def log(name: str, board: Mapping[str, Any], reading: Reading) -> Log:
    """The log of a board: cards are items, lists their states; archived and deleted are states too."""
    counts: Counter[str] = Counter()
    actions = [action for action in board["actions"] if isinstance(action, dict)]
    complete = len(board["actions"]) < MOST_ACTIONS
    found = from_rows(name, told(board, actions, counts), reading, counted="action")
    titles = [title for entry in board["lists"] if (title := text(inside(entry, "name")))]
    notes = [f"Read as a Trello board: {counts['cards']:,} cards on the lists {', '.join(titles[:20])}."]
    if not complete:
        notes.append(
            f"The export holds {len(actions):,} actions, as many as the menu gives: older ones are missing. What came "
            "before, only the REST interface tells."
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
    cards = {text(card.get("id")): card for card in board["cards"] if isinstance(card, dict)}
    of_card: dict[str, list[tuple[int, Mapping[str, Any]]]] = {key: [] for key in cards if key}
    members = _names(board.get("members"), "username")
    # newest first in the file; those of one instant stand in the order of what happened, last first
    for place, action in reversed(list(enumerate(actions, 1))):
        card = text(inside(inside(inside(action, "data"), "card"), "id"))
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
    short = next((s for s in (_short(card), *(_short(inside(_data(a), "card")) for _, a in history)) if s), None)
    item = f"#{short}" if short else key
    here = text(card.get("idList"))
    is_seen = any(action.get("type") in (*_CREATED, "moveCardToBoard") for _, action in history)
    if not is_seen:
        first = next((place for _, action in history if (place := inside(_data(action), "listBefore"))), None)
        where = _list_name(first, lists) or lists.get(here or "") or _last_list(history, lists)
        since = _made(key)
        counts["unseen" if since else "undated"] += 1
        if since and where:
            yield from _said(card, item, since)
            yield Row(0, item, since, Kind.STATE, where)
    told_attributes = not is_seen
    state, owners = None, Owners(members)
    for place, action in history:
        at = text(action.get("date"))
        if not told_attributes and at:
            yield from _said(card, item, at)
            told_attributes = True
        for row in [*_events(place, action, item, lists, state), *owners.told(place, action, item)]:
            state = row.value if row.kind is Kind.STATE and row.value not in (ARCHIVED, DELETED, LEFT) else state
            yield row


def _said(card: Mapping[str, Any], item: str, at: str) -> Iterator[Row]:
    """What the card says of itself today."""
    labels = [text(inside(one, "name")) or text(inside(one, "color")) for one in listed(card, "labels")]
    said = {"title": text(card.get("name")), "labels": ", ".join(label for label in labels if label)}
    for field, value in said.items():
        if value:
            yield Row(0, item, at, Kind.SET, value, field)


def _events(
    place: int,
    action: Mapping[str, Any],
    item: str,
    lists: Mapping[str, str],
    state: str | None,
) -> Iterator[Row]:
    """What one action says of its card; `state` is the list on which the card stood."""
    kind, data, at = action.get("type"), _data(action), text(action.get("date"))
    who = _person(action.get("memberCreator"))
    before, after = inside(data, "listBefore"), inside(data, "listAfter")
    now = _list_name(inside(data, "list"), lists)
    word: str | None = None
    if kind in (*_CREATED, "moveCardToBoard"):
        word = now
    elif kind == "moveCardFromBoard":
        word = LEFT
    elif kind == "deleteCard":
        word = DELETED
    elif kind == "updateCard" and before and after:
        word = _list_name(after, lists)
    elif kind == "updateCard" and "closed" in _as_dict(inside(data, "old")):
        word = ARCHIVED if inside(inside(data, "card"), "closed") is True else now or state
    if word:
        yield Row(place, item, at, Kind.STATE, word, None, who)
    elif isinstance(kind, str) and kind in _TOUCHES:
        yield Row(place, item, at, Kind.TOUCH, _TOUCHES[kind], None, who)


class Owners:
    """Who is on a card: the one who is longest on it owns it. Who joins is no change of owner, who leaves may be."""

    def __init__(self, members: Mapping[str, str]) -> None:
        self._members = members
        self._on: list[str] = []

    def told(self, place: int, action: Mapping[str, Any], item: str) -> Iterator[Row]:
        """ASSIGN where an action changes the owner."""
        kind, before = action.get("type"), self._on[:1]
        named = _person(action.get("member")) or self._members.get(text(inside(_data(action), "idMember")) or "")
        if not named or kind not in ("addMemberToCard", "removeMemberFromCard"):
            return
        if kind == "removeMemberFromCard":
            self._on = [one for one in self._on if one != named]
        elif named not in self._on:
            self._on.append(named)
        if self._on[:1] != before:
            who, owner = _person(action.get("memberCreator")), self._on[0] if self._on else None
            yield Row(place, item, text(action.get("date")), Kind.ASSIGN, owner, None, who)


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
        key, said = text(inside(entry, "id")), text(inside(entry, name))
        if key and said:
            found[key] = said
    return found


def _list_name(entry: Any, lists: Mapping[str, str]) -> str | None:
    return lists.get(text(inside(entry, "id")) or "") or text(inside(entry, "name"))


def _last_list(history: Sequence[tuple[int, Mapping[str, Any]]], lists: Mapping[str, str]) -> str | None:
    return next((name for _, action in history if (name := _list_name(inside(_data(action), "list"), lists))), None)


def _person(member: Any) -> str | None:
    return text(inside(member, "username")) or text(inside(member, "fullName"))


def _short(card: Any) -> str | None:
    number = inside(card, "idShort")
    return str(number) if isinstance(number, (str, int)) and not isinstance(number, bool) else None


def _data(action: Mapping[str, Any]) -> Any:
    return action.get("data")


def _as_dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
