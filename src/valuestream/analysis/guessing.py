"""Which part each state plays: what its name says, weighed against how it behaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from valuestream.analysis import state_words as words
from valuestream.analysis.evidence import Evidence
from valuestream.analysis.suggestion import MODES
from valuestream.analysis.wording import names, percent, stay, time_of

NEARLY_ALL = 0.9
MOSTLY = 0.5
RARE = 0.002
"""A state in fewer of the items than this is rare: what its name does not say is not guessed from it."""
DAY_S = 86_400
RARELY = "it hardly ever occurs"


@dataclass
class Guessing:
    """What is decided so far: role and reason of each state; then the stage of each."""

    evidence: dict[str, Evidence]
    intervals: bool
    items: int
    role: dict[str, str] = field(default_factory=dict)
    reason: dict[str, str] = field(default_factory=dict)
    stage: dict[str, str] = field(default_factory=dict)
    stages: list[str] = field(default_factory=list)

    def decide(self, state: str, role: str, reason: str) -> None:
        self.role[state], self.reason[state] = role, reason

    def open(self) -> list[Evidence]:
        """States that are not decided, in the order of the flow."""
        return [one for one in self.evidence.values() if one.name not in self.role]

    def having(self, *roles: str) -> set[str]:
        return {state for state, role in self.role.items() if role in roles}


def find_cancelled(guessing: Guessing) -> None:
    for one in guessing.open():
        if words.said_by(one.name) != words.CANCELLED:
            continue
        closing = {s for s in one.after if words.said_by(s) in (words.DONE, words.ARCHIVED)}
        if one.ends_share + one.share_after(closing) >= MOSTLY:
            end = f"{percent(one.ends_share)} of {one.n:,} end there"
            guessing.decide(one.name, "cancelled", f"its name says that the item is given up, and {end}")


def find_bookkeeping(guessing: Guessing) -> None:
    """States that only follow an end: nothing is done there any more.

    They end nearly all their items, come nearly always from one state that says done, and that state nearly
    always goes on to them. Where no name says done, a long delay and one account that closes say the same.
    """
    for one in guessing.open():
        if one.ends_share < NEARLY_ALL or words.said_by(one.name) not in (words.DONE, words.ARCHIVED):
            continue
        ends = {state for state in one.before if _only_leads_to(guessing, guessing.evidence[state], one)}
        delivered = ends - guessing.having("cancelled")
        if not delivered or one.share_before(ends) < NEARLY_ALL:
            continue
        source = max(delivered, key=lambda state: (one.before[state], state))
        account = one.one_account or 0
        who = f", {percent(account)} of them closed by one account" if account >= MOSTLY else ""
        why = f"bookkeeping: {percent(one.share_before(ends))} of {one.n:,} come from {names(ends)}"
        after = time_of(guessing.evidence[source].median_s)
        guessing.decide(one.name, "ignore", f"{why} after {after} at the median{who}")
        for state in delivered:
            before = guessing.evidence[state]
            onward = f"{percent(before.share_after({one.name}))} of {before.n:,} go on to {names([one.name])} alone"
            guessing.decide(state, "done", f"the work ends here: {onward}, which is bookkeeping")


def _only_leads_to(guessing: Guessing, source: Evidence, target: Evidence) -> bool:
    """Whether an end (by role, by name, or by behaviour) only waits to be closed."""
    onward = source.share_after({target.name})
    if onward < MOSTLY or onward + source.ends_share < NEARLY_ALL:
        return False
    said, account = words.said_by(source.name), target.one_account or 0
    closes_itself = (source.median_s or 0) >= DAY_S and account >= NEARLY_ALL
    is_end = said == words.DONE and not words.on_the_way(source.name)
    return guessing.role.get(source.name) == "cancelled" or is_end or (said is None and closes_itself)


def find_done(guessing: Guessing) -> None:
    """States in which the work is delivered: their name says so and little follows; else where most items end."""
    over = guessing.having("cancelled", "ignore", "done")
    named = [one for one in guessing.open() if words.said_by(one.name) in (words.DONE, words.ARCHIVED)]
    for _ in named:  # a state that only leads to done states is one of them
        more = {one.name for one in named if one.ends_share + _onward(one, over) >= MOSTLY}
        if more <= over:
            break
        over |= more
    for one in named:
        if one.name in over:
            guessing.decide(one.name, "done", f"its name says so, and {_ending(one, over)}")
    if guessing.having("done"):
        return
    ends = [one for one in guessing.open() if one.ends_share >= 0.8 and _may_be_an_end(one.name)]
    if ends and len(guessing.evidence) > 1:
        last = max(ends, key=lambda one: (one.ends_share * one.n, one.position))
        if last.ends_share * last.n >= 0.2 * guessing.items and last.before:
            why = (
                f"no name says done, but {percent(last.ends_share)} of its {last.n:,} stays are the last. Please check"
            )
            guessing.decide(last.name, "done", why)


def _onward(one: Evidence, over: set[str]) -> float:
    """Share of stays that go on to another end; a step on the way, like merged, is no end because of that."""
    return 0.0 if words.on_the_way(one.name) else one.share_after(over)


def _may_be_an_end(name: str) -> bool:
    return words.said_by(name) is None or words.plain(name).endswith("ed")


def find_before(guessing: Guessing) -> None:
    for one in guessing.open():
        if words.said_by(one.name) == words.BEFORE:
            earlier = guessing.having("before")
            starts = 1 - sum(one.before.values()) / one.n + one.share_before(earlier)
            if starts >= MOSTLY:
                why = f"its name says that nobody has committed to it, and {percent(starts)} of {one.n:,} begin there"
                guessing.decide(one.name, "before", why)


def find_modes(guessing: Guessing) -> None:
    """Queue, work, blocked or external for every state that is left."""
    for one in guessing.open():
        said = words.said_by(one.name)
        if said == words.EXTERNAL:
            guessing.decide(one.name, "external", f"its name says that somebody outside must act; {stay(one)}")
        elif guessing.intervals:
            still = words.stands_still(one.name)
            why = "its name says waiting" if still else f"an activity with start and end; {stay(one)}"
            guessing.decide(one.name, "queue" if still else "work", why)
        elif said == words.BLOCKED:
            guessing.decide(one.name, "blocked", f"its name says that the work is held up; {stay(one)}")
        elif said in (words.QUEUE, words.BEFORE):
            guessing.decide(one.name, "queue", "its name says waiting")
        elif said == words.WORK:
            guessing.decide(one.name, "work", f"its name says that somebody works; {stay(one)}")
        else:
            guessing.decide(one.name, *_by_behaviour(one, said))


_BROAD = {"queue": "work", "work": "done", "done": "queue work"}
"""Category of the tool -> roles that it contradicts; what a name says more finely (before, blocked) stays."""


def heed_categories(guessing: Guessing, categories: Mapping[str, str]) -> None:
    """Let the tool's own category of a state decide where the guess contradicts it."""
    for state, category in categories.items():
        if guessing.role.get(state) in _BROAD.get(category, "").split():
            guessing.decide(state, category, f"the tool itself counts it as {category}")


