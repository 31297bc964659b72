"""Options that commands share, and how a log is read with them."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from valuestream.cli.doing import told_to
from valuestream.errors import ConfigError
from valuestream.sources.source import Reading

if TYPE_CHECKING:
    from valuestream.log.event import Log

F = TypeVar("F", bound=Callable[..., Any])
Progress = Callable[[int, int], None]


def pairs(context: click.Context, option: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """`a=b,c=d`, once or several times, as a dictionary."""
    found = meanings(context, option, values)
    for name, value in found.items():
        if not value:
            raise click.BadParameter(f"'{name}=' is not of the form name=value.", context, option)
    return found


def meanings(context: click.Context, option: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """The same, where nothing may stand behind a sign: `note=` leaves a column aside."""
    found = {}
    for part in (part.strip() for value in values for part in value.split(",")):
        name, sign, value = part.partition("=")
        if not sign or not name.strip():
            raise click.BadParameter(f"{part!r} is not of the form name=value.", context, option)
        found[name.strip()] = value.strip()
    return found


def choices(context: click.Context, option: click.Parameter, values: tuple[str, ...]) -> dict[str, list[str]]:
    """`team=Blue`, several times: values of one column are alternatives."""
    found: dict[str, list[str]] = {}
    for value in values:
        for name, text in pairs(context, option, (value,)).items():
            found.setdefault(name, []).append(text)
    return found


STREAM = (
    click.option(
        "--stream", "stream_file", metavar="FILE", help="A valuestream.yaml; without it the stages are guessed."
    ),
    click.option("--name", metavar="STREAM", help="Which stream of the file, where it has several."),
)

UNMAPPED = click.option(
    "--unmapped",
    type=click.Choice(["error", "exclude"]),
    default="error",
    show_default=True,
    help="States that no stage claims.",
)

READING = (
    click.option(
        "--columns",
        multiple=True,
        callback=meanings,
        metavar="MEANING=COLUMN,...",
        help="Which column means what: item=Key,time=Date. sprint=Iteration makes an attribute, note= leaves it.",
    ),
    click.option(
        "--shape",
        type=click.Choice(["events", "intervals", "changes", "sheet"]),
        help="The table's shape, where the guess is wrong.",
    ),
    click.option(
        "--zone", help="Zone of times that carry none, and of days and weeks, e.g. Europe/Berlin (default UTC)."
    ),
    click.option("--date-order", type=click.Choice(["ymd", "dmy", "mdy"]), help="Order of day and month in dates."),
    click.option("--delimiter", help="What separates the columns (default: found out)."),
    click.option("--encoding", help="The file's encoding (default: found out)."),
    click.option("--sheet", metavar="NAME", help="Which sheet of a spreadsheet, by name or number."),
    click.option(
        "--object-type", metavar="NAME", help="Whose objects are the items of an OCEL log (default: guessed)."
    ),
    click.option("--releases", metavar="PATTERNS", help="Which tags of a git repository are releases: v*,!*-rc*."),
    click.option("--branch", metavar="NAME", help="Whose changes count in a git repository (default: found out)."),
)

WINDOW = (
    click.option("--since", metavar="DATE", help="Begin of the window (included)."),
    click.option("--until", metavar="DATE", help="End of the window (excluded)."),
    click.option("--as-of", metavar="DATE", help="Replay only what had happened by then (default: the last event)."),
    click.option(
        "--where",
        multiple=True,
        callback=choices,
        metavar="COLUMN=VALUE",
        help="Only these, e.g. team=Blue; may be repeated.",
    ),
)


def with_options(*options: Callable[[F], F]) -> Callable[[F], F]:
    """Put shared options on a command, in their order."""

    def put(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return put


def read_log(source: str, options: dict[str, Any], *, zone: str | None = None) -> Log:
    """Read a file as the reading options say, with a progress bar for a person at a terminal.

    zone  of times that carry none, where neither an option nor the environment names one
    """
    from valuestream.sources.open import read

    with progress("Reading") as report:
        asked = reading(options, report)
        return read(source, replace(asked, zone=asked.zone or zone))


def zone_said(options: dict[str, Any]) -> str | None:
    """The zone that --zone or the environment names: of times that carry none, and of days and weeks."""
    return options["zone"] or os.environ.get("VSM_ZONE") or None


def reading(options: dict[str, Any], report: Progress | None = None) -> Reading:
    """The reading options of a command."""
    return Reading(
        columns=options["columns"],
        zone=zone_said(options),
        delimiter=options["delimiter"],
        encoding=options["encoding"],
        date_order=options["date_order"],
        shape=options["shape"],
        sheet=options["sheet"],
        object_type=options["object_type"],
        releases=options["releases"],
        branch=options["branch"],
        progress=report,
    )


@contextmanager
def progress(what: str) -> Iterator[Progress | None]:
    """A bar on stderr for work that takes longer than a moment; nothing where stderr is no terminal.

    In a server that does the command for another process, that one is told.
    """
    if (told := told_to()) is not None:
        yield told
        return
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, whole: bar.update(task, completed=done, total=whole)


def show_json(document: dict[str, Any]) -> None:
    """Print a document; a NaN would be a mistake of ours and is refused."""
    click.echo(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))


def target(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """A file to write to, looked at before the long work: its folder exists and it is no folder itself."""
    if value is None:
        return None
    folder, name = Path(value).resolve().parent, Path(value).name
    if os.path.isdir(value):
        raise ConfigError(f"{value} is a folder.", "Name a file.")
    if not os.path.isdir(folder):
        raise ConfigError(
            f"There is no folder {str(folder)!r} to write {name!r} into.", "Make it, or name another file."
        )
    return value


def not_itself(source: str, written: str | None) -> None:
    """Refuse to write over what is read."""
    if written and os.path.exists(written) and os.path.exists(source) and os.path.samefile(written, source):
        raise ConfigError(f"{written} is what is read: it would be lost.", "Name another file.")


def write_bytes(path: str, body: bytes) -> None:
    """Write a whole file of bytes or none."""
    from valuestream.sources.replacing import replacing

    place = Path(path)
    if place.exists() and not place.is_file():
        place.write_bytes(body)
        return
    with replacing(place) as part:
        part.write_bytes(body)


def write_file(path: str, text: str) -> None:
    """Write a whole file or none; a pipe or a device is written to as it is."""
    from valuestream.sources.replacing import replacing

    place = Path(path)
    if place.exists() and not place.is_file():
        place.write_text(text, encoding="utf-8", newline="\n")
        return
    with replacing(place) as part:
        part.write_text(text, encoding="utf-8", newline="\n")
