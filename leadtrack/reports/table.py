"""The source-to-revenue table, read from the facts alone: two indexed sums, whatever the period."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet, Sum

from leadtrack.ledger.models import ItemMatch, RateGap, ResultFact, TrafficFact
from leadtrack.reports.question import Question
from leadtrack.reports.romi import Figures, total
from leadtrack.sources.register import UNMATCHED

_TRAFFIC = ("visits", "goal_visits", "impressions", "clicks", "spend_cents")
_RESULTS = ("leads_ppm", "won_ppm", "customers_ppm", "revenue_cents", "cost_cents")


@dataclass(frozen=True, slots=True)
class Row:
    """One line: the values of the levels it is grouped by, and its figures."""

    names: tuple[str, ...]
    figures: Figures


@dataclass(frozen=True, slots=True)
class Gap:
    """Money left out because its currency has no rate on its day, in cents of that currency."""

    currency: str
    spend_cents: int
    revenue_cents: int


@dataclass(frozen=True, slots=True)
class Unmatched:
    """What the books hold but no row of the report shows."""

    spend_cents: int
    items: int
    gaps: tuple[Gap, ...]

    def __bool__(self) -> bool:
        return bool(self.spend_cents or self.items or self.gaps)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows by spend and revenue, their total, and what is unmatched: together all that was loaded."""

    rows: list[Row]
    total: Figures
    unmatched: Unmatched


def source_table(question: Question) -> Table:
    """The whole table for a question. Three to four queries, none of which grows with the raw rows."""
    groups: dict[tuple[str, ...], Figures] = defaultdict(Figures)
    for facts, columns in ((traffic_facts(question), _TRAFFIC), (result_facts(question), _RESULTS)):
        for names, figures in _sums(facts, columns, question.by):
            groups[names] += figures
    rows = [Row(names, figures) for names, figures in groups.items() if figures != Figures()]
    rows.sort(key=_by_weight)
    return Table(rows, total(row.figures for row in rows), unmatched(question))


def traffic_facts(question: Question) -> QuerySet[TrafficFact]:
    """The facts behind visits and spend, unmatched spend left out."""
    facts = TrafficFact.objects.filter(day__range=(question.period.first, question.period.last))
    return facts.filter(**scope_of(question)).exclude(source__channel=UNMATCHED)


def result_facts(question: Question) -> QuerySet[ResultFact]:
    """The facts behind leads, deals and money."""
    days = (question.period.first, question.period.last)
    facts = ResultFact.objects.filter(clock=question.clock, model=question.model, day__range=days)
    return facts.filter(**scope_of(question))


def unmatched(question: Question) -> Unmatched:
    """Spend that met no source, and money without a rate, of the period."""
    days = (question.period.first, question.period.last)
    spend = TrafficFact.objects.filter(day__range=days, source__channel=UNMATCHED)
    items = ItemMatch.objects.filter(rule=ItemMatch.Rule.UNMATCHED, item__rows__day__range=days)
    gaps = RateGap.objects.filter(day__range=days).values("currency").order_by("currency")
    sums = gaps.annotate(spend=Sum("spend_cents"), revenue=Sum("revenue_cents"))
    return Unmatched(
        spend_cents=spend.aggregate(cents=Sum("spend_cents"))["cents"] or 0,
        items=items.values("item").distinct().count(),
        gaps=tuple(Gap(gap["currency"], gap["spend"], gap["revenue"]) for gap in sums),
    )


def scope_of(question: Question) -> dict[str, str]:
    """The filter of facts or credits that keeps the question's part of the tree."""
    return {f"source__{level}": value for level, value in question.scope}


def _sums(
    facts: QuerySet[Any], columns: tuple[str, ...], by: tuple[str, ...]
) -> Iterable[tuple[tuple[str, ...], Figures]]:
    levels = [f"source__{level}" for level in by]
    sums = facts.order_by().values(*levels).annotate(**{f"sum_{name}": Sum(name) for name in columns})
    for row in sums:
        yield tuple(row[level] for level in levels), Figures(**{name: row[f"sum_{name}"] for name in columns})


def _by_weight(row: Row) -> tuple[int, int, int, tuple[str, ...]]:
    figures = row.figures
    return (-figures.spend_cents, -figures.revenue_cents, -figures.visits, row.names)
