"""Write the pages of docs/reference and the outputs shown in the other pages from the program itself.

    python scripts/docs.py            write them, and the picture of the demo's map
    python scripts/docs.py --check    say which are out of date, and fail

A page may show what a command prints; between these marks the text is the program's own:

    <!-- vsm discover docs/example/orders.csv -->
    <!-- end -->
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).resolve().parents[1]
WIDTH = 100
NOTICE = "<!-- Written by `make docs` from the program itself: change it there. -->"
SHOWN = re.compile(r"(?P<mark><!-- vsm (?P<args>[^\n]*?) -->\n).*?(?=<!-- end -->)", re.DOTALL)

Schema = Mapping[str, Any]


def pages() -> dict[str, str]:
    """Every generated page: path below the root, and what must stand in it."""
    written = {
        "docs/reference/commands.md": commands(),
        "docs/reference/metrics.md": metrics(),
        "docs/reference/settings.md": settings(),
        "docs/reference/json.md": documents(),
    }
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        text = path.read_text(encoding="utf-8")
        if SHOWN.search(text):
            written[path.relative_to(ROOT).as_posix()] = SHOWN.sub(_with_output, text)
    return written


def commands() -> str:
    """The page of commands: what `--help` says of each."""
    from valuestream.cli.main import vsm

    sections = [f"## {name}\n\n```text\n{text}\n```" for name, text in _helps(vsm, "vsm", None)]
    return _page("Commands", "What each command says of itself with `--help`.", *sections)


def _helps(command: click.Command, name: str, parent: click.Context | None) -> Iterator[tuple[str, str]]:
    width = {"terminal_width": WIDTH, "max_content_width": WIDTH}
    context = click.Context(command, info_name=name, parent=parent, **{**command.context_settings, **width})
    yield context.command_path, command.get_help(context).rstrip()
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            if found is not None and not found.hidden:
                yield from _helps(found, child, context)


def metrics() -> str:
    """The page of metrics: each entry of the catalogue with its rule."""
    from valuestream.metrics.catalogue import CATALOGUE
    from valuestream.metrics.columns import COLUMNS
    from valuestream.metrics.grouping import legal

    sections = []
    for metric in sorted(CATALOGUE, key=lambda metric: metric.name):
        left_out = "; ".join(reason for reason, _ in metric.leaves_out) or "nothing"
        rows = [
            ("over", f"{metric.over} where `{metric.of}`" if metric.of != "true" else metric.over),
            ("clock", metric.clock),
            ("unit", metric.unit),
            ("better", metric.better),
            ("left out", left_out),
            ("grouped by", ", ".join([*legal(metric, ()), *["attributes"] * ("type" in metric.by)]) or "nothing"),
        ]
        rule = f"```sql\n{metric.sql.strip()}\n```"
        sections.append(f"## {metric.name}\n\n{metric.asks}\n\n{metric.rule}\n\n{_table(('', ''), rows)}\n\n{rule}")
    for grain in ("items", "visits"):
        known = [(f"`{name}`", meaning) for name, meaning in COLUMNS[grain].items()]
        lead = f"What an expression of your own over `{grain}` may use; null where unknown."
        sections.append(f"## Columns of {grain}\n\n{lead}\n\n{_table(('column', 'holds'), known)}")
    lead = (
        "A metric is one aggregate over one table of the flow. Durations are in seconds, shares from 0 to 1.\n"
        "The clock is the instant that decides whether a row falls into the window that was asked for.\n"
        "Your own metrics are expressions over the columns at the end of this page: see\n"
        "[how to](../how-to/metrics-and-explain.md)."
    )
    return _page("Metrics", lead, *sections)


def settings() -> str:
    """The page of settings: every key of `valuestream.yaml`."""
    from valuestream.config import json_schema

    lead = "What may stand in `valuestream.yaml`. A key that is not listed here is an error that names its line."
    return _page("Settings", lead, *_sections(json_schema(), "valuestream.yaml"))


def documents() -> str:
    """The page of JSON documents: every key of every schema in `valuestream/schemas`."""
    folder = ROOT / "src" / "valuestream" / "schemas"
    sections = []
    for path in sorted(folder.glob("*.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        sections += _sections(schema, schema.get("title", path.stem))
    lead = (
        "What commands write with `--json`. Durations are seconds (`_s`), shares 0 to 1, instants RFC 3339 in UTC;\n"
        "`null` is unknown, never 0. Additions keep the number of a schema; anything else raises it."
    )
    return _page("JSON documents", lead, *sections)


def _sections(schema: Schema, title: str) -> list[str]:
    """One section for the schema itself and one for each of its definitions."""
    found = [_section(schema, title, "##")]
    found += [_section(part, name, "###") for name, part in sorted(schema.get("$defs", {}).items())]
    return [section for section in found if section]


def _section(schema: Schema, title: str, level: str) -> str:
    required = set(schema.get("required", ()))
    rows = [
        (
            f"`{name}`",
            _type(part),
            "required" if name in required else _default(part),
            " ".join(part.get("description", "").split()),
        )
        for name, part in schema.get("properties", {}).items()
    ]
    about = schema.get("description", "").strip()
    if not rows:
        return f"{level} {title}\n\n{about or 'Holds'}: {_type(schema)}" if "type" in schema or about else ""
    table = _table(("key", "holds", "default", "meaning"), rows)
    return "\n\n".join(filter(None, (f"{level} {title}", about, table)))


def _default(part: Schema) -> str:
    """What holds where the key is missing."""
    value = part.get("default")
    return "" if value in (None, [], {}) else f"`{json.dumps(value)}`"


def _type(part: Schema) -> str:
    """A schema's type in a few words."""
    if "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in part:
            options = list(dict.fromkeys(_type(option) for option in part[choice]))
            if {"text", "number", "boolean"} <= set(options):  # YAML reads 7 and yes as it likes
                options = [option for option in options if option not in ("number", "boolean")]
            return " or ".join(option for option in options if option != "null")
    if "const" in part:
        return f"`{json.dumps(part['const'])}`"
    if "enum" in part:
        return " or ".join(f"`{json.dumps(value)}`" for value in part["enum"])
    kind = part.get("type", "anything")
    if isinstance(kind, list):
        return _type({"anyOf": [{**part, "type": one} for one in kind]})
    if kind == "string":
        return "text"
    if kind == "array":
        if "prefixItems" in part:
            return "list of " + ", ".join(_type(item) for item in part["prefixItems"])
        return f"list of {_type(part.get('items', {}))}"
    values = part.get("additionalProperties")
    if kind == "object" and isinstance(values, Mapping):
        return f"name: {_type(values)}"
    return str(kind)


