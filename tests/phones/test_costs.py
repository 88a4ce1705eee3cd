"""What numbers, calls and offline ads cost is in the spend, to the cent and once."""

from datetime import date, timedelta

import pytest
from django.db.models import Sum

from leadtrack.phones.assign import assign_number, free_number
from leadtrack.phones.costs import phone_costs
from leadtrack.phones.models import Assignment, Call, Pool, TrackedNumber
from leadtrack.sources.costs import DayCost
from leadtrack.sources.models import DirtyMark
from leadtrack.spend.models import AdAccount, SpendRow, Statement
from leadtrack.spend.own_costs import book_own_costs
from tests import make
from tests.phones.test_numbers import billboard

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)


@pytest.fixture
def number() -> TrackedNumber:
    return make.number(monthly_cents=100, currency="USD", bought_on=FIRST)


def ad(number: TrackedNumber, cents: int = 100_000, **fields: object) -> Assignment:
    row = assign_number(number=number, source=billboard("Main street"), at=make.NOON - timedelta(days=20))
    paid = {"cost_cents": cents, "currency": "EUR", "cost_first": FIRST, "cost_last": LAST} | fields
    Assignment.objects.filter(pk=row.pk).update(**paid)
    return row


def call(number: TrackedNumber, sid: str, micros: int, campaign: str = "Main street") -> Call:
    return Call.objects.create(
        account=number.account, number=number, sid=sid, source=billboard(campaign), started_at=make.NOON,
        day=make.TODAY, price_micros=micros, price_currency="USD",
    )  # fmt: skip


def total(costs: list[DayCost], currency: str) -> int:
    return sum(cost.cents for cost in costs if cost.currency == currency)


def test_a_months_price_is_spread_over_its_days_to_the_cent(number):
    costs = phone_costs(LAST)
    assert len(costs) == 31
    assert {cost.cents for cost in costs} == {3, 4}
    assert total(costs, "USD") == 100
    assert total(phone_costs(date(2026, 4, 30)), "USD") == 200


def test_a_number_that_was_given_back_costs_no_more(number):
    TrackedNumber.objects.update(released_at=make.NOON)
    assert max(cost.day for cost in phone_costs(LAST)) == make.TODAY


def test_a_numbers_price_follows_who_had_it_that_day(number):
    pool = Pool.objects.create(name="Search ads", site=number.site)
    assign_number(number=number, source=billboard("Main street"), at=make.NOON)
    assign_number(number=number, pool=pool, at=make.NOON + timedelta(days=2))
    free_number(number=number, at=make.NOON + timedelta(days=4))
    words = {cost.day.day: (cost.source, cost.medium, cost.campaign) for cost in phone_costs(LAST)}
    assert words[9] == ("phone numbers", "", "")
    assert words[10] == words[11] == ("billboard", "outdoor", "Main street")
    assert words[12] == words[13] == ("phone numbers", "pool", "Search ads")
    assert words[14] == ("phone numbers", "", "")


def test_an_ad_is_spread_over_its_days_whoever_has_the_number_then(number):
    ad(number)
    costs = [cost for cost in phone_costs(LAST) if cost.currency == "EUR"]
    assert total(costs, "EUR") == 100_000
    assert {(cost.source, cost.campaign) for cost in costs} == {("billboard", "Main street")}
    assert total(phone_costs(date(2026, 3, 15)), "EUR") < 50_000


def test_prices_of_calls_finer_than_a_cent_sum_to_the_days_price(number):
    TrackedNumber.objects.update(monthly_cents=None)
    for last in range(3):
        call(number, f"CA{last}", 8_500, "North")
    call(number, "CA4", 8_500, "South")
    costs = phone_costs(LAST)
    assert {cost.campaign: cost.cents for cost in costs} == {"North": 2, "South": 1}


def test_costs_are_booked_once_and_only_changed_days_again(number):
    row = ad(number)
    assert book_own_costs(until=LAST) == 1
    account = AdAccount.objects.get()
    assert account.name == "Phone numbers"
    sums = dict(SpendRow.objects.values_list("currency").annotate(Sum("net_cents")).order_by())
    assert sums == {"EUR": 100_000, "USD": 100}
    assert Statement.objects.get().state == Statement.State.DONE
    DirtyMark.objects.all().delete()
    assert book_own_costs(until=LAST) == 0
    assert not DirtyMark.objects.exists()
    Assignment.objects.filter(pk=row.pk).update(cost_last=date(2026, 3, 30))
    assert book_own_costs(until=LAST) == 1
    sums = dict(SpendRow.objects.values_list("currency").annotate(Sum("net_cents")).order_by())
    assert sums == {"EUR": 100_000, "USD": 100}


def test_what_costs_nothing_any_more_leaves_the_books(number):
    row = ad(number)
    TrackedNumber.objects.update(monthly_cents=None)
    book_own_costs(until=LAST)
    Assignment.objects.filter(pk=row.pk).update(cost_cents=None)
    book_own_costs(until=LAST)
    assert SpendRow.objects.aggregate(Sum("net_cents"))["net_cents__sum"] == 0
    assert book_own_costs(until=LAST) == 0


def test_without_any_cost_there_is_no_account():
    assert book_own_costs(until=LAST) == 0
    assert not AdAccount.objects.exists()
