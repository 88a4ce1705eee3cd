"""Recordings: noted when the carrier tells of them, fetched soon after, kept as long as the flow says.

The row is the work. A row that waits is due at a moment; whoever takes it moves that moment on, so that two
workers never fetch one recording, and a worker that dies leaves it to the next.
"""

import logging
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from time import monotonic
from typing import IO, Final

from django.core.files import File
from django.db import IntegrityError, transaction
from django.utils import timezone

from leadtrack.lib.periods import local_day
from leadtrack.phones.carriers.interface import CarrierError, carrier_for
from leadtrack.phones.models import Assignment, Call, CallFlow, Recording

log = logging.getLogger(__name__)

State = Recording.State

# It is seldom ready in the second it is told of; after these tries (a day and a half) it is given up.
MAX_TRIES: Final = 12
_FIRST_PAUSE: Final = timedelta(seconds=30)
_LONGEST_PAUSE: Final = timedelta(hours=6)
_CLAIM: Final = timedelta(minutes=15)
# Well within the claim: nobody else may begin while we still listen.
_FETCH_SECONDS: Final = 600
# A talk of four hours in two channels is smaller; more than this is no recording.
MOST_BYTES: Final = 1024**3
_DEFAULT_DAYS: Final = 90
_BATCH: Final = 50
_OLD: Final = 500
_ENDINGS: Final = {
    "audio/mpeg": "mp3",
    "audio/mp3": "mp3",
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/ogg": "ogg",
}


class TooLargeError(Exception):
    """It goes on for ever."""


def note_recording(
    *,
    call: Call,
    sid: str,
    url: str,
    seconds: int | None,
    kind: Recording.Kind,
    is_absent: bool,
    at: datetime,
) -> Recording:
    """Keep that there is (or is not) a recording; told twice, in any order, it is one row.

    `at` (UTC) is when we were told; how long it is kept is the rule of that day.
    """
    rule = flow_of_call(call)
    days = rule.keeps_days if rule else _DEFAULT_DAYS
    fresh = {
        "kind": kind,
        "url": url[:500],
        "seconds": seconds,
        "state": State.ABSENT if is_absent else State.WAITING,
        "told_at": at,
        "due_at": at,
        "delete_on": local_day(at, call.number.site.tz) + timedelta(days=days),
    }
    try:
        with transaction.atomic():
            return Recording.objects.create(call=call, sid=sid[:64], **fresh)
    except IntegrityError:
        known = Recording.objects.filter(call=call, sid=sid[:64])
        if not is_absent:
            # "There is none" may have come first: there is one after all.
            known.filter(state=State.ABSENT).update(**fresh)
        return known.get()


def flow_of_call(call: Call) -> CallFlow | None:
    """The flow that the call's number uses, of its own or of its pool."""
    number = call.number
    if number.flow is not None:
        return number.flow
    held = Assignment.objects.filter(number=number, ends_at=None, pool__flow__isnull=False)
    assignment = held.select_related("pool__flow").first()
    return assignment.pool.flow if assignment and assignment.pool else None


def fetch_due(*, now: datetime) -> int:
    """Fetch the recordings that are due; how many were stored. One that fails is due again later."""
    waiting = Recording.objects.filter(state=State.WAITING, due_at__lte=now).order_by("due_at")
    return sum(fetch(pk, now=now) for pk in waiting.values_list("pk", flat=True)[:_BATCH])


def fetch(recording_id: int, *, now: datetime) -> bool:
    """Bring one recording into our storage; False when it is not due, not ready, or somebody else's."""
    recording = _claimed(recording_id, now)
    if recording is None:
        return False
    try:
        _store(recording)
    except CarrierError as problem:
        _put_back(recording, problem.code, now, problem.retry_after)
        return False
    except TooLargeError:
        _put_back(recording, "too_large", now)
        return False
    return True


def empty_carriers(*, now: datetime) -> int:
    """Delete at the carrier what is to be deleted there; how many."""
    leaving = Recording.objects.filter(leaves_carrier=True, due_at__lte=now).exclude(state=State.WAITING)
    rows = leaving.select_related("call__account").order_by("due_at")[:_BATCH]
    return sum(_delete_there(recording, now) for recording in rows)


