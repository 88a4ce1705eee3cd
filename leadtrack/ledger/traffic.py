"""Reading what came, what it did and what it cost on a day, by source."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import Count

from leadtrack.ledger.entries import GapLine, GoalLine, TrafficLine
from leadtrack.sources.register import unmatched_source
from leadtrack.spend.models import SpendRow
from leadtrack.spend.queries import rates_for
from leadtrack.spend.rates import convert_at
from leadtrack.visits.models import GoalHit, Visit


@dataclass(frozen=True, slots=True)
class Traffic:
    """The lines of one day."""

    visits_and_spend: list[TrafficLine]
    goals: list[GoalLine]
    gaps: list[GapLine]


def traffic_on(day: date) -> Traffic:
    """Visits, their goals and spend (net and fee, in the reporting currency) on the sources it is matched to.

    Each row is converted by itself, so that a figure is the sum of the rows behind it. What has no rate is in
    the gaps, in its own currency; its clicks and impressions count all the same.
    """
    sums: dict[int, list[int]] = defaultdict(lambda: [0] * 5)
    visits = Visit.objects.filter(day=day).order_by().values_list("source_id").annotate(Count("id"))
    for source, count in visits:
        sums[source][0] = count
    goals = _goals(day, sums)
    gaps = _add_spend(day, sums)
    return Traffic([TrafficLine(source, *total) for source, total in sums.items() if any(total)], goals, gaps)


def _goals(day: date, sums: dict[int, list[int]]) -> list[GoalLine]:
    """How often each goal was reached by the visits of the day; how many of them reached any is added."""
    hits = GoalHit.objects.filter(visit__day=day, goal__is_set_up=True).order_by()
    reached: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    successful = set()
    columns = ("visit__source_id", "goal_id", "visit_id")
    for source, goal, visit, count in hits.values_list(*columns).annotate(Count("id")):
        reached[source, goal][0] += 1
        reached[source, goal][1] += count
        successful.add((source, visit))
    for source, _ in successful:
        sums[source][1] += 1
    return [GoalLine(*key, *counts) for key, counts in reached.items()]


def _add_spend(day: date, sums: dict[int, list[int]]) -> list[GapLine]:
    columns = ("item__match__source_id", "currency", "net_cents", "fee_cents", "clicks", "impressions")
    rows = list(SpendRow.objects.on(day).values_list(*columns))
    rates = rates_for({row[1] for row in rows}, day, day)
    # An item that came after the last matching.
    unmatched = unmatched_source().pk if any(row[0] is None for row in rows) else None
    gaps: dict[str, int] = defaultdict(int)
    for source, currency, net, fee, clicks, impressions in rows:
        total = sums[unmatched if source is None else source]  # type: ignore[index]
        total[2] += impressions
        total[3] += clicks
        cents = convert_at(net + fee, currency, day, rates)
        if cents is None:
            gaps[currency] += net + fee
        else:
            total[4] += cents
    return [GapLine(currency, cents, 0, 0) for currency, cents in gaps.items() if cents]
