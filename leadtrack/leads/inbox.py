"""The inbox: what came in by a door is stored before it is answered, then worked until done or given up."""

import logging
import traceback
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

from django.db import connection as database
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from leadtrack.leads.capture import AlreadyWorkedError
from leadtrack.leads.doors.call import capture_call_lead
from leadtrack.leads.doors.form import capture_form_lead
from leadtrack.leads.models import Form, InboxRow, Lead
from leadtrack.leads.payload import payload_of, submission_key_of
from leadtrack.leads.retry import CLAIM_LIFE, MAX_ATTEMPTS, back_off, without_personal
from leadtrack.leads.submission import Submission
from leadtrack.leads.waking import call_worker
from leadtrack.phones.models import Call
from leadtrack.ui.prepared import one_row

logger = logging.getLogger(__name__)

_State = InboxRow.State
_WAITING: Final = Q(state__in=[_State.NEW, _State.WORKING])
_WORKERS: Final[dict[str, Callable[[InboxRow], Lead]]] = {
    InboxRow.Door.FORM: capture_form_lead,
    InboxRow.Door.CALL: capture_call_lead,
}
_SWEEP_SIZE: Final = 500
# Plain SQL, so that the row is taken and read at once.
# A fresh row is due whatever the clock of the machine that wrote it said.
_CLAIM: Final = f"""
    UPDATE {InboxRow._meta.db_table} SET state = 'working', due_at = %s, attempts = attempts + 1
    WHERE id = %s AND attempts < %s
    AND (state = 'new' AND attempts = 0 OR state IN ('new', 'working') AND due_at <= %s)
    RETURNING {", ".join(field.attname for field in InboxRow._meta.concrete_fields)}
"""  # noqa: S608
_COLUMNS: Final = [field for field in InboxRow._meta.concrete_fields if not field.primary_key]
_STORE: Final = f"""
    INSERT INTO {InboxRow._meta.db_table} ({", ".join(field.attname for field in _COLUMNS)})
    VALUES ({", ".join(["%s"] * len(_COLUMNS))})
    ON CONFLICT (submission_key) DO NOTHING RETURNING id
"""  # noqa: S608


def accept(
    *,
    form: Form,
    submission: Submission,
    received_at: datetime,
    referer_header: str,
    user_agent: str,
    origin_header: str = "",
) -> tuple[InboxRow, bool]:
    """Store a form's submission (one row, committed); the row, and whether it is new.

    The same submission again, at the same moment too, gives the row that is already there. `received_at` is
    UTC and becomes the lead's moment. Whoever calls this sees to it that the row is worked (`wake`).
    """
    return _store(
        InboxRow(
            door=InboxRow.Door.FORM,
            site_id=form.site_id,
            form=form,
            submission_key=submission_key_of(form.pk, submission, received_at),
            payload=payload_of(
                submission, referer=referer_header, user_agent=user_agent, origin=origin_header
            ),
            received_at=received_at,
        )
    )


def accept_call(*, call: Call, at: datetime) -> tuple[InboxRow, bool]:
    """Store the news of a call to a tracked number; one row per call, however often it is told."""
    return _store(
        InboxRow(
            door=InboxRow.Door.CALL,
            site_id=call.number.site_id,
            call=call,
            submission_key=f"call:{call.pk}",
            payload={},
            received_at=at,
        )
    )


def wake(row: InboxRow) -> None:
    """Ask a worker to look at the row once it is committed. If that is lost, the sweep finds it."""
    transaction.on_commit(partial(call_worker, row.pk))


def work(row_id: int) -> Lead | None:
    """Make a lead of the row, if it is due and nobody else is at it; a failure is kept on the row.

    A failed row is due again after a pause that doubles; after the last attempt it waits for an admin.
    """
    row = claim(row_id)
    if row is None:
        return None
    try:
        return _WORKERS[row.door](row)
    except AlreadyWorkedError:
        return None
    except Exception as problem:
        _put_back(row, problem)
        return None


def claim(row_id: int) -> InboxRow | None:
    """Take the row for two minutes; None when it is done, not due, or another worker has it."""
    now = timezone.now()
    taken = InboxRow.objects.raw(_CLAIM, [now + CLAIM_LIFE, row_id, MAX_ATTEMPTS, now])
    return next(iter(list(taken)), None)


def due_rows() -> QuerySet[InboxRow]:
    """Rows to be worked now: their wake-up was lost, their pause is over, or their worker died."""
    return InboxRow.objects.filter(_WAITING, due_at__lte=timezone.now()).order_by("due_at")


def sweep() -> int:
    """Work what nobody finished; the number of rows that were finished."""
    _give_up_on_killers()
    waiting = list(due_rows().values_list("pk", flat=True)[:_SWEEP_SIZE])
    return sum(work(row_id) is not None for row_id in waiting)


def rework(row: InboxRow) -> bool:
    """Let a row that was given up be worked from anew; False when it has not failed (any more)."""
    return bool(_rework(InboxRow.objects.filter(pk=row.pk)))


def rework_all() -> int:
    """Let every row that was given up be worked from anew; their number."""
    return _rework(InboxRow.objects.all())


def _rework(rows: QuerySet[InboxRow]) -> int:
    failed = list(rows.filter(state=_State.FAILED))
    fresh = InboxRow.objects.filter(pk__in=[row.pk for row in failed], state=_State.FAILED)
    count = fresh.update(state=_State.NEW, attempts=0, error="", due_at=timezone.now())
    for row in failed:
        wake(row)
    return count


def _store(row: InboxRow) -> tuple[InboxRow, bool]:
    """In one statement, which commits itself where nobody has begun a transaction."""
    values = [field.get_db_prep_save(getattr(row, field.attname), database) for field in _COLUMNS]
    if database.vendor == "postgresql":
        stored = one_row(_STORE, values)
    else:
        with transaction.atomic():  # a writer takes its turn with BEGIN
            stored = one_row(_STORE, values)
    if stored is None:
        return InboxRow.objects.get(submission_key=row.submission_key), False
    (row.pk,), row._state.adding = stored, False
    return row, True


def _put_back(row: InboxRow, problem: Exception) -> None:
    frame = traceback.extract_tb(problem.__traceback__)[-1]
    place = f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}"
    message = without_personal(str(problem), row.payload.values())
    is_last = row.attempts >= MAX_ATTEMPTS
    logger.error(
        "inbox row %s: attempt %s failed with %s at %s", row.pk, row.attempts, type(problem).__name__, place
    )
    InboxRow.objects.filter(pk=row.pk, state=_State.WORKING, attempts=row.attempts).update(
        state=_State.FAILED if is_last else _State.NEW,
        due_at=timezone.now() + back_off(row.attempts),
        error=f"{type(problem).__name__}: {message} ({place})",
    )


def _give_up_on_killers() -> None:
    """A row whose worker died at every attempt must not be tried for ever."""
    spent = InboxRow.objects.filter(_WAITING, due_at__lte=timezone.now(), attempts__gte=MAX_ATTEMPTS)
    spent.update(state=_State.FAILED, error="The worker was stopped each time it worked this row.")
