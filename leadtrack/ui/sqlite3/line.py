"""The line of writers: a lock on a file, which the kernel gives to whoever waits, without a time-out.

So it is the holder who has no time for ever: a turn that lasts too long is ended from beside it, and those
who waited meet SQLite's own lock, which has a time-out.
"""

import fcntl
import os
import threading
import time
from pathlib import Path
from typing import Final

# No transaction of ours comes near it. One that lasts longer holds up the others as it would without us.
LONGEST_SECONDS: Final = 5.0
_LOOK_SECONDS: Final = 1.0
_MODE: Final = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC

_starting = threading.Lock()
_watch: threading.Thread | None = None


class Turn:
    """An open file, locked. Compared by identity: the number of a closed file is soon another's."""

    def __init__(self, file: int) -> None:
        self.file, self.began = file, time.monotonic()


# Whoever takes a turn out of here closes its file.
_turns: set[Turn] = set()


def take_turn(path: Path) -> Turn:
    """Wait for the turn, and have it until `end_turn`. Raises OSError where there can be no such file.

    Opened anew each time: a lock belongs to the open file, which a fork would share.
    """
    _begin_watch()
    file = os.open(path, _MODE, 0o660)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
    except BaseException:
        os.close(file)
        raise
    turn = Turn(file)
    _turns.add(turn)
    return turn


def end_turn(turn: Turn) -> None:
    """Let the next one write; nothing happens if the turn has ended."""
    try:
        _turns.remove(turn)
    except KeyError:
        return
    os.close(turn.file)


def _begin_watch() -> None:
    global _watch  # noqa: PLW0603
    if _watch is None or not _watch.is_alive():  # a fork has none of its parent's threads
        with _starting:
            if _watch is None or not _watch.is_alive():
                _watch = threading.Thread(target=_end_long_turns, name="turns", daemon=True)
                _watch.start()


def _end_long_turns() -> None:
    while True:
        time.sleep(_LOOK_SECONDS)
        now = time.monotonic()
        for turn in list(_turns):
            if now - turn.began > LONGEST_SECONDS:
                end_turn(turn)
