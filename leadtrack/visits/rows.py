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
from leadtrack.ui.prepared import one_row
from leadtrack.visits import stay
from leadtrack.visits.models import Visit, Visitor

_VISITORS: Final = Visitor._meta.db_table
_VISITS: Final = Visit._meta.db_table
_FIELDS: Final = [field.attname for field in Visit._meta.concrete_fields]
# Its id comes first, and the database makes it.
_FRESH: Final = _FIELDS[1:]
_COLUMNS: Final = ", ".join(f"visit.{name}" for name in _FIELDS)

# Names of our own tables and columns are put in; what people send never is.
_KNOWN: Final = f"""
    SELECT visitor.id AS visitor_id, (
        SELECT id FROM {_VISITS} WHERE visitor_id = visitor.id AND started_at <= %(started_at)s
        ORDER BY started_at DESC, id DESC LIMIT 1
    ) AS visit_id FROM {_VISITORS} visitor WHERE visitor.site_id = %(site_id)s AND visitor.key = %(key)s
"""  # noqa: S608
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
_STAY: Final = f"UPDATE {_VISITS} SET last_seen_at = %s WHERE id = %s AND last_seen_at < %s"  # noqa: S608
_UNCOUNT: Final = f"UPDATE {_VISITS} SET page_count = page_count - 1 WHERE id = %s"  # noqa: S608
_MEET: Final = f"""
    INSERT INTO {_VISITORS} (site_id, key, first_seen_at) VALUES (%s, %s, %s)
    ON CONFLICT (site_id, key) DO NOTHING RETURNING id
"""  # noqa: S608
_START: Final = f"""
    INSERT INTO {_VISITS} ({", ".join(_FRESH)}) VALUES ({", ".join(["%s"] * len(_FRESH))}) RETURNING id
"""  # noqa: S608
# Nearly every page view is one of these two; in one statement it costs PostgreSQL a fifth of what its
# parts cost one by one. The rule of `stay.goes_on` stands here once more.
_USUAL: Final = f"""
    WITH known AS ({_KNOWN}),
    seen AS (
        UPDATE {_VISITS} visit SET page_count = visit.page_count + 1,
        last_seen_at = GREATEST(visit.last_seen_at, %(started_at)s)
        WHERE visit.id = (SELECT visit_id FROM known)
        AND %(started_at)s - visit.last_seen_at <= %(silence)s
        AND (%(is_direct)s OR visit.source_id = %(source_id)s)
        RETURNING {_COLUMNS}
    ),
    met AS (
        INSERT INTO {_VISITORS} (site_id, key, first_seen_at)
        SELECT %(site_id)s, %(key)s, %(started_at)s WHERE NOT EXISTS (SELECT FROM known)
        ON CONFLICT (site_id, key) DO NOTHING RETURNING id AS visitor_id
    ),
    started AS (
        INSERT INTO {_VISITS} AS visit ({", ".join(_FRESH)})
        SELECT {", ".join(name if name == "visitor_id" else f"%({name})s" for name in _FRESH)} FROM met
        RETURNING {_COLUMNS}
    ),
    marked AS ({dirty.marking_day("%(day)s", "started")})
    SELECT * FROM seen UNION ALL SELECT * FROM started
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Known:
    """A visitor's id, and the latest visit that had begun at the moment, if any."""

    visitor_id: int
    visit: Visit | None


def usual(fresh: Visit, *, key: str, is_direct: bool) -> Visit | None:
    """A page view that goes on the visitor's visit, or makes visitor, visit and mark; committed at once.

    `fresh` is the visit as it would begin with this page; its visitor is not known yet. None, and nothing
    written, when it is neither (a later visit, a race) or when the database cannot do it in one statement.
    """
    if connection.vendor != "postgresql":
        return None
    asked = {name: getattr(fresh, name) for name in _FRESH}
    row = one_row(_USUAL, asked | {"key": key, "is_direct": is_direct, "silence": stay.SILENCE})
    return _become(fresh, row) if row else None


def look(*, site_id: int, key: str, at: datetime) -> Known | None:
    """What is known of this browser on this site at a moment (UTC); None for a new one."""
    row = one_row(_LOOK, [_sent(at), site_id, key])
    return Known(row[0], _visit(row[1:]) if row[1] else None) if row else None


def lock(*, site_id: int, key: str) -> None:
    """Nobody else starts a visit of this browser until we commit; in SQLite any transaction sees to that."""
    if connection.features.has_select_for_update:
        one_row(_LOCK, [site_id, key])


def next_visit(*, visitor_id: int, after: datetime, until: datetime) -> Visit | None:
    """The first visit begun after one moment and not after the other (UTC)."""
    row = one_row(_NEXT, [visitor_id, _sent(after), _sent(until)])
    return _visit(row) if row else None


def meet(*, site_id: int, key: str, at: datetime) -> int | None:
    """The id of a new visitor; None if another beacon has just made the same one."""
    row = one_row(_MEET, [site_id, key, _sent(at)])
    return row[0] if row else None


def start(visit: Visit) -> Visit:
    """Store a new visit and mark its day; call it in a transaction."""
    (visit.pk,) = one_row(_START, _values(visit)) or (None,)
    visit._state.adding = False
    dirty.mark_days([visit.day])
    return visit


def see_again(visit_id: int, at: datetime) -> None:
    """One more page; news that comes late never moves the end backwards."""
    with connection.cursor() as cursor:
        cursor.execute(_SEE_AGAIN, [_sent(at), _sent(at), visit_id])


def uncount_page(visit_id: int) -> None:
    """One page less."""
    with connection.cursor() as cursor:
        cursor.execute(_UNCOUNT, [visit_id])


def stay_until(visit_id: int, at: datetime) -> None:
    """Looked at until then; news that comes late never moves the end backwards."""
    with connection.cursor() as cursor:
        cursor.execute(_STAY, [_sent(at), visit_id, _sent(at)])


def _visit(row: Sequence[Any]) -> Visit:
    read = [_utc(value) if isinstance(value, datetime) else value for value in row]
    return Visit.from_db(connection.alias, _FIELDS, read)


def _become(fresh: Visit, row: Sequence[Any]) -> Visit:
    """The visit as it is stored, without making another object: its site is known already."""
    vars(fresh).update(zip(_FIELDS, row, strict=True))
    fresh._state.adding, fresh._state.db = False, connection.alias
    return fresh


def _values(visit: Visit) -> list[Any]:
    day = connection.ops.adapt_datefield_value(visit.day)
    sent = {"started_at": _sent(visit.started_at), "last_seen_at": _sent(visit.last_seen_at), "day": day}
    return [sent.get(name) or getattr(visit, name) for name in _FRESH]


def _sent(moment: datetime) -> Any:
    """A moment as the database stores it: SQLite has no type for it, only Django's way of writing it."""
    return connection.ops.adapt_datetimefield_value(moment)


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
