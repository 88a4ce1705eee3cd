"""When to try again, and what may be said about a failure. Pure."""

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

MAX_ATTEMPTS: Final = 6
# How long a worker has the row to itself; if it dies, the row comes back after that.
CLAIM_LIFE: Final = timedelta(minutes=2)
_FIRST_PAUSE: Final = timedelta(seconds=10)
_LONGEST_PAUSE: Final = timedelta(hours=1)
_MESSAGE_LENGTH: Final = 300
_HIDDEN: Final = "…"
# How long somebody else's service is asked again when it cannot answer, and how often at most.
PATIENCE: Final = timedelta(hours=36)
_SHORTEST_WAIT: Final = timedelta(seconds=30)


class NotYetError(Exception):
    """Somebody else's service cannot answer now: the row is tried again, for a day and a half."""


class HopelessError(Exception):
    """Trying again will not help before somebody has changed something; the text says what."""


def wait_for_others(age: timedelta) -> timedelta:
    """The pause before a service that cannot answer now is asked again: half of the row's age so far.

    From 30 s to an hour: a short outage costs a minute, a long one no more than 24 calls a day.
    """
    return min(max(age / 2, _SHORTEST_WAIT), _LONGEST_PAUSE)


def back_off(attempts: int) -> timedelta:
    """The pause after this many failed attempts (1 or more): 10 s, then doubling, at most an hour."""
    doublings = min(max(attempts - 1, 0), 20)
    return min(_FIRST_PAUSE * (1 << doublings), _LONGEST_PAUSE)


def without_personal(message: str, sent: Iterable[object]) -> str:
    """The first line of an error without anything the person sent, e-mails, or digits that may be a phone.

    Databases quote the row that broke them; that must not reach a log or a page.
    """
    line = next(iter(message.splitlines()), "")[:2000]
    values = sorted((text for text in sent if isinstance(text, str) and len(text) > 2), key=len, reverse=True)
    for value in values:
        line = line.replace(value, _HIDDEN)
    line = re.sub(r"[^\s@'\"()]+@[^\s@'\"()]+", _HIDDEN, line)
    return re.sub(r"\+?\d[\d\s().-]{3,}\d", _HIDDEN, line)[:_MESSAGE_LENGTH]
