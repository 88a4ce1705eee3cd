"""Reading all of history again with today's rules and aliases, in small steps that survive any kill."""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils import timezone

from leadtrack.sources import register, rulebook
from leadtrack.sources.holders import ROWS_AT_ONCE, Chunk, Holder, holders
from leadtrack.sources.models import ChannelRule, Reclassification, Source, SourceAlias

log = logging.getLogger(__name__)

TASK_SECONDS: Final = 60
# A worker renews its claim with every step.
CLAIM_LASTS: Final = timedelta(minutes=2)
# By then every process reads with the changed rules.
RULES_SETTLE: Final = timedelta(seconds=rulebook.LIFE_SECONDS + 2)
RETRY_PAUSE: Final = timedelta(seconds=30)
MOST_ATTEMPTS: Final = 5
_State = Reclassification.State


class OvertakenError(Exception):
    """Another worker has gone on with it meanwhile; nothing was written."""


def start(*, by: Any = None, now: datetime | None = None) -> Reclassification:
    """The work of re-reading history, stored; the one that is running where there is one. `by`: a user.

    It begins once every process reads with the rules as they are now.
    """
    moment = now or timezone.now()
    changed = _rules_changed_at(moment)
    fresh = Reclassification(
        stamp=rulebook.read().stamp,
        started_by=by,
        rules_since=changed,
        due_at=max(moment, _settled_at(changed)),
    )
    try:
        with transaction.atomic():
            fresh.save(force_insert=True)
    except IntegrityError:
        return Reclassification.objects.get(state=_State.OPEN)
    return fresh


def work(row_id: int, *, seconds: float = TASK_SECONDS) -> Reclassification:
    """Go on with it for so long; the row as it then stands. One worker at a time; others change nothing."""
    row = _claim(row_id)
    if row is None:
        return Reclassification.objects.get(pk=row_id)
    until = monotonic() + seconds
    try:
        while _step(row) and monotonic() < until:
            pass
    except OvertakenError:
        return Reclassification.objects.get(pk=row_id)
    except Exception as problem:
        _put_back(row, problem)
        raise
    mine = Reclassification.objects.filter(pk=row.pk, state=_State.OPEN, due_at=row.due_at)
    mine.update(due_at=max(timezone.now(), _settled_at(row.rules_since)))
    return Reclassification.objects.get(pk=row_id)


def due(now: datetime) -> list[int]:
    """The work that nobody is at: its wake-up was lost, or its worker died."""
    return list(
        Reclassification.objects.filter(state=_State.OPEN, due_at__lte=now).values_list("pk", flat=True)
    )


def again(row: Reclassification) -> bool:
    """Let one that failed go on from where it stopped; False when it has not failed, or another one runs."""
    failed = Reclassification.objects.filter(pk=row.pk, state=_State.FAILED)
    try:
        with transaction.atomic():
            return bool(failed.update(state=_State.OPEN, attempts=0, error="", due_at=timezone.now()))
    except IntegrityError:
        return False


def is_history_behind() -> bool:
    """Whether history may still be read with other rules than today's."""
    last = Reclassification.objects.filter(state=_State.DONE).order_by("-pk").values_list("stamp", flat=True)
    return (last.first() or "") != rulebook.current().stamp


def _settled_at(changed: datetime) -> datetime:
    return changed + RULES_SETTLE


def _rules_changed_at(now: datetime) -> datetime:
    """When the last change of a rule or an alias was made; long ago where none ever was."""
    told = (
        ChannelRule.objects.aggregate(at=Max("changed_at"))["at"],
        SourceAlias.objects.aggregate(at=Max("made_at"))["at"],
        SourceAlias.objects.aggregate(at=Max("removed_at"))["at"],
    )
    return max((at for at in told if at is not None), default=now - RULES_SETTLE)


def _claim(row_id: int) -> Reclassification | None:
    now = timezone.now()
    free = Reclassification.objects.filter(pk=row_id, state=_State.OPEN, due_at__lte=now)
    if not free.update(due_at=now + CLAIM_LASTS, attempts=F("attempts") + 1):
        return None
    row = Reclassification.objects.get(pk=row_id)
    if row.attempts > MOST_ATTEMPTS:
        row.state, row.error = (
            _State.FAILED,
            row.error or "The worker was stopped each time at the same place.",
        )
        row.save(update_fields=["state", "error"])
        return None
    return row


