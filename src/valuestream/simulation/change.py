"""One change as it is written, `Review.servers=+1`, and the values that it may give: numbers, durations, flags."""

from __future__ import annotations

from dataclasses import dataclass

from valuestream.config_units import Unreadable, duration_s
from valuestream.errors import ConfigError
from valuestream.simulation.capacity import Cadence
from valuestream.simulation.duration import Duration

NONE = ("none", "never", "no", "off")


@dataclass(frozen=True)
class Change:
    """One change: of what ("" is the whole stream, else a stage, a pool or a type), which key, to which value."""

    target: str
    key: str
    value: str

    def __str__(self) -> str:
        return f"{self.target}.{self.key}={self.value}" if self.target else f"{self.key}={self.value}"


def change_of(text: str) -> Change:
    """A change as it is written. ConfigError for what is none."""
    left, sign, value = text.partition("=")
    target, _, key = left.strip().rpartition(".")
    if not sign or not key.strip() or not value.strip():
        raise ConfigError(
            f"{text!r} is no change.", "Write what, a dot, which key, =, the value: 'Review.servers=3', 'demand=+10%'."
        )
    return Change(target.strip(), key.strip().lower(), value.strip())


def number_of(change: Change, now: float) -> float:
    """3, +1, -1, +10%, -50%, 12%, x0.5: absolute, or relative to what is now."""
    text = change.value.replace(" ", "")
    share = text.endswith("%")
    try:
        value = float(text.lstrip("x").rstrip("%"))
    except ValueError:
        raise ConfigError(f"{change}: {change.value!r} is no number.", "Write 3, +1, -1, +10%, -50% or x0.5.") from None
    if text.startswith("x"):
        return now * value
    if text[0] in "+-":
        then = now * (1 + value / 100) if share else now + value
        if then < 0:
            raise ConfigError(f"{change}: that takes away more than there is ({now:g}).", "Write -100% at most.")
        return then
    return value / 100 if share else value


def whole_number_of(change: Change, now: int | None) -> int | None:
    if change.value.lower() in NONE:
        return None
    if now is None and change.value[0] in "+-x":
        raise ConfigError(f"{change}: there is no {change.key} to change.", "Give a number without a sign.")
    return round(number_of(change, float(now or 0)))


def rank_of(change: Change, now: int) -> int:
    """A priority: 2, or +1 and -1 from what it is now, below nothing too."""
    text = change.value.replace(" ", "")
    try:
        value = int(text)
    except ValueError:
        hint = "Write a whole number; the smaller, the sooner."
        raise ConfigError(f"{change}: {change.value!r} is no priority.", hint) from None
    return now + value if text[0] in "+-" else value


def flag_of(change: Change, now: object = None) -> bool:
    if change.value.lower() in ("true", "yes", "on"):
        return True
    if change.value.lower() in ("false", *NONE):
        return False
    raise ConfigError(f"{change}: {change.value!r} is neither true nor false.", "Write true or false.")


def seconds_of(change: Change) -> float:
    try:
        return duration_s(change.value)
    except Unreadable as error:
        raise ConfigError(f"{change}: {error}.", error.hint) from None


def duration_of(change: Change, now: Duration | None) -> Duration | None:
    """The same shape, longer or shorter; `none` is no time at all."""
    if change.value.lower() in NONE:
        return None if change.key == "timer" else Duration("deterministic", 0.0)
    relative = change.value[0] in "+-x" or change.value.endswith("%")
    if now is None or not now.expected:
        if relative:
            raise ConfigError(f"{change}: there is no {change.key} to change.", "Give a duration: '2 h'.")
        return Duration("deterministic", seconds_of(change))
    wanted = number_of(change, now.expected) if relative else seconds_of(change)
    return now.times(wanted / now.expected)


def cadence_of(change: Change, now: Cadence | None) -> Cadence | None:
    """`none`, or how often: the phase stays where it is."""
    if change.value.lower() in NONE:
        return None
    every = number_of(change, now.every) if now and change.value[0] in "-x" else seconds_of(change)
    return Cadence(every, (now.offset if now else 0.0) % every) if every > 0 else None
