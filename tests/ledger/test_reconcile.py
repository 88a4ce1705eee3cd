from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leadtrack.deals.models import Stage
from leadtrack.leads.models import Lead
from leadtrack.ledger.attribution import WHOLE
from leadtrack.ledger.models import Credit, ItemMatch, RateGap, ResultFact, TrafficFact
from leadtrack.ledger.reconcile import reconcile_all, reconcile_changed, reconcile_day
from leadtrack.sources.dirty import mark_contact, mark_days
from leadtrack.sources.models import DirtyMark
from leadtrack.sources.register import unmatched_source
from leadtrack.spend.enter import drop_rate, set_rate
from leadtrack.spend.models import Rate
from leadtrack.visits.models import Visitor
from tests import make
from tests.ledger import books
from tests.ledger.books import DAY, DIRECT, EMAIL, PAID, after

pytestmark = pytest.mark.django_db


def test_a_lead_is_credited_by_every_model_in_both_clocks() -> None:
    lead = books.journey((after(-9), EMAIL), (after(-5), PAID), (after(-1), DIRECT))
    reconcile_changed()
    email, paid, direct = "Email", "Paid Search", "Direct"
    for clock in ("cohort", "cash"):
        assert books.shares(lead, clock=clock, model="first") == [(email, WHOLE)]
        assert books.shares(lead, clock=clock, model="last") == [(direct, WHOLE)]
        assert books.shares(lead, clock=clock, model="last_non_direct") == [(paid, WHOLE)]
        assert books.shares(lead, clock=clock) == [(email, 333_334), (paid, 333_333), (direct, 333_333)]


def test_the_captured_source_stands_in_for_a_missing_path() -> None:
    lead = books.journey(of=make.source(EMAIL))
    reconcile_changed()
    credit = Credit.objects.get(lead=lead, clock="cash", model="linear")
    assert (credit.source, credit.position, credit.visit, credit.call) == (lead.source, 0, None, None)
    assert credit.share_ppm == WHOLE


def test_touches_before_the_window_and_after_the_lead_get_nothing() -> None:
    lead = books.journey((after(-91), EMAIL), (after(-89), PAID), (after(1), DIRECT))
    reconcile_changed()
    assert books.shares(lead) == [("Paid Search", WHOLE)]


def test_the_own_visit_counts_even_if_the_browser_is_not_known() -> None:
    visit = make.visit(at=books.at(DAY, 9), of=make.source(PAID))
    lead = make.lead(at=books.at(DAY), of=visit.source, visit=visit)
    reconcile_day(DAY)
    assert Credit.objects.get(lead=lead, clock="cohort", model="last").visit == visit


def test_calls_are_touches_too() -> None:
    number = make.number()
    number.calls.create(
        account=number.account, sid="CA1", source=make.source(EMAIL), started_at=books.at(DAY, 8), day=DAY
    )
    call = number.calls.get()
    who = make.contact(phone="+15550100099")
    make.lead(at=books.at(DAY, 8), who=who, of=call.source, call=call, kind="call")
    later = books.journey((DAY, PAID), lead_on=after(2), who=who)
    reconcile_changed()
    assert books.shares(later) == [("Email", 500_000), ("Paid Search", 500_000)]


def test_people_who_share_a_browser_share_its_visits() -> None:
    first = books.journey((after(-3), EMAIL))
    browser = make.visit(at=books.at(after(-2)), of=make.source(PAID)).visitor
    second = books.journey(lead_on=after(1))
    for lead in (first, second):
        books.knows(lead.contact, browser)
        mark_contact(lead.contact_id)
    reconcile_changed()
    assert books.shares(first) == [("Email", 500_000), ("Paid Search", 500_000)]
    assert books.shares(second) == [("Paid Search", WHOLE)]


def test_a_robot_with_thousands_of_visits_keeps_its_first_and_its_latest() -> None:
    hours = [(after(-20), EMAIL)] + [(after(-19 + number % 19), PAID) for number in range(300)]
    lead = books.journey(*hours)
    reconcile_changed()
    linear = books.shares(lead)
    assert len(linear) == 200
    assert linear[0][0] == "Email"
    assert sum(share for _, share in linear) == WHOLE
    assert books.shares(lead, model="first") == [("Email", WHOLE)]


