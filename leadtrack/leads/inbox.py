"""The inbox: what came in by a door is stored before it is answered, then worked until done or given up."""

import logging
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.db import connection as database
from django.db import transaction
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from leadtrack.leads.capture import AlreadyWorkedError
from leadtrack.leads.doors.api import capture_api_lead
from leadtrack.leads.doors.call import capture_call_lead
from leadtrack.leads.doors.form import capture_form_lead
from leadtrack.leads.doors.google import capture_google_lead
from leadtrack.leads.doors.hand import capture_hand_lead
from leadtrack.leads.doors.imported import capture_imported_lead
from leadtrack.leads.doors.message import capture_message_lead
from leadtrack.leads.doors.meta import capture_meta_lead
from leadtrack.leads.doors.vk import capture_vk_lead
from leadtrack.leads.doors.webhook import capture_webhook_lead
from leadtrack.leads.finding import NoLeadError
from leadtrack.leads.models import Connection, Form, InboxRow, Lead
from leadtrack.leads.payload import payload_of, submission_key_of
from leadtrack.leads.retry import (
    CLAIM_LIFE,
    MAX_ATTEMPTS,
    PATIENCE,
    HopelessError,
    NotYetError,
    back_off,
    wait_for_others,
    without_personal,
)
from leadtrack.leads.submission import Submission
from leadtrack.leads.suspect import sender_key
from leadtrack.leads.waking import call_worker
from leadtrack.lib.hashing import key_of
from leadtrack.phones.models import Call
from leadtrack.ui.prepared import columns_of, one_row, read
from leadtrack.visits.sites import site_with

logger = logging.getLogger(__name__)

_State = InboxRow.State
# Written out as in the index lt_inbox_to_do: SQLite finds a partial index by no bound list.
_WAITING: Final = RawSQL("state IN ('new', 'working')", (), output_field=BooleanField())
_WORKERS: Final[dict[str, Callable[[InboxRow], Lead]]] = {
    InboxRow.Door.FORM: capture_form_lead,
    InboxRow.Door.CALL: capture_call_lead,
    InboxRow.Door.API: capture_api_lead,
    InboxRow.Door.HAND: capture_hand_lead,
    InboxRow.Door.IMPORT: capture_imported_lead,
    InboxRow.Door.GOOGLE: capture_google_lead,
    InboxRow.Door.META: capture_meta_lead,
    InboxRow.Door.VK: capture_vk_lead,
    InboxRow.Door.WEBHOOK: capture_webhook_lead,
    InboxRow.Door.MESSAGE: capture_message_lead,
}
_ENDED: Final = (_State.DONE, _State.FAILED, _State.HELD, _State.ASIDE)
_KEY_LENGTH: Final = 100
_SWEEP_SIZE: Final = 500
# Plain SQL, so that the row is taken and read at once.
# A fresh row is due whatever the clock of the machine that wrote it said.
_CLAIM: Final = f"""
    UPDATE {InboxRow._meta.db_table} SET state = 'working', due_at = %s, attempts = attempts + 1
    WHERE id = %s AND attempts < %s
    AND (state = 'new' AND attempts = 0 OR state IN ('new', 'working') AND due_at <= %s)
    RETURNING {columns_of(InboxRow)}
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
    address: str = "",
) -> tuple[InboxRow, bool]:
    """Store a form's submission (one row, committed); the row, and whether it is new.

    The same submission again, at the same moment too, gives the row that is already there. `received_at` is
    UTC and becomes the lead's moment. Of the sender's internet `address` only a hash is kept. Whoever calls
    this sees to it that the row is worked (`wake`).
    """
    return _store(
        InboxRow(
            door=InboxRow.Door.FORM,
            site_id=form.site_id,
            form=form,
            submission_key=submission_key_of(form.pk, submission, received_at),
            payload=payload_of(
                submission,
                referer=referer_header,
                user_agent=user_agent,
                origin=origin_header,
                sender=sender_key(address),
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


def accept_told(
    *, door: InboxRow.Door, site_id: int, key: str, payload: dict[str, Any], received_at: datetime
) -> tuple[InboxRow, bool]:
    """Store what a colleague or a program tells (one row, committed); the row, and whether it is new.

    The same key again gives the row that is already there. `received_at` (UTC) becomes the lead's moment.
    """
    return _store(
        InboxRow(door=door, site_id=site_id, submission_key=key, payload=payload, received_at=received_at)
    )


def accept_arrival(
    *, connection: Connection, door: InboxRow.Door, key: str, payload: dict[str, Any], at: datetime
) -> tuple[InboxRow, bool]:
    """Store one enquiry that a vendor sent, under the vendor's own key for it; told twice, it is one row."""
    own = f"{door}:{connection.pk}:"
    row = InboxRow(
        door=door,
        site_id=connection.site_id,
        connection=connection,
        submission_key=own + (key if len(key) <= _KEY_LENGTH else key_of([key])),
        payload=payload,
        received_at=at,
    )
    return _store(row)


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
    except NoLeadError as told:
        _leave(row, told.state, told.why)
    except HopelessError as problem:
        _leave(row, _State.FAILED, str(problem))
    except NotYetError as problem:
        _wait(row, problem)
    except Exception as problem:
        _put_back(row, problem)
    return None


