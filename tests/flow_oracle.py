"""The rules of the flow a second time: plain Python, slow, from the text of the design, to check the kernels.

For each event the whole history up to it is replayed from nothing to say where the item is; equal
neighbours are then merged into stays, stays into visits, visits into items. No state is carried along,
nothing is an array, and nothing is shared with `valuestream.flow`.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise, takewhile
from typing import NamedTuple

from valuestream.log.event import Kind
from valuestream.sources.sketch import Entry, parse
from valuestream.stream import Stream

NOWHERE, PENDING = "nowhere", "pending"
OWN = None
STRENGTH = ("queue", "work", "external", "blocked")
BATCH_US, BULK_US = 5 * 60_000_000, 60_000_000


class Piece(NamedTuple):
    """What holds from one event to the next."""

    at: int
    until: int | None
    place: object
    mode: str
    hidden: int
    event: int


def flow(text: str, stream: Stream) -> tuple[list[dict], list[dict]]:
    """The visits and the items of a sketch, as dicts in the order of items and lives."""
    histories: dict[str, list[Entry]] = {}
    for entry in parse(text):
        histories.setdefault(entry.item, []).append(entry)
    visits, items = [], []
    for key, entries in histories.items():
        own_visits, own_items = History(key, entries, stream).told()
        visits += own_visits
        items += own_items
    return visits, items


def without_repeats(entries: list[Entry]) -> list[Entry]:
    """By instant, ties as written; an entry equal to the one before it in all but `ref` is a repeat."""
    kept: list[Entry] = []
    last = None
    for entry in sorted(entries, key=lambda e: e.at):
        if entry._replace(ref=0) != last:
            kept.append(entry)
        last = entry._replace(ref=0)
    return kept


def human(person: str | None) -> str | None:
    return None if person is None or person.endswith("-bot") else person


class History:
    """One item's events seen through a stream."""

    def __init__(self, key: str, entries: list[Entry], stream: Stream) -> None:
        self.key, self.stream = key, stream
        self.all = without_repeats(entries)
        self.events = [e for e in self.all if not (e.kind is Kind.STATE and e.value in stream.ignore)]
        self.done, self.cancelled = len(stream.stages), len(stream.stages) + 1

    # ---- words

    def means(self, word: str | None) -> tuple[object, str] | None:
        """(place, mode) of a state: a stage's number, `done`, `cancelled` or PENDING for `before`; None unmapped."""
        for number, stage in enumerate(self.stream.stages):
            for mode in STRENGTH:
                if word in getattr(stage, mode):
                    return number, mode
        if word in self.stream.done:
            return self.done, "queue"
        if word in self.stream.cancelled:
            return self.cancelled, "queue"
        return (PENDING, "queue") if word in self.stream.before else None

    def is_stage(self, place: object) -> bool:
        return isinstance(place, int) and place < self.done

    def is_end(self, place: object) -> bool:
        return place in (self.done, self.cancelled)

    def outside(self, place: object) -> bool:
        return self.is_stage(place) and self.stream.stages[place].is_external

    # ---- the world after event k, from scratch

    def own_events(self, k: int) -> list[tuple[int, object, str]]:
        """(event, place, mode) of the item's own states up to k.

        An interval that is done counts as a state from its start, until the next interval of anything starts; but not
        where a state of the item's own says done as well.
        """
        found = []
        for i, e in enumerate(self.events[: k + 1]):
            meaning = self.means(e.value) if e.kind in (Kind.STATE, Kind.START) else None
            if meaning and e.track is OWN and (e.kind is Kind.STATE or self.is_end(meaning[0])):
                found.append((i, *meaning))
            elif meaning and e.kind is Kind.START and not self.is_end(meaning[0]):
                ends = list(takewhile(lambda one: self.is_end(one[1]), reversed(found)))
                if ends and all(self.events[one[0]].kind is Kind.START for one in ends):
                    found.append((i, PENDING, "queue"))
        return found

    def open_tracks(self, k: int) -> dict[tuple, tuple[int, str]]:
        """Other tracks and intervals that are open in a stage after event k: (track, which) -> (stage, mode)."""
        found: dict[tuple, tuple[int, str]] = {}
        for e in self.events[: k + 1]:
            if e.kind is Kind.STATE and e.track is not OWN:
                name = e.track, "states"
                found.pop(name, None)
            elif e.kind is Kind.START:
                name = e.track, e.ref
            elif e.kind is Kind.END:
                found.pop((e.track, e.ref), None)
                continue
            else:
                continue
            meaning = self.means(e.value)
            if meaning and self.is_stage(meaning[0]):
                found[name] = meaning  # type: ignore[assignment]
        return found

    def is_required(self, name: tuple) -> bool:
        return name[0] is not OWN and name[0].partition("#")[0] in self.stream.required

    def finish(self, k: int) -> tuple[int, object] | None:
        """(first event of the stay in done or cancelled, which of them) if the item is finished after event k."""
        last_end = self.ends_at()
        if last_end is not None and k >= last_end:
            return last_end, self.done
        own = self.own_events(k)
        run = []
        for i, place, _ in reversed(own):
            if not self.is_end(place):
                break
            run.append((i, place))
        if not run:
            return None
        began, place = run[-1]
        for i in range(began, k + 1):
            if not any(self.is_required(track) for track in self.open_tracks(i)):
                return i, place
        return None

    def ends_at(self) -> int | None:
        """Where the stream names no done state: the event that closed the last of an item without states of its own."""
        spoke = any(e.kind is Kind.STATE and e.track is OWN and self.means(e.value) for e in self.events)
        opened = [k for k in range(len(self.events)) if self.open_tracks(k)]
        own = self.own_events(len(self.events))
        if self.stream.done or spoke or (own and (self.is_end(own[-1][1]) or (opened and own[-1][0] > opened[-1]))):
            return None
        return opened[-1] + 1 if opened and opened[-1] + 1 < len(self.events) else None

    def deciding(self, k: int) -> dict[tuple, tuple[int, str]]:
        """The open tracks that say where the item is."""
        if k < 0 or self.finish(k):
            return {}
        tracks = self.open_tracks(k)
        own = self.own_events(k)
        if own and self.is_end(own[-1][1]):
            return {t: m for t, m in tracks.items() if self.is_required(t)}
        return tracks

    def where(self, k: int) -> tuple[object, str]:
        """Place and mode after event k, explicit blocks aside."""
        if finished := self.finish(k):
            return finished[1], "queue"
        if tracks := self.deciding(k):
            stage = min(stage for stage, _ in tracks.values())
            return stage, max((mode for at, mode in tracks.values() if at == stage), key=STRENGTH.index)
        own = self.own_events(k)
        seen = any(self.is_stage(self.where(i)[0]) or self.finish(i) for i in range(k))
        if not own or own[-1][1] == PENDING:
            return (PENDING if seen else NOWHERE), "queue"
        event, place, mode = own[-1]
        with_tracks = [i for i in range(k) if self.deciding(i)]
        if with_tracks and event <= with_tracks[-1] and place < self.where(with_tracks[-1])[0]:
            return PENDING, "queue"
        return place, mode

    def is_blocked(self, k: int) -> bool:
        """By an explicit block, until unblock or finish; one inside another ends with the outer one."""
        depth = 0
        for i in range(k + 1):
            kind = self.events[i].kind
            depth = max(0, depth + (kind is Kind.BLOCK) - (kind is Kind.UNBLOCK))
            if self.finish(i):
                depth = 0
        return depth > 0

    def pieces(self) -> list[Piece]:
        found = []
        for k, event in enumerate(self.events):
            place, mode = self.where(k)
            tracks, deciding = self.open_tracks(k), self.deciding(k)
            hidden = sum(mode == "work" for _, mode in tracks.values())
            blocked = self.is_blocked(k)
            if deciding and mode == "work" and not blocked:
                hidden -= 1
            if blocked and place != NOWHERE:
                mode = "blocked"
            until = self.events[k + 1].at if k + 1 < len(self.events) else None
            found.append(Piece(event.at, until, place, mode, hidden, k))
        return found

    # ---- stays, lives, visits

    def stays(self) -> list[dict]:
        """Unbroken stays in a stage, in done or in cancelled; time of no stage of its own is given away first."""
        pieces = [p for p in self.pieces() if p.place != NOWHERE]
        settled: list[tuple[object, Piece]] = []
        for i, piece in enumerate(pieces):
            place = piece.place
            if place == PENDING:
                following = next((p.place for p in pieces[i:] if p.place != PENDING), None)
                place = following if self.is_stage(following) else settled[-1][0]
            settled.append((place, piece))
        stays: list[dict] = []
        for place, piece in settled:
            last = stays[-1]["place"] if stays else None
            if not stays or (last != place and not (self.is_end(last) and self.is_end(place))):
                stays.append({"place": place, "pieces": []})
            stays[-1]["pieces"].append(piece)
        for stay, after in zip(stays, [*stays[1:], None], strict=False):
            stay["entered"] = stay["pieces"][0].at
            stay["left"] = after["pieces"][0].at if after else None
        self.begins = {stay["pieces"][0].event for stay in stays}
        self.hold_transfers(stays)
        return stays

    def told(self) -> tuple[list[dict], list[dict]]:
        lives: list[list[dict]] = [[]]
        for stay in self.stays():
            lives[-1].append(stay)
            late = stay["left"] is not None and stay["left"] - stay["entered"] > self.stream.reopen_within_us
            if self.is_end(stay["place"]) and late:
                lives.append([])
        visits, items = [], []
        for number, stays in enumerate(lives, 1):
            own = self.visits_of(stays, number)
            items.append(self.item_of(stays, own, number))
            if items[-1]["outcome"] != "closed_unmapped":
                visits += own
        return visits, items

    def visits_of(self, stays: list[dict], life: int) -> list[dict]:
        ended = bool(stays) and self.is_end(stays[-1]["place"])
        rows = []
        for stay in stays[:-1] if ended else stays:
            row = {"key": self.key, "life": life, "stage": stay["place"], "entered": stay["entered"], "stay": stay}
            row["left"] = stay["left"]
            row["nth"] = 1 + sum(r["stage"] == row["stage"] for r in rows)
            for mode in STRENGTH:
                row[mode] = sum(self.length(p) for p in stay["pieces"] if self.mode(stay, p) == mode)
            row["parallel"] = self.parallel(stay)
            row["known"] = bool(stay["holders"])
            row["requeues"] = self.requeues(stay)
            row["people"], row["by_change"] = self.people(stay)
            row["transfers"], row["team"] = stay["transfers"], self.team(stay)
            rows.append(row)
        if ended and rows:
            rows[-1]["parallel"] += self.parallel(stays[-1])
        for row, after in zip(rows, [*stays[1:], None], strict=False):
            row["way"] = self.way(row["stage"], after["place"] if after else None)
        self.judge(rows)
        self.mark_rework(rows)
        return rows

    def length(self, piece: Piece) -> int:
        return 0 if piece.until is None else piece.until - piece.at

    def parallel(self, stay: dict) -> int:
        """Hidden work of a stay, up to the item's last event."""
        return sum(self.length(p) * p.hidden for p in stay["pieces"])

    def mode(self, stay: dict, piece: Piece) -> str:
        """A stay after done is all queue; so is time given to a stage, unless blocked."""
        return "queue" if self.is_end(stay["place"]) else piece.mode

    def way(self, place: int, after: int | None) -> str:
        if after is None:
            return "open"
        if self.is_end(after):
            return "done" if after == self.done else "cancelled"
        if after < place:
            return "back"
        between = range(place + 1, after)
        return "forward" if all(self.outside(stage) for stage in between) else "skip"

    def requeues(self, stay: dict) -> int:
        """How often a stay went from work back to the queue; time blocked or outside in between is looked through."""
        modes = [mode for p in stay["pieces"] if (mode := self.mode(stay, p)) in ("work", "queue")]
        return sum(one == "work" and two == "queue" for one, two in pairwise(modes))

    # ---- returns

    def judge(self, rows: list[dict]) -> None:
        """Drop external visits, join equal neighbours: a backward move on one track is a return of the one before."""
        groups: list[list[dict]] = []
        for row in rows:
            row["returned"], row["returned_to"] = None, None
            if self.outside(row["stage"]):
                continue
            if groups and groups[-1][-1]["stage"] == row["stage"]:
                groups[-1].append(row)
            else:
                groups.append([row])
        for group, after in zip(groups, [*groups[1:], None], strict=False):
            row = group[-1]
            if self.is_end(row["stage"]):
                continue
            if after is None:
                way = rows[-1]["way"]
                row["returned"] = 0 if way == "done" else None
            elif self.is_end(after[0]["stage"]):
                row["returned"] = 0 if after[0]["stage"] == self.done else None
            else:
                back = after[0]["stage"] < row["stage"] and self.one_track_went_back(after[0]["stay"])
                row["returned"] = int(back)
                if back:
                    row["returned_to"] = after[0]["stage"]
                    after[0]["sent_back"] = True

    def one_track_went_back(self, stay: dict) -> bool:
        """Whether the event that brought the item into this stage moved its own track to an earlier stage.

        The states of an artefact, or of the item, are a track; its intervals are another, as long as they do not
        overlap: where the last to end stood, the track stood.
        """
        k = next(p.event for p in stay["pieces"] if p.place == stay["place"])
        event = self.events[k]
        before = [e for e in self.events[:k] if e.track == event.track]
        if event.kind is Kind.STATE:
            earlier = [e for e in before if e.kind is Kind.STATE]
        elif event.kind is Kind.START and not any(
            name[0] == event.track and name[1] != "states" for name in self.open_tracks(k - 1)
        ):
            earlier = [e for e in before if e.kind is Kind.END]
        else:
            return False
        meanings = [meaning for meaning in (self.means(e.value) for e in earlier) if meaning]
        stages = [place for place, _ in meanings if self.is_stage(place) and not self.outside(place)]
        now = self.means(event.value)
        return bool(stages and now) and self.is_stage(now[0]) and now[0] < stages[-1]

    def mark_rework(self, rows: list[dict]) -> None:
        """nth > 1 and a return or reopening since the previous visit to that stage."""
        for i, row in enumerate(rows):
            before = [j for j in range(i) if rows[j]["stage"] == row["stage"]]
            row["rework"] = int(
                bool(before)
                and any(
                    rows[j].get("sent_back") or self.is_end(rows[j - 1]["stage"]) for j in range(before[-1] + 1, i + 1)
                )
            )

    # ---- people

    def seat(self, k: int) -> int:
        """The event whose stay event k speaks of: a state its own, else the next that begins a stay at that instant."""
        at = self.events[k].at
        if self.events[k].kind is Kind.STATE:
            return k
        same = [i for i in range(k, len(self.events)) if self.events[i].at == at]
        return next((i for i in same if i in self.begins), k)

    def seated(self, stay: dict | None) -> list[int]:
        """The events that speak of a stay, or (None) of the time before the first."""
        begins = sorted(self.begins)
        first = stay["pieces"][0].event if stay else -1
        after = next((b for b in begins if b > first), len(self.events))
        return [k for k in range(len(self.events)) if first <= self.seat(k) < after]

    def telling(self) -> Kind:
        """Who holds it is told by assignments; where there is none at all, by intervals, else by changes of state."""
        kinds = {e.kind for e in self.events}
        return next((kind for kind in (Kind.ASSIGN, Kind.START) if kind in kinds), Kind.STATE)

    def owner(self, events: Iterable[int]) -> str | None:
        """Who holds it after these events."""
        telling = self.telling()
        told = [self.events[k] for k in events if self.events[k].kind is telling]
        return human(told[-1].value if telling is Kind.ASSIGN else told[-1].actor) if told else None

    def owners(self, stay: dict | None) -> list[str | None]:
        """Who held it in a stay, in order: the owner it came with unless it was assigned on entry, then the others."""
        if self.telling() is not Kind.ASSIGN:
            return []
        first = stay["pieces"][0].event if stay else -1
        assigned = [k for k in self.seated(stay) if self.events[k].kind is Kind.ASSIGN]
        entered = self.events[first].at if stay else None
        before = [k for k in range(first) if k not in self.seated(stay)]
        came_with = [] if any(self.events[k].at == entered for k in assigned) else [self.owner(before)]
        return came_with + [human(self.events[k].value) for k in assigned]

    def is_visit_after_done(self, stay: dict) -> bool:
        return stay["left"] is not None and stay["left"] - stay["entered"] <= self.stream.reopen_within_us

    def team(self, stay: dict) -> str | None:
        """The stage's team, else the item's at entry, else that of its owner at entry."""
        stage = self.stream.stages[stay["place"]] if self.is_stage(stay["place"]) else None
        if stage and stage.team:
            return stage.team
        heard = self.heard_at_entry(stay)
        teams = [self.events[k].value for k in heard if self.events[k].field == "team"]
        if teams and teams[-1]:
            return teams[-1]
        owner = self.owner(heard)
        return next((team for team, people in self.stream.teams.items() if owner in people), None)

    def heard_at_entry(self, stay: dict) -> list[int]:
        """The events before a stay, and those of its first instant that speak of it."""
        seated = [k for k in self.seated(stay) if self.events[k].at == stay["entered"]]
        return [k for k in range(len(self.events)) if self.seat(k) < stay["pieces"][0].event or k in seated]

    def people(self, stay: dict) -> tuple[int | None, bool]:
        """(how many people, whether only changes of state name them); None unknown."""
        first, events = stay["pieces"][0].event, self.seated(stay)
        found = set(self.owners(stay))
        for e in (self.events[k] for k in events):
            if e.kind in (Kind.TOUCH, Kind.START):
                found.add(human(e.actor))
        found.discard(None)
        if found:
            return len(found), False
        changes = [k for k in events if self.events[k].kind is not Kind.END]
        if stay["pieces"][0].mode != "work":
            changes = [k for k in changes if k != first]
        if stay["left"] is not None:
            changes.append(stay["pieces"][-1].event + 1)
        changed = {
            human(self.events[k].actor) for k in changes if self.events[k].kind in (Kind.STATE, Kind.START, Kind.END)
        } - {None}
        return (len(changed), True) if changed else (None, False)

    def hold_transfers(self, stays: list[dict]) -> None:
        """Changes of owner or team between successive known humans, counted in the stay of the later one.

        Where the item was never assigned, those who did its intervals stand for the owners, else those who changed
        its state.
        """
        telling, before = self.telling(), None
        visited = [s for s in stays if not self.is_end(s["place"]) or self.is_visit_after_done(s)]
        for stay in [None, *stays]:
            count = 0
            if telling is Kind.ASSIGN:
                holders = self.owners(stay)
            else:
                changes = [self.events[k] for k in self.seated(stay)]
                holders = [human(e.actor) for e in changes if e.kind is telling]
            for person in holders:
                if person is None:
                    continue
                team = self.team(stay) if stay in visited else None
                count += bool(before and (before[0] != person or (before[1] and team and before[1] != team)))
                before = person, team
            if stay:
                stay["transfers"], stay["holders"] = count, [p for p in holders if p]
                if self.is_end(stay["place"]) and stay not in visited:
                    before = None  # what comes later is an item of its own

    # ---- items

    def item_of(self, stays: list[dict], visits: list[dict], life: int) -> dict:
        row: dict = {"key": self.key, "life": life, "visits": len(visits)}
        last = stays[-1]["place"] if stays else None
        row["outcome"] = "not_started" if last is None else "open"
        row["finished"] = None
        if self.is_end(last):
            row["outcome"] = "done" if last == self.done else "cancelled"
            row["finished"] = stays[-1]["entered"]
        final = [e.value for e in self.all if e.kind is Kind.STATE and e.track is OWN]
        if final and final[-1] in self.stream.ignore and row["finished"] is None:
            row["outcome"] = "closed_unmapped"
        row["committed"] = stays[0]["entered"] if stays and self.is_stage(stays[0]["place"]) else None
        row["requested"] = (self.events or self.all)[0].at if life == 1 else row["committed"]
        worked = [p.at for v in visits for p in v["stay"]["pieces"] if self.mode(v["stay"], p) == "work"]
        row["started"] = min(worked, default=None)
        known = row["committed"] is not None and row["finished"] is not None
        row["lead"] = row["finished"] - row["committed"] if known else None
        row["returns"] = sum(v["returned"] == 1 for v in visits)
        row["reopened"] = sum(self.is_end(v["stage"]) for v in visits)
        row["first_pass"] = int(row["outcome"] == "done" and not row["returns"] and not row["reopened"])
        return row


