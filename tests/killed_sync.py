"""A sync of a Redmine that kills itself after so many pages: `killed_sync.py URL PROJECT FILE PAGES`."""

from __future__ import annotations

import os
import pickle
import signal
import sys
from pathlib import Path

from valuestream.log.memory import MemorySink


class FileSink(MemorySink):
    """A log in memory that a file keeps: each page replaces the file as a whole."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        if path.exists():
            self.__dict__.update(pickle.loads(path.read_bytes()))

    def put_page(self, *arguments, **options):
        counts = super().put_page(*arguments, **options)
        part = self.path.with_suffix(".part")
        part.write_bytes(pickle.dumps({name: value for name, value in self.__dict__.items() if name != "path"}))
        part.replace(self.path)
        return counts


class Dying(FileSink):
    """Ends the process, as the system does when memory is short."""

    pages = 0

    def put_page(self, *arguments, **options):
        counts = super().put_page(*arguments, **options)
        Dying.pages -= 1
        if Dying.pages == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return counts


def main() -> None:
    from valuestream.sources.http import Http
    from valuestream.sources.redmine import Redmine
    from valuestream.sources.sync import sync

    url, project, store, pages = sys.argv[1:]
    Dying.pages = int(pages)
    connector = Redmine(url, os.environ["VSM_TEST_REDMINE_KEY"], (project,), page=2)
    with Http(connector.host()) as web:
        sync(connector, Dying(Path(store)), "tool", web, compare=False)


if __name__ == "__main__":
    main()
