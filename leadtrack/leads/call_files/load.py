"""Loading a list of calls: each row becomes a call, matched by its number and moment, and a lead.

The work is the CallFile row; a task works a slice and asks for the next. A row is stored under a key made of
what it says, so that the same file again, or a worker who begins once more, changes nothing.
"""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from time import monotonic
from typing import Any, Final

from celery import current_app
from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from kombu.exceptions import KombuError

from leadtrack.leads.call_files.columns import guess
from leadtrack.leads.call_files.rows import CallReader, ToldCall
from leadtrack.leads.importing.moments import order_proved
from leadtrack.leads.importing.nouns import UnreadableFileError
from leadtrack.leads.importing.table import Stream, open_table, opening_of, read_rows
from leadtrack.leads.models import CallFile
from leadtrack.leads.words import clean
from leadtrack.lib.table import Row
from leadtrack.phones.begin import begin_call
from leadtrack.phones.models import Call, TrackedNumber
from leadtrack.visits.models import Site

logger = logging.getLogger(__name__)

TASK: Final = "leadtrack.leads.tasks.work_call_file"
SLICE_SECONDS: Final = 45.0
CLAIM_LASTS: Final = timedelta(minutes=2)
# The carrier and a telephone system do not look at the same clock.
SAME_CALL: Final = timedelta(minutes=1)
_SAMPLE: Final = 200
_ROWS_AT_ONCE: Final = 20
_PROBLEMS_KEPT: Final = 200
_State = CallFile.State


def take_file(*, site: Site, file_name: str, stream: Stream, by: int | None) -> CallFile:
    """Store a list of calls; what its columns mean is guessed. Raises UnreadableFileError for no table."""
    opening = open_table(stream)
    columns = guess(opening.header)
    days = [
        row.cells[place]
        for row in islice(read_rows(stream, opening), _SAMPLE)
        for place in _days(columns, row)
    ]
    proofs = {proof for day in days if (proof := order_proved(day)) is not None}
    stream.seek(0)
    return CallFile.objects.create(
        site=site,
        file=File(getattr(stream, "file", stream), name="calls"),
        file_name=clean(file_name)[-255:] or "?",
        made_by_id=by,
        opening=opening.stored(),
        columns=columns,
        day_first=proofs.pop() if len(proofs) == 1 else None,
    )


def first_calls(file: CallFile, count: int) -> list[tuple[Row, ToldCall | str | None]]:
    """The first rows, and how each is understood."""
    reader = reader_of(file)
    with file.file.open("rb") as stream:
        rows = list(islice(read_rows(stream, opening_of(file.opening)), count))
    return [(row, reader.read(row)) for row in rows]


def reader_of(file: CallFile) -> CallReader:
    """How the rows of the file are read: on the clock of its site, numbers as of its country."""
    return CallReader(
        meanings=tuple(file.columns),
        numbers=frozenset(_numbers(file)),
        region=file.site.region,
        tz=file.site.tz,
        now=file.made_at,
        day_first=file.day_first,
    )


def begin(file: CallFile, *, columns: Sequence[str], day_first: bool | None) -> bool:
    """Put the file to work with these meanings of its columns; False when somebody was faster."""
    told = {"columns": list(columns), "day_first": day_first, "state": _State.LOADING}
    begun = CallFile.objects.filter(pk=file.pk, state=_State.MAPPING).update(**told) == 1
    if begun:
        transaction.on_commit(lambda: wake(file.pk))
    return begun


def wake(file_id: int) -> None:
    """Ask a worker for a slice. If that is lost, the sweep finds the file."""
    try:
        current_app.send_task(TASK, args=[file_id], retry=False)
    except (KombuError, OSError) as problem:
        logger.warning("call file %s: no wake-up sent (%s)", file_id, type(problem).__name__)


def due_files() -> list[int]:
    """Files nobody works: their wake-up was lost or their worker died."""
    waiting = CallFile.objects.filter(_free(timezone.now()), state=_State.LOADING)
    return list(waiting.order_by("pk").values_list("pk", flat=True))


