"""Making the books of a day what its visits, leads, outcomes and spend say they are.

Booking a day again writes nothing; booking everything from scratch gives the same rows as booking each change
when it came. Two workers may book at the same moment (turns.py).
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Final, TypeVar

from django.db import transaction
from django.utils import timezone

from leadtrack.deals.models import Deal, Purchase
from leadtrack.leads.models import Lead
from leadtrack.ledger.chunks import chunks
from leadtrack.ledger.differences import difference, writes_of
from leadtrack.ledger.entries import CreditLine, GapLine, Result, credits_of, facts_of
from leadtrack.ledger.match import match_items
from leadtrack.ledger.models import AttributionModel, Credit, GoalFact, RateGap, ResultFact, TrafficFact
from leadtrack.ledger.paths import paths_of
from leadtrack.ledger.results import results_on
from leadtrack.ledger.ripples import stale_days
from leadtrack.ledger.shared_calls import Parts, parts_of_leads
from leadtrack.ledger.traffic import traffic_on
from leadtrack.ledger.turns import Claim, end_run, keep_run, take_run, until_in_turn
from leadtrack.lib.periods import days_between
from leadtrack.sources.dirty import mark_days
from leadtrack.sources.models import DirtyMark
from leadtrack.spend.models import SpendRow
from leadtrack.visits.models import Visit

# A booking may mark other days; they settle in two or three rounds, and beat comes again anyway.
MOST_ROUNDS: Final = 10
T = TypeVar("T")

log = logging.getLogger(__name__)


def reconcile_day(day: date) -> int:
    """Book one day again; answers how many rows of the books changed.

    Days that the changes reach are marked. Does not look at this day's own marks.
    """
    return until_in_turn(day.isoformat(), partial(_book, day))


def reconcile_changed() -> list[date]:
    """Book every day that something changed on; the days booked, in order. [] while another worker is at it.

    A mark goes away only after the booking that read it is committed, so nothing is lost by a kill. A day
    that cannot be booked keeps its marks and does not stop the others; raises ExceptionGroup for such days.
    """
    return sorted(set(book_marked())) if take_run(timezone.now()) else []


def reconcile_range(first: date, last: date) -> list[date]:
    """Book all days from first to last again, and whatever else is marked; the days booked, in order."""
    mark_period(first, last)
    return sorted(set(book_marked()))


def reconcile_all() -> list[date]:
    """Book every day that anything happened on, matching all spend again; the days booked, in order."""
    mark_all()
    return sorted(set(book_marked()))


def mark_period(first: date, last: date) -> None:
    """Ask for all days from first to last to be booked again."""
    mark_days(days_between(first, last))


def mark_all() -> None:
    """Match all spend again and ask for every day that anything happened on to be booked again."""
    match_items(again=True)
    mark_days(all_days())


def book_marked() -> Iterator[date]:
    """Book the marked days one by one, each day as it is done, until none is left; for who shows progress.

    Works beside other workers. Raises ExceptionGroup at the end for days that could not be booked.
    """
    failed: dict[date, Exception] = {}
    try:
        for _ in range(MOST_ROUNDS):
            marks = _marks(besides=failed)
            for day in sorted(marks):
                if problem := _book_marked_day(day, marks[day]):
                    failed[day] = problem
                else:
                    yield day
            if not marks:
                break
    finally:
        end_run()
    if failed:
        raise ExceptionGroup("Some days could not be booked", list(failed.values()))


def waiting_days() -> list[date]:
    """The days that wait to be booked (people whose results wait are asked for their days)."""
    marks = DirtyMark.objects.order_by()
    days = set(marks.values_list("day", flat=True).distinct())
    contacts = set(marks.values_list("contact_id", flat=True).distinct())
    return sorted(_known(days) | _days_of_contacts(_known(contacts)))


def all_days() -> set[date]:
    """Every day that any visit, lead, sale or spend falls on, or any row of the books."""
    tables = (Visit, Lead, SpendRow, Credit, ResultFact, TrafficFact, GoalFact, RateGap)
    days: set[date | None] = set()
    for table in tables:
        days |= set(table.objects.order_by().values_list("day", flat=True).distinct())
    days |= set(Purchase.objects.order_by().values_list("paid_on", flat=True).distinct())
    days |= set(Deal.objects.order_by().values_list("closed_on", flat=True).distinct())
    return _known(days)


def _book(day: date, claim: Claim) -> int:
    results, result_gaps = results_on(day)
    traffic = traffic_on(day)
    lines = _credit_lines(results)
    credits = difference(Credit, day, lines)
    visits_and_spend = difference(TrafficFact, day, traffic.visits_and_spend)
    tables = [
        credits,
        difference(ResultFact, day, facts_of(lines)),
        visits_and_spend,
        difference(GoalFact, day, traffic.goals),
        difference(RateGap, day, _summed([*result_gaps, *traffic.gaps])),
    ]
    stale = stale_days(day, results, credits, visits_and_spend)
    claim.use([*writes_of(tables), *([partial(mark_days, stale)] if stale else [])])
    return sum(len(table.lines) for table in tables)


def _credit_lines(results: Iterable[Result]) -> list[CreditLine]:
    results = list(results)
    paths = paths_of((one.contact_id, one.until) for one in results)
    pathless = [one.lead_id for one in results if not paths[one.contact_id, one.until]]
    parts = parts_of_leads(pathless) if pathless else {}
    models = AttributionModel.values
    return [
        line
        for one in results
        for line in credits_of(_captured(one, parts), paths[one.contact_id, one.until], models)
    ]


def _captured(result: Result, parts: Mapping[int, Parts]) -> Result:
    """What stands in for a missing path is shared like the call itself would be."""
    shared = parts.get(result.lead_id)
    return replace(result, captured=replace(result.captured, parts=shared)) if shared else result


def _summed(gaps: Iterable[GapLine]) -> list[GapLine]:
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for currency, *cents in gaps:
        sums[currency] = [total + one for total, one in zip(sums[currency], cents, strict=True)]
    return [GapLine(currency, *cents) for currency, cents in sums.items() if any(cents)]


def _marks(*, besides: Iterable[date]) -> dict[date, list[int]]:
    """The marks there are now, by day; those of contacts and of spend become marks of days first."""
    _spread_contacts()
    match_items()
    marks: dict[date, list[int]] = defaultdict(list)
    for pk, day in DirtyMark.objects.order_by().values_list("pk", "day"):
        if day is not None and day not in besides:
            marks[day].append(pk)
    return marks


def _spread_contacts() -> None:
    """Turn marks of contacts into marks of the days of all their results."""
    marks = DirtyMark.objects.filter(contact_id__isnull=False).order_by("pk")
    for chunk in chunks(list(marks.values_list("pk", "contact_id"))):
        days = _days_of_contacts(_known({contact for _, contact in chunk}))
        with transaction.atomic():
            mark_days(days)
            DirtyMark.objects.filter(pk__in=[pk for pk, _ in chunk]).delete()


def _days_of_contacts(contacts: set[int]) -> set[date]:
    days: set[date | None] = set()
    for chunk in chunks(contacts):
        leads = Lead.objects.filter(contact__in=chunk).order_by()
        for column in ("day", "deal__closed_on", "deal__purchases__paid_on", "credits__day"):
            days |= set(leads.values_list(column, flat=True).distinct())
    return _known(days)


def _known(values: set[T | None]) -> set[T]:
    return {value for value in values if value is not None}


def _book_marked_day(day: date, marks: list[int]) -> Exception | None:
    """Book a day and take away the marks that were read; what went wrong, if it did, with the marks left."""
    keep_run(timezone.now())
    try:
        reconcile_day(day)
    except Exception as problem:
        log.exception("Could not book %s", day)
        return problem
    for chunk in chunks(marks):
        DirtyMark.objects.filter(pk__in=chunk).delete()
    return None
