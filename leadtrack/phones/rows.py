"""The rows that a page with a number reads and writes, in plain SQL, as `visits.rows` does for page views.

They run on SQLite and on PostgreSQL; all else asks the ORM. Moments are UTC.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from django.db import connection

from leadtrack.phones.models import Assignment, Lease, Overflow, Pool, PoolHour, TrackedNumber
from leadtrack.phones.pool import Moments, Stand
from leadtrack.ui.prepared import all_rows, change, one_row
from leadtrack.visits.models import Visitor

_LEASES: Final = Lease._meta.db_table
_NUMBERS: Final = TrackedNumber._meta.db_table
_ASSIGNMENTS: Final = Assignment._meta.db_table
_POOLS: Final = Pool._meta.db_table
_HOURS: Final = PoolHour._meta.db_table
_OVERFLOWS: Final = Overflow._meta.db_table

# Names of our own tables and columns are put in; what people send never is.
_BY_ID: Final = "%(visitor_id)s"
_BY_KEY: Final = f"(SELECT id FROM {Visitor._meta.db_table} WHERE site_id = %(site_id)s AND key = %(key)s)"  # noqa: S608
# A setting may have become shorter meanwhile, and clocks differ: no moment ever moves backwards.
_RENEW: Final = f"""
    UPDATE {_LEASES} SET
    last_seen_at = CASE WHEN last_seen_at < %(seen_at)s THEN %(seen_at)s ELSE last_seen_at END,
    held_until = CASE WHEN held_until < %(held_until)s THEN %(held_until)s ELSE held_until END,
    free_at = CASE WHEN free_at < %(free_at)s THEN %(free_at)s ELSE free_at END
    {{also}}
    WHERE visitor_id = {{who}} AND pool_id IN ({{pools}}) AND closed_at IS NULL AND free_at > %(now)s
    {{only}}
    RETURNING pool_id, (SELECT number FROM {_NUMBERS} WHERE id = number_id)
"""  # noqa: S608
_SEEN_ON: Final = ", page = %(page)s"
_SEEN_IN: Final = ", visit_id = %(visit_id)s"
_SIGNALS: Final = {"tap": ", tapped_at = %(seen_at)s", "copy": ", copied_at = %(seen_at)s"}
_ONLY: Final = f"AND number_id IN (SELECT id FROM {_NUMBERS} WHERE number IN ({{numbers}}))"  # noqa: S608

_LATEST: Final = f"""AND visit_id = (
        SELECT MAX(visit_id) FROM {_LEASES}
        WHERE visitor_id = {{who}} AND pool_id IN ({{pools}}) AND closed_at IS NULL
    )"""  # noqa: S608

_LOCK: Final = f"SELECT id FROM {_POOLS} WHERE id = %s AND is_active AND retired_at IS NULL"  # noqa: S608
# The last lease of each number is the first of an index, as long as nothing else is sorted by; beside them
# the number that this visitor had last.
_STANDS: Final = f"""
    SELECT number.id, number.number, lease.visitor_id, lease.free_at, lease.closed_at, (
        SELECT number_id FROM {_LEASES} WHERE visitor_id = %(visitor_id)s AND pool_id = %(pool_id)s
        ORDER BY started_at DESC, id DESC LIMIT 1
    ) FROM {_ASSIGNMENTS} assignment
    JOIN {_NUMBERS} number ON number.id = assignment.number_id
    LEFT JOIN {_LEASES} lease ON lease.id = (
        SELECT id FROM {_LEASES} WHERE number_id = number.id ORDER BY started_at DESC LIMIT 1
    )
    WHERE assignment.pool_id = %(pool_id)s AND assignment.ends_at IS NULL
    AND number.is_active AND number.release_on IS NULL AND number.released_at IS NULL
"""  # noqa: S608
_CLOSE: Final = f"""
    UPDATE {_LEASES} SET closed_at = CASE WHEN free_at < %(now)s THEN free_at ELSE %(now)s END
    WHERE closed_at IS NULL AND (
        (number_id = %(number_id)s AND free_at <= %(now)s)
        OR (visitor_id = %(visitor_id)s AND pool_id = %(pool_id)s)
    )
"""  # noqa: S608
# The unique indexes have the last word; whoever comes second inserts nothing.
_OPEN: Final = f"""
    INSERT INTO {_LEASES}
    (pool_id, number_id, visitor_id, visit_id, started_at, last_seen_at, held_until, free_at, page)
    VALUES (%(pool_id)s, %(number_id)s, %(visitor_id)s, %(visit_id)s, %(started_at)s, %(started_at)s,
        %(held_until)s, %(free_at)s, %(page)s)
    ON CONFLICT DO NOTHING RETURNING id
