"""What is behind a figure: the very rows that it is the sum of."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Sum

from leadtrack.ledger.models import WHOLE, Credit, GoalFact
from leadtrack.reports.funnel import ACCEPTED, ANY_GOAL, PURCHASES
from leadtrack.reports.question import Question
from leadtrack.reports.table import traffic_facts
from leadtrack.sources.register import UNMATCHED
from leadtrack.spend.models import SpendRow, SpendRowQuerySet
from leadtrack.spend.queries import rates_for
from leadtrack.spend.rates import RateTable, convert_at
from leadtrack.visits.models import GoalHit, Visit

# Which results each figure of the table is made of.
RESULTS_OF = {
    "leads": Q(result=Credit.Result.LEAD),
    "accepted": ACCEPTED,
    "won": Q(result=Credit.Result.WON),
    "customers": Q(result=Credit.Result.WON, is_new_customer=True),
    "revenue": Q(result=Credit.Result.PURCHASE),
    "margin": Q(result=Credit.Result.PURCHASE),
    "purchases": PURCHASES,
}


def credits_behind(question: Question, figure: str) -> QuerySet[Credit]:
    """The credits that a figure is the sum of. Raises KeyError for a figure that is not made of credits."""
    days = (question.period.first, question.period.last)
    rows = Credit.objects.filter(clock=question.clock, model=question.model, day__range=days)
    rows = rows.filter(RESULTS_OF[figure], **_scope(question, "source"))
    return rows.select_related(
        "lead__contact", "lead__site", "lead__call", "purchase", "source", "visit", "call"
    )


def credit_sums(rows: QuerySet[Credit]) -> dict[str, Decimal | int]:
    """Sums over all of the credits: share (of results), revenue_cents, cost_cents, margin_cents."""
    sums = rows.order_by().aggregate(
        share_ppm=Sum("share_ppm", default=0),
        revenue_cents=Sum("revenue_cents", default=0),
        cost_cents=Sum("cost_cents", default=0),
    )
    margin = sums["revenue_cents"] - sums["cost_cents"]
    return sums | {"share": Decimal(sums["share_ppm"]) / WHOLE, "margin_cents": margin}


def spend_behind(question: Question, *, is_unmatched: bool = False) -> SpendRowQuerySet:
    """The statement rows behind a spend figure; with `is_unmatched`, those that met no source."""
    days = (question.period.first, question.period.last)
    rows = SpendRow.objects.filter(day__range=days, **_scope(question, "item__match__source"))
    met_nothing = Q(item__match__source__channel=UNMATCHED)
    rows = rows.filter(met_nothing if is_unmatched else ~met_nothing, item__match__isnull=False)
    return rows.select_related("item__account", "item__match__source", "statement")


def visits_behind(question: Question, goal: str = "") -> QuerySet[Visit]:
    """The visits behind a visits figure; with a goal (its number, or "any"), those that reached it."""
    days = (question.period.first, question.period.last)
    rows = Visit.objects.filter(day__range=days, **_scope(question, "source"))
    rows = rows.select_related("source", "site")
    if not goal:
        return rows
    hits = GoalHit.objects.filter(goal__is_set_up=True)
    reached = hits.filter(visit=OuterRef("pk"))
    rows = rows.filter(Exists(reached if goal == ANY_GOAL else reached.filter(goal=int(goal))))
    in_order = hits.select_related("goal").order_by("at", "pk")
    return rows.prefetch_related(Prefetch("goal_hits", in_order))


def count_visits(question: Question, goal: str = "") -> int:
    """How many visits are behind the figure, as the books say."""
    if not goal or goal == ANY_GOAL:
        column = "goal_visits" if goal else "visits"
        return int(traffic_facts(question).aggregate(total=Sum(column, default=0))["total"])
    days = (question.period.first, question.period.last)
    facts = GoalFact.objects.filter(goal=int(goal), day__range=days, **_scope(question, "source"))
    return int(facts.aggregate(total=Sum("visits", default=0))["total"])


@dataclass(frozen=True, slots=True)
class ConvertedRow:
    """A statement row, the rate of its day and what it makes in the reporting currency (None: no rate)."""

    row: SpendRow
    rate: Decimal | None
    paid_cents: int
    cents: int | None


def converted(rows: Sequence[SpendRow]) -> list[ConvertedRow]:
    """Each row as the books took it: net and fee, at the rate of its own day."""
    if not rows:
        return []
    days = [row.day for row in rows]
    rates = rates_for({row.currency for row in rows}, min(days), max(days))
    return [_converted(row, rates) for row in rows]


def _converted(row: SpendRow, rates: RateTable) -> ConvertedRow:
    paid = row.net_cents + row.fee_cents
    cents = convert_at(paid, row.currency, row.day, rates)
    return ConvertedRow(row, rates.rate_on(row.currency, row.day), paid, cents)


def _scope(question: Question, path: str) -> dict[str, str]:
    return {f"{path}__{level}": value for level, value in question.scope}
