"""Closing leases that are over, and noting how much of each pool is taken."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, When
from django.db.models.functions import Greatest

from leadtrack.phones import rows
from leadtrack.phones.models import Assignment, Lease, Overflow

# Who got no number is remembered only to be counted once an hour; a request may be that late.
_OVERFLOW_LIFE: Final = timedelta(days=2)


def close_over(*, now: datetime) -> int:
    """Close the open leases whose time is over (UTC), and those of numbers that left their pool; how many.

    Late, or twice, it comes out the same: a lease ended when its rule said so.
    """
    given = Assignment.objects.filter(number=OuterRef("number"), pool=OuterRef("pool"), ends_at=None)
    is_out = ~Exists(given) | Q(number__is_active=False)
    found = Lease.objects.filter(closed_at=None).filter(Q(free_at__lte=now) | is_out).order_by("pk")
    closed = 0
    # One after the other, as two writers who lock many rows may wait for each other for ever.
    for pk, free_at in found.values_list("pk", "free_at"):
        # Between looking and closing its page may have been looked at again.
        still = Lease.objects.filter(pk=pk)
        closed += close(still.filter(free_at__lte=now) if free_at <= now else still, now)
    Overflow.objects.filter(hour__lt=now - _OVERFLOW_LIFE).delete()
    return closed


def note_use(*, now: datetime) -> None:
    """Note for this hour (UTC) how many numbers of each pool are taken, also where nobody gets a new one."""
    taken = Lease.objects.filter(closed_at=None, free_at__gt=now).values("pool").annotate(peak=Count("pk"))
    for row in taken.order_by("pool"):
        with transaction.atomic():
            rows.count(pool_id=row["pool"], at=now, peak=row["peak"])


def close(leases: QuerySet[Lease], at: datetime) -> int:
    """End those of the leases that are open: when they were over, or else at this moment (UTC); how many.

    None ends before it began.
    """
    ended = Case(When(free_at__lte=at, then=F("free_at")), default=Greatest(F("started_at"), at))
    return leases.filter(closed_at=None).update(closed_at=ended)
