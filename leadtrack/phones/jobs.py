"""Working what the carrier is asked for, each thing once.

Whoever takes a job marks it "asked" before asking. If its worker dies then, or no answer comes, it may have
been done: the next one looks at what the account has before it pays again.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from celery import current_app
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from kombu.exceptions import KombuError

from leadtrack.lib.periods import local_day
from leadtrack.phones.addresses import hooks_of_ours
from leadtrack.phones.adopt import adopt, purpose_of
from leadtrack.phones.assign import free_number
from leadtrack.phones.carriers.interface import Ability, Carrier, CarrierError, Owned, can, carrier_for
from leadtrack.phones.check import note_state
from leadtrack.phones.models import CarrierJob, TrackedNumber

logger = logging.getLogger(__name__)


class LostClaimError(Exception):
    """The job is another worker's meanwhile: nothing of ours may be written."""


TASK: Final = "leadtrack.phones.tasks.work_job"
# Longer than a job can take: its requests end after ten seconds each.
CLAIM: Final = timedelta(minutes=3)
MAX_TRIES: Final = 12
_FIRST_PAUSE: Final = timedelta(seconds=30)
_LONGEST_PAUSE: Final = timedelta(hours=3)
# What was perhaps done shows up in the carrier's lists only after a while.
_SHOWS_UP: Final = timedelta(seconds=60)
_BATCH: Final = 50
_State = CarrierJob.State


def wake(job: CarrierJob) -> None:
    """Have a worker look at the job once it is committed. What is lost, or due later, the sweep finds."""
    transaction.on_commit(partial(_send, job.pk))


def work(job_id: int, *, now: datetime) -> bool:
    """Do the job if it is due and nobody else is at it; whether it is done now."""
    job = _claimed(job_id, now)
    if job is None:
        return False
    try:
        return _done(job, now)
    except LostClaimError:
        # Ours took longer than its claim, and somebody else is at it: they find what we did.
        logger.warning("Carrier job %s was taken over by another worker", job.pk)
        return False


def work_due(*, now: datetime) -> int:
    """Do what is due: lost wake-ups, pauses that are over, jobs of dead workers; how many got done."""
    is_open = Q(state=_State.WAITING) | Q(state=_State.ASKED)
    due = CarrierJob.objects.filter(is_open, due_at__lte=now).order_by("due_at")
    return sum(work(pk, now=now) for pk in list(due.values_list("pk", flat=True)[:_BATCH]))


def try_again(job: CarrierJob, *, now: datetime) -> bool:
    """Let a job that failed be tried from anew; False when it has not failed (any more)."""
    failed = CarrierJob.objects.filter(pk=job.pk, state=_State.FAILED)
    is_back = failed.update(state=_State.WAITING, error="", tries=0, due_at=now) == 1
    if is_back:
        wake(job)
    return is_back


def _done(job: CarrierJob, now: datetime) -> bool:
    try:
        _DOING[CarrierJob.Kind(job.kind)](job, carrier_for(job.account))
    except CarrierError as problem:
        _put_back(job, problem, now)
        return False
    return True


def _claimed(job_id: int, now: datetime) -> CarrierJob | None:
    """The job, ours until the claim is over; None when it is not due, done, or another worker's."""
    found = CarrierJob.objects.select_related("account", "tracked__site").filter(pk=job_id).first()
    if found is None or found.state not in (_State.WAITING, _State.ASKED) or found.due_at > now:
        return None
    mine = CarrierJob.objects.filter(pk=job_id, state=found.state, due_at=found.due_at, tries=found.tries)
    found.tries += 1
    if not mine.update(state=_State.ASKED, due_at=now + CLAIM, tries=found.tries):
        return None
    if found.tries > MAX_TRIES:
        # Its worker was killed each time: whatever it is, it is not tried for ever.
        _end(found, _State.FAILED, error="given_up")
        return None
    return found


def _buy(job: CarrierJob, carrier: Carrier) -> None:
    """Look first, then pay: a number that the account has already is set up instead of bought."""
    number, hooks, purpose = str(job.number), hooks_of_ours(), purpose_of(job)
    if TrackedNumber.objects.filter(number=number, released_at=None).exists():
        raise CarrierError("number_is_ours_already")
    had = next(iter(carrier.owned(number=number)), None)
    if had is None and job.details.get("is_had"):
        # Nobody asked to pay for it.
        raise CarrierError("not_found")
    if had is None:
        owned = carrier.buy(number=number, hooks=hooks, name=str(job.details.get("note") or "LeadTrack"))
    else:
        owned = carrier.configure(sid=had.sid, hooks=hooks)
    with transaction.atomic():
        job.tracked = adopt(owned, purpose, at=timezone.now())
        _end(job, _State.DONE)


