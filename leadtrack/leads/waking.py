"""Telling a worker which inbox rows wait for it. A wake-up may be lost: the sweep finds every row.

Rows that come within a few milliseconds share one message: making and sending a message costs the web
server more than storing the row, and the worker as much as working it.
"""

import atexit
import contextlib
import logging
import queue
import threading
import time
from typing import Final

from celery import current_app
from django.conf import settings
from kombu.exceptions import KombuError

logger = logging.getLogger(__name__)

TASK: Final = "leadtrack.leads.tasks.work_inbox"
# Few enough that the other workers get some of a rush, too.
MOST_AT_ONCE: Final = 20
_PAUSE_MS: Final = 10


def call_worker(row_id: int) -> None:
    """Have a worker look at the row soon; returns at once and never raises for a broker that is down."""
    if _pause_seconds():
        _caller.add(row_id)
    else:
        _send([row_id])


def _pause_seconds() -> float:
    milliseconds: int = getattr(settings, "LEADTRACK_WAKE_AFTER_MS", _PAUSE_MS)
    return milliseconds / 1000


class _Caller:
    """The thread that sends; it begins with the first row, because a web server forks before that."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, row_id: int) -> None:
        self._waiting.put(row_id)
        if self._thread is None or not self._thread.is_alive():
            with self._lock:
                self._start()

    def _start(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._call_for_ever, name="wake-ups", daemon=True)
            self._thread.start()
            atexit.register(self._call_for_the_rest)

    def _call_for_ever(self) -> None:
        while True:
            first = self._waiting.get()
            time.sleep(_pause_seconds())
            _send([first, *self._taken(MOST_AT_ONCE - 1)])

    def _call_for_the_rest(self) -> None:
        while rest := self._taken(MOST_AT_ONCE):
            _send(rest)

    def _taken(self, most: int) -> list[int]:
        taken: list[int] = []
        with contextlib.suppress(queue.Empty):
            while len(taken) < most:
                taken.append(self._waiting.get_nowait())
        return taken


_caller = _Caller()


def _send(row_ids: list[int]) -> None:
    try:
        current_app.send_task(TASK, args=row_ids, retry=False)
    except (KombuError, OSError) as problem:
        logger.warning(
            "inbox rows %s: no wake-up sent (%s), the sweep will find them", row_ids, type(problem).__name__
        )
    except Exception:
        # The thread must outlive whatever a broker's library comes up with.
        logger.exception("inbox rows %s: no wake-up sent, the sweep will find them", row_ids)