def test_money_is_dated_by_the_lead_or_by_the_payment() -> None:
    lead = books.journey((after(-5), EMAIL), (after(-1), PAID))
    deal = books.won(lead, on=after(20), cents=10_001, cost=3_001)
    late = make.visit(at=books.at(after(19)), of=make.source(DIRECT), visitor=_browser(lead))
    mark_days([late.day])
    reconcile_changed()
    email, paid, direct = make.source(EMAIL), make.source(PAID), make.source(DIRECT)
    assert books.fact("cohort", "linear", DAY, email)["revenue_cents"] == 5_001
    assert books.fact("cohort", "linear", DAY, paid)["revenue_cents"] == 5_000
    assert books.fact("cohort", "linear", DAY, paid)["won_ppm"] == 500_000
    cash = [books.fact("cash", "linear", after(20), source) for source in (email, paid, direct)]
    assert [one["revenue_cents"] for one in cash] == [3_334, 3_334, 3_333]
    assert [one["cost_cents"] for one in cash] == [1_001, 1_000, 1_000]
    assert [one["customers_ppm"] for one in cash] == [333_334, 333_333, 333_333]
    assert books.fact("cash", "linear", DAY, email)["leads_ppm"] == 500_000
    assert Credit.objects.filter(deal=deal, purchase=None, result="won").count() == 2 * 3 + 2 + 3


def _browser(lead: Lead) -> Visitor:
    return Visitor.objects.get(pk=int(lead.contact.keys.get(kind="visitor").value))


def test_the_cash_path_ends_with_the_local_day() -> None:
    site = make.site(time_zone="Asia/Vladivostok")
    lead = books.journey((after(-5), EMAIL), on=site)
    books.won(lead, on=after(3))
    # Vladivostok is ten hours ahead: its 13th of March ends at 14:00 UTC.
    noon = datetime(2026, 3, 13, 12, tzinfo=UTC)
    inside = make.visit(
        at=noon + timedelta(hours=1, minutes=59), of=make.source(PAID), visitor=_browser(lead)
    )
    outside = make.visit(at=noon + timedelta(hours=2), of=make.source(DIRECT), visitor=_browser(lead))
    mark_days([inside.day, outside.day])
    reconcile_changed()
    assert (inside.day, outside.day) == (after(3), after(4))
    assert [channel for channel, _ in books.shares(lead, clock="cash", result="won")] == [
        "Email",
        "Paid Search",
    ]


def test_refunds_and_voids_take_money_out_again() -> None:
    lead = books.journey((DAY, PAID))
    deal = books.won(lead, on=after(1), cents=10_000)
    books.paid(deal, on=after(4), cents=-2_500)
    wrong = books.paid(deal, on=after(5), cents=99_900)
    reconcile_changed()
    wrong.voided_at = books.at(after(6))
    wrong.save()
    mark_days([lead.day, wrong.paid_on])
    reconcile_changed()
    source = make.source(PAID)
    assert books.fact("cohort", "last", DAY, source)["revenue_cents"] == 7_500
    assert books.fact("cash", "last", after(1), source)["revenue_cents"] == 10_000
    assert books.fact("cash", "last", after(4), source)["revenue_cents"] == -2_500
    assert books.fact("cash", "last", after(5), source) == {}


def test_spam_is_no_lead_but_its_money_counts() -> None:
    lead = books.journey((DAY, PAID), status="spam")
    books.won(lead, on=after(1), cents=500)
    reconcile_changed()
    assert books.fact("cohort", "first", DAY, make.source(PAID)) == {
        "leads_ppm": 0,
        "won_ppm": WHOLE,
        "customers_ppm": WHOLE,
        "revenue_cents": 500,
        "cost_cents": 0,
    }


