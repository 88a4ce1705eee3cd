"""The Source rows that a process remembers: committed ones that have has_touches set.

Rows never go away and never change, and has_touches ends only when history was read again with other rules;
so what one rulebook left here is forgotten with it.
"""

from typing import Final

from leadtrack.sources.marker import Marker
from leadtrack.sources.models import Source

MOST_IDS: Final = 20_000
MOST_ROWS: Final = 1000
MOST_PLACES: Final = 1000

_ids: dict[str, int] = {}
# Some of them whole.
_rows: dict[str, Source] = {}
# Where some markers stand by the rules of a stamp: the id of the row, the rule that named its channel.
_places: dict[tuple[str, Marker], tuple[int, str]] = {}
_stamp: str = ""


def of_rules(stamp: str) -> None:
    """Forget what was remembered with other rules than those with this stamp."""
    global _stamp  # noqa: PLW0603 (what a process remembers)
    if stamp != _stamp:
        forget()
        _stamp = stamp


def id_of(key: str) -> int | None:
    """The id of the row with this key, if it is remembered."""
    return _ids.get(key)


def row_of(key: str) -> Source | None:
    """The row with this key, if it is remembered. Others hold it, too: nobody may change it."""
    return _rows.get(key)


def place_of(marker: Marker, stamp: str) -> tuple[int, str] | None:
    """The row's id and the rule of this marker by the rules with this stamp, if they are remembered."""
    return _places.get((stamp, marker))


def remember_place(marker: Marker, stamp: str, row_id: int, rule: str) -> None:
    """Call it with a row that is remembered, and the stamp of the rules that placed the marker there."""
    if len(_places) >= MOST_PLACES:
        _places.clear()
    _places[stamp, marker] = (row_id, rule)


def remember(source: Source) -> None:
    """Call it once the row is committed with has_touches set."""
    if len(_ids) >= MOST_IDS:
        forget()
    _ids[source.key] = source.pk
    if len(_rows) < MOST_ROWS:
        _rows[source.key] = source


def forget() -> None:
    """Empty this process's memory."""
    _ids.clear()
    _rows.clear()
    _places.clear()
