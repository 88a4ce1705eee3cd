from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F, QuerySet

from leadtrack.deals.models import Purchase
from leadtrack.leads.models import Lead
from leadtrack.ledger.check import check_books
from leadtrack.ledger.models import Credit, ItemMatch, RateGap, ResultFact, TrafficFact
from leadtrack.ledger.reconcile import all_days, reconcile_changed, waiting_days
from leadtrack.sources.dirty import mark_days
from leadtrack.spend.models import SpendRow
from leadtrack.visits.models import Visit
from tests import make
from tests.ledger import books
from tests.ledger.books import DAY, DIRECT, EMAIL, PAID, after

pytestmark = pytest.mark.django_db


@pytest.fixture
def firm() -> Lead:
    """A small firm with everything in its books; its lead with the longest path."""
    lead = books.journey((after(-9), EMAIL), (after(-5), PAID), (DAY, DIRECT))
    deal = books.won(lead, on=after(1), cents=10_000, cost=4_000)
    books.paid(deal, on=after(8), cents=-1_000)
    books.paid(deal, on=after(9), cents=3_000, currency="USD")
    books.journey((after(2), PAID), lead_on=after(2))
    books.journey((after(2), PAID), lead_on=after(2), status="spam")
    for day in (DAY, after(2)):
        books.spent(day, 1_234)
        books.spent(day, 999, source="bing", campaign="nobody came")
        books.spent(day, 777, currency="USD")
    reconcile_changed()
    return lead