def _step(row: Reclassification) -> bool:
    """Read one chunk; False when it is finished or must wait."""
    if row.stamp != rulebook.current().stamp:
        return _begin_again(row)
    if row.total is None:
        _advance(row, total=sum(holder.total() for holder in holders()))
    holder = _holder_of(row)
    if holder is None:
        return _finish(row)
    if not holder.step(row.after, lambda chunk: _note(row, holder, chunk)):
        following = _following(holder)
        _advance(row, holder=following.name if following else "-", after=0)
    return True


def _begin_again(row: Reclassification) -> bool:
    """The rules changed meanwhile: from the start, once everybody reads with the new ones."""
    since = _rules_changed_at(timezone.now())
    fresh = {
        "before": {},
        "after_counts": {},
        "moved": {},
        "done": 0,
        "total": None,
        "after": 0,
        "holder": "",
    }
    _advance(row, stamp=rulebook.current().stamp, rules_since=since, **fresh)
    return _settled_at(since) <= timezone.now()


def _holder_of(row: Reclassification) -> Holder | None:
    known = holders()
    if not row.holder:
        return known[0] if known else None
    return next((holder for holder in known if holder.name == row.holder), None)


def _following(holder: Holder) -> Holder | None:
    known = holders()
    place = known.index(holder) + 1
    return known[place] if place < len(known) else None


def _note(row: Reclassification, holder: Holder, chunk: Chunk) -> None:
    """How far it is, stored in the transaction that wrote the chunk."""
    _advance(
        row,
        holder=holder.name,
        after=chunk.last,
        done=row.done + chunk.size,
        before=_added(row.before, holder.name, chunk.before),
        after_counts=_added(row.after_counts, holder.name, chunk.after),
        moved={**row.moved, holder.name: row.moved.get(holder.name, 0) + chunk.moved},
        attempts=0,
    )


def _added(counts: Mapping[str, Mapping[str, int]], name: str, more: Counter[str]) -> dict[str, Any]:
    return {**counts, name: dict(Counter(counts.get(name, {})) + more)}


def _advance(row: Reclassification, **changes: Any) -> None:
    """Write the row on, if nobody else did; raises OvertakenError, which rolls the chunk back."""
    changes["due_at"] = timezone.now() + CLAIM_LASTS
    mine = Reclassification.objects.filter(
        pk=row.pk, state=_State.OPEN, due_at=row.due_at, holder=row.holder, after=row.after
    )
    if not mine.update(**changes):
        raise OvertakenError
    for name, value in changes.items():
        setattr(row, name, value)


def _finish(row: Reclassification) -> bool:
    """Sources nobody came from any more are no touched ones: spend must not be matched to them."""
    for chunk in _stale_sources(row.started_at):
        forsaken = [pk for pk in chunk if not any(holder.is_used(pk) for holder in holders())]
        Source.objects.filter(pk__in=forsaken).update(has_touches=False)
    register.forget_sources()
    _advance(row, state=_State.DONE, finished_at=timezone.now(), holder="")
    return False


def _stale_sources(before: datetime) -> Iterator[list[int]]:
    """Touched sources whose words would make another source today, some at a time."""
    after = 0
    while True:
        rows = Source.objects.filter(pk__gt=after, has_touches=True).order_by("pk")[:ROWS_AT_ONCE]
        found = list(rows)
        if not found:
            return
        after = found[-1].pk
        yield [row.pk for row in found if row.created_at < before and register.would_move(row)]


def _put_back(row: Reclassification, problem: Exception) -> None:
    log.exception("re-classification %s stopped at %s %s", row.pk, row.holder, row.after)
    is_last = row.attempts >= MOST_ATTEMPTS
    Reclassification.objects.filter(pk=row.pk, state=_State.OPEN).update(
        state=_State.FAILED if is_last else _State.OPEN,
        due_at=timezone.now() + RETRY_PAUSE,
        error=type(problem).__name__,
    )
