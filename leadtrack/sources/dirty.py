"""Telling the books what changed. Call it inside the transaction that makes the change.

In plain SQL, because every visit and every lead passes here.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from leadtrack.sources.models import DirtyMark

_MARKS: Final = DirtyMark._meta.db_table
_MARK_DAY: Final = f"INSERT INTO {_MARKS} (day, marked_at) VALUES (%s, %s)"  # noqa: S608
_MARK_CONTACT: Final = f"INSERT INTO {_MARKS} (contact_id, marked_at) VALUES (%s, %s)"  # noqa: S608


def marking_day(day: str, change: str) -> str:
    """SQL, for a statement that makes its change and marks its day at once: a mark per row of `change`.

    Both are SQL of the caller's own: an expression, and the name of a part of its WITH.
    """
    return f"INSERT INTO {_MARKS} (day, marked_at) SELECT {day}, now() FROM {change}"  # noqa: S608


def mark_days(days: Iterable[date]) -> None:
    """Ask for these days (local dates) to be booked again."""
    _insert(_MARK_DAY, [connection.ops.adapt_datefield_value(day) for day in sorted(set(days))])


def marks_of(days: Iterable[date]) -> list[DirtyMark]:
    """The rows of `mark_days`, for who stores them together with the change."""
    now = timezone.now()
    return [DirtyMark(day=day, marked_at=now) for day in sorted(set(days))]


def mark_contact(contact_id: int) -> None:
    """Ask for every result of this contact to be credited again: its known visits or calls changed."""
    _insert(_MARK_CONTACT, [contact_id])


def _insert(sql: str, marked: list[Any]) -> None:
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        if len(marked) == 1:  # nearly always; PostgreSQL's driver makes more of a fuss about many
            cursor.execute(sql, (marked[0], now))
        else:
            cursor.executemany(sql, [(value, now) for value in marked])