def _by_behaviour(one: Evidence, said: str | None) -> tuple[str, str]:
    """Role and reason of a state whose name does not decide."""
    few = f"only {percent(one.ends_share)} of {one.n:,} end there"
    if said == words.CANCELLED:
        return "queue", f"its name says given up, but {few}: it waits to be resumed"
    if said in (words.DONE, words.ARCHIVED):
        return "queue", f"its name says done, but {few}: it waits for what follows"
    if one.items_share < RARE:
        return "queue", f"{RARELY} ({one.n:,}) and its name says nothing: taken as waiting. Please check"
    same = one.same_person
    if same is not None and same >= 0.6:
        return "work", f"unclear name; in {percent(same)} who began it also ended it, as with work. Please check"
    if same is not None and same <= 0.2:
        return "queue", f"unclear name; in {percent(1 - same)} somebody else took it on. Please check"
    return "work", f"nothing in its name or behaviour says waiting; {stay(one)}. Please check"


def keep_one_stage(guessing: Guessing) -> None:
    """A stream without a stage is none: give back what was set aside, most useful first."""
    for role in ("before", "ignore", "done", "cancelled"):
        if guessing.having(*MODES):
            return
        for state in guessing.having(role):
            mode = "queue" if role == "before" else "work"
            guessing.decide(state, mode, f"seems to be `{role}`, but then no state would be left to be a stage")


def _ending(one: Evidence, over: set[str]) -> str:
    if one.ends_share >= MOSTLY:
        return f"{percent(one.ends_share)} of {one.n:,} stays are the last of their item"
    return f"{percent(one.ends_share + one.share_after(over))} of {one.n:,} stays end there or in another end"
