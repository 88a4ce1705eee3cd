"""Which other days a booking made stale.

A change marks its own days. Three things reach further, and only the ledger knows where: who is a new
customer, what a purchase is worth once its rate is known, and a touch that became known after later results
had been booked. Each answer names only days whose stored credits may be wrong, so bookings settle.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

from django.conf import settings
from django.db.models import Sum

from leadtrack.leads.models import ContactKey, Lead
from leadtrack.ledger.chunks import chunks
from leadtrack.ledger.differences import Difference
from leadtrack.ledger.entries import LEAD, PURCHASE, WON, Result
from leadtrack.ledger.models import AttributionModel, Clock, Credit
from leadtrack.ledger.results import first_won_deals
from leadtrack.visits.models import Site, Visit

# The same moment may be two calendar days apart between the earliest and the latest time zone.
ZONES_APART = timedelta(days=2)


def stale_days(day: date, results: Iterable[Result], credits: Difference, traffic: Difference) -> set[date]:
    """The days, other than this one, that the changes of this booking reach."""
    won = {line.lead_id for line in credits.lines if line.result == WON}
    leads = {line.lead_id for line in credits.lines if line.result == LEAD}
    days = _of_customers(won) | _of_money(day, results)
    if leads or _has_other_visits(traffic):
        days |= _of_late_touches(day, leads)
    return days - {day}


def _of_customers(leads: set[int]) -> set[date]:
    """Days of the same contacts' won deals whose mark of a new customer is wrong now."""
    contacts = _contacts_of(leads)
    first = first_won_deals(contacts)
    days = set()
    for chunk in chunks(contacts):
        booked = Credit.objects.filter(result=WON, lead__contact__in=chunk).order_by()
        columns = ("day", "lead__contact_id", "deal_id", "is_new_customer")
        for day, contact, deal, is_new in booked.values_list(*columns).distinct():
            if is_new != (first.get(contact) == deal):
                days.add(day)
    return days


def _of_money(day: date, results: Iterable[Result]) -> set[date]:
    """Days of leads whose purchases, paid on the booked day, have another worth there: the rate came late."""
    worth = {
        one.purchase_id: (one.lead_day, one.revenue_cents, one.cost_cents)
        for one in results
        if one.kind == PURCHASE and Clock.CASH in one.clocks
    }
    # Each model holds the whole of the money: one tells.
    booked = Credit.objects.filter(clock=Clock.COHORT, model=AttributionModel.FIRST, purchase__paid_on=day)
    sums = (
        booked.order_by().values_list("purchase_id", "day").annotate(Sum("revenue_cents"), Sum("cost_cents"))
    )
    stood = {purchase: figures for purchase, *figures in sums}
    changed = [one for one in worth.keys() | stood.keys() if list(worth.get(one, ())) != stood.get(one, [])]
    return {found[0] for one in changed for found in (worth.get(one), stood.get(one)) if found}


def _of_late_touches(day: date, leads: set[int]) -> set[date]:
    """Days of later results of the people whose visits or leads of this day were not known before."""
    first = day - ZONES_APART if Site.objects.order_by().values("time_zone").distinct().count() > 1 else day
    last = day + timedelta(days=settings.LEADTRACK_LOOKBACK_DAYS) + ZONES_APART
    booked = Credit.objects.filter(day__gte=first, day__lte=last).exclude(day=day).order_by()
    if not booked.exists():
        return set()
    days: set[date] = set()
    for chunk in chunks(_contacts_of(leads) | _known_visitors(day)):
        days |= set(booked.filter(lead__contact__in=chunk).values_list("day", flat=True).distinct())
    return days


def _known_visitors(day: date) -> set[int]:
    """The contacts whose browsers visited on this day. Step by step: one joined query has no good plan."""
    visits = Visit.objects.filter(day=day).order_by()
    browsers = {str(visitor) for visitor in visits.values_list("visitor_id", flat=True).distinct()}
    keys = ContactKey.objects.filter(kind=ContactKey.Kind.VISITOR)
    # The few that share another contact's browser have no index; the owners have.
    shared = keys.filter(is_owner=False).values_list("value", "contact_id")
    found = {contact for value, contact in shared if value in browsers}
    for chunk in chunks(browsers):
        found |= set(keys.filter(is_owner=True, value__in=chunk).values_list("contact_id", flat=True))
    return found


def _contacts_of(leads: set[int]) -> set[int]:
    found: set[int] = set()
    for chunk in chunks(leads):
        found |= set(Lead.objects.filter(pk__in=chunk).values_list("contact_id", flat=True))
    return found


def _has_other_visits(traffic: Difference) -> bool:
    before = Counter({line.source_id: line.visits for line in traffic.gone.values() if line.visits})
    after = Counter({line.source_id: line.visits for line in traffic.fresh if line.visits})
    return before != after
