"""Matching a call to whoever was shown its number: by the number and the moment, never a forced winner."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

from leadtrack.phones.afterwards import tell_rooms_above
from leadtrack.phones.candidates import Candidate, Shown, candidates
from leadtrack.phones.models import Assignment, Call, CallCandidate, Lease, Pool, TrackedNumber
from leadtrack.sources import register
from leadtrack.sources.dirty import mark_days
from leadtrack.sources.models import Source
from leadtrack.visits.models import Visit

# Whose the call is, as columns of it.
COLUMNS: Final = ("source", "assignment", "match", "visit", "lease")


@dataclass(frozen=True, slots=True)
class Likely:
    """A visit that the call may belong to, and how likely (millionths of the call)."""

    candidate: Candidate
    visit: Visit

    @property
    def share_ppm(self) -> int:
        """Millionths; those of one call sum to exactly a million."""
        return self.candidate.share_ppm


@dataclass(frozen=True, slots=True)
class Matched:
    """Whose a call is. `visit` and `lease` only where one visitor alone was shown the number."""

    source: Source
    assignment: Assignment | None
    match: Call.Match
    visit: Visit | None = None
    lease_id: int | None = None
    candidates: tuple[Likely, ...] = ()


def match_call(*, number: TrackedNumber, moment: datetime, caller: str) -> Matched:
    """Whose a call to the number at the moment (UTC) is; `caller` is E.164, or empty where withheld.

    A number of a source tells that source. A number of a pool tells the visitors who were shown it within the
    pool's window before: one is the match, several are candidates, none is unknown. Writes nothing.
    """
    assignment = assignment_at(number, moment)
    if assignment is None:
        return Matched(register.unknown_source(), None, Call.Match.UNKNOWN)
    if assignment.source is not None:
        return Matched(assignment.source, assignment, Call.Match.STATIC)
    found = _likely(number, assignment.pool, moment, caller) if assignment.pool else ()
    if len(found) == 1:
        one = found[0]
        lease_id = one.candidate.shown.lease_id
        return Matched(one.visit.source, assignment, Call.Match.VISIT, one.visit, lease_id, found)
    match = Call.Match.AMBIGUOUS if found else Call.Match.UNKNOWN
    return Matched(register.unknown_source(), assignment, match, candidates=found)


def assignment_at(number: TrackedNumber, moment: datetime) -> Assignment | None:
    """Whose the number was at the moment (UTC), with its source and pool."""
    holding = number.assignments.filter(starts_at__lte=moment).filter(Q(ends_at=None) | Q(ends_at__gt=moment))
    return holding.select_related("source", "pool").first()


def give(call: Call, matched: Matched) -> None:
    """Write on the call whose it is (not saved), before `keep_candidates`."""
    call.source, call.assignment, call.match = matched.source, matched.assignment, matched.match
    call.visit, call.lease_id = matched.visit, matched.lease_id


def keep_candidates(call: Call, matched: Matched) -> None:
    """Store who may have called and what speaks for each, in the caller's transaction."""
    fresh = [
        CallCandidate(
            call=call,
            lease_id=one.candidate.shown.lease_id,
            visit=one.visit,
            source_id=one.visit.source_id,
            share_ppm=one.share_ppm,
            evidence=one.candidate.evidence,
        )
        for one in matched.candidates
    ]
    CallCandidate.objects.bulk_create(fresh)


def match_again(calls: Iterable[Call]) -> list[Call]:
    """Match stored calls by what holds now, have the rooms above follow and mark the days; those calls.

    Call it in the transaction that changes whose their number was, with the calls locked.
    """
    moved = list(calls)
    for call in moved:
        caller = "" if call.is_withheld else call.caller.as_e164
        matched = match_call(number=call.number, moment=call.started_at, caller=caller)
        give(call, matched)
        call.save(update_fields=list(COLUMNS))
        call.candidates.all().delete()
        keep_candidates(call, matched)
        tell_rooms_above(call)
    mark_days(call.day for call in moved)
    return moved


def credit_differently(pool: Pool) -> int:
    """Have the ambiguous calls of a pool booked again, because the pool says otherwise how; their number.

    In the transaction that changes `Pool.ambiguous`.
    """
    calls = Call.objects.filter(assignment__pool=pool, match=Call.Match.AMBIGUOUS)
    found = list(calls.select_related("number", "source", "assignment__pool"))
    for call in found:
        tell_rooms_above(call)
    mark_days(call.day for call in found)
    return len(found)


def _likely(number: TrackedNumber, pool: Pool, moment: datetime, caller: str) -> tuple[Likely, ...]:
    leases = _leases_between(number, moment - timedelta(seconds=pool.window_seconds), moment)
    visits = {lease.pk: visit for lease in leases if (visit := _visit_at(lease, moment))}
    if not visits:
        return ()
    callers = _visitors_of_caller(caller, moment, {lease.visitor_id for lease in leases})
    found = candidates((_shown(lease, callers) for lease in leases if lease.pk in visits), moment=moment)
    return tuple(Likely(one, visits[one.shown.lease_id]) for one in found)


def _leases_between(number: TrackedNumber, since: datetime, moment: datetime) -> list[Lease]:
    """The leases of the number that were seen after `since` and had begun by the moment; two looks by index.

    Whichever pool's: a number that changed its pool just now is still on open pages. A number is held by one
    visitor at a time, so of those that began earlier only the latest can have been seen since.
    """
    known = Lease.objects.filter(number=number).select_related("pool", "visit__source")
    begun = known.filter(started_at__gt=since, started_at__lte=moment)
    earlier = known.filter(started_at__lte=since).order_by("-started_at").first()
    return [*begun, *([earlier] if earlier and earlier.last_seen_at > since else [])]


def _shown(lease: Lease, callers: set[int]) -> Shown:
    return Shown(
        lease_id=lease.pk,
        visitor_id=lease.visitor_id,
        last_seen_at=lease.last_seen_at,
        hold=timedelta(seconds=lease.pool.hold_seconds),
        page=lease.page,
        tapped_at=lease.tapped_at,
        copied_at=lease.copied_at,
        has_called_before=lease.visitor_id in callers,
    )


def _visitors_of_caller(caller: str, moment: datetime, visitors: set[int]) -> set[int]:
    """Of these visitors, whose an earlier call of the same phone was."""
    if not caller:
        return set()
    earlier = Call.objects.filter(caller=caller, started_at__lt=moment, match=Call.Match.VISIT)
    found = earlier.filter(visit__visitor__in=visitors).order_by()
    return set(found.values_list("visit__visitor_id", flat=True).distinct())


def _visit_at(lease: Lease, moment: datetime) -> Visit | None:
    """The visit that was on at the moment: the lease may have been seen in later ones since."""
    if lease.visit.started_at <= moment:
        return lease.visit
    earlier = Visit.objects.filter(visitor=lease.visitor_id, started_at__lte=moment)
    return earlier.select_related("source").order_by("-started_at", "-pk").first()
