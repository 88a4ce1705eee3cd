"""Giving tracked numbers and their calls the source that today's rules and aliases make of their words.

A call to a static number follows its assignment; one to a pool follows the visit it was matched to.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date
from typing import Final

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils.translation import gettext_lazy as _

from leadtrack.phones.afterwards import tell_rooms_above
from leadtrack.phones.models import Assignment, Call, CallCandidate
from leadtrack.sources import register
from leadtrack.sources.dirty import mark_days
from leadtrack.sources.holders import Chunk, Holder, Save
from leadtrack.sources.models import Source
from leadtrack.visits.afterwards import MovedVisit
from leadtrack.visits.reclassify import place_today

# A call that moves takes its lead with it, and one transaction must stay short.
ROWS_AT_ONCE: Final = 50
_of_visits: Final = Call.objects.filter(match=Call.Match.VISIT)
_of_numbers: Final = Call.objects.exclude(match=Call.Match.VISIT)


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
    """Calls that have the source that their number belonged to, or none."""
    return Holder(
        name="calls",
        label=_("Calls"),
        total=_of_numbers.count,
        counts=lambda since: _counts(_of_numbers, since),
        is_used=lambda pk: Call.objects.filter(source=pk).exists(),
        step=call_step,
    )


def pool_call_holder() -> Holder:
    """Calls that have the source of the visit they were matched to; counted while it stands as it stood."""
    return Holder(
        name="pool-calls",
        label=_("Calls of visitors"),
        total=_of_visits.count,
        counts=lambda since: _counts(_of_visits, since),
        is_used=lambda pk: CallCandidate.objects.filter(source=pk).exists(),
        step=pool_call_step,
        follows=True,
    )


def source_today(call: Call) -> Source | None:
    """The source of a call (with its assignment's) by today's rules; None for one of no known number."""
    assigned = call.assignment.source if call.assignment else None
    return register.reread_assigned(assigned) if assigned else None


def follow_visits(moved: Sequence[MovedVisit]) -> None:
    """Calls and their candidates get the new sources of these visits, and the leads of them, in this
    transaction."""
    by_visit = {one.visit_id: one for one in moved}
    for one in moved:
        of_visit = CallCandidate.objects.filter(visit=one.visit_id, source=one.was_id)
        of_visit.update(source=one.source_id)
    for call in _calls_of(by_visit).select_related("source").order_by("pk"):
        _follow_visit(call, by_visit.get(call.visit_id or 0))


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
    found = _of_numbers.filter(pk__gt=after).select_related("source", "assignment__source").order_by("pk")
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


def pool_call_step(after: int, save: Save) -> bool:
    """Count the next calls of visitors as they are about to be: they move with their visits."""
    found = _of_visits.filter(pk__gt=after).select_related("source", "visit__site", "visit__source")
    rows = list(found.order_by("pk")[:ROWS_AT_ONCE])
    if not rows:
        return False
    now = [place_today(row.visit).source_id if row.visit else row.source_id for row in rows]
    sources = Source.objects.in_bulk(set(now))
    moved = sum(row.source_id != source for row, source in zip(rows, now, strict=True))
    with transaction.atomic():
        save(_chunk(rows[-1].pk, [row.source for row in rows], [sources[pk] for pk in now], moved))
    return True


def _calls_of(visits: Collection[int]) -> QuerySet[Call]:
    """The calls of these visits, and those that may be; each found by its index, as together by none."""
    maybe = CallCandidate.objects.filter(visit__in=visits, call__match=Call.Match.AMBIGUOUS)
    own = Call.objects.filter(visit__in=visits)
    found = own.order_by().values("pk").union(maybe.order_by().values("call"))
    return Call.objects.filter(pk__in=found)


def _follow_visit(call: Call, moved: MovedVisit | None) -> None:
    """The call's own visit moved, or (None) that of a candidate: then only what hangs on it changes."""
    if moved is not None and call.source_id == moved.was_id:
        call.source_id = moved.source_id
        call.save(update_fields=["source"])
    mark_days([call.day])
    tell_rooms_above(call)


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


def _counts(calls: QuerySet[Call], since: date) -> dict[int, int]:
    rows = calls.filter(day__gte=since).order_by().values_list("source_id")
    return dict(rows.annotate(Count("id")))
