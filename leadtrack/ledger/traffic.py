"""Reading what came and what it cost on a day, by source."""

from collections import defaultdict
from datetime import date

from django.db.models import Count

from leadtrack.ledger.entries import GapLine, TrafficLine
from leadtrack.sources.register import unmatched_source
from leadtrack.spend.models import SpendRow
from leadtrack.spend.queries import rates_for
from leadtrack.spend.rates import convert_at
from leadtrack.visits.models import Visit


def traffic_on(day: date) -> tuple[list[TrafficLine], list[GapLine]]:
    """Visits, and spend (net and fee, in the reporting currency) on the sources it is matched to.

    Each row is converted by itself, so that a figure is the sum of the rows behind it. What has no rate is in
    the gaps, in its own currency; its clicks and impressions count all the same.
    """
    sums: dict[int, list[int]] = defaultdict(lambda: [0] * 4)
    visits = Visit.objects.filter(day=day).order_by().values_list("source_id").annotate(Count("id"))
    for source, count in visits:
        sums[source][0] = count
    gaps = _add_spend(day, sums)
    return [TrafficLine(source, *total) for source, total in sums.items() if any(total)], gaps


def _add_spend(day: date, sums: dict[int, list[int]]) -> list[GapLine]:
    columns = ("item__match__source_id", "currency", "net_cents", "fee_cents", "clicks", "impressions")
    rows = list(SpendRow.objects.on(day).values_list(*columns))
    rates = rates_for({row[1] for row in rows}, day, day)
    # An item that came after the last matching.
    unmatched = unmatched_source().pk if any(row[0] is None for row in rows) else None
    gaps: dict[str, int] = defaultdict(int)
    for source, currency, net, fee, clicks, impressions in rows:
        total = sums[unmatched if source is None else source]  # type: ignore[index]
        total[1] += impressions
        total[2] += clicks
        cents = convert_at(net + fee, currency, day, rates)
        if cents is None:
            gaps[currency] += net + fee
        else:
            total[3] += cents
    return [GapLine(currency, cents, 0, 0) for currency, cents in gaps.items() if cents]
