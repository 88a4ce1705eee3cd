"""Giving a number to a source or a pool, from a moment on; and finding whose it was at a moment."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from leadtrack.phones.lease import end_lease
from leadtrack.phones.match import assignment_at, match_again
from leadtrack.phones.models import Assignment, Call, Pool, TrackedNumber
from leadtrack.sources import register
from leadtrack.sources.models import Source

# Clocks of a browser and a server differ a little.
_SKEW: Final = timedelta(minutes=1)


class AssignmentError(Exception):
    """Why a number cannot be assigned so, in words for the person who tried."""


def assign_number(
    *,
    number: TrackedNumber,
    source: Source | None = None,
    pool: Pool | None = None,
    at: datetime,
    by: Any = None,
    note: str = "",
) -> Assignment:
    """Give the number to the source or the pool (one of them) from `at` (UTC, not in the future); what held
    until then ends there.

    `by` is the user who does it. Calls since `at` are matched again. Raises AssignmentError.
    """
    if at > timezone.now() + _SKEW:
        raise AssignmentError(_("The assignment cannot begin in the future."))
    if pool is not None and pool.site_id != number.site_id:
        raise AssignmentError(_("The pool is of another site: change the site of the number first."))
    with transaction.atomic():
        lock_assignments(number)
        _close_open(number, source or pool, at)
        assignment = Assignment.objects.create(
            number=number, source=source, pool=pool, starts_at=at, note=note, assigned_by=by
        )
        _move_calls(number, since=at)
    return assignment


def free_number(*, number: TrackedNumber, at: datetime) -> Assignment | None:
    """End what the number's present assignment is at `at` (UTC, not in the future): it belongs to nobody.

    Returns that assignment, or None where there was none. Raises AssignmentError.
    """
    with transaction.atomic():
        lock_assignments(number)
        held = number.assignments.select_related("source", "pool").filter(ends_at=None).first()
        if held is None:
            return None
        if at <= held.starts_at:
            raise AssignmentError(_("The number was assigned later than that; choose a later moment."))
        held.ends_at = at
        held.save(update_fields=["ends_at"])
        _move_calls(number, since=at)
    return held


def restore_assignment(*, assignment: Assignment) -> None:
    """Undo `free_number`: the assignment that ended last holds on.

    Raises AssignmentError when another began meanwhile.
    """
    number = assignment.number
    with transaction.atomic():
        lock_assignments(number)
        last = number.assignments.order_by("-starts_at").first()
        if last is None or last.pk != assignment.pk:
            raise AssignmentError(_("The number was given to somebody else meanwhile."))
        ended_at, last.ends_at = last.ends_at or last.starts_at, None
        last.save(update_fields=["ends_at"])
        _move_calls(number, since=ended_at)


def undo_assignment(*, assignment: Assignment) -> Assignment | None:
    """Take the number's present assignment back, as if it had never been: the one before holds again.

    Returns that one, or None. Its calls move back too. Raises AssignmentError when it is not the present one.
    """
    number = assignment.number
    with transaction.atomic():
        lock_assignments(number)
        if not Assignment.objects.filter(pk=assignment.pk, ends_at=None).exists():
            raise AssignmentError(
                _("Only the last assignment of a number can be undone, and this is not it.")
            )
        before = (
            number.assignments.filter(ends_at=assignment.starts_at).select_related("source", "pool").first()
        )
        since = assignment.starts_at
        Call.objects.filter(assignment=assignment).update(assignment=None)
        assignment.delete()
        if before is not None:
            before.ends_at = None
            before.save(update_fields=["ends_at"])
        _move_calls(number, since=since)
    return before


def source_at(number: TrackedNumber, moment: datetime) -> tuple[Source, Assignment | None]:
    """Whose the number was at a moment (UTC); the unknown source where it was nobody's, or a pool's."""
    assignment = assignment_at(number, moment)
    source = assignment.source if assignment else None
    return source or register.unknown_source(), assignment


def lock_assignments(number: TrackedNumber) -> None:
    """Until the end of the transaction nobody else assigns the number or gives a new call its source."""
    TrackedNumber.objects.select_for_update(no_key=True).get(pk=number.pk)


def _close_open(number: TrackedNumber, owner: Source | Pool | None, at: datetime) -> None:
    last = number.assignments.select_related("source", "pool").order_by("-starts_at").first()
    if last is None:
        return
    if last.ends_at is None and owner in {last.source, last.pool} - {None}:
        raise AssignmentError(
            _("The number is in this pool already.")
            if last.pool
            else _("The number belongs to this source already.")
        )
    if at <= last.starts_at or (last.ends_at is not None and at < last.ends_at):
        raise AssignmentError(
            _("The number belongs to “%(source)s” since %(since)s; choose a later moment.")
            % {
                "source": last.source or last.pool,
                "since": f"{timezone.localtime(last.starts_at):%Y-%m-%d %H:%M}",
            }
        )
    if last.ends_at is None:
        last.ends_at = at
        last.save(update_fields=["ends_at"])


def _move_calls(number: TrackedNumber, *, since: datetime) -> None:
    """Calls since then are whose the number says now; whoever holds it of the pool it left loses it."""
    end_lease(number=number, at=timezone.now())
    moved = Call.objects.select_for_update(of=("self",)).filter(number=number, started_at__gte=since)
    match_again(moved.filter(direction=Call.Direction.IN).select_related("number").order_by("pk"))
