"""The two sides of what did not meet: money without visits, results without money."""

from typing import Any

from django.db.models import Q, Sum

from leadtrack.reports.question import Question
from leadtrack.reports.table import result_facts, traffic_facts
from leadtrack.sources.register import UNMATCHED
from leadtrack.spend.models import SpendRow

SHOWN = 200
# Channels one pays for by the click or view, as the channel table names them.
_PAID = Q(source__channel__startswith="Paid") | Q(source__channel__in=["Display", "Cross-network"])


def unmatched_items(question: Question) -> list[dict[str, Any]]:
    """Spend items that met no source, the largest sums first, each in its own currency."""
    days = (question.period.first, question.period.last)
    rows = SpendRow.objects.filter(day__range=days, item__match__source__channel=UNMATCHED)
    names = (
        "item__account__name",
        "item__level",
        "item__source",
        "item__campaign",
        "item__campaign_id",
        "currency",
    )
    sums = rows.order_by().values("item", *names)
    sums = sums.annotate(net=Sum("net_cents"), fee=Sum("fee_cents"), clicks=Sum("clicks"))
    found = [row | {"cents": row["net"] + row["fee"]} for row in sums]
    return sorted(found, key=lambda row: (-row["cents"], row["item"]))[:SHOWN]


def paid_sources_without_spend(question: Question) -> list[dict[str, Any]]:
    """Paid sources that brought visits or leads in the period, and for which no money was loaded."""
    names = ("source__channel", "source__source", "source__campaign")
    traffic = traffic_facts(question).filter(_PAID).order_by().values_list(*names)
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for *name, visits, spend in traffic.annotate(Sum("visits"), Sum("spend_cents")):
        found[tuple(name)] = {"names": name, "visits": visits, "spend": spend, "leads": 0, "revenue": 0}
    results = result_facts(question).filter(_PAID).order_by().values_list(*names)
    for *name, leads, revenue in results.annotate(Sum("leads_ppm"), Sum("revenue_cents")):
        row = found.setdefault(tuple(name), {"names": name, "visits": 0, "spend": 0})
        row |= {"leads": leads / 1_000_000, "revenue": revenue}
    free = [row for row in found.values() if not row["spend"]]
    return sorted(free, key=lambda row: (-row["revenue"], -row["leads"], -row["visits"], row["names"]))[
        :SHOWN
    ]
