"""What the raw rows say, counted without any of the booking's code: the other side of check_books.

Every function answers figures by key; the key's first part is the day.
"""

from collections import Counter
from datetime import date
from typing import Final

from django.conf import settings
from django.db.models import Count, Exists, F, Max, Min, OuterRef, QuerySet, Sum

from leadtrack.deals.models import Deal, Purchase, Stage
from leadtrack.leads.models import Lead
from leadtrack.ledger.models import Clock
from leadtrack.lib.money import convert
from leadtrack.lib.periods import Period
from leadtrack.spend.models import SpendRow
from leadtrack.spend.queries import rates_for
from leadtrack.spend.rates import RateTable
from leadtrack.visits.models import GoalHit, Visit

ByDay = dict[date, int]
BySource = dict[tuple[date, int | None], int]
ByGoal = dict[tuple[date, int, int], int]
ByCurrency = dict[tuple[date, str], int]

# Any day will do where there is nothing to convert.
FIRST_DAY: Final = date(2000, 1, 1)
_DAY_OF_DEAL: Final = {Clock.COHORT: "lead__day", Clock.CASH: "closed_on"}
_DAY_OF_MONEY: Final = {Clock.COHORT: "deal__lead__day", Clock.CASH: "paid_on"}


def visits(period: Period) -> BySource:
    """Visits by day and source."""
    rows = (
        Visit.objects.filter(day__range=(period.first, period.last))
        .order_by()
        .values_list("day", "source_id")
    )
    return {(day, source): count for day, source, count in rows.annotate(Count("id"))}


def goal_visits(period: Period) -> BySource:
    """Visits that reached any goal that is set up, by day and source of the visit."""
    hit = GoalHit.objects.filter(goal__is_set_up=True, visit=OuterRef("pk"))
    rows = Visit.objects.filter(Exists(hit), day__range=(period.first, period.last)).order_by()
    counted = rows.values_list("day", "source_id").annotate(Count("id"))
    return {(day, source): count for day, source, count in counted}


def goals(period: Period) -> tuple[ByGoal, ByGoal]:
    """Visits that reached each goal, and how often they did, by day and source of the visit, and goal."""
    hits = GoalHit.objects.filter(goal__is_set_up=True, visit__day__range=(period.first, period.last))
    rows = hits.order_by().values_list("visit__day", "visit__source_id", "goal_id")
    counted = list(rows.annotate(Count("visit", distinct=True), Count("id")))
    visits = {(day, source, goal): visits for day, source, goal, visits, _ in counted}
    return visits, {(day, source, goal): hits for day, source, goal, _, hits in counted}


def counts_of_spend(period: Period, column: str) -> BySource:
    """Clicks or impressions by day and matched source."""
    rows = SpendRow.objects.between(period.first, period.last).order_by()
    return {
        (day, source): total
        for day, source, total in rows.values_list("day", "item__match__source_id").annotate(Sum(column))
    }


def spend(period: Period) -> tuple[BySource, ByCurrency]:
    """Net and fee: in the reporting currency by matched source; without a rate, in its own currency."""
    base = settings.LEADTRACK_CURRENCY
    rows = SpendRow.objects.between(period.first, period.last).order_by()
    sums: Counter[tuple[date, int | None]] = Counter()
    gaps: Counter[tuple[date, str]] = Counter()
    own = rows.filter(currency=base).values_list("day", "item__match__source_id")
    for day, source, net, fee in own.annotate(Sum("net_cents"), Sum("fee_cents")):
        sums[day, source] += net + fee
    foreign = rows.exclude(currency=base)
    rates = rates_for(foreign.values_list("currency", flat=True).distinct(), period.first, period.last)
    columns = ("day", "item__match__source_id", "currency", F("net_cents") + F("fee_cents"))
    for day, source, currency, cents in foreign.values_list(*columns).iterator(chunk_size=5000):
        rate = rates.rate_on(currency, day)
        if rate is None:
            gaps[day, currency] += cents
        else:
            sums[day, source] += convert(cents, rate)
    return dict(sums), dict(gaps)


def leads(period: Period) -> ByDay:
    """Leads that are neither spam nor repeat enquiries, by day of capture."""
    days = (period.first, period.last)
    rows = Lead.objects.filter(day__range=days, repeat_of=None).exclude(status=Lead.Status.SPAM)
    return dict(rows.order_by().values_list("day").annotate(Count("id")))


def won(period: Period, clock: Clock) -> ByDay:
    """Won deals by the clock's day."""
    column = _DAY_OF_DEAL[clock]
    rows = _won().filter(**{f"{column}__range": (period.first, period.last)})
    return dict(rows.order_by().values_list(column).annotate(Count("id")))


def customers(period: Period, clock: Clock, first_deals: frozenset[int]) -> ByDay:
    """Won deals that made a contact a customer, by the clock's day."""
    column = _DAY_OF_DEAL[clock]
    rows = _won().filter(**{f"{column}__range": (period.first, period.last)}).values_list(column, "pk")
    return dict(Counter(day for day, pk in rows if pk in first_deals))


def first_deals() -> frozenset[int]:
    """The deal with which each contact became a customer: its earliest won one."""
    first: dict[int, int] = {}
    rows = _won().order_by("closed_on", "pk").values_list("lead__contact_id", "pk")
    for contact, pk in rows.iterator(chunk_size=5000):
        first.setdefault(contact, pk)
    return frozenset(first.values())


def money(period: Period, clock: Clock) -> tuple[ByDay, ByDay]:
    """Revenue and cost of goods by the clock's day, each purchase converted on the day it was paid."""
    column = _DAY_OF_MONEY[clock]
    rows = Purchase.objects.filter(voided_at=None, **{f"{column}__range": (period.first, period.last)})
    rates = _rates_of_purchases(rows)
    revenue: Counter[date] = Counter()
    cost: Counter[date] = Counter()
    columns = (column, "paid_on", "currency", "revenue_cents", "cost_cents")
    for day, paid_on, currency, revenue_cents, cost_cents in rows.values_list(*columns):
        rate = rates.rate_on(currency, paid_on)
        if rate is not None:
            revenue[day] += convert(revenue_cents, rate)
            cost[day] += convert(cost_cents, rate)
    return dict(revenue), dict(cost)


def money_without_rate(period: Period) -> tuple[ByCurrency, ByCurrency]:
    """Revenue and cost that no rate converts, by the day they were paid, in their own currency."""
    rows = Purchase.objects.filter(voided_at=None, paid_on__range=(period.first, period.last))
    rates = _rates_of_purchases(rows)
    revenue: Counter[tuple[date, str]] = Counter()
    cost: Counter[tuple[date, str]] = Counter()
    for day, currency, revenue_cents, cost_cents in rows.values_list(
        "paid_on", "currency", "revenue_cents", "cost_cents"
    ):
        if rates.rate_on(currency, day) is None:
            revenue[day, currency] += revenue_cents
            cost[day, currency] += cost_cents
    return dict(revenue), dict(cost)


def _won() -> QuerySet[Deal]:
    return Deal.objects.filter(stage__group=Stage.Group.WON).exclude(closed_on=None)


def _rates_of_purchases(rows: QuerySet[Purchase]) -> RateTable:
    span = rows.aggregate(first=Min("paid_on"), last=Max("paid_on"))
    if span["first"] is None:
        return rates_for((), FIRST_DAY, FIRST_DAY)
    currencies = rows.order_by().values_list("currency", flat=True).distinct()
    return rates_for(currencies, span["first"], span["last"])
