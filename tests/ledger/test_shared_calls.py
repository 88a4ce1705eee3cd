"""Calls that were matched to visits, or to several: what the books make of them."""

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from leadtrack.deals.log import log_purchase, log_won
from leadtrack.deals.models import Deal, Purchase
from leadtrack.leads import inbox
from leadtrack.leads.bind import bind_to_visit, undo_binding
from leadtrack.leads.models import Lead
from leadtrack.ledger.check import check_books
from leadtrack.ledger.models import AttributionModel, Credit, GoalFact, RateGap, ResultFact, TrafficFact
from leadtrack.ledger.reconcile import all_days, reconcile_all, reconcile_changed
from leadtrack.phones.assign import assign_number, undo_assignment
from leadtrack.phones.begin import begin_call
from leadtrack.phones.match import credit_differently
from leadtrack.phones.models import Assignment, Call, Pool, TrackedNumber
from leadtrack.sources.dirty import mark_days
from leadtrack.visits.afterwards import MovedVisit, tell_rooms_above
from leadtrack.visits.models import Site, Visit
from tests import make
from tests.ledger import books
from tests.ledger.books import DAY, DIRECT, EMAIL, PAID, after

pytestmark = pytest.mark.django_db
RINGS = books.at(DAY, 12)
OURS, CALLER = "+15550100020", "+15550100010"
SUMMER = "https://shop.example/?utm_source=google&utm_medium=cpc&utm_campaign=summer"


@pytest.fixture
def site() -> Site:
    return make.site()


@pytest.fixture
def pool(site: Site) -> Pool:
    return make.pool(OURS, since=RINGS - timedelta(days=99), site=site, ambiguous=Pool.Ambiguous.SHARES)


@pytest.fixture
def number(pool: Pool) -> TrackedNumber:
    return TrackedNumber.objects.get()


def shown(number: TrackedNumber, minutes: float, url: str, *, until: float | None = None) -> Visit:
    """A new visitor with a lease of the number, begun so many minutes before the call."""
    begun = RINGS - timedelta(minutes=minutes)
    visit = make.visit(at=begun, on=number.site, of=make.source(url))
    mark_days([visit.day])
    make.lease(number, visit, seen=RINGS - timedelta(minutes=minutes if until is None else until))
    return visit


def called(number: TrackedNumber, *, caller: str = CALLER, at: Any = RINGS, sid: str = "CA1") -> Lead:
    call = begin_call(account=number.account, number=number, sid=sid, started_at=at, caller=caller)
    row, _is_new = inbox.accept_call(call=call, at=at)
    lead = inbox.work(row.pk) or row.lead
    assert lead is not None
    return lead


def credits(lead: Lead, model: str = "last", **fields: Any) -> list[tuple[str, int]]:
    """(campaign or channel, share) of the lead's credits, the largest first."""
    rows = Credit.objects.filter(
        **{"lead": lead, "clock": "cohort", "model": model, "result": "lead"} | fields
    )
    found = rows.values_list("source__channel", "source__campaign", "share_ppm")
    return sorted(
        ((campaign or channel, share) for channel, campaign, share in found), key=lambda one: -one[1]
    )


def won(lead: Lead, *, on: date, cents: int, cost: int = 0) -> None:
    """Sales logs the first money, or more of it."""
    deal = Deal.objects.get(lead=lead)
    how = {"revenue_cents": cents, "cost_cents": cost, "currency": "EUR", "paid_on": on, "by": None}
    log = log_purchase if deal.is_won else log_won
    log(deal=deal, submission_key=f"key-{Purchase.objects.count()}", at=books.at(after(300)), **how)


def assert_in_order() -> None:
    """Nothing is wrong, nothing is left to book, and from scratch it comes out the same."""
    reconcile_changed()
    assert {total.name: total.wrong for total in check_books(all_days()).broken} == {}
    grown = books.stored()
    for table in (Credit, ResultFact, TrafficFact, GoalFact, RateGap):
        table.objects.all().delete()
    reconcile_all()
    assert books.stored() == grown


def test_a_call_matched_to_a_visit_is_one_touch_with_it(number: TrackedNumber) -> None:
    visit = shown(number, 20, PAID)
    lead = called(number)
    reconcile_changed()
    for model in AttributionModel.values:
        credit = Credit.objects.get(lead=lead, clock="cash", model=model)
        assert (credit.visit, credit.call, credit.share_ppm) == (visit, None, 1_000_000)
    assert_in_order()


