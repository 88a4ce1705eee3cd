"""Proving the books: promises 3, 4 and 5 (domain.md 9) on the stored rows."""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import Q, Sum

from leadtrack.ledger import raw
from leadtrack.ledger.attribution import WHOLE
from leadtrack.ledger.models import (
    AttributionModel,
    Clock,
    Credit,
    GoalFact,
    RateGap,
    ResultFact,
    TrafficFact,
)
from leadtrack.ledger.out_of_time import credits_out_of_time
from leadtrack.lib.periods import Period
from leadtrack.spend.models import SpendItem

# Facts of a month are compared at a time: memory stays flat however long the history is.
DAYS_AT_ONCE: Final = 31
COUNT, PPM, MONEY = "count", "ppm", "money"
FIGURES: Final = ("leads", "won", "customers", "revenue", "cost")

Place = tuple[Hashable, ...]
Sums = dict[str, dict[Any, int]]


@dataclass(slots=True)
class Total:
    """One figure as the raw rows say it and as the books say it, and every place where they differ.

    `unit`: count, ppm (millionths of a result) or money (cents of the reporting currency, or of the currency
    that the name ends with).
    """

    name: str
    unit: str
    actual: int = 0
    booked: int = 0
    # Totals that repeat others in finer places are only worth showing when they are broken.
    is_shown: bool = True
    wrong: dict[Place, tuple[int, int]] = field(default_factory=dict)

    @property
    def is_broken(self) -> bool:
        """Whether the two sides differ anywhere, even if the sums agree."""
        return bool(self.wrong)


@dataclass(slots=True)
class Findings:
    """Every total that was compared, by name, in order."""

    totals: dict[str, Total] = field(default_factory=dict)

    @property
    def broken(self) -> list[Total]:
        """The totals that do not agree."""
        return [total for total in self.totals.values() if total.is_broken]

    def compare(
        self,
        name: str,
        unit: str,
        actual: Mapping[Any, int],
        booked: Mapping[Any, int],
        *,
        is_shown: bool = True,
    ) -> None:
        """Add two sides of one figure; what one side lacks is nothing there."""
        total = self.totals.setdefault(name, Total(name, unit, is_shown=is_shown))
        total.actual += sum(actual.values())
        total.booked += sum(booked.values())
        for place in actual.keys() | booked.keys():
            sides = actual.get(place, 0), booked.get(place, 0)
            if sides[0] != sides[1]:
                total.wrong[place if isinstance(place, tuple) else (place,)] = sides


def check_books(days: Iterable[date]) -> Findings:
    """Compare the raw rows of these days with the books. Reads only."""
    findings = Findings()
    first_deals = raw.first_deals()
    for period in _periods(days):
        _check_traffic(findings, period)
        _check_goals(findings, period)
        _check_gaps(findings, period)
        _check_results(findings, period, first_deals)
        _check_facts(findings, period)
        _check_shares(findings, period)
        findings.compare("touches outside their window", COUNT, {}, credits_out_of_time(period))
    unmatched = SpendItem.objects.filter(match=None).values_list("pk", flat=True)
    findings.compare("spend items without a match", COUNT, {}, dict.fromkeys(unmatched, 1))
    return findings


def _periods(days: Iterable[date]) -> Iterator[Period]:
    """The days as periods of a month at most; days between them on which nothing happened cost nothing."""
    rest = sorted(set(days))
    while rest:
        last = rest[0] + timedelta(days=DAYS_AT_ONCE - 1)
        yield Period(rest[0], max(day for day in rest[:DAYS_AT_ONCE] if day <= last))
        rest = [day for day in rest if day > last]


def _check_traffic(findings: Findings, period: Period) -> None:
    booked = _sums(
        TrafficFact,
        period,
        ("day", "source_id"),
        ("visits", "goal_visits", "clicks", "impressions", "spend_cents"),
    )
    spend, _ = raw.spend(period)
    findings.compare("visits", COUNT, raw.visits(period), booked["visits"])
    findings.compare("visits with a goal", COUNT, raw.goal_visits(period), booked["goal_visits"])
    findings.compare("clicks", COUNT, raw.counts_of_spend(period, "clicks"), booked["clicks"])
    findings.compare("impressions", COUNT, raw.counts_of_spend(period, "impressions"), booked["impressions"])
    findings.compare("spend", MONEY, spend, booked["spend_cents"])


def _check_goals(findings: Findings, period: Period) -> None:
    visits, hits = raw.goals(period)
    booked = _sums(GoalFact, period, ("day", "source_id", "goal_id"), ("visits", "hits"))
    findings.compare("goal hits", COUNT, hits, booked["hits"])
    findings.compare("visits of each goal", COUNT, visits, booked["visits"])


