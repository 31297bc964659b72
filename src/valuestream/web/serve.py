"""One process that serves the pages on this machine only, and says where, so that commands find it."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from valuestream.errors import ConfigError
from valuestream.web.urgency import stand_back

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI

    from valuestream.web.ahead import Seen

HOST = "127.0.0.1"
PORT = 8765
SERVER = "server.json"
SWITCH_S = 0.0005
"""Seconds after which a thread lets another one go on: a page waits that long each of the many times it asks the store
while something is imported, by Python's own setting up to 5 ms.
"""


WARM_AFTER_S = 3.0
"""Seconds after which, in a moment without a page, the simulator's loops are compiled or loaded, so that the first
what-if does not wait for it.
"""


class Running(NamedTuple):
    """A server as `.vsm/server.json` tells of it."""

    pid: int
    port: int
    token: str

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}/"


def bound(port: int) -> socket.socket:
    """A socket on the loopback; port 0: any free one. ConfigError where the port is taken or may not be used."""
    # with its protocol named, asyncio lets no answer wait for an acknowledgement: 40 ms, for head and body apart
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((HOST, port))
        made.listen(128)
    except OSError as error:
        made.close()
        if error.errno == errno.EADDRINUSE:
            raise ConfigError(
                f"Port {port} on {HOST} is taken by another program.", "Name another, or any free one: `--port 0`."
            ) from None
        if error.errno == errno.EACCES:
            raise ConfigError(f"Port {port} may not be used.", "Name one above 1023: `--port 8765`.") from None
        raise
    return made


def serve(
    app: FastAPI,
    *,
    port: int = PORT,
    folder: Path | None = None,
    token: str | None = None,
    browser: bool = True,
    ready: Callable[[str], None] = lambda address: None,
) -> None:
    """Serve until Ctrl-C or SIGTERM; then finish the answers under way and leave.

    folder   where `server.json` tells commands of this server, while it runs
    browser  open the first page
    ready    called with the address once it can be opened
    """
    import uvicorn

    sys.setswitchinterval(SWITCH_S)
    stopped = threading.Event()

    class Server(uvicorn.Server):
        """Ctrl-C is how one stops a server, so it is no interruption."""

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            stop = (signal.SIGINT, signal.SIGTERM)
            if threading.current_thread() is not threading.main_thread():
                yield
                return
            before = {one: signal.signal(one, self.handle_exit) for one in stop}
            try:
                yield
            finally:
                for one, handler in before.items():
                    signal.signal(one, handler)

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                ready(address)
                warming = threading.Timer(WARM_AFTER_S, _warm, [app.state.seen, stopped])
                warming.daemon = True
                warming.start()
                app.state.ahead.start()
                if browser:
                    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

    with bound(port) as listening:
        here = Running(os.getpid(), listening.getsockname()[1], token or secrets.token_urlsafe(32))
        address = here.address
        with announced(here, folder):
            try:
                Server(settings(app)).run(sockets=[listening])
            finally:
                stopped.set()
                app.state.ahead.close()
                app.state.answers.close()


def _warm(seen: Seen, stopped: threading.Event) -> None:
    from valuestream.simulation.replicate import warm

    stand_back()
    seen.wait_for_quiet(stopped)
    if not stopped.is_set():
        warm()


def settings(app: FastAPI, *, log_level: str = "warning") -> uvicorn.Config:
    """How uvicorn runs the pages: silent about itself, patient with no one."""
    import uvicorn

    return uvicorn.Config(
        app, log_level=log_level, access_log=False, server_header=False, lifespan="off",
        timeout_graceful_shutdown=5, timeout_keep_alive=15,
    )  # fmt: skip


@contextlib.contextmanager
def announced(here: Running, folder: Path | None) -> Iterator[None]:
    """Tell of a server in a file only its owner can read, as long as it runs."""
    if folder is None:
        yield
        return
    folder.mkdir(mode=0o700, exist_ok=True)
    place, part = folder / SERVER, folder / f"{SERVER}.{here.pid}"
    part.unlink(missing_ok=True)
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(here._asdict(), file)
    part.replace(place)
    try:
        yield
    finally:
        told = running(folder, check=False)
        if told is None or told.pid == here.pid:
            place.unlink(missing_ok=True)


def running(folder: Path, *, check: bool = True) -> Running | None:
    """The server that `server.json` in a folder tells of; None where there is none, or its process is gone.

    check  also ask whether it listens
    """
    try:
        told: dict[str, Any] = json.loads((folder / SERVER).read_text("utf-8"))
        found = Running(int(told["pid"]), int(told["port"]), str(told["token"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if not check or _listens(found.port) else None


def refuse_second(folder: Path) -> None:
    """ConfigError where a server of this folder runs already."""
    if (other := running(folder)) is not None:
        raise ConfigError(
            f"This workspace is served already, by process {other.pid} on {other.address}.",
            "Open that address, or end that server first.",
        )


def _listens(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as one:
        one.settimeout(1.0)
        return one.connect_ex((HOST, port)) == 0
