"""Promise 5: no credit to a touch after its result or before the look-back window."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F, Q

from leadtrack.ledger.models import Clock, Credit
from leadtrack.lib.periods import Period, day_bounds

_COLUMNS: Final = ("day", "lead__site__time_zone", "visit__started_at", "call__started_at")


def credits_out_of_time(period: Period) -> dict[date, int]:
    """How many credits of each day went to a touch outside the window of their result."""
    rows = Credit.objects.filter(day__range=(period.first, period.last)).order_by()
    days = Counter(
        rows.filter(_by_captured(), _outside("visit") | _outside("call")).values_list("day", flat=True)
    )
    days.update(_after_the_day(rows.exclude(_by_captured())))
    return dict(days)


def _by_captured() -> Q:
    """Results that are dated by their lead: all of the cohort clock, and leads in both."""
    return Q(clock=Clock.COHORT) | Q(result=Credit.Result.LEAD)


def _outside(touch: str) -> Q:
    """The touch came after the lead, or too long before it."""
    moment = f"{touch}__started_at"
    lookback = timedelta(days=settings.LEADTRACK_LOOKBACK_DAYS)
    return Q(**{f"{moment}__gt": F("lead__captured_at")}) | Q(
        **{f"{moment}__lte": F("lead__captured_at") - lookback}
    )


def _after_the_day(rows: Any) -> Iterator[date]:
    """Money of the cash clock: the window ends with the day at the lead's site."""
    lookback = timedelta(days=settings.LEADTRACK_LOOKBACK_DAYS)
    ends: dict[tuple[date, str], datetime] = {}
    touched = rows.filter(Q(visit__isnull=False) | Q(call__isnull=False))
    for day, zone, visited_at, called_at in touched.values_list(*_COLUMNS).iterator(chunk_size=5000):
        if (day, zone) not in ends:
            ends[day, zone] = day_bounds(day, ZoneInfo(zone))[1]
        end, at = ends[day, zone], visited_at or called_at
        if at >= end or at < end - lookback:
            yield day
