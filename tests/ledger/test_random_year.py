"""A year of anything that can happen, in any order: the books agree with the rows, however they were made."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import transaction

from leadtrack.deals import log, undo
from leadtrack.deals.assign import open_deal
from leadtrack.deals.models import Deal, Purchase
from leadtrack.deals.outcome import OutcomeError
from leadtrack.deals.repeats import split_off
from leadtrack.leads.merge import MergeError, merge, unmerge
from leadtrack.leads.models import Contact, Lead, Merge
from leadtrack.ledger import raw
from leadtrack.ledger.check import check_books
from leadtrack.ledger.models import Clock, Credit, GoalFact, ItemMatch, RateGap, ResultFact, TrafficFact, Turn
from leadtrack.ledger.reconcile import all_days, reconcile_all, reconcile_changed
from leadtrack.lib.periods import Period
from leadtrack.sources.dirty import mark_contact, mark_days
from leadtrack.sources.models import DirtyMark
from leadtrack.spend.enter import drop_rate, set_rate
from leadtrack.spend.load import load_file
from leadtrack.spend.models import Rate
from leadtrack.visits.goals import record_goal, set_up_goal
from leadtrack.visits.models import Goal, Site, Visit, Visitor
from tests import make
from tests.ledger import books

FIRST = date(2025, 1, 1)
TODAY = datetime(2026, 1, 31, 12, tzinfo=UTC)
ZONES = ("UTC", "Asia/Vladivostok", "America/Los_Angeles")
CAMPAIGNS = ("brand", "Spring_Sale", "summer", "777777777", "")
LANDINGS = [
    *(f"https://shop.example/?utm_source=google&utm_medium=cpc&utm_campaign={name}" for name in CAMPAIGNS),
    "https://shop.example/?utm_source=yandex&utm_medium=cpc&utm_campaign=summer&utm_id=555555",
    "https://shop.example/?utm_source=letter&utm_medium=email&utm_campaign=july",
    "https://shop.example/",
    "https://shop.example/",
]
COSTS = (
    "google,cpc,brand,",
    "google,cpc,spring sale,",
    ",,summer,",
    "yandex,cpc,other,555555",
    "bing,cpc,x,",
    "letter,email,,",
)


class Year:
    """Things that happen, each as its own room writes it; visits and leads as rows with their marks."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.sites: list[Site] = [make.site(f"https://{zone}.example", time_zone=zone) for zone in ZONES]
        self.count = 0

    def anything(self) -> None:
        """One event out of all."""
        events: list[tuple[Callable[[], object], int]] = [
            (self.visit, 12),
            (self.lead, 8),
            (self.goal, 10),
            (self.set_up_goal, 2),
            (self.win, 6),
            (self.pay_again, 4),
            (self.refund, 3),
            (self.void, 2),
            (self.restore, 1),
            (self.lose, 1),
            (self.reopen, 2),
            (self.close_again, 1),
            (self.judge, 3),
            (self.load, 3),
            (self.rate, 3),
            (self.unrate, 1),
            (self.introduce, 2),
            (self.merge, 6),
            (self.unmerge, 1),
            (self.ask_again, 6),
            (self.split_off, 1),
        ]
        event = self.chance.choices([one for one, _ in events], [weight for _, weight in events])[0]
        try:
            with transaction.atomic():
                event()
        except (OutcomeError, MergeError, IndexError):
            pass  # sales cannot do that now, or there is nobody to do it with

    def visit(self) -> None:
        browsers = list(Visitor.objects.order_by("pk"))
        moment = self.moment()
        if browsers and self.chance.random() < 0.7:
            browser = self.chance.choice(browsers)
        else:
            browser = Visitor.objects.create(
                site=self.chance.choice(self.sites), key=self.key(), first_seen_at=moment
            )
        visit = make.visit(at=moment, of=make.source(self.chance.choice(LANDINGS)), visitor=browser)
        mark_days([visit.day])

    def goal(self) -> None:
        """A page tells a goal, perhaps one that nobody has set up, perhaps after midnight, perhaps twice."""
        visit = self.one(Visit.objects)
        at = visit.started_at + timedelta(hours=self.chance.randrange(30))
        name = self.chance.choice(("Price list", "Cart", "Paid"))
        for _ in range(self.chance.choice((1, 1, 2))):
            record_goal(site=visit.site, visit=visit, name=name, value_cents=None, currency="", at=at)

    def set_up_goal(self) -> None:
        set_up_goal(goal=self.one(Goal.objects.filter(is_set_up=False)))

    def lead(self) -> None:
        people = list(Contact.objects.order_by("pk"))
        who = (
            self.chance.choice(people)
            if people and self.chance.random() < 0.4
            else make.contact(name=self.key())
        )
        on = self.chance.choice(self.sites)
        lead = make.lead(at=self.moment(), on=on, of=make.source(self.chance.choice(LANDINGS)), who=who)
        make.deal(of=lead)
        mark_days([lead.day])

    def introduce(self) -> None:
        lead, browser = self.one(Lead.objects), self.one(Visitor.objects)
        if not lead.contact.keys.filter(kind="visitor", value=str(browser.pk)).exists():
            books.knows(lead.contact, browser)
            mark_contact(lead.contact_id)

    def merge(self) -> None:
        before = totals()
        merge(one=self.one(Contact.objects), other=self.one(Contact.objects), by=None)
        assert totals() == before

    def unmerge(self) -> None:
        before = totals()
        unmerge(merge=self.one(Merge.objects.filter(undone_at=None)), by=None)
        assert totals() == before

    def ask_again(self) -> None:
        """The same person about a deal in work, mostly within a month."""
        known = self.one(Lead.objects.filter(deal__stage__group="in_work"))
        at = known.captured_at + timedelta(days=self.chance.randrange(35))
        source = make.source(self.chance.choice(LANDINGS))
        lead = make.lead(at=at, on=known.site, of=source, who=known.contact)
        mark_days([lead.day])
        open_deal(lead)

    def split_off(self) -> None:
        split_off(lead=self.one(Lead.objects.exclude(repeat_of=None)), by=None)

    def win(self) -> None:
        log.log_won(deal=self.one(Deal.objects), **self.money())

    def pay_again(self) -> None:
        log.log_purchase(deal=self.one(Deal.objects.filter(stage__group="won")), **self.money())

    def refund(self) -> None:
        sold = self.one(Purchase.objects.filter(revenue_cents__gt=0))
        amount = self.chance.randint(1, sold.revenue_cents)
        log.log_refund(
            deal=sold.deal,
            amount_cents=amount,
            cost_returned_cents=min(sold.cost_cents, amount // 3),
            currency=sold.currency,
            paid_on=self.day(),
            by=None,
            submission_key=self.key(),
            at=TODAY,
        )

    def void(self) -> None:
        undo.void_purchase(purchase=self.one(Purchase.objects), by=None, at=TODAY)

    def restore(self) -> None:
        undo.restore_purchase(purchase=self.one(Purchase.objects.exclude(voided_at=None)), by=None, at=TODAY)

    def lose(self) -> None:
        log.log_lost(
            deal=self.one(Deal.objects), reason=make.loss_reason(), lost_on=self.day(), by=None, at=TODAY
        )

    def reopen(self) -> None:
        undo.reopen(deal=self.one(Deal.objects), by=None, at=TODAY)

    def close_again(self) -> None:
        undo.close_again(deal=self.one(Deal.objects), by=None, at=TODAY)

    def judge(self) -> None:
        status = self.chance.choice(Lead.Status.values)
        undo.set_lead_status(lead=self.one(Lead.objects), status=status, by=None, at=TODAY)

    def load(self) -> None:
        """A statement of some days, perhaps of days that another one had told already."""
        first = self.day()
        lines = ["date,source,medium,campaign,campaign_id,cost,currency,clicks,impressions"]
        for number in range(self.chance.randint(1, 6)):
            for what in self.chance.sample(COSTS, 3):
                cost = Decimal(self.chance.randint(0, 99_999)).scaleb(-2)
                currency = self.chance.choice(("EUR", "EUR", "USD", "GBP"))
                lines.append(
                    f"{first + timedelta(days=number)},{what},{cost},{currency},{number},{number * 9}"
                )
        content = "\n".join(lines).encode()
        for _ in range(self.chance.choice((1, 1, 2))):
            load_file(content, account_name=self.chance.choice(("Ads", "More ads")), file_name="costs.csv")

    def rate(self) -> None:
        rate = Decimal(self.chance.randint(50, 150)).scaleb(-2)
        set_rate(day=self.day(), currency=self.chance.choice(("USD", "USD", "GBP")), rate=rate)

    def unrate(self) -> None:
        drop_rate(self.one(Rate.objects))

    def money(self) -> dict[str, Any]:
        cents = self.chance.choice((1, 7, 100, self.chance.randint(1, 10**7)))
        return {
            "revenue_cents": cents,
            "cost_cents": self.chance.randint(0, cents),
            "currency": self.chance.choice(("EUR", "EUR", "USD", "GBP")),
            "paid_on": self.day(),
            "by": None,
            "submission_key": self.key(),
            "at": TODAY,
        }

    def one(self, rows: Any) -> Any:
        """Any of these rows; IndexError where there is none."""
        return self.chance.choice(list(rows.order_by("pk")))

    def day(self) -> date:
        """Mostly within a few weeks, so that things meet; sometimes anywhere in the year."""
        return FIRST + timedelta(
            days=self.chance.choice((self.chance.randrange(40), self.chance.randrange(365)))
        )

    def moment(self) -> datetime:
        return books.at(self.day(), 0) + timedelta(seconds=self.chance.randrange(86_400))

    def key(self) -> str:
        self.count += 1
        return f"key-{self.count}"


def totals() -> list[Any]:
    """What nobody changes who only says that two people are one (promise 7), day by day, in both clocks."""
    days = all_days()
    if not days:
        return []
    year = Period(min(days), max(days))
    return [
        raw.leads(year),
        *(figure(year, clock) for clock in Clock for figure in (raw.won, raw.money)),
        raw.visits(year),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3))
def test_a_random_year_leaves_the_books_in_order(seed: int) -> None:
    year = Year(seed)
    for step in range(200):
        year.anything()
        if year.chance.random() < 0.15:
            reconcile_changed()
        if step % 100 == 99:
            reconcile_changed()
            assert {total.name: total.wrong for total in check_books(all_days()).broken} == {}
    assert not DirtyMark.objects.exists()
    as_it_grew = books.stored()

    reconcile_all()
    assert books.stored() == as_it_grew

    for table in (Credit, ResultFact, TrafficFact, GoalFact, RateGap, ItemMatch, Turn):
        table.objects.all().delete()
    reconcile_all()
    assert books.stored() == as_it_grew
    assert len(as_it_grew["Credit"]) > 100
    assert len(as_it_grew["GoalFact"])
    assert Merge.objects.filter(undone_at=None).exists()
    assert Merge.objects.exclude(undone_at=None).exists()
    assert Lead.objects.exclude(repeat_of=None).exists()
    assert not DirtyMark.objects.exists()
