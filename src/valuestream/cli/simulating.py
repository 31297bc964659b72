"""How a command comes to a simulator: a log that is fitted, or a model written by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from valuestream.cli.asking import ASKING, asked
from valuestream.cli.options import progress, with_options
from valuestream.errors import InputError

if TYPE_CHECKING:
    from valuestream.simulation.model import Model
    from valuestream.simulation.simulator import Simulator

MODELS = (".yaml", ".yml", ".json")

SEED = click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Another seed, other chance.")

__all__ = ["ASKING", "SEED", "is_model", "simulator", "with_options"]


def is_model(source: str | None) -> bool:
    """Whether a source is a model written by hand: a YAML file, or a JSON file that says so."""
    if source is None or not source.lower().endswith(MODELS) or not Path(source).is_file():
        return False
    with Path(source).open(encoding="utf-8", errors="replace") as file:
        return not source.lower().endswith(".json") or "vsm.model/" in file.read(2000)


@contextmanager
def simulator(source: str | None, seed: int, options: dict[str, Any]) -> Iterator[Simulator]:
    """The simulator that the options name. Fitting tells how far it is on stderr."""
    if source is not None and is_model(source):
        from valuestream.simulation.simulator import by_hand

        yield by_hand(_model(source, options["name"]), seed=seed)
        return
    from valuestream.what_if import fitted

    with asked({"source": source, **options}) as stream, progress("Fitting") as report:
        made = fitted(stream, seed=seed, progress=report)
    yield made


def _model(source: str, name: str | None) -> Model:
    """The model in a file: one that is written there, or that of a stream's declared stages."""
    from valuestream.simulation.written import from_dict, from_json, plain_yaml

    try:
        text = Path(source).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{source}: This is no text: {error.reason}.", "A model is UTF-8 text.") from None
    if source.lower().endswith(".json"):
        return from_json(text)
    told = plain_yaml(text)
    if isinstance(told, dict) and "streams" in told:
        from valuestream.config import one_stream
        from valuestream.simulation.declared import declared_model

        return declared_model(one_stream(source, name))
    return from_dict(told)
