"""A number that the account has at the carrier becomes one of ours, with what it was bought for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leadtrack.lib.periods import local_day
from leadtrack.phones.assign import assign_number
from leadtrack.phones.carriers.interface import CarrierError, Owned
from leadtrack.phones.models import CallFlow, CarrierJob, Pool, TrackedNumber
from leadtrack.sources.models import Source
from leadtrack.visits.models import Site


@dataclass(frozen=True)
class Purpose:
    """What an ordered number is for; what was deleted while the order waited is left out."""

    columns: dict[str, Any]
    site: Site
    pool: Pool | None
    source: Source | None
    by: Any


def purpose_of(job: CarrierJob) -> Purpose:
    """What the order says, to be asked before anything is paid. CarrierError where it cannot be kept."""
    told = job.details
    site = Site.objects.filter(pk=told.get("site") or 0).first()
    forward_to = str(told.get("forward_to") or job.account.default_to or "")
    if site is None:
        raise CarrierError("has_no_site")
    if not forward_to:
        raise CarrierError("has_no_default_phone")
    columns = {
        "account": job.account,
        "site": site,
        "forward_to": forward_to,
        "flow": CallFlow.objects.filter(pk=told.get("flow") or 0).first(),
        "note": str(told.get("note") or "")[:200],
        "monthly_cents": told.get("monthly_cents"),
        "currency": str(told.get("currency") or "")[:3],
    }
    pool = Pool.objects.filter(pk=told.get("pool") or 0, retired_at=None, site=site).first()
    source = Source.objects.filter(pk=told.get("source") or 0).first()
    return Purpose(columns, site, pool, None if pool else source, job.asked_by)


def adopt(owned: Owned, purpose: Purpose, *, at: datetime) -> TrackedNumber:
    """The row of the number, in its pool or with its source. One that was given back once has its history.

    Call it in a transaction.
    """
    fresh: dict[str, Any] = purpose.columns | {
        "is_active": True,
        "carrier_sid": owned.sid,
        "capabilities": capabilities_of(owned),
        "bought_on": local_day(at, purpose.site.tz),
        "release_on": None,
        "released_at": None,
        "checked_at": at,
        "faults": [],
    }
    number, _is_new = TrackedNumber.objects.update_or_create(number=owned.number, defaults=fresh)
    if purpose.pool is not None or purpose.source is not None:
        assign_number(number=number, pool=purpose.pool, source=purpose.source, at=at, by=purpose.by)
    return number


def capabilities_of(owned: Owned) -> dict[str, bool]:
    """What the number can do, as it is stored."""
    return {"voice": owned.voice, "sms": owned.sms, "mms": owned.mms}
