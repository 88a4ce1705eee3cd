"""Django's SQLite, except that writers stand in line.

SQLite lets a writer who must wait look again now and then, less and less often: between a busy worker and a
sender of a form, the worker gets nearly every turn. Here each takes a lock on a file before BEGIN IMMEDIATE,
and the kernel wakes whoever waits as soon as the one before has committed. It also drops the lock of a
process that was killed. A transaction that is open for seconds loses its turn, and whoever waits is told by
SQLite that the database is locked. What writes outside a transaction, or without us, still waits as SQLite
does.
"""

from pathlib import Path
from typing import Any, Final

from django.db.backends.sqlite3 import base

from leadtrack.ui.sqlite3.line import Turn, end_turn, take_turn

# Beside SQLite's own "-wal" and "-shm".
SUFFIX: Final = "-turn"


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that waits for its turn to write. It needs transaction_mode IMMEDIATE to be of use."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._turn: Turn | None = None

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
        path = Path(f"{self.settings_dict['NAME']}{SUFFIX}")
        try:
            self._turn = take_turn(path)
        except OSError:
            return  # no folder, or none to write in: SQLite will say so itself

    def _end_turn(self) -> None:
        if self._turn is not None:
            turn, self._turn = self._turn, None
            end_turn(turn)
