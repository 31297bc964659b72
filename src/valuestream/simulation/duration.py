"""How long something takes, as a random variable; durations are seconds."""

from __future__ import annotations

from dataclasses import dataclass, replace

HOUR_S = 3_600.0
DAY_S = 24 * HOUR_S
WEEK_S = 7 * DAY_S

KINDS = ("deterministic", "exponential", "lognormal", "gamma", "empirical")


@dataclass(frozen=True)
class Duration:
    """How long something takes, as a random variable.

    kind     deterministic, exponential, lognormal, gamma or empirical
    mean     seconds; of an empirical one the values decide and this is ignored
    cv       standard deviation as a share of the mean, of lognormal and gamma
    values   of an empirical one: durations in seconds, each as likely as the others
    """

    kind: str = "exponential"
    mean: float = 0.0
    cv: float = 1.0
    values: tuple[float, ...] = ()

    @property
    def expected(self) -> float:
        """The mean in seconds, whatever the kind."""
        if self.kind == "empirical":
            return sum(self.values) / len(self.values) if self.values else 0.0
        return self.mean

    @property
    def expected_square(self) -> float:
        """The mean of the square, in seconds squared."""
        if self.kind == "empirical":
            return sum(value * value for value in self.values) / max(1, len(self.values))
        spread = {"deterministic": 0.0, "exponential": 1.0}.get(self.kind, self.cv)
        return self.mean**2 * (1 + spread**2)

    def times(self, factor: float) -> Duration:
        """The same shape, longer or shorter."""
        return replace(self, mean=self.mean * factor, values=tuple(value * factor for value in self.values))


def fixed(mean: float) -> Duration:
    """Always the same, seconds."""
    return Duration("deterministic", mean)


def exponential(mean: float) -> Duration:
    """Exponential, seconds."""
    return Duration("exponential", mean)


def lognormal(mean: float, cv: float) -> Duration:
    """Lognormal by its mean (seconds) and coefficient of variation."""
    return Duration("lognormal", mean, cv)


def gamma(mean: float, cv: float) -> Duration:
    """Gamma by its mean (seconds) and coefficient of variation."""
    return Duration("gamma", mean, cv)


def empirical(values: tuple[float, ...]) -> Duration:
    """Drawn from what was measured, seconds."""
    return Duration("empirical", values=tuple(values))
