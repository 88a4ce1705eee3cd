"""What we ask the carrier for, as rows: `jobs` does them, however often the worker dies on the way."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from leadtrack.lib.periods import local_day
from leadtrack.phones.carriers.interface import Offer
from leadtrack.phones.models import CarrierAccount, CarrierJob, TrackedNumber
from leadtrack.visits.models import Site

# So long a number can be kept after all.
GRACE: Final = timedelta(days=7)
_Job = CarrierJob.Kind
_State = CarrierJob.State


class OrderError(Exception):
    """Why it cannot be asked for, in words for the person who tried."""


def order_number(
    *,
    account: CarrierAccount,
    offer: Offer,
    site: Site,
    forward_to: str,
    key: str,
    now: datetime,
    by: Any = None,
    flow: int | None = None,
    pool: int | None = None,
    note: str = "",
) -> CarrierJob:
    """Have the number bought. The same key (one per shown form) is the same order, however often sent."""
    asked = {"site": site.pk, "forward_to": forward_to, "flow": flow, "pool": pool, "source": None}
    told = {"monthly_cents": offer.monthly_cents, "currency": offer.currency, "note": note}
    try:
        with transaction.atomic():
            return CarrierJob.objects.create(
                account=account,
                kind=_Job.BUY,
                number=offer.number,
                key=key,
                details=asked | told,
                due_at=now,
                asked_by=by,
            )
    except IntegrityError:
        return CarrierJob.objects.get(key=key)


def order_adoption(
    *,
    account: CarrierAccount,
    number: str,
    site: Site,
    forward_to: str,
    now: datetime,
    by: Any = None,
    flow: int | None = None,
    pool: int | None = None,
    note: str = "",
) -> CarrierJob:
    """Have a number (E.164) that the account has at the carrier become ours; it is never paid for.

    What is asked for already is not asked for twice.
    """
    is_open = {"kind": _Job.BUY, "state__in": [_State.WAITING, _State.ASKED]}
    asked = CarrierJob.objects.filter(account=account, number=number, **is_open).first()
    purpose = {"site": site.pk, "forward_to": forward_to, "flow": flow, "pool": pool, "source": None}
    return asked or CarrierJob.objects.create(
        account=account,
        kind=_Job.BUY,
        number=number,
        details=purpose | {"note": note, "is_had": True},
        due_at=now,
        asked_by=by,
    )


def order_release(*, number: TrackedNumber, now: datetime, by: Any = None) -> CarrierJob:
    """Give the number back to the carrier after the days of grace. Raises OrderError."""
    with transaction.atomic():
        row = TrackedNumber.objects.select_for_update(no_key=True).get(pk=number.pk)
        if row.release_on or row.released_at:
            raise OrderError(_("The number is being given back already."))
        row.release_on = local_day(now + GRACE, number.site.tz)
        row.save(update_fields=["release_on"])
        return _job(row, _Job.RELEASE, due_at=now + GRACE, by=by)


def keep_number(*, number: TrackedNumber) -> None:
    """Keep a number that was to be given back. Raises OrderError when the carrier has it back already."""
    with transaction.atomic():
        row = TrackedNumber.objects.select_for_update(no_key=True).get(pk=number.pk)
        # One that failed has given nothing back; whoever asks the carrier now cannot be stopped.
        waiting = row.jobs.filter(kind=_Job.RELEASE, state__in=[_State.WAITING, _State.FAILED])
        if not row.release_on or not waiting.update(state=_State.CANCELLED):
            raise OrderError(_("It is too late: the number is given back."))
        row.release_on = None
        row.save(update_fields=["release_on"])


def order_repair(*, number: TrackedNumber, now: datetime, by: Any = None) -> CarrierJob:
    """Have the carrier's settings of the number made ours."""
    return _open_job(number, _Job.CONFIGURE) or _job(number, _Job.CONFIGURE, due_at=now, by=by)


def order_test(*, number: TrackedNumber, to: str, now: datetime, by: Any = None) -> CarrierJob:
    """Have `to` (E.164) rung from the number, to hear that it works."""
    return _open_job(number, _Job.TEST) or _job(number, _Job.TEST, due_at=now, by=by, details={"to": to})


def _open_job(number: TrackedNumber, kind: str) -> CarrierJob | None:
    """The same thing, asked for already and not done yet."""
    return number.jobs.filter(kind=kind, state__in=[_State.WAITING, _State.ASKED]).first()


def _job(number: TrackedNumber, kind: str, *, due_at: datetime, by: Any, **fields: Any) -> CarrierJob:
    return CarrierJob.objects.create(
        account_id=number.account_id,
        tracked=number,
        number=number.number,
        kind=kind,
        due_at=due_at,
        asked_by=by,
        **fields,
    )