def test_a_lead_called_spam_leaves_the_books_and_comes_back() -> None:
    lead = books.journey((DAY, PAID))
    reconcile_changed()
    before = books.stored()
    for status, count in (("spam", 0), ("new", 8)):
        lead.status = status
        lead.save()
        mark_days([lead.day])
        reconcile_changed()
        assert Credit.objects.count() == count
    assert books.stored() == before


def test_only_the_earliest_won_deal_makes_a_customer() -> None:
    who = make.contact(name="Ann")
    first = books.won(books.journey((DAY, PAID), who=who), on=after(10))
    reconcile_changed()
    earlier = books.won(books.journey((after(2), EMAIL), lead_on=after(2), who=who), on=after(7))
    reconcile_changed()
    new = Credit.objects.filter(is_new_customer=True)
    # The first deal's days were not marked by anybody: booking the second one found them.
    assert set(new.values_list("deal_id", flat=True)) == {earlier.pk}
    earlier.stage = Stage.objects.filter(group="in_work").first()
    earlier.closed_on = None
    earlier.save()
    mark_days([after(2), after(7)])
    reconcile_changed()
    assert set(new.values_list("deal_id", flat=True)) == {first.pk}
    # Cash and linear share it between two visits.
    assert new.count() == 9
    assert not DirtyMark.objects.exists()


def test_money_of_another_currency_is_converted_on_its_own_day() -> None:
    set_rate(day=after(1), currency="USD", rate=Decimal("0.9"))
    set_rate(day=after(4), currency="USD", rate=Decimal("0.5"))
    deal = books.won(books.journey((DAY, PAID)), on=after(1), cents=1_001, currency="USD")
    books.paid(deal, on=after(4), cents=1_001, currency="USD")
    reconcile_changed()
    assert books.fact("cash", "last", after(1), make.source(PAID))["revenue_cents"] == 901
    assert books.fact("cash", "last", after(4), make.source(PAID))["revenue_cents"] == 500
    assert books.fact("cohort", "last", DAY, make.source(PAID))["revenue_cents"] == 1_401


def test_money_without_a_rate_is_kept_in_sight_until_the_rate_comes() -> None:
    lead = books.journey((DAY, PAID))
    books.won(lead, on=after(3), cents=2_000, cost=500, currency="USD")
    books.spent(after(3), 1_000, currency="USD")
    reconcile_changed()
    gap = RateGap.objects.get()
    assert (gap.day, gap.currency) == (after(3), "USD")
    assert (gap.spend_cents, gap.revenue_cents, gap.cost_cents) == (1_100, 2_000, 500)
    assert not Credit.objects.filter(result="purchase").exists()
    assert Credit.objects.filter(result="won").exists()
    assert TrafficFact.objects.get(day=after(3)).clicks == 7
    without = books.stored()

    # The rate marks the day that was paid on; the lead's day follows by itself.
    set_rate(day=after(1), currency="USD", rate=Decimal("0.9"))
    reconcile_changed()
    assert not RateGap.objects.exists()
    assert books.fact("cohort", "last", DAY, make.source(PAID))["revenue_cents"] == 1_800
    assert books.fact("cash", "last", after(3), make.source(PAID))["cost_cents"] == 450
    assert TrafficFact.objects.get(day=after(3)).spend_cents == 990

    drop_rate(Rate.objects.get())
    reconcile_changed()
    assert books.stored() == without


def test_spend_stands_in_the_row_where_the_visits_stand() -> None:
    visit = make.visit(of=make.source(PAID))
    books.spent(DAY, 1_000, campaign="Brand")
    mark_days([DAY])
    reconcile_changed()
    money = TrafficFact.objects.get(spend_cents__gt=0)
    assert money.spend_cents == 1_100
    assert (money.clicks, money.impressions) == (7, 100)
    for column in ("channel", "source", "campaign"):
        assert getattr(money.source, column) == getattr(visit.source, column)
    assert TrafficFact.objects.filter(day=DAY, source=visit.source).get().visits == 1