# ---- batches


def batches(departures: list[dict]) -> dict[int, tuple[frozenset[int], bool]]:
    """Of each departure (by its place in the list) who left in the same batch, and whether it was a bulk update.

    A departure is a dict: stage, went_to, left, left_by, release, item; the last two may be None as left_by may. It is
    missing from the answer where neither a release nor a person is known.
    """
    groups: list[list[int]] = []
    order = sorted(range(len(departures)), key=lambda n: departures[n]["left"])
    for n in order:
        d = departures[n]
        for group in groups:
            first = departures[group[0]]
            if d["stage"] != first["stage"]:
                continue
            if d["release"] is not None or first["release"] is not None:
                if d["release"] == first["release"]:
                    group.append(n)
                    break
            elif (
                d["left_by"] is not None
                and (d["left_by"], d["went_to"]) == (first["left_by"], first["went_to"])
                and d["left"] - first["left"] <= BATCH_US
            ):
                group.append(n)
                break
        else:
            if d["release"] is not None or d["left_by"] is not None:
                groups.append([n])
    return {n: (frozenset(group), is_bulk(departures, n)) for group in groups for n in group}


def is_bulk(departures: list[dict], n: int) -> bool:
    """Whether within some minute around it its account made three moves or more of several items out of several stages.

    What leaves with a release is no bulk update.
    """
    who = departures[n]["left_by"]
    if who is None or departures[n]["release"] is not None:
        return False
    mine = [d for d in departures if d["left_by"] == who and d["release"] is None]
    for first in mine:
        window = [d for d in mine if 0 <= d["left"] - first["left"] <= BULK_US]
        inside = 0 <= departures[n]["left"] - first["left"] <= BULK_US
        several = len({d["item"] for d in window}) >= 2 and len({d["stage"] for d in window}) >= 2
        if inside and several and len(window) >= 3:
            return True
    return False
