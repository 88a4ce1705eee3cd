"""Builders and readings for the tests of the ledger."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from leadtrack.deals.models import Deal, Purchase, Stage
from leadtrack.leads.models import Contact, ContactKey, Lead
from leadtrack.ledger.models import Credit, GoalFact, ItemMatch, RateGap, ResultFact, TrafficFact
from leadtrack.sources.dirty import mark_days
from leadtrack.sources.models import Source
from leadtrack.spend.models import AdAccount, SpendItem, SpendRow, Statement
from leadtrack.visits.models import Visitor
from tests import make

_count = count(1)
DAY = date(2026, 3, 10)
PAID = "https://shop.example/?utm_source=google&utm_medium=cpc&utm_campaign=brand"
EMAIL = "https://shop.example/?utm_source=letter&utm_medium=email&utm_campaign=july"
DIRECT = "https://shop.example/"


def at(day: date, hour: int = 12) -> datetime:
    """A moment of a day."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def after(days: int) -> date:
    """A day so long after DAY."""
    return DAY + timedelta(days=days)


def knows(contact: Contact, visitor: Visitor) -> None:
    """The contact uses this browser."""
    is_taken = ContactKey.objects.filter(kind="visitor", value=str(visitor.pk), is_owner=True).exists()
    ContactKey.objects.create(contact=contact, kind="visitor", value=str(visitor.pk), is_owner=not is_taken)


def journey(*touches: tuple[date, str], lead_on: date = DAY, on: Any = None, **fields: Any) -> Lead:
    """A lead at 18:00 after visits at noon of these days with these landings; visits and lead are marked."""
    place = on or make.site()
    visitor = Visitor.objects.create(site=place, key=f"browser-{next(_count)}", first_seen_at=at(lead_on))
    visits = [make.visit(at=at(day), of=make.source(url), visitor=visitor) for day, url in touches]
    who = fields.pop("who", None) or make.contact(name="Ann")
    knows(who, visitor)
    source = fields.pop("of", None) or (visits[-1].source if visits else make.source(DIRECT))
    lead = make.lead(at=at(lead_on, 18), on=place, of=source, who=who, **fields)
    mark_days([lead.day, *(visit.day for visit in visits)])
    return lead


def won(lead: Lead, *, on: date, cents: int = 10_000, **fields: Any) -> Deal:
    """The lead's deal, won on a day with its first money; marked."""
    deal = make.deal(of=lead, group=Stage.Group.WON, closed_on=on)
    make.purchase(of=deal, cents=cents, on=on, **fields)
    mark_days([lead.day, on])
    return deal


def paid(deal: Deal, *, on: date, cents: int, **fields: Any) -> Purchase:
    """More money (or less) of a deal; marked."""
    kind = Purchase.Kind.REFUND if cents < 0 else Purchase.Kind.REPEAT
    row = make.purchase(of=deal, cents=cents, on=on, kind=kind, **fields)
    mark_days([deal.lead.day, on])
    return row


def spent(
    day: date, cents: int, *, currency: str = "EUR", item: SpendItem | None = None, **names: str
) -> SpendRow:
    """Money for an item on a day (net; a tenth on top as fee); marked."""
    account = AdAccount.objects.get_or_create(name="Ads")[0]
    statement = Statement.objects.get_or_create(account=account, sha256="0" * 64)[0]
    named = {"source": "google", "medium": "cpc", "campaign": "brand"} | names
    thing = (
        item
        or SpendItem.objects.get_or_create(
            account=account, level="campaign", key="/".join(map(str, named.values())), defaults=named
        )[0]
    )
    row = SpendRow.objects.create(
        item=thing,
        day=day,
        currency=currency,
        net_cents=cents,
        vat_cents=cents // 5,
        fee_cents=cents // 10,
        clicks=7,
        impressions=100,
        statement=statement,
    )
    mark_days([day])
    return row


def stored() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the books but for its number, sorted: equal books are equal here."""
    tables = (Credit, ResultFact, TrafficFact, GoalFact, RateGap, ItemMatch)
    return {table.__name__: sorted(map(repr, _rows(table))) for table in tables}


def _rows(table: Any) -> list[tuple[Any, ...]]:
    names = [field.attname for field in table._meta.concrete_fields if field.name != "id"]
    return list(table.objects.values_list(*names))


def fact(clock: str, model: str, day: date, source: Source) -> dict[str, int]:
    """One result fact: leads, won and customers in millionths, money in cents; empty where there is none."""
    columns = ("leads_ppm", "won_ppm", "customers_ppm", "revenue_cents", "cost_cents")
    rows = ResultFact.objects.filter(clock=clock, model=model, day=day, source=source)
    return rows.values(*columns).first() or {}


def shares(
    lead: Lead, *, clock: str = "cohort", model: str = "linear", result: str = "lead"
) -> list[tuple[str, int]]:
    """(channel, share) of a result's credits in path order."""
    credits = Credit.objects.filter(lead=lead, clock=clock, model=model, result=result).order_by("position")
    return list(credits.values_list("source__channel", "share_ppm"))
