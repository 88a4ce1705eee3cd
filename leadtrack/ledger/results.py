"""Reading what happened on a day: its leads, won deals and purchases, by both clocks."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from leadtrack.deals.models import Deal, Purchase, Stage
from leadtrack.leads.models import Lead
from leadtrack.ledger.attribution import Touch
from leadtrack.ledger.chunks import chunks
from leadtrack.ledger.entries import LEAD, PURCHASE, WON, GapLine, Result
from leadtrack.ledger.models import Clock
from leadtrack.lib.periods import day_bounds
from leadtrack.spend.queries import rates_for
from leadtrack.spend.rates import RateTable, convert_at

# The last moment of a day is the last one the databases can tell from the next midnight.
TICK: Final = timedelta(microseconds=1)
_LEAD: Final = ("id", "day", "contact_id", "captured_at", "source_id", "source__channel", "site__time_zone")
_MONEY: Final = ("id", "deal_id", "currency", "paid_on", "revenue_cents", "cost_cents")

_Row = dict[str, Any]


def results_on(day: date) -> tuple[list[Result], list[GapLine]]:
    """Everything that either clock dates to this day, and the money paid that day that has no rate.

    Spam and repeat enquiries are no result; the money of spam, should there be any, is. A number of queries
    that does not grow with the day, but for long lists of ids.
    """
    purchases = _purchases_on(day)
    rates = _rates_of([row for _, row in purchases], day)
    money = [result for clock, row in purchases if (result := _purchase(row, clock, day, rates))]
    return [*_leads_on(day), *_won_on(day), *money], _gaps(purchases, rates)


def won_deals() -> Any:
    """The deals that count as won."""
    return Deal.objects.filter(stage__group=Stage.Group.WON, closed_on__isnull=False)


def first_won_deals(contacts: Iterable[int]) -> dict[int, int]:
    """The deal with which each of these contacts became a customer: the lowest (closed_on, id)."""
    first: dict[int, tuple[date, int]] = {}
    for chunk in chunks(sorted(set(contacts))):
        deals = won_deals().filter(lead__contact__in=chunk)
        for contact, closed_on, deal in deals.values_list("lead__contact_id", "closed_on", "id"):
            first[contact] = min(first.get(contact, (closed_on, deal)), (closed_on, deal))
    return {contact: deal for contact, (_, deal) in first.items()}


def _leads_on(day: date) -> list[Result]:
    rows = Lead.objects.on(day).counted().unique().values(*_LEAD)
    return [_result(LEAD, row, row["captured_at"], Clock.COHORT, Clock.CASH) for row in rows]


def _won_on(day: date) -> list[Result]:
    rows = [(Clock.COHORT, row) for row in _with_lead(won_deals().filter(lead__day=day), "lead__", "id")]
    rows += [(Clock.CASH, row) for row in _with_lead(won_deals().filter(closed_on=day), "lead__", "id")]
    first = first_won_deals(row["lead"]["contact_id"] for _, row in rows)
    return [
        replace(
            _result(WON, row["lead"], _until(row["lead"], clock, day), clock),
            deal_id=row["id"],
            is_new_customer=first.get(row["lead"]["contact_id"]) == row["id"],
        )
        for clock, row in rows
    ]


def _purchases_on(day: date) -> list[tuple[Clock, _Row]]:
    standing = Purchase.objects.filter(voided_at=None)
    cohort = _with_lead(standing.filter(deal__lead__day=day), "deal__lead__", *_MONEY)
    cash = _with_lead(standing.filter(paid_on=day), "deal__lead__", *_MONEY)
    return [*((Clock.COHORT, row) for row in cohort), *((Clock.CASH, row) for row in cash)]


def _purchase(row: _Row, clock: Clock, day: date, rates: RateTable) -> Result | None:
    """A purchase in the reporting currency; None when its own day has no rate."""
    revenue = convert_at(row["revenue_cents"], row["currency"], row["paid_on"], rates)
    cost = convert_at(row["cost_cents"], row["currency"], row["paid_on"], rates)
    if revenue is None or cost is None:
        return None
    return replace(
        _result(PURCHASE, row["lead"], _until(row["lead"], clock, day), clock),
        deal_id=row["deal_id"],
        purchase_id=row["id"],
        revenue_cents=revenue,
        cost_cents=cost,
    )


def _gaps(purchases: list[tuple[Clock, _Row]], rates: RateTable) -> list[GapLine]:
    """A gap belongs to the day whose rate is missing, whatever day the cohort clock would give its money."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for clock, row in purchases:
        if clock == Clock.CASH and rates.rate_on(row["currency"], row["paid_on"]) is None:
            sums[row["currency"]][0] += row["revenue_cents"]
            sums[row["currency"]][1] += row["cost_cents"]
    return [GapLine(currency, 0, revenue, cost) for currency, (revenue, cost) in sums.items()]


def _rates_of(rows: list[_Row], day: date) -> RateTable:
    days = [row["paid_on"] for row in rows] or [day]
    return rates_for({row["currency"] for row in rows}, min(days), max(days))


def _with_lead(rows: Any, prefix: str, *columns: str) -> list[_Row]:
    """The columns of each row, and those of its lead under "lead"; one query."""
    found = rows.values(*columns, *(prefix + column for column in _LEAD))
    return [
        {column: row[column] for column in columns}
        | {"lead": {column: row[prefix + column] for column in _LEAD}}
        for row in found
    ]


def _result(kind: str, lead: _Row, until: datetime, *clocks: Clock) -> Result:
    captured = Touch(lead["captured_at"], lead["source__channel"], lead["source_id"])
    names = tuple(clock.value for clock in clocks)
    return Result(kind, names, lead["id"], lead["day"], lead["contact_id"], until, captured)


def _until(lead: _Row, clock: Clock, day: date) -> datetime:
    """Cohort: the lead's own moment. Cash: the end of the day at the lead's site."""
    if clock == Clock.COHORT:
        moment: datetime = lead["captured_at"]
        return moment
    _, end = day_bounds(day, ZoneInfo(lead["site__time_zone"]))
    return end.astimezone(UTC) - TICK