def test_the_callers_other_visits_are_on_the_path(number: TrackedNumber) -> None:
    visit = shown(number, 20, PAID)
    earlier = make.visit(at=books.at(after(-3)), visitor=visit.visitor, of=make.source(EMAIL))
    mark_days([earlier.day])
    lead = called(number)
    reconcile_changed()
    assert books.shares(lead) == [("Email", 500_000), ("Paid Search", 500_000)]


def test_an_ambiguous_call_is_shared_by_probability_in_every_model(number: TrackedNumber) -> None:
    shown(number, 55, EMAIL, until=50)
    shown(number, 15, PAID, until=0)
    lead = called(number)
    reconcile_changed()
    for model in AttributionModel.values:
        assert credits(lead, model) == [("brand", 952_381), ("july", 47_619)]
    assert_in_order()


def test_with_the_other_setting_it_is_unknown(number: TrackedNumber, pool: Pool) -> None:
    shown(number, 55, EMAIL, until=50)
    shown(number, 15, PAID, until=0)
    lead = called(number)
    reconcile_changed()
    Pool.objects.update(ambiguous=Pool.Ambiguous.UNKNOWN)
    assert credit_differently(Pool.objects.get()) == 1
    reconcile_changed()
    assert credits(lead) == [("(unknown)", 1_000_000)]
    assert_in_order()


def test_two_candidates_of_one_source_are_that_source_for_certain(number: TrackedNumber) -> None:
    shown(number, 55, PAID, until=50)
    shown(number, 15, PAID, until=0)
    lead = called(number)
    reconcile_changed()
    assert credits(lead) == [("brand", 1_000_000)]


def test_money_is_split_among_the_candidates_to_the_cent(number: TrackedNumber) -> None:
    for minutes, url in ((55, EMAIL), (35, SUMMER), (15, PAID)):
        shown(number, minutes, url, until=minutes - 1)
    lead = called(number)
    won(lead, on=after(2), cents=10_001, cost=3_334)
    reconcile_changed()
    rows = Credit.objects.filter(lead=lead, result="purchase", model="last", clock="cash")
    assert rows.count() == 3
    assert sum(row.revenue_cents for row in rows) == 10_001
    assert sum(row.cost_cents for row in rows) == 3_334
    assert_in_order()


def test_what_may_have_been_direct_passes_the_credit_on(number: TrackedNumber) -> None:
    known = books.journey((after(-3), EMAIL), lead_on=after(-3), on=number.site)
    known.contact.keys.create(kind="phone", value=CALLER)
    shown(number, 55, DIRECT, until=50)
    shown(number, 15, PAID, until=0)
    lead = called(number)
    assert lead.contact == known.contact
    reconcile_changed()
    # The call may have been direct with 47 619 millionths: then the letter was the last known touch.
    assert credits(lead, "last_non_direct") == [("brand", 952_381), ("july", 47_619)]
    assert credits(lead, "last") == [("brand", 952_381), ("Direct", 47_619)]
    assert credits(lead, "linear") == [("july", 500_000), ("brand", 476_191), ("Direct", 23_809)]
    assert_in_order()


def test_money_long_after_the_call_is_shared_alike(number: TrackedNumber) -> None:
    shown(number, 55, EMAIL, until=50)
    shown(number, 15, PAID, until=0)
    lead = called(number)
    won(lead, on=after(120), cents=1_000)
    reconcile_changed()
    late = {"result": "purchase", "clock": "cash"}
    assert credits(lead, **late) == [("brand", 952_381), ("july", 47_619)]
    assert_in_order()


def test_who_binds_the_call_decides_and_may_take_it_back(number: TrackedNumber) -> None:
    gone, here = shown(number, 55, EMAIL, until=50), shown(number, 15, PAID, until=0)
    lead = called(number)
    reconcile_changed()
    before = books.stored()
    binding = bind_to_visit(lead=lead, visit=gone, by=None, how="hand")
    reconcile_changed()
    assert Credit.objects.get(lead=lead, clock="cash", model="linear").visit == gone
    assert lead.contact.keys.filter(kind="visitor", value=str(gone.visitor_id)).exists()
    undo_binding(binding=binding, by=None)
    reconcile_changed()
    assert books.stored() == before
    assert not lead.contact.keys.filter(kind="visitor").exists()
    assert here.source == make.source(PAID)


