"""Facts and credits as the ledger would write them, small enough to add up by hand."""

from datetime import date
from typing import Any

from leadtrack.deals.models import Purchase
from leadtrack.leads.models import Lead
from leadtrack.ledger.models import WHOLE, Credit, ItemMatch, ResultFact, TrafficFact
from leadtrack.sources.models import Source
from leadtrack.spend.models import AdAccount, SpendItem, SpendRow, Statement
from tests import make

DAY = make.TODAY


def traffic(of: Source, *, visits: int = 0, spend: int = 0, day: date = DAY, **more: int) -> None:
    TrafficFact.objects.create(day=day, source=of, visits=visits, spend_cents=spend, **more)


def results(
    of: Source, *, day: date = DAY, clock: str = "cohort", model: str = "last_non_direct", **sums: int
) -> None:
    ResultFact.objects.create(day=day, source=of, clock=clock, model=model, **sums)


def credit(
    of: Source, lead: Lead, result: str = "lead", purchase: Purchase | None = None, **fields: Any
) -> Credit:
    return Credit.objects.create(
        **{
            "clock": "cohort",
            "model": "last_non_direct",
            "day": DAY,
            "source": of,
            "result": result,
            "lead": lead,
            "purchase": purchase,
            "position": 0,
            "share_ppm": WHOLE,
        }
        | fields
    )


def spend_row(to: Source, *, cents: int, campaign: str = "brand", rule: str = "names") -> SpendRow:
    account = AdAccount.objects.get_or_create(name="Ads")[0]
    item, is_new = SpendItem.objects.get_or_create(
        account=account, level="campaign", source="google", medium="cpc", campaign=campaign, key=campaign
    )
    if is_new:
        ItemMatch.objects.create(item=item, source=to, rule=rule)
    statement = Statement.objects.create(account=account, file_name="ads.csv", sha256="")
    return SpendRow.objects.create(item=item, day=DAY, currency="EUR", net_cents=cents, statement=statement)
