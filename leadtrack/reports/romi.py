"""Every formula of the reports, in one place. Pure.

Money is in whole hundredths ("cents") of the reporting currency, leads and deals in millionths (a model may
share one lead between touches). Division by nothing is "no value" (None), never zero or infinity.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import ROUND_HALF_EVEN, Decimal
from functools import reduce
from operator import add
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FORMULAS_VERSION: Final = "2026-11"
ONE: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Figures:
    """What came, what it cost and what it brought: the sums of one row of a report."""

    visits: int = 0
    goal_visits: int = 0
    impressions: int = 0
    clicks: int = 0
    spend_cents: int = 0
    leads_ppm: int = 0
    won_ppm: int = 0
    customers_ppm: int = 0
    revenue_cents: int = 0
    cost_cents: int = 0

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @property
    def goal_rate(self) -> Decimal | None:
        """Visits that reached a goal / visits, as a fraction."""
        return Decimal(self.goal_visits) / self.visits if self.visits else None

    @property
    def leads(self) -> Decimal:
        """Leads, spam left out; a fraction where a model shares one."""
        return Decimal(self.leads_ppm) / ONE

    @property
    def won(self) -> Decimal:
        """Won deals."""
        return Decimal(self.won_ppm) / ONE

    @property
    def customers(self) -> Decimal:
        """Won deals that were the first of their contact."""
        return Decimal(self.customers_ppm) / ONE

    @property
    def margin_cents(self) -> int:
        """Revenue - cost of goods."""
        return self.revenue_cents - self.cost_cents

    @property
    def cpl_cents(self) -> int | None:
        """Spend / leads."""
        return _per(self.spend_cents, self.leads)

    @property
    def cac_cents(self) -> int | None:
        """Spend / new customers."""
        return _per(self.spend_cents, self.customers)

    @property
    def romi(self) -> Decimal | None:
        """(Margin - spend) / spend, as a fraction. None when nothing was spent: free traffic has no ROMI."""
        if not self.spend_cents:
            return None
        return Decimal(self.margin_cents - self.spend_cents) / self.spend_cents


# What each column heading says when it is asked.
FORMULAS: Final[dict[str, Promise]] = {
    "visits": _("Visits that began in the period."),
    "goals": _("Visits of the period that reached at least one goal, and their share of all visits."),
    "leads": _("Enquiries captured in the period, without spam. A model may share one lead between sources."),
    "won": _("Deals won. Cohort clock: of the leads of the period; cash clock: closed in the period."),
    "customers": _("Won deals that were the first of their contact."),
    "revenue": _("Purchases less refunds, each converted on its own day."),
    "margin": _("Revenue − cost of goods."),
    "spend": _("Net cost and agency fee, without VAT, each row converted on its own day."),
    "cpl": _("Spend ÷ leads."),
    "cac": _("Spend ÷ new customers."),
    "romi": _("(Margin − spend) ÷ spend."),
}


def total(rows: Iterable[Figures]) -> Figures:
    """The sums of all rows; ratios are formed from the sums, never averaged."""
    return reduce(add, rows, Figures())


def _per(cents: int, count: Decimal) -> int | None:
    if not count or not cents:
        return None
    return int((cents / count).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
