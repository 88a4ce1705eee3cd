"""Who points at sources: visits, calls, leads. Rooms above add themselves here when they are loaded.

`sources` must not import them (rooms are entered in one direction), but a rule's preview counts them and
re-reading history goes through all of them.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from django.utils.functional import Promise

# Rows that one short transaction may write.
ROWS_AT_ONCE: Final = 200
COUNTS_LAST_SECONDS: Final = 60
MOST_COUNTED: Final = 8


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows that were read again: the last id, rows by channel before and after, and how many moved."""

    last: int
    before: Counter[str] = field(default_factory=Counter)
    after: Counter[str] = field(default_factory=Counter)
    moved: int = 0

    @property
    def size(self) -> int:
        """How many rows were read."""
        return self.before.total()


Save = Callable[[Chunk], None]


@dataclass(frozen=True, slots=True)
class Holder:
    """A kind of rows that point at sources.

    `total`: how many there are. `counts`: how many by source id, from a day on. `is_used`: whether any points
    at this source. `step`: read at most ROWS_AT_ONCE rows behind an id again, write what changed and call
    `save` in that same transaction; False when there are none left.
    """

    name: str
    label: str | Promise
    total: Callable[[], int]
    counts: Callable[[date], Mapping[int, int]]
    is_used: Callable[[int], bool]
    step: Callable[[int, Save], bool]
    # Rows that follow others of these are read before them, while they still stand as they stood.
    follows: bool = False


_holders: dict[str, Holder] = {}
_counted: dict[tuple[str, date], tuple[float, Mapping[int, int]]] = {}


def add_holder(holder: Holder) -> None:
    """Have these rows counted and read again, too."""
    _holders.setdefault(holder.name, holder)


def holders() -> tuple[Holder, ...]:
    """Everybody who points at sources, in the order to be read again."""
    return tuple(sorted(_holders.values(), key=lambda holder: not holder.follows))


def counts_of(name: str, since: date) -> Mapping[int, int]:
    """Rows of one holder by source id from a day on, as they were at most a minute ago.

    None where the room is not installed. A preview asks at every pause in typing, and millions are counted.
    """
    holder, known = _holders.get(name), _counted.get((name, since))
    if holder is None:
        return {}
    if known and known[0] > time.monotonic():
        return known[1]
    counts = holder.counts(since)
    if len(_counted) >= MOST_COUNTED:
        _counted.clear()
    _counted[name, since] = (time.monotonic() + COUNTS_LAST_SECONDS, counts)
    return counts


def forget_counts() -> None:
    """Count anew, in this process."""
    _counted.clear()