def _configure(job: CarrierJob, carrier: Carrier) -> None:
    number, owned = _tracked(job), _owned(job, carrier)
    fresh = carrier.configure(sid=owned.sid, hooks=hooks_of_ours())
    with transaction.atomic():
        note_state(number, fresh, hooks=hooks_of_ours(), at=timezone.now())
        _end(job, _State.DONE)


def _release(job: CarrierJob, carrier: Carrier) -> None:
    """Give it back; the row stays with its history, and its assignment ends."""
    number = _tracked(job)
    if number.release_on is None:
        _end(job, _State.CANCELLED)
        return
    # A number of an own telephone system was never had from anybody.
    is_had = can(number.account, Ability.NUMBERS)
    had = next(iter(carrier.owned(number=str(job.number))), None) if is_had else None
    if had is not None:
        carrier.release(sid=had.sid)
    now = timezone.now()
    with transaction.atomic():
        free_number(number=number, at=now)
        fresh: dict[str, Any] = {"released_at": now, "is_active": False, "faults": []}
        TrackedNumber.objects.filter(pk=number.pk).update(**fresh, release_on=local_day(now, number.site.tz))
        _end(job, _State.DONE)


def _test(job: CarrierJob, carrier: Carrier) -> None:
    """Ring the asker's phone from the number."""
    words = _("This is a test call of LeadTrack. The number works.")
    to = str(job.details.get("to", ""))
    sid = carrier.place_call(number=str(job.number), to=to, says=words)
    job.details = job.details | {"call": sid}
    _end(job, _State.DONE)


_DOING: Final[dict[CarrierJob.Kind, Callable[[CarrierJob, Carrier], None]]] = {
    CarrierJob.Kind.BUY: _buy,
    CarrierJob.Kind.CONFIGURE: _configure,
    CarrierJob.Kind.RELEASE: _release,
    CarrierJob.Kind.TEST: _test,
}


def _tracked(job: CarrierJob) -> TrackedNumber:
    if job.tracked is None:
        raise CarrierError("not_found")
    return job.tracked


def _owned(job: CarrierJob, carrier: Carrier) -> Owned:
    """The number as the account has it now: the id that we keep may be of long ago."""
    found = next(iter(carrier.owned(number=str(job.number))), None)
    if found is None:
        raise CarrierError("not_found")
    return found


def _put_back(job: CarrierJob, problem: CarrierError, now: datetime) -> None:
    """Due again after a pause, or failed. A test call that may have rung is not made twice."""
    is_over = job.tries >= MAX_TRIES or (problem.is_unsure and job.kind == CarrierJob.Kind.TEST)
    logger.info("Carrier job %s (%s), try %s: %s", job.pk, job.kind, job.tries, problem.code)
    if not problem.is_temporary or is_over:
        _end(job, _State.FAILED, error=problem.code)
        return
    pause = min(_FIRST_PAUSE * 2 ** (job.tries - 1), _LONGEST_PAUSE)
    least = max(timedelta(seconds=problem.retry_after or 0), _SHOWS_UP if problem.is_unsure else timedelta())
    # Perhaps done: then nobody may cancel it as if it had never been asked.
    state = _State.ASKED if problem.is_unsure else _State.WAITING
    _change(job, state=state, due_at=now + max(pause, least), error=problem.code)


def _end(job: CarrierJob, state: CarrierJob.State, *, error: str = "") -> None:
    _change(job, state=state, error=error, done_at=timezone.now(), tracked=job.tracked, details=job.details)


def _change(job: CarrierJob, **fresh: Any) -> None:
    """Only as long as it is ours. Raises LostClaimError."""
    mine = CarrierJob.objects.filter(pk=job.pk, state=_State.ASKED, tries=job.tries)
    if not mine.update(**fresh):
        raise LostClaimError


def _send(job_id: int) -> None:
    try:
        current_app.send_task(TASK, args=[job_id], retry=False)
    except (KombuError, OSError) as problem:
        logger.warning("carrier job %s: no wake-up sent (%s)", job_id, type(problem).__name__)