def _check_gaps(findings: Findings, period: Period) -> None:
    booked = _sums(RateGap, period, ("day", "currency"), ("spend_cents", "revenue_cents", "cost_cents"))
    _, spend = raw.spend(period)
    revenue, cost = raw.money_without_rate(period)
    for name, actual in (("spend", spend), ("revenue", revenue), ("cost", cost)):
        stored = booked[f"{name}_cents"]
        for currency in sorted({currency for _, currency in actual.keys() | stored.keys()}):
            sides = (_of_currency(side, currency) for side in (actual, stored))
            findings.compare(f"{name} without a rate, {currency}", MONEY, *sides)


def _check_results(findings: Findings, period: Period, first_deals: frozenset[int]) -> None:
    for clock in Clock:
        revenue, cost = raw.money(period, clock)
        actual = {
            "leads": _in_ppm(raw.leads(period)),
            "won": _in_ppm(raw.won(period, clock)),
            "customers": _in_ppm(raw.customers(period, clock, first_deals)),
            "revenue": revenue,
            "cost": cost,
        }
        for model in AttributionModel:
            booked = _credited(period, clock, model)
            for figure in FIGURES:
                unit = MONEY if figure in ("revenue", "cost") else PPM
                findings.compare(
                    f"{clock.value} {model.value} {figure}", unit, actual[figure], booked[figure]
                )


def _of_currency(side: Mapping[Any, int], currency: str) -> dict[Any, int]:
    return {place: cents for place, cents in side.items() if place[1] == currency}


def _in_ppm(counts: Mapping[date, int]) -> dict[date, int]:
    return {day: count * WHOLE for day, count in counts.items()}


def _credited(period: Period, clock: Clock, model: AttributionModel) -> Sums:
    return _figures_of(_credit_rows(period, clock, model), ("day",))


def _check_facts(findings: Findings, period: Period) -> None:
    """The facts that reports read are the sums of the credits behind them."""
    for clock in Clock:
        for model in AttributionModel:
            credited = _figures_of(_credit_rows(period, clock, model), ("day", "source_id"))
            columns = ("leads_ppm", "won_ppm", "customers_ppm", "revenue_cents", "cost_cents")
            facts = _sums(ResultFact, period, ("day", "source_id"), columns, clock=clock, model=model)
            for figure, column in zip(FIGURES, columns, strict=True):
                unit = MONEY if column.endswith("cents") else PPM
                name = f"{clock.value} {model.value} {figure}, credits and facts"
                findings.compare(name, unit, credited[figure], facts[column], is_shown=False)


def _credit_rows(period: Period, clock: Clock, model: AttributionModel) -> Any:
    return Credit.objects.filter(clock=clock, model=model, day__range=(period.first, period.last)).order_by()


def _figures_of(rows: Any, keys: tuple[str, ...]) -> Sums:
    """The five figures of these credits by key, each added up in the database."""
    sums = {
        "leads": Sum("share_ppm", filter=Q(result=Credit.Result.LEAD)),
        "won": Sum("share_ppm", filter=Q(result=Credit.Result.WON)),
        "customers": Sum("share_ppm", filter=Q(is_new_customer=True)),
        "revenue": Sum("revenue_cents"),
        "cost": Sum("cost_cents"),
    }
    return _by_key(rows.values(*keys).annotate(**sums), keys, FIGURES)


def _sums(table: Any, period: Period, keys: tuple[str, ...], columns: tuple[str, ...], **where: Any) -> Sums:
    rows = table.objects.filter(day__range=(period.first, period.last), **where).order_by()
    totals = {f"sum_{column}": Sum(column) for column in columns}
    found = _by_key(rows.values(*keys).annotate(**totals), keys, tuple(totals))
    return {column: found[f"sum_{column}"] for column in columns}


def _by_key(rows: Iterable[dict[str, Any]], keys: tuple[str, ...], names: tuple[str, ...]) -> Sums:
    found: Sums = {name: {} for name in names}
    for row in rows:
        key = tuple(row[key] for key in keys) if len(keys) > 1 else row[keys[0]]
        for name in names:
            found[name][key] = row[name] or 0
    return found


def _check_shares(findings: Findings, period: Period) -> None:
    """Over one result, clock and model the shares add up to the whole."""
    keys = ("day", "clock", "model", "result", "lead_id", "deal_id", "purchase_id")
    rows = Credit.objects.filter(day__range=(period.first, period.last)).order_by().values_list(*keys)
    uneven = rows.annotate(whole=Sum("share_ppm")).exclude(whole=WHOLE)
    shares = {tuple(key): share for *key, share in uneven}
    findings.compare("shares of a result", PPM, dict.fromkeys(shares, WHOLE), shares)