def claim(row_id: int) -> InboxRow | None:
    """Take the row for a while (two minutes); None when it is done, not due, or another worker has it."""
    now = timezone.now()
    until, due = (database.ops.adapt_datetimefield_value(moment) for moment in (now + _claim_life(), now))
    taken = one_row(_CLAIM, [until, row_id, MAX_ATTEMPTS, due])
    if taken is None:
        return None
    row = read(InboxRow, taken)
    row.site = site_with(row.site_id)
    return row


def _claim_life() -> timedelta:
    seconds: int = getattr(settings, "LEADTRACK_CLAIM_SECONDS", 0)
    return timedelta(seconds=seconds) if seconds else CLAIM_LIFE


def due_rows() -> QuerySet[InboxRow]:
    """Rows to be worked now: their wake-up was lost, their pause is over, or their worker died."""
    return InboxRow.objects.filter(_WAITING, due_at__lte=timezone.now()).order_by("due_at")


def sweep() -> int:
    """Work what nobody finished; the number of rows that were finished."""
    _give_up_on_killers()
    waiting = list(due_rows().values_list("pk", flat=True)[:_SWEEP_SIZE])
    return sum(work(row_id) is not None for row_id in waiting)


def run_again(rows: QuerySet[InboxRow]) -> int:
    """Let rows be worked once more, whatever became of them, done ones too; their number.

    A row that has its lead adds to it what that lacks. Rows that wait or are being worked are left alone.
    """
    return _again(rows.filter(state__in=_ENDED), _ENDED)


def rework(row: InboxRow) -> bool:
    """Let a row that was given up be worked from anew; False when it has not failed (any more)."""
    return bool(_rework(InboxRow.objects.filter(pk=row.pk)))


def rework_all() -> int:
    """Let every row that was given up be worked from anew; their number."""
    return _rework(InboxRow.objects.all())


def _rework(rows: QuerySet[InboxRow]) -> int:
    return _again(rows.filter(state=_State.FAILED), (_State.FAILED,))


def _again(rows: QuerySet[InboxRow], states: tuple[_State, ...]) -> int:
    ended = list(rows)
    fresh = InboxRow.objects.filter(pk__in=[row.pk for row in ended], state__in=states)
    count = fresh.update(state=_State.NEW, attempts=0, error="", due_at=timezone.now())
    for row in ended:
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


def _leave(row: InboxRow, state: str, why: str) -> None:
    """The row was read to the end and needs a person, or nobody."""
    logger.info("inbox row %s: %s", row.pk, state)
    mine = InboxRow.objects.filter(pk=row.pk, state=_State.WORKING, attempts=row.attempts)
    mine.update(state=state, error=why)


def _wait(row: InboxRow, problem: NotYetError) -> None:
    """Another service cannot answer now: its troubles cost none of the row's attempts, for 36 hours."""
    age = timezone.now() - row.received_at
    if age > PATIENCE:
        _put_back(row, problem)
        return
    mine = InboxRow.objects.filter(pk=row.pk, state=_State.WORKING, attempts=row.attempts)
    due_at = timezone.now() + wait_for_others(age)
    mine.update(state=_State.NEW, attempts=1, due_at=due_at, error=str(problem))


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
