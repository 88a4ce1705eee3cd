"""Giving tracked numbers and their calls the source that today's rules and aliases make of their words."""

from collections import Counter
from collections.abc import Collection
from datetime import date
from typing import Final

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from leadtrack.phones.afterwards import tell_rooms_above
from leadtrack.phones.models import Assignment, Call
from leadtrack.sources import register
from leadtrack.sources.dirty import mark_days
from leadtrack.sources.holders import Chunk, Holder, Save
from leadtrack.sources.models import Source

# A call that moves takes its lead with it, and one transaction must stay short.
ROWS_AT_ONCE: Final = 50


def number_holder() -> Holder:
    """What tracked numbers are assigned to."""
    return Holder(
        name="numbers",
        label=_("Assigned numbers"),
        total=Assignment.objects.exclude(source=None).count,
        counts=lambda _since: {},
        is_used=lambda pk: Assignment.objects.filter(source=pk).exists(),
        step=number_step,
    )


def call_holder() -> Holder:
    """Calls, which have the source that their number belonged to."""
    return Holder(
        name="calls",
        label=_("Calls"),
        total=Call.objects.count,
        counts=_counts,
        is_used=lambda pk: Call.objects.filter(source=pk).exists(),
        step=call_step,
    )


def source_today(call: Call) -> Source | None:
    """The source of a call (with its assignment's) by today's rules; None for one of no known number."""
    assigned = call.assignment.source if call.assignment else None
    return register.reread_assigned(assigned) if assigned else None


def number_step(after: int, save: Save) -> bool:
    """Read the next assignments again. A channel that a person chose against the rules stays."""
    found = Assignment.objects.filter(pk__gt=after).exclude(source=None).select_related("source")
    rows = list(found.order_by("pk")[:ROWS_AT_ONCE])
    if not rows:
        return False
    before = [row.source for row in rows if row.source]
    read = list(zip(rows, map(register.reread_assigned, before), strict=True))
    moved = [(row, source) for row, source in read if row.source_id != source.pk]
    with transaction.atomic():
        for row, source in moved:
            Assignment.objects.filter(pk=row.pk, source=row.source_id).update(source=source)
        save(_chunk(rows[-1].pk, before, [source for _, source in read], len(moved)))
    return True


def call_step(after: int, save: Save) -> bool:
    """Calls follow the assignment of their number, leads their call; the days are marked."""
    found = Call.objects.filter(pk__gt=after).select_related("source", "assignment__source").order_by("pk")
    rows = list(found[:ROWS_AT_ONCE])
    if not rows:
        return False
    before = [row.source for row in rows]
    moved = [row for row in rows if _assigned(row) not in {None, row.source_id}]
    with transaction.atomic():
        for call in moved:
            _follow(call)
        save(_chunk(rows[-1].pk, before, [row.source for row in rows], len(moved)))
    return True


def _assigned(call: Call) -> int | None:
    """The source of its number's assignment, if that is to a source and not to a pool."""
    return call.assignment.source_id if call.assignment else None


def _follow(call: Call) -> None:
    if call.assignment is None or call.assignment.source is None:
        return
    was, call.source = call.source_id, call.assignment.source
    if Call.objects.filter(pk=call.pk, source=was, assignment=call.assignment_id).update(source=call.source):
        mark_days([call.day])
        tell_rooms_above(call)


def _chunk(last: int, before: Collection[Source], after: Collection[Source], moved: int) -> Chunk:
    return Chunk(
        last=last,
        before=Counter(source.channel for source in before),
        after=Counter(source.channel for source in after),
        moved=moved,
    )


def _counts(since: date) -> dict[int, int]:
    rows = Call.objects.filter(day__gte=since).order_by().values_list("source_id")
    return dict(rows.annotate(Count("id")))