def run(*options: str) -> tuple[int, str]:
    """Exit status and output of check_books."""
    out = StringIO()
    try:
        call_command("check_books", *options, stdout=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


def broken() -> set[str]:
    """The names of the totals that are broken."""
    return {total.name for total in check_books(all_days()).broken}


def _credits() -> QuerySet[Credit]:
    return Credit.objects.filter(clock="cohort", model="linear").order_by("pk")


def test_books_that_were_just_made_are_in_order(firm: Lead) -> None:
    status, out = run()
    assert status == 0
    assert "The books are in order." in out
    assert "BROKEN" not in out
    lines = {line.split("  ")[0]: line.split()[-3:] for line in out.splitlines()}
    assert lines["visits"] == ["5", "5", "ok"]
    assert lines["spend"] == ["49.10", "49.10", "ok"]
    assert lines["spend without a rate, USD"] == ["17.08", "17.08", "ok"]
    assert lines["revenue without a rate, USD"] == ["30.00", "30.00", "ok"]
    assert lines["cohort linear leads"] == ["2", "2", "ok"]
    assert lines["cash first revenue"] == ["90.00", "90.00", "ok"]
    assert lines["cash last_non_direct customers"] == ["1", "1", "ok"]


def test_empty_books_are_in_order() -> None:
    assert run()[0] == 0


def _one_purchase() -> QuerySet[Credit]:
    return _credits().filter(pk=_credits().filter(result="purchase", revenue_cents__gt=100)[0].pk)


def _fact() -> ResultFact:
    return ResultFact.objects.filter(clock="cohort", model="linear", leads_ppm__gt=0)[0]


def _move_spend() -> None:
    other = make.source("https://shop.example/?utm_source=else&utm_medium=cpc")
    TrafficFact.objects.filter(day=DAY, spend_cents__gt=0).first().delete()
    amount = 1_357 if not TrafficFact.objects.filter(day=DAY, spend_cents=1_357).exists() else 1_098
    TrafficFact.objects.create(day=DAY, source=other, spend_cents=amount, clicks=7, impressions=100)


def _swap_shares() -> None:
    """The totals of the day stay right, but one lead has more than itself and another less."""
    one, other = Credit.objects.filter(clock="cash", model="first", result="lead").order_by("pk")[:2]
    Credit.objects.filter(pk=one.pk).update(day=other.day, share_ppm=1_500_000)
    Credit.objects.filter(pk=other.pk).update(share_ppm=500_000)


TAMPERINGS: list[tuple[str, Callable[[], object], str]] = [
    ("a credit is gone", lambda: _credits().filter(pk=_credits().last().pk).delete(), "cohort linear"),
    (
        "a lead's credit is gone",
        lambda: Credit.objects.filter(result="lead", model="last", day=DAY).delete(),
        "last leads",
    ),
    (
        "a share is cut",
        lambda: _credits().filter(pk=_credits()[0].pk).update(share_ppm=1),
        "cohort linear leads",
    ),
    (
        "a cent is lost",
        lambda: _one_purchase().update(revenue_cents=F("revenue_cents") - 1),
        "cohort linear revenue",
    ),
    ("a cost is moved", lambda: _one_purchase().update(cost_cents=F("cost_cents") + 5), "cohort linear cost"),
    ("a customer is not new", lambda: Credit.objects.update(is_new_customer=False), "cash first customers"),
    (
        "a credit moved to another source",
        lambda: _credits().filter(pk=_credits()[0].pk).update(source=make.source(PAID)),
        "credits and facts",
    ),
    (
        "a credit moved to another day",
        lambda: _credits().filter(pk=_credits()[0].pk).update(day=after(77)),
        "cohort linear leads",
    ),
    (
        "a fact is changed",
        lambda: ResultFact.objects.filter(pk=_fact().pk).update(revenue_cents=1),
        "revenue, credits and facts",
    ),
    ("a fact is gone", lambda: ResultFact.objects.filter(pk=_fact().pk).delete(), "leads, credits and facts"),
    (
        "a fact too many",
        lambda: ResultFact.objects.create(
            clock="cash", model="first", day=after(99), source=make.source(PAID), won_ppm=1
        ),
        "cash first won, credits and facts",
    ),
    ("a visit is not counted", lambda: TrafficFact.objects.filter(visits__gt=0).first().delete(), "visits"),
    (
        "spend is changed",
        lambda: TrafficFact.objects.filter(spend_cents__gt=0).update(spend_cents=F("spend_cents") + 1),
        "spend",
    ),
    ("spend moved to another source", _move_spend, "spend"),
    ("clicks are lost", lambda: TrafficFact.objects.update(clicks=0), "clicks"),
    ("impressions are lost", lambda: TrafficFact.objects.update(impressions=0), "impressions"),
    ("a gap is forgotten", lambda: RateGap.objects.filter(currency="USD").delete(), "without a rate, USD"),
    (
        "a match is gone",
        lambda: ItemMatch.objects.filter(rule="unmatched").delete(),
        "spend items without a match",
    ),
    (
        "a purchase is not booked",
        lambda: Purchase.objects.filter(currency="EUR").update(revenue_cents=F("revenue_cents") * 2),
        "cash last revenue",
    ),
    (
        "a visit vanished",
        lambda: Visit.objects.filter(pk=make.visit(at=books.at(DAY)).pk).update(day=after(50)),
        "visits",
    ),
    (
        "a lead was set aside unseen",
        lambda: Lead.objects.filter(day=after(2)).update(status="spam"),
        "cash linear leads",
    ),
    (
        "a row of spend came unseen",
        lambda: SpendRow.objects.filter(currency="EUR").update(fee_cents=0),
        "spend",
    ),
    (
        "a touch after its result",
        lambda: Visit.objects.filter(day=after(-9)).update(started_at=books.at(after(3))),
        "touches outside their window",
    ),
    (
        "a touch long before its result",
        lambda: Visit.objects.filter(day=after(-9)).update(started_at=books.at(after(-200))),
        "touches outside their window",
    ),
    ("shares lost and doubled", _swap_shares, "shares of a result"),
]


@pytest.mark.parametrize(("what", "tamper", "total"), TAMPERINGS, ids=[one[0] for one in TAMPERINGS])
def test_it_names_what_was_tampered_with(
    firm: Lead, what: str, tamper: Callable[[], object], total: str
) -> None:
    assert broken() == set()
    tamper()
    assert any(total in name for name in broken())
    status, out = run("--as-is")
    assert status == 1
    assert any(f"{name}, in" in out for name in broken() if total in name)
    assert "The books are broken." in out


def test_it_tells_where_and_how_much(firm: Lead) -> None:
    TrafficFact.objects.filter(day=after(-9)).update(visits=3)
    status, out = run()
    assert status == 1
    source = make.source(EMAIL)
    assert "BROKEN visits, in 1 places:" in out
    assert f"{after(-9)}, {source.pk}: 1 came in, 3 in the books" in out


def test_it_books_what_waits_before_it_judges(firm: Lead) -> None:
    books.journey((after(3), PAID), lead_on=after(3))
    status, out = run()
    assert status == 0
    assert "Booked 1 days that had changed." in out
    assert waiting_days() == []


def test_as_is_it_says_what_waits_and_books_nothing(firm: Lead) -> None:
    mark_days([after(3)])
    status, out = run("--as-is")
    assert (status, waiting_days()) == (0, [after(3)])
    assert "1 days wait to be booked" in out


def test_a_period_sees_only_its_own_days(firm: Lead) -> None:
    TrafficFact.objects.filter(day=after(-9)).update(visits=3)
    assert run("--from", str(DAY), "--to", str(after(9)))[0] == 0
    assert run("--from", str(after(-9)), "--to", str(after(-9)))[0] == 1


def test_a_long_history_is_checked_in_pieces(firm: Lead) -> None:
    for years in (5, 30):
        day = DAY + timedelta(days=365 * years)
        books.won(books.journey((day, PAID), lead_on=day), on=day)
    assert run()[0] == 0
    ResultFact.objects.filter(day=day).update(leads_ppm=0)
    assert run()[0] == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--from", "2026-01-01"), "belong together"),
        (("--from", "2026-01-02", "--to", "2026-01-01"), "after"),
        (("--from", "yesterday", "--to", "today"), "invalid"),
    ],
)
def test_it_refuses_what_is_no_period(options: tuple[str, ...], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("check_books", *options)