def _with_output(match: re.Match[str]) -> str:
    text = output(*match["args"].split())
    return f"{match['mark']}```text\n$ vsm {match['args']}\n{text.rstrip()}\n```\n"


def output(*args: str) -> str:
    """What `vsm` prints for these arguments, in the root of the project."""
    environment = {**os.environ, "COLUMNS": str(WIDTH), "NO_COLOR": "1", "PYTHONUTF8": "1", "TZ": "UTC"}
    ran = subprocess.run(
        [sys.executable, "-m", "valuestream", *args],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if ran.returncode:
        sys.exit(f"vsm {' '.join(args)} left with {ran.returncode}:\n{ran.stderr}")
    return "\n".join(line.rstrip() for line in ran.stdout.splitlines())


def _page(title: str, lead: str, *sections: str) -> str:
    return "\n\n".join((f"# {title}", NOTICE, lead, *sections)) + "\n"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *(tuple(cell.replace("|", "\\|") for cell in row) for row in rows)]
    return "\n".join("|" + "|".join(f" {cell} " if cell else " " for cell in line) + "|" for line in lines)


def stale(written: Mapping[str, str]) -> list[str]:
    """The differences between the pages as they stand and as they should; empty: all is up to date."""
    found = []
    for name, text in written.items():
        path = ROOT / name
        stands = path.read_text(encoding="utf-8") if path.exists() else ""
        if stands != text:
            ways = difflib.unified_diff(stands.splitlines(), text.splitlines(), name, "should be", lineterm="", n=0)
            found.append("\n".join(list(ways)[:20]))
    return found


def main(arguments: list[str] | None = None) -> int:
    """Write the pages, or with `--check` only compare them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing; fail where a page is out of date")
    check = parser.parse_args(arguments).check
    written = pages()
    if check:
        found = stale(written)
        print(*found, sep="\n\n", file=sys.stderr)
        print(f"{len(found)} of {len(written)} generated pages are out of date" + "; `make docs`." * bool(found))
        return int(bool(found))
    for name, text in written.items():
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / name).write_text(text, encoding="utf-8", newline="\n")
    output("demo", "--svg", "docs/map.svg")
    return 0


if __name__ == "__main__":
    sys.exit(main())
