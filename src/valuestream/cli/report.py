"""`vsm report`: a stream on paper."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from valuestream.cli.asking import ASKING, asked, with_options
from valuestream.cli.future_file import read_map
from valuestream.cli.options import not_itself, target, write_bytes, write_file
from valuestream.errors import ConfigError

if TYPE_CHECKING:
    from valuestream.value_stream import ValueStream

ENDINGS = (".html", ".htm", ".pdf", ".png")


@click.command()
@with_options(*ASKING)
@click.option("-o", "--output", metavar="FILE", required=True, callback=target, help="Where to: .html, .pdf or .png.")
@click.option(
    "--kind",
    type=click.Choice(["report", "executive", "weekly"]),
    default="report",
    show_default=True,
    help="Everything; one page for a decision; a weekly review.",
)
@click.option(
    "--against",
    metavar="FILE",
    help="A snapshot (its name in the workspace, or a file), or an earlier `vsm map --json`. A weekly review of a "
    "workspace is held against the last snapshot.",
)
def report(output: str, kind: str, against: str | None, **options: Any) -> None:
    """Write a report into one file that opens offline and prints well.

    A PDF or PNG is made by a browser that is installed (chromium, Chrome, Edge; VSM_BROWSER names another).

    \b
        vsm report tickets.csv -o report.html
        vsm report tickets.csv -o page.pdf --kind executive --since 2026-07-01
        vsm report tickets.csv -o review.html --kind weekly --against snapshots/june.json
    """  # noqa: D301
    from valuestream.reports.gather import gather
    from valuestream.reports.page import report as page

    not_itself(options["source"] or "", output)
    ending = Path(output).suffix.lower()
    if ending not in ENDINGS:
        raise ConfigError(f"'{Path(output).name}' does not say what it is to be.", "End it in .html, .pdf or .png.")
    earlier = _earlier(against, options) if against else None
    with asked(options) as stream:
        name = Path(against or "").name
        if against is None and kind == "weekly" and options["source"] is None:
            found, earlier = _latest(stream, options)
            name = found or ""
        text = page(gather(stream, against=earlier, against_name=name), kind)
    if ending in (".html", ".htm"):
        write_file(output, text)
    else:
        from valuestream.reports.printed import printed

        write_bytes(output, printed(text, ending[1:]))
    click.echo(f"Written to {output}")


def _latest(stream: ValueStream, options: dict[str, Any]) -> tuple[str | None, dict[str, Any] | None]:
    """The workspace's last snapshot of the stream: what a weekly review is held against."""
    from valuestream.cli.workspaces import folder
    from valuestream.workspace_snapshots import latest

    told = stream.about()
    return latest(folder(options), told["stream"], told["filters"])


def _earlier(name: str, options: dict[str, Any]) -> dict[str, Any]:
    """The snapshot of that name in the workspace, or a file: a snapshot or an earlier map."""
    if Path(name).is_file():
        return read_map(Path(name), ("vsm.snapshot/1", "vsm.map/1"))
    from valuestream.cli.workspaces import folder
    from valuestream.workspace_snapshots import read

    return read(folder(options) if options["source"] is None else None, name)
