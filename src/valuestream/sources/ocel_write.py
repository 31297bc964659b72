"""Any log written as OCEL 2.0, the form chosen by the file's ending."""

from __future__ import annotations

from pathlib import Path

from valuestream.errors import InputError
from valuestream.log.event import Log
from valuestream.sources import ocel_forms
from valuestream.sources.ocel_content import Content
from valuestream.sources.replacing import replacing
from valuestream.sources.told import Written


def write_ocel(log: Log, path: str | Path) -> Written:
    """Write `log` to `path` as SQLite (.sqlite), JSON (.json, .jsonocel) or XML (.xml, .xmlocel).

    Another ending is an InputError; an existing file is replaced once the new one is whole. Lines, rejects and notes
    are not written.
    """
    path = Path(path)
    forms = {
        ".sqlite": ocel_forms.to_sqlite,
        ".json": ocel_forms.to_json,
        ".jsonocel": ocel_forms.to_json,
        ".xml": ocel_forms.to_xml,
        ".xmlocel": ocel_forms.to_xml,
    }
    write = forms.get(path.suffix.lower())
    if write is None:
        raise InputError(f"{path.name} ends in none of {', '.join(forms)}.", "Name the OCEL form by the ending.")
    content = Content(log)
    with replacing(path) as beside:
        write(content, beside)
    return Written(content.written, content.told.replaced)