"""  # noqa: S608
_COUNT: Final = f"""
    INSERT INTO {_HOURS} AS counted (pool_id, hour, leased, overflow, peak)
    VALUES (%(pool_id)s, %(hour)s, %(leased)s, %(overflow)s, %(peak)s)
    ON CONFLICT (pool_id, hour) DO UPDATE SET leased = counted.leased + excluded.leased,
    overflow = counted.overflow + excluded.overflow,
    peak = CASE WHEN counted.peak < excluded.peak THEN excluded.peak ELSE counted.peak END
"""  # noqa: S608
_MISS: Final = f"""
    INSERT INTO {_OVERFLOWS} (pool_id, visitor_id, hour) VALUES (%s, %s, %s)
    ON CONFLICT DO NOTHING RETURNING id
"""  # noqa: S608

Values = Mapping[str, Any]


def renew(
    *,
    who: Values,
    pools: Sequence[int],
    seen_at: datetime,
    until: Moments,
    now: datetime,
    only_latest: bool = False,
    signal: str = "",
    numbers: Collection[str] = (),
    **where: Any,
) -> dict[int, str]:
    """Seen again: the visitor's leases in these pools that are not over go on; number (E.164) by pool.

    `who` is a `visitor_id`, or `site_id` and `key`; `where` may be a `page` and a `visit_id`. `only_latest`:
    only those of the latest visit among them. A signal ("tap", "copy") is noted on the leases of these
    numbers only.
    """
    sql = _renewing("visitor_id" in who, len(pools), only_latest, signal, len(numbers), *sorted(where))
    values = dict(who) | where | {f"pool{place}": pool for place, pool in enumerate(pools)}
    values |= {f"number{place}": number for place, number in enumerate(numbers)}
    values |= _sent(seen_at=seen_at, held_until=until.held_until, free_at=until.free_at, now=now)
    return dict(all_rows(sql, values))


def lock_pool(pool_id: int) -> bool:
    """Nobody else gives its numbers until we commit (in SQLite any transaction sees to that); whether it
    still gives any."""
    can_lock = connection.features.has_select_for_update
    return one_row(_LOCK + (" FOR NO KEY UPDATE" if can_lock else ""), [pool_id]) is not None


def stands(*, pool_id: int, visitor_id: int) -> tuple[list[Stand], int | None]:
    """The numbers that a pool gives, with the last lease of each; and which this visitor had last."""
    found = all_rows(_STANDS, {"pool_id": pool_id, "visitor_id": visitor_id})
    read = [Stand(pk, number, who, _utc(free), _utc(ended)) for pk, number, who, free, ended, _last in found]
    return read, (found[0][5] if found else None)


def claim(*, started_at: datetime, until: Moments, **of: Any) -> bool:
    """Make the lease `of` a pool, number, visitor, visit and page; what is over and in its way is closed.

    False, and no lease, when the number or the visitor got another one just now. Call it in a transaction.
    """
    values = of | _sent(
        started_at=started_at, held_until=until.held_until, free_at=until.free_at, now=started_at
    )
    change(_CLOSE, values)
    return one_row(_OPEN, values) is not None


def count(*, pool_id: int, at: datetime, peak: int, leased: int = 0, overflow: int = 0) -> None:
    """Add to what happened in the pool in the hour of this moment; `peak` numbers were taken at once."""
    counted = {"pool_id": pool_id, "peak": peak, "leased": leased, "overflow": overflow}
    change(_COUNT, counted | _sent(hour=hour_of(at)))


def miss(*, pool_id: int, visitor_id: int, at: datetime) -> bool:
    """There was no number for this visitor; whether that is new in this hour."""
    return one_row(_MISS, [pool_id, visitor_id, _sent(hour=hour_of(at))["hour"]]) is not None


def hour_of(moment: datetime) -> datetime:
    """The hour (UTC) that a moment lies in."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


@lru_cache(maxsize=256)
def _renewing(is_by_id: bool, pools: int, only_latest: bool, signal: str, numbers: int, *where: str) -> str:
    also = [_SIGNALS.get(signal, ""), *({"page": _SEEN_ON, "visit_id": _SEEN_IN}[name] for name in where)]
    who = _BY_ID if is_by_id else _BY_KEY
    within = ", ".join(f"%(pool{place})s" for place in range(pools))
    named = ", ".join(f"%(number{place})s" for place in range(numbers))
    only = [_LATEST.format(who=who, pools=within)] if only_latest else []
    only += [_ONLY.format(numbers=named)] if signal else []
    return _RENEW.format(who=who, pools=within, also="".join(also), only=" ".join(only))


def _sent(**moments: datetime) -> dict[str, Any]:
    """Moments as the database stores them: SQLite has no type for them, only Django's way of writing them."""
    return {name: connection.ops.adapt_datetimefield_value(moment) for name, moment in moments.items()}


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment and not moment.tzinfo else moment