def work(file_id: int, *, seconds: float = SLICE_SECONDS) -> bool:
    """Load a slice of the file; True if there is more to do.

    Safe to call twice or late: one caller claims it.
    """
    now = timezone.now()
    claimed = CallFile.objects.filter(_free(now), pk=file_id, state=_State.LOADING)
    if claimed.update(claimed_at=now) != 1:
        return False
    file = CallFile.objects.select_related("site").get(pk=file_id)
    try:
        return _load(file, until=monotonic() + seconds)
    except UnreadableFileError as problem:
        _write(file, state=_State.FAILED, error=problem.code)
    except FileNotFoundError:
        _write(file, state=_State.FAILED, error="file_missing")
    return False


def _free(now: datetime) -> Q:
    return Q(claimed_at=None) | Q(claimed_at__lt=now - CLAIM_LASTS)


def _load(file: CallFile, *, until: float) -> bool:
    reader, numbers = reader_of(file), _numbers(file)
    with file.file.open("rb") as stream:
        for rows in _batches(read_rows(stream, opening_of(file.opening)), file.line):
            for row in rows:
                _take(file, row, reader.read(row), numbers)
            if not _write(file, line=rows[-1].line_no):
                return False
            if monotonic() >= until:
                _write(file, claimed_at=None)
                return True
    _write(file, state=_State.DONE)
    return False


def _batches(rows: Iterator[Row], after: int) -> Iterator[list[Row]]:
    fresh = (row for row in rows if row.line_no > after)
    while batch := list(islice(fresh, _ROWS_AT_ONCE)):
        yield batch


def _take(file: CallFile, row: Row, told: ToldCall | str | None, numbers: dict[str, TrackedNumber]) -> None:
    if isinstance(told, str):
        file.wrong += 1
        file.problems = [*file.problems, [row.line_no, told]][:_PROBLEMS_KEPT]
    elif told is not None and _keep(told, numbers[told.number]):
        file.calls += 1
    elif told is not None:
        file.known += 1


def _keep(told: ToldCall, number: TrackedNumber) -> bool:
    """Store the call; False for one that we know, from this file, another, or the carrier itself."""
    if _is_known(told, number):
        return False
    try:
        with transaction.atomic():
            begin_call(
                account=number.account,
                number=number,
                sid=told.sid,
                started_at=told.started_at,
                caller=told.caller,
                told_by=Call.ToldBy.FILE,
                status=Call.Status.ANSWERED if told.is_answered else Call.Status.MISSED,
                ended_at=told.started_at + timedelta(seconds=told.seconds),
                talk_seconds=told.seconds if told.is_answered else None,
            )
    except IntegrityError:
        # Another worker has stored it this very moment.
        return False
    return True


def _is_known(told: ToldCall, number: TrackedNumber) -> bool:
    if Call.objects.filter(account=number.account_id, sid=told.sid).exists():
        return True
    near = (told.started_at - SAME_CALL, told.started_at + SAME_CALL)
    heard = Call.objects.filter(number=number, started_at__range=near, caller=told.caller)
    return heard.exclude(told_by=Call.ToldBy.FILE).exists()


def _numbers(file: CallFile) -> dict[str, TrackedNumber]:
    rows = TrackedNumber.objects.filter(site=file.site_id).select_related("site", "account")
    return {str(row.number): row for row in rows}


def _days(columns: Sequence[str], row: Row) -> list[int]:
    return [place for place, meaning in enumerate(columns) if meaning == "date" and place < len(row.cells)]


def _write(file: CallFile, **changes: Any) -> bool:
    """Note how far it is and renew the claim; False when another worker has taken it over."""
    now = timezone.now()
    counts = {name: getattr(file, name) for name in ("calls", "known", "wrong", "problems")}
    mine = CallFile.objects.filter(pk=file.pk, claimed_at=file.claimed_at)
    if mine.update(**counts | {"claimed_at": now} | changes) != 1:
        return False
    file.claimed_at = now
    return True
