"""Whether the database cannot be reached at all, which is another matter than a statement that fails."""

import threading
import time
from typing import Final

from django.db import DatabaseError

# PostgreSQL: connection exceptions, and a server that starts, stops or has no connection to spare.
_CLASS: Final = "08"
_STATES: Final = frozenset({"57P01", "57P02", "57P03", "53300"})
_SQLITE: Final = ("SQLITE_CANTOPEN", "SQLITE_IOERR")
# While it is down, one request in so many seconds looks whether it still is; the others need not wait.
PAUSE_SECONDS: Final = 2.0


def is_unreachable(problem: DatabaseError) -> bool:
    """Whether the database itself was missing; False for anything that it said about a statement."""
    cause = problem.__cause__
    if name := getattr(cause, "sqlite_errorname", ""):
        return str(name).startswith(_SQLITE)
    if cause is None or not hasattr(cause, "sqlstate"):
        return False
    state: str | None = cause.sqlstate
    # Without a state it was the driver that spoke, of a connection that broke or was never made.
    is_of_connection = type(cause).__name__ in {"OperationalError", "PoolTimeout", "InterfaceError"}
    return is_of_connection if state is None else state.startswith(_CLASS) or state in _STATES


class Outage:
    """Remembers, in this process, that the database was missing a moment ago."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._look_at: float | None = None

    @property
    def is_on(self) -> bool:
        """Whether it was missing when it was last asked."""
        return self._look_at is not None

    def begin(self) -> None:
        """It was missing just now."""
        with self._lock:
            self._look_at = time.monotonic() + PAUSE_SECONDS

    def end(self) -> bool:
        """It answers; whether it had been missing."""
        if self._look_at is None:
            return False
        with self._lock:
            was_down, self._look_at = self._look_at is not None, None
        return was_down

    def may_ask(self) -> bool:
        """Whether to ask the database: always while it is up, now and then by one caller while it is not."""
        if self._look_at is None:
            return True
        with self._lock:
            if self._look_at is None or time.monotonic() >= self._look_at:
                if self._look_at is not None:
                    self._look_at = time.monotonic() + PAUSE_SECONDS
                return True
            return False
