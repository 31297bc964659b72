"""Models and words that the tests of the simulator share."""

from __future__ import annotations

from valuestream.simulation.answer import Run, recorded
from valuestream.simulation.demand import Arrivals, ItemType
from valuestream.simulation.duration import WEEK_S, Duration, exponential
from valuestream.simulation.engine import Length
from valuestream.simulation.model import Model, Route, Stage


def poisson(
    per_second: float, *, bursts: tuple[tuple[int, float], ...] = (), types: tuple[ItemType, ...] = ()
) -> Arrivals:
    """A Poisson stream of that many items per second."""
    return Arrivals(per_week=per_second * WEEK_S, bursts=bursts, types=types)


def single(
    service: Duration, *, rate: float = 0.8, servers: int = 1, order: str = "fifo", arrivals: Arrivals | None = None
) -> Model:
    """One stage."""
    return Model("single", arrivals or poisson(rate), (Stage("Work", service, servers=servers, order=order),))


TANDEM = Model(
    "tandem",
    poisson(1.0),
    (
        Stage("Dev", exponential(2.1), servers=4),
        Stage("Test", exponential(1.0), servers=2),
        Stage("Deploy", exponential(1.6), servers=2),
    ),
    (Route("Test", "Dev", 0.3),),
)


def replay(*at: float, types: tuple[ItemType, ...] = ()) -> Arrivals:
    """Arrivals at these seconds."""
    return Arrivals(at=at, types=types)


def told(model: Model, *, until: float = 1e6, replication: int = 0) -> list[str]:
    """Every visit of a short run in words: item, stage, entered, then / where the next stretch begins, .. left."""
    found = recorded(model, length=Length(items=None, horizon_s=until), replication=replication)
    return [_visit(found, row) for row in sorted(range(len(found.visits)), key=lambda row: _rank(found, row))]


def _rank(found: Run, row: int) -> tuple[int, float, int]:
    return int(found.visits[row].number), float(found.visits[row].entered), row


def _visit(found: Run, row: int) -> str:
    """`1 Dev 0 wait 2 work 5 held 7 stopped 8`: item 1 came at 0, waited until 2, was worked on until 5 and so on."""
    visit = found.visits[row]
    words = [f"{visit.number + 1} {found.model.stages[visit.stage].name} {visit.entered:g}"]
    before = visit.entered
    ends = (visit.started, visit.worked, visit.ready, visit.left)
    for name, end in zip(("wait", "work", "held", "stopped"), ends, strict=True):
        if end < 0:
            return " ".join([*words, f"{name} .."])
        if end > before:
            words.append(f"{name} {end:g}")
        before = end
    return " ".join(words)
