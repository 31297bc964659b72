"""Every way a live tool fails us, as a state that the status shows, with what to do about it."""

from __future__ import annotations

from valuestream.errors import ValuestreamError

TOKEN = "token refused"
SCOPE = "not allowed"
MISSING = "not found"
REFUSED = "request refused"
LIMITED = "limit reached"
SERVER = "server failing"
NETWORK = "no connection"
NOT_JSON = "no JSON"
CUT_SHORT = "reply cut short"
TOO_LARGE = "reply too large"
ENDLESS = "endless pages"
FOREIGN = "sent elsewhere"
DISK = "disk full"

STATES = (
    TOKEN, SCOPE, MISSING, REFUSED, LIMITED, SERVER, NETWORK, NOT_JSON, CUT_SHORT, TOO_LARGE, ENDLESS, FOREIGN, DISK,
)  # fmt: skip

OF_THE_SOURCE = frozenset({TOKEN, LIMITED, NETWORK, FOREIGN, DISK})
"""States that end the sync of a source; the others end that of one stream, and the rest goes on."""


class Fault(ValuestreamError):
    """A sync that could not go on. What was read stays, and the next sync begins where this one ended."""

    exit_code = 3

    def __init__(self, state: str, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.state = state

    @property
    def ends_source(self) -> bool:
        """Whether the other streams of the source would fail, too."""
        return self.state in OF_THE_SOURCE


def of_status(status: int, where: str, said: str) -> Fault:
    """What a refusal means. `where` is the request without its parameters, `said` the tool's own words."""
    words = f" It says: {said}" if said else ""
    if status == 401:
        hint = "It has expired or was revoked, or belongs to another server: make a new one, set it, sync again."
        return Fault(TOKEN, f"The token was refused (401 at {where}).{words}", hint)
    if status == 403:
        hint = "Give the token the right to read this, or leave it out; `vsm check` says what it may see."
        return Fault(SCOPE, f"The token may not read {where} (403).{words}", hint)
    if status in (404, 410) or (status == 400 and "does not exist" in said):
        hint = "It was renamed or removed, or the token may not see it: `vsm check` lists what it may."
        return Fault(MISSING, f"There is no {where} ({status}).{words}", hint)
    if status >= 500:
        hint = "Nothing is lost: sync again later."
        return Fault(SERVER, f"The server fails ({status} at {where}).{words}", hint)
    return Fault(REFUSED, f"The request was refused ({status} at {where}).{words}", "Look at the source's settings.")
