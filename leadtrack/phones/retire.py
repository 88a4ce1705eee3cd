"""Taking a pool out of use, and back."""

from datetime import datetime

from django.db import transaction

from leadtrack.phones.assign import (
    AssignmentError,
    free_number,
    lock_assignments,
    restore_assignment,
)
from leadtrack.phones.models import Assignment, Pool, TrackedNumber


def retire_pool(pool: Pool, *, now: datetime) -> int:
    """From `now` (UTC) the pool shows no number, and its numbers are free. Returns how many there were."""
    with transaction.atomic():
        row = _locked(pool)
        if row.retired_at is not None:
            return 0
        held = list(Assignment.objects.filter(pool=row, ends_at=None).select_related("number"))
        for assignment in held:
            free_number(number=assignment.number, at=now)
        row.retired_at, row.is_active = now, False
        row.save(update_fields=["retired_at", "is_active"])
    return len(held)


def restore_pool(pool: Pool) -> int:
    """Undo `retire_pool`: the numbers that nobody has taken meanwhile are back in it. Returns how many."""
    with transaction.atomic():
        row = _locked(pool)
        if row.retired_at is None:
            return 0
        freed = Assignment.objects.filter(pool=row, ends_at=row.retired_at).select_related("number")
        row.retired_at, row.is_active = None, True
        row.save(update_fields=["retired_at", "is_active"])
        return sum(_is_back(assignment) for assignment in freed)


def _locked(pool: Pool) -> Pool:
    """The pool, after its numbers: who assigns one holds that first, and only then waits for its pools."""
    of_pool = Assignment.objects.filter(pool=pool.pk).values_list("number", flat=True)
    for pk in sorted(set(of_pool)):
        lock_assignments(TrackedNumber(pk=pk))
    return Pool.objects.select_for_update(no_key=True).get(pk=pool.pk)


def _is_back(assignment: Assignment) -> bool:
    try:
        restore_assignment(assignment=assignment)
    except AssignmentError:
        # Somebody else has it now: it stays with them, and is not counted.
        return False
    return True
