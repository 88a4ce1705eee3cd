"""The line of writers: a lock on a file, for which one waits no longer than one says."""

import fcntl
import os
import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TookTooLongError
from pathlib import Path
from typing import Final

_MODE: Final = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
# Threads of this process in the line. A turn that never ends must not cost us one with every request.
_MOST_WAITING: Final = 64
_waiting = threading.BoundedSemaphore(_MOST_WAITING)


class OutOfPatienceError(Exception):
    """Somebody else kept the turn for longer than we waited."""


def take_turn(path: Path, *, seconds: float) -> int:
    """The open file, locked: closing it ends the turn. Raises OutOfPatienceError, and OSError for no file.

    Opened anew each time: a lock belongs to the open file, which a fork would share.
    """
    file = os.open(path, _MODE, 0o660)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        _wait(file, seconds)
    except BaseException:
        os.close(file)
        raise
    return file


def _wait(file: int, seconds: float) -> None:
    """The kernel wakes whoever waits, but not for a time-out: so a thread waits, which may be left behind."""
    if not _waiting.acquire(blocking=False):
        os.close(file)
        raise OutOfPatienceError
    turn: Future[None] = Future()
    threading.Thread(target=_stand_in_line, args=(file, turn), name="turn", daemon=True).start()
    try:
        turn.result(seconds)
    except TookTooLongError:
        if turn.cancel():
            raise OutOfPatienceError from None
    except BaseException:
        # Interrupted: if it is ours by now, nobody else would give it back.
        if not turn.cancel():
            os.close(file)
        raise


def _stand_in_line(file: int, turn: Future[None]) -> None:
    fcntl.flock(file, fcntl.LOCK_EX)
    _waiting.release()
    if turn.set_running_or_notify_cancel():
        turn.set_result(None)
    else:
        os.close(file)