def test_unmatched_spend_moves_when_people_come() -> None:
    row = books.spent(after(-3), 1_000)
    reconcile_changed()
    fact = TrafficFact.objects.get()
    assert (fact.source, fact.spend_cents) == (unmatched_source(), 1_100)
    visit = make.visit(of=make.source(PAID))
    mark_days([visit.day])
    booked = reconcile_changed()
    assert after(-3) in booked
    assert row.item.match.rule == "names"
    assert TrafficFact.objects.get(day=after(-3)).source.campaign == "brand"
    assert not TrafficFact.objects.filter(source=unmatched_source()).exists()


def test_spend_of_an_item_that_nobody_matched_yet_is_unmatched() -> None:
    books.spent(DAY, 1_000)
    reconcile_day(DAY)
    assert not ItemMatch.objects.exists()
    assert TrafficFact.objects.get().source == unmatched_source()


def test_a_browser_that_becomes_known_lengthens_the_path() -> None:
    lead = books.journey((DAY, PAID))
    visit = make.visit(at=books.at(after(-30)), of=make.source(EMAIL))
    reconcile_changed()
    books.knows(lead.contact, visit.visitor)
    mark_contact(lead.contact_id)
    assert reconcile_changed() == [DAY]
    assert books.shares(lead) == [("Email", 500_000), ("Paid Search", 500_000)]
    assert not DirtyMark.objects.exists()


def test_a_mark_of_a_contact_reaches_every_day_of_his_results() -> None:
    lead = books.journey((DAY, PAID))
    deal = books.won(lead, on=after(5))
    books.paid(deal, on=after(9), cents=100)
    reconcile_changed()
    mark_contact(lead.contact_id)
    assert reconcile_changed() == [DAY, after(5), after(9)]


def test_a_visit_that_becomes_known_late_reaches_later_results() -> None:
    lead = books.journey((DAY, PAID))
    books.won(lead, on=after(5))
    reconcile_changed()
    make.visit(at=books.at(after(2)), of=make.source(EMAIL), visitor=_browser(lead))
    mark_days([after(2)])
    reconcile_changed()
    assert books.shares(lead, clock="cash", result="purchase") == [
        ("Paid Search", 500_000),
        ("Email", 500_000),
    ]
    assert books.shares(lead, clock="cohort", result="purchase") == [("Paid Search", WHOLE)]


def test_booking_again_changes_nothing() -> None:
    lead = books.journey((after(-9), EMAIL), (DAY, PAID))
    books.won(lead, on=after(1), cents=999, cost=100)
    books.spent(DAY, 1_000)
    reconcile_changed()
    before = list(Credit.objects.order_by("pk").values()), list(ResultFact.objects.order_by("pk").values())
    traffic = list(TrafficFact.objects.order_by("pk").values())
    assert reconcile_day(DAY) == 0
    reconcile_all()
    assert before == (
        list(Credit.objects.order_by("pk").values()),
        list(ResultFact.objects.order_by("pk").values()),
    )
    assert traffic == list(TrafficFact.objects.order_by("pk").values())
    assert not DirtyMark.objects.exists()


def test_nothing_to_book_is_nothing_done() -> None:
    assert reconcile_changed() == []
    assert reconcile_day(DAY) == 0


def test_a_day_takes_as_many_queries_with_one_lead_as_with_many() -> None:
    site = make.site()
    for day, leads in ((DAY, 2), (after(1), 12)):
        for _ in range(leads):
            books.won(books.journey((day, PAID), (day, EMAIL), lead_on=day, on=site), on=day)
        books.spent(day, 1_000)
        books.spent(day, 1_000, campaign=f"of {day}")
    reconcile_changed()
    counts = []
    for day in (DAY, after(1)):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            reconcile_day(day)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] < 40


def test_days_of_long_ago_and_far_ahead_are_booked_too() -> None:
    for day in (date(1990, 1, 1), date(2100, 12, 31)):
        books.won(books.journey(lead_on=day), on=day)
    assert reconcile_changed() == [date(1990, 1, 1), date(2100, 12, 31)]
    assert set(ResultFact.objects.values_list("leads_ppm", flat=True)) == {WHOLE}
