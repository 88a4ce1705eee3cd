"""Django's SQLite, except that writers stand in line.

SQLite lets a writer who must wait look again now and then, less and less often: between a busy worker and a
sender of a form, the worker gets nearly every turn. Here each takes a lock on a file before BEGIN IMMEDIATE,
and the kernel wakes whoever waits as soon as the one before has committed. It also drops the lock of a
process that was killed. What writes outside a transaction, or without us, still waits as SQLite does.
"""

import fcntl
import os
from typing import Any, Final

from django.db.backends.sqlite3 import base

# Beside SQLite's own "-wal" and "-shm".
SUFFIX: Final = "-turn"
_MODE: Final = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that waits for its turn to write. It needs transaction_mode IMMEDIATE to be of use."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._turn: int | None = None

    def _start_transaction_under_autocommit(self) -> None:
        self._take_turn()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._end_turn()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        self._end_turn()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._end_turn()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._end_turn()

    def _take_turn(self) -> None:
        if self.is_in_memory_db() or self._turn is not None:
            return
        # Opened anew each time: a lock belongs to the open file, which a fork would share.
        try:
            turn = os.open(f"{self.settings_dict['NAME']}{SUFFIX}", _MODE, 0o660)
        except OSError:
            return  # no folder, or none to write in: SQLite will say so itself
        try:
            fcntl.flock(turn, fcntl.LOCK_EX)
        except BaseException:
            os.close(turn)
            raise
        self._turn = turn

    def _end_turn(self) -> None:
        if self._turn is not None:
            turn, self._turn = self._turn, None
            os.close(turn)