def test_a_candidates_visit_that_moves_takes_its_share_along(number: TrackedNumber) -> None:
    gone = shown(number, 55, EMAIL, until=50)
    shown(number, 15, PAID, until=0)
    lead = called(number)
    reconcile_changed()
    _moves(gone, SUMMER)
    reconcile_changed()
    assert credits(lead) == [("brand", 952_381), ("summer", 47_619)]
    assert_in_order()


def _moves(visit: Visit, url: str) -> None:
    """History is read again."""
    was, now = visit.source_id, make.source(url)
    Visit.objects.filter(pk=visit.pk).update(source=now)
    mark_days([visit.day])
    tell_rooms_above([MovedVisit(visit.pk, visit.visitor_id, was_id=was, source_id=now.pk, rule="own:1")])


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_to_calls_the_books_agree(seed: int) -> None:
    """Visitors, calls, bindings, moves, assignments and settings at random: sums hold, from scratch, too."""
    day, seen = _Day(seed), set()
    for step in range(60):
        day.anything()
        seen |= set(Call.objects.values_list("match", flat=True))
        if step % 20 == 19:
            assert_in_order()
    assert seen > {"ambiguous", "visit"}


class _Day:
    """Things that happen to two numbers of one pool within a few hours."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.pool = make.pool(OURS, "+15550100021", since=RINGS - timedelta(days=99))
        self.sids = 0

    def anything(self) -> None:
        what = [self.visit] * 4 + [self.call] * 4 + [self.bind, self.unbind, self.move, self.say, self.assign]
        self.chance.choice(what)()

    def moment(self) -> Any:
        return RINGS + timedelta(seconds=self.chance.randrange(14_400))

    def visit(self) -> None:
        at, number = self.moment(), self.chance.choice(list(TrackedNumber.objects.order_by("pk")))
        url = self.chance.choice((PAID, EMAIL, SUMMER, DIRECT))
        visit = make.visit(at=at, on=number.site, of=make.source(url))
        mark_days([visit.day])
        seen = at + timedelta(seconds=self.chance.randrange(3000))
        make.lease(number, visit, seen=seen, pool=self.pool)

    def call(self) -> None:
        number = self.chance.choice(list(TrackedNumber.objects.order_by("pk")))
        caller = self.chance.choice(("", CALLER, "+15550100011"))
        self.sids += 1
        lead = called(number, caller=caller, at=self.moment(), sid=f"CA{self.sids}")
        if self.chance.random() < 0.4:
            won(lead, on=after(self.chance.choice((1, 120))), cents=self.chance.randrange(1, 10**6))

    def bind(self) -> None:
        calls = Call.objects.filter(match="ambiguous", lead__isnull=False).order_by("pk")
        if calls:
            call = self.chance.choice(list(calls))
            lead, candidate = Lead.objects.get(call=call), self.chance.choice(list(call.candidates.all()))
            if lead.visit_id != candidate.visit_id:
                bind_to_visit(lead=lead, visit=candidate.visit, by=None, how="hand")

    def unbind(self) -> None:
        for lead in Lead.objects.filter(bindings__undone_at=None, bindings__isnull=False).order_by("pk")[:1]:
            undo_binding(binding=lead.bindings.filter(undone_at=None).latest("pk"), by=None)

    def move(self) -> None:
        visits = list(Visit.objects.order_by("pk"))
        if visits:
            _moves(self.chance.choice(visits), self.chance.choice((PAID, EMAIL, SUMMER)))

    def say(self) -> None:
        self.pool.ambiguous = self.chance.choice(Pool.Ambiguous.values)
        self.pool.save()
        credit_differently(self.pool)

    def assign(self) -> None:
        """Give a number to a poster, and perhaps back."""
        number = self.chance.choice(list(TrackedNumber.objects.order_by("pk")))
        held = Assignment.objects.get(number=number, ends_at=None)
        if held.pool is None:
            undo_assignment(assignment=held)
        else:
            assign_number(number=number, source=make.source(DIRECT + "poster"), at=self.moment())