def delete_old(*, now: datetime) -> int:
    """Delete the recordings whose time is over, here and at the carrier; that there was one stays known."""
    # Days begin first at UTC+14: a recording is kept until its day has begun everywhere.
    day = (now - timedelta(hours=14)).date()
    # What could not be fetched is the carrier's still: it goes there.
    return sum(
        _delete_here(recording, now)
        for state in (State.STORED, State.FAILED)
        for recording in Recording.objects.filter(state=state, delete_on__lte=day).order_by("delete_on")[
            :_OLD
        ]
    )


def _claimed(recording_id: int, now: datetime) -> Recording | None:
    mine = Recording.objects.filter(pk=recording_id, state=State.WAITING, due_at__lte=now)
    if not mine.update(due_at=now + _CLAIM):
        return None
    return Recording.objects.select_related("call__account", "call__number__site", "call__number__flow").get(
        pk=recording_id
    )


def _store(recording: Recording) -> None:
    """Outside a transaction: the network is slow, the row is ours by its claim."""
    media = carrier_for(recording.call.account).recording(recording.url or recording.sid)
    content_type = media.content_type.partition(";")[0].strip().lower()
    with tempfile.TemporaryFile() as file:
        _copy(media.parts, file)
        _put_away(recording, File(file), f"{recording.pk}.{_ENDINGS.get(content_type, 'bin')}")
    rule = flow_of_call(recording.call)
    now = timezone.now()
    Recording.objects.filter(pk=recording.pk, state=State.WAITING).update(
        content_type=content_type[:60],
        state=State.STORED,
        error="",
        stored_at=now,
        leaves_carrier=bool(rule and rule.empties_carrier),
        due_at=now,
        tries=0,
    )


def _put_away(recording: Recording, sound: "File[bytes]", name: str) -> None:
    """Into our storage. The row knows of the file before there is one, so that a worker who dies here leaves
    none behind that nobody would ever delete."""
    storage = recording.file.storage
    if recording.file.name:
        storage.delete(recording.file.name)
    wanted = storage.get_available_name(recording.file.field.generate_filename(recording, name))
    Recording.objects.filter(pk=recording.pk).update(file=wanted)
    kept = storage.save(wanted, sound)
    if kept != wanted:
        Recording.objects.filter(pk=recording.pk).update(file=kept)


def _copy(parts: Iterator[bytes], file: IO[bytes]) -> None:
    size, until = 0, monotonic() + _FETCH_SECONDS
    for part in parts:
        size += len(part)
        if size > MOST_BYTES:
            raise TooLargeError
        if monotonic() > until:
            raise CarrierError("too_slow", is_temporary=True)
        file.write(part)
    file.seek(0)


def _put_back(recording: Recording, code: str, now: datetime, retry_after: int | None = None) -> None:
    """Due again after a pause that doubles; given up after the last try."""
    recording.tries += 1
    recording.error = code[:300]
    recording.due_at = now + _pause(recording.tries, retry_after)
    if recording.tries >= MAX_TRIES:
        recording.state = State.FAILED
    log.info("Recording %s cannot be fetched (%s), try %s", recording.pk, code, recording.tries)
    recording.save(update_fields=["tries", "error", "due_at", "state"])


def _pause(tries: int, retry_after: int | None) -> timedelta:
    pause: timedelta = min(_FIRST_PAUSE * 2 ** (tries - 1), _LONGEST_PAUSE)
    return max(pause, timedelta(seconds=retry_after or 0))


def _delete_there(recording: Recording, now: datetime) -> bool:
    mine = Recording.objects.filter(pk=recording.pk, leaves_carrier=True, due_at=recording.due_at)
    if not mine.update(due_at=now + _CLAIM):
        return False
    try:
        carrier_for(recording.call.account).delete_recording(sid=recording.sid)
    except CarrierError as problem:
        tries = recording.tries + 1
        Recording.objects.filter(pk=recording.pk).update(
            tries=tries,
            error=problem.code[:300],
            due_at=now + _pause(tries, problem.retry_after),
            leaves_carrier=problem.is_temporary and tries < MAX_TRIES,
        )
        return False
    Recording.objects.filter(pk=recording.pk).update(leaves_carrier=False, error="")
    return True


def _delete_here(recording: Recording, now: datetime) -> bool:
    """The file first: a row without its file is swept again, a file without a row never."""
    name, storage = recording.file.name, recording.file.storage
    if name:
        storage.delete(name)
    mine = Recording.objects.filter(pk=recording.pk, state=recording.state)
    return bool(
        mine.update(
            state=State.DELETED, file="", deleted_at=now, leaves_carrier=True, due_at=now, tries=0, error=""
        )
    )
