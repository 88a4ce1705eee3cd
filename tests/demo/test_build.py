"""A small demo firm, built by the functions that the doors call."""

import io
from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client

from leadtrack.accounts.models import Member
from leadtrack.deals.models import CallBack, Purchase
from leadtrack.demo import firm
from leadtrack.demo.build import build, script
from leadtrack.demo.switchboard import POOLS, TEXTS
from leadtrack.leads.models import InboxRow, Lead
from leadtrack.ledger.check import check_books
from leadtrack.ledger.models import GoalFact, ResultFact, TrafficFact
from leadtrack.ledger.reconcile import all_days
from leadtrack.phones.models import Call, CallFlow, Lease, Pool, PoolHour, TextMessage
from leadtrack.sources.models import DirtyMark
from leadtrack.sources.register import forget_sources
from leadtrack.spend.models import SpendItem, SpendRow, Statement
from leadtrack.visits.models import Goal, Site, SiteOrigin, Visit
from leadtrack.visits.sites import forget

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SCALE = 0.02


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker):
    """Built once for the whole file, in a transaction that is taken back at its end."""
    with django_db_blocker.unblock(), transaction.atomic():
        forget_sources()
        build(script(NOW, SCALE), shop_origins=("http://127.0.0.1:8001",))
        yield
        transaction.set_rollback(True)
    forget_sources()
    forget()


@pytest.fixture
def demo(built, db):
    """The built firm; what a test changes is gone after it."""


def run(*words: str) -> str:
    out = io.StringIO()
    call_command("demo", "--no-serve", *words, stdout=out)
    return out.getvalue()


def test_the_books_are_clean(demo):
    assert check_books(all_days()).broken == []
    call_command("check_books", stdout=io.StringIO())


def test_everything_is_booked(demo):
    assert not DirtyMark.objects.exists()
    assert TrafficFact.objects.filter(spend_cents__gt=0, visits__gt=0).exists()
    assert ResultFact.objects.filter(revenue_cents__gt=0).exists()


def test_goals_of_every_kind_were_reached(demo):
    reached = GoalFact.objects.values_list("goal__kind", flat=True).distinct()
    assert set(reached) == {"url", "click", "call"}
    assert not Goal.objects.filter(is_set_up=False).exists()


def test_every_enquiry_became_a_lead_at_its_own_moment(demo):
    assert not InboxRow.objects.exclude(state=InboxRow.State.DONE).exists()
    assert Lead.objects.latest("captured_at").captured_at < NOW
    assert Lead.objects.earliest("captured_at").captured_at < NOW.replace(year=2025, month=6)
    assert set(Lead.objects.values_list("kind", flat=True)) == {"form", "call", "message"}


def test_visitors_of_paid_adverts_were_lent_numbers(demo):
    assert {pool.key for pool in POOLS} == {"shop", "vl"}
    for pool in Pool.objects.all():
        assert set(Lease.objects.filter(pool=pool).values_list("visit__source__channel", flat=True)) <= {
            *pool.channels
        }
        assert Lease.objects.filter(pool=pool).exists()
        assert PoolHour.objects.filter(pool=pool, leased__gt=0).exists()


def test_a_call_of_several_visitors_is_shown_as_such(demo):
    unsure = Call.objects.filter(match=Call.Match.AMBIGUOUS)
    assert unsure.exists()
    for call in unsure:
        assert sum(call.candidates.values_list("share_ppm", flat=True)) == 1_000_000


def test_numbers_and_calls_cost_something(demo):
    own = SpendItem.objects.filter(account__name="Phone numbers", rows__net_cents__gt=0)
    assert own.filter(campaign="Paid visitors, Riga").exists()
    assert own.exclude(medium="pool").exists()


def test_missed_callers_were_called_back(demo):
    missed = CallBack.objects.all()
    assert missed.filter(how=CallBack.How.BY_HAND).exists()
    assert missed.filter(done_at=None).count() <= 2


def test_texts_were_written_and_delivered(demo):
    assert TextMessage.objects.filter(is_inbound=True).count() == len(TEXTS)
    answers = TextMessage.objects.filter(is_inbound=False)
    assert set(answers.values_list("state", flat=True)) == {TextMessage.State.DELIVERED}


def test_the_flows_ring_people_and_can_be_tried(demo):
    for flow in CallFlow.objects.all():
        assert flow.lines.exclude(member__phone="").count() == flow.lines.count() > 0


def test_money_went_out_in_two_currencies_and_came_back(demo):
    assert set(SpendRow.objects.values_list("currency", flat=True)) == {"EUR", "USD"}
    assert Purchase.objects.exists()


def test_the_statements_were_read_wholly(demo):
    assert Statement.objects.count() > 40
    assert not Statement.objects.exclude(state=Statement.State.DONE, rows_rejected=0).exists()


def test_some_money_met_nobody(demo):
    unmatched = TrafficFact.objects.filter(source__channel="(unmatched)")
    assert unmatched.filter(spend_cents__gt=0).exists()


def test_there_is_a_login_for_every_role(demo):
    assert set(Member.objects.values_list("role", flat=True)) == set(Member.Role.values)
    for username, *_rest in firm.PEOPLE:
        assert Client().login(username=username, password=firm.PASSWORD), username


def test_only_the_admin_may_open_the_back_office(demo):
    staff = Member.objects.filter(user__is_staff=True)
    assert list(staff.values_list("role", flat=True)) == [Member.Role.ADMIN]


def test_a_second_run_keeps_the_data(demo):
    before = Visit.objects.count(), Lead.objects.count(), firm.progress()
    assert "built" in run()
    assert (Visit.objects.count(), Lead.objects.count(), firm.progress()) == before


def test_a_second_run_lets_the_shop_in_on_its_new_port(demo):
    run("--shop-port", "8123")
    origins = set(Site.objects.get(key="demo").origins.values_list("origin", flat=True))
    assert {"http://127.0.0.1:8001", "http://127.0.0.1:8123", "http://localhost:8123"} <= origins


def test_the_history_waits_for_its_last_day(demo):
    assert firm.progress() == firm.LAST_DAY_TO_COME


def test_pages_propose_the_shop_of_now_whose_pages_show_the_code(demo):
    site = Site.objects.get(key="demo")
    assert site.shows_code
    firm.let_shop_in(("http://127.0.0.1:8711",))
    listed = list(SiteOrigin.objects.order_by("pk").values_list("origin", flat=True))
    assert listed[0] == "http://127.0.0.1:8711"
    assert {"http://127.0.0.1:8001", "https://northlight.example"} < set(listed)
