"""The rows that a page view reads and writes, in plain SQL.

A word of its own, because every page view of every site passes here: letting the ORM build these few
statements took several times as long as running them. They run on SQLite and on PostgreSQL; all else asks
the ORM.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.db import connection

from leadtrack.sources import dirty
from leadtrack.visits.models import Visit, Visitor

_VISITORS: Final = Visitor._meta.db_table
_VISITS: Final = Visit._meta.db_table
_FIELDS: Final = [field.attname for field in Visit._meta.concrete_fields]
# Its id comes first, and the database makes it.
_FRESH: Final = _FIELDS[1:]
_COLUMNS: Final = ", ".join(f"visit.{name}" for name in _FIELDS)

# Names of our own tables and columns are put in; what people send never is.
_LOOK: Final = f"""
    SELECT visitor.id, {_COLUMNS} FROM {_VISITORS} visitor
    LEFT JOIN {_VISITS} visit ON visit.id = (
        SELECT id FROM {_VISITS} WHERE visitor_id = visitor.id AND started_at <= %s
        ORDER BY started_at DESC, id DESC LIMIT 1
    )
    WHERE visitor.site_id = %s AND visitor.key = %s
"""  # noqa: S608
_LOCK: Final = f"SELECT id FROM {_VISITORS} WHERE site_id = %s AND key = %s FOR NO KEY UPDATE"  # noqa: S608
_NEXT: Final = f"""
    SELECT {_COLUMNS} FROM {_VISITS} visit
    WHERE visit.visitor_id = %s AND visit.started_at > %s AND visit.started_at <= %s
    ORDER BY visit.started_at, visit.id LIMIT 1
"""  # noqa: S608
_SEE_AGAIN: Final = f"""
    UPDATE {_VISITS} SET page_count = page_count + 1,
    last_seen_at = CASE WHEN last_seen_at < %s THEN %s ELSE last_seen_at END WHERE id = %s
"""  # noqa: S608
_MEET: Final = f"""
    INSERT INTO {_VISITORS} (site_id, key, first_seen_at) VALUES (%s, %s, %s)
    ON CONFLICT (site_id, key) DO NOTHING RETURNING id
"""  # noqa: S608
_START: Final = f"""
    INSERT INTO {_VISITS} ({", ".join(_FRESH)}) VALUES ({", ".join(["%s"] * len(_FRESH))}) RETURNING id
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Known:
    """A visitor's id, and the latest visit that had begun at the moment, if any."""

    visitor_id: int
    visit: Visit | None


def look(*, site_id: int, key: str, at: datetime) -> Known | None:
    """What is known of this browser on this site at a moment (UTC); None for a new one."""
    row = _one(_LOOK, [_sent(at), site_id, key])
    return Known(row[0], _visit(row[1:]) if row[1] else None) if row else None


def lock(*, site_id: int, key: str) -> None:
    """Nobody else starts a visit of this browser until we commit; in SQLite any transaction sees to that."""
    if connection.features.has_select_for_update:
        _one(_LOCK, [site_id, key])


def next_visit(*, visitor_id: int, after: datetime, until: datetime) -> Visit | None:
    """The first visit begun after one moment and not after the other (UTC)."""
    row = _one(_NEXT, [visitor_id, _sent(after), _sent(until)])
    return _visit(row) if row else None


def meet(*, site_id: int, key: str, at: datetime) -> int | None:
    """The id of a new visitor; None if another beacon has just made the same one."""
    row = _one(_MEET, [site_id, key, _sent(at)])
    return row[0] if row else None


def start(visit: Visit) -> Visit:
    """Store a new visit and mark its day; call it in a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_START, _values(visit))
        (visit.pk,) = cursor.fetchone()
    visit._state.adding = False
    dirty.mark_days([visit.day])
    return visit


def see_again(visit_id: int, at: datetime) -> None:
    """One more page; news that comes late never moves the end backwards."""
    with connection.cursor() as cursor:
        cursor.execute(_SEE_AGAIN, [_sent(at), _sent(at), visit_id])


def _one(sql: str, values: Sequence[Any]) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row


def _visit(row: Sequence[Any]) -> Visit:
    read = [_utc(value) if isinstance(value, datetime) else value for value in row]
    return Visit.from_db(connection.alias, _FIELDS, read)


def _values(visit: Visit) -> list[Any]:
    day = connection.ops.adapt_datefield_value(visit.day)
    sent = {"started_at": _sent(visit.started_at), "last_seen_at": _sent(visit.last_seen_at), "day": day}
    return [sent.get(name) or getattr(visit, name) for name in _FRESH]


def _sent(moment: datetime) -> Any:
    """A moment as the database stores it: SQLite has no type for it, only Django's way of writing it."""
    return connection.ops.adapt_datetimefield_value(moment)


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
