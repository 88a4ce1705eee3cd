"""Repeat enquiries: who asks again about an open deal gets no second one, and is counted once."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from leadtrack.deals import repeats
from leadtrack.deals.log import log_lost, log_won
from leadtrack.deals.models import Deal, DealEvent
from leadtrack.deals.outcome import OutcomeError
from leadtrack.deals.removed import forget_deals, worked_leads
from leadtrack.deals.repeats import join_again, split_off
from leadtrack.deals.undo import set_lead_status
from leadtrack.leads import inbox, waking
from leadtrack.leads.models import Form, Lead
from leadtrack.leads.submission import read_submission
from leadtrack.ledger.check import check_books
from leadtrack.ledger.models import ResultFact
from leadtrack.ledger.reconcile import all_days, reconcile_changed
from tests import make
from tests.make import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waking.current_app, "send_task", lambda *_, **__: None)


@pytest.fixture
def form(db: None) -> Form:
    return make.form()


def asks(form: Form, *, days: float = 0, message: str = "", email: str = "ann@example.com") -> Lead:
    """Ann sends the form so many days after noon."""
    at: datetime = NOON + timedelta(days=days)
    body = f"name=Ann&email={email}&message={message}&n={days}".encode()
    row, _is_new = inbox.accept(
        form=form, submission=read_submission("", body), received_at=at, referer_header="", user_agent=""
    )
    lead = inbox.work(row.pk)
    assert lead is not None
    return lead


def booked_leads() -> float:
    reconcile_changed()
    assert check_books(all_days()).broken == []
    rows = ResultFact.objects.filter(clock="cohort", model="last")
    return sum(rows.values_list("leads_ppm", flat=True)) / 1_000_000


@pytest.mark.parametrize("days", [1, 29.9])
def test_asking_again_within_thirty_days_joins_the_open_deal(form: Form, days: float) -> None:
    first, again = asks(form), asks(form, days=days)
    assert again.repeat_of == first
    assert Deal.objects.get().lead == first
    assert Deal.objects.get().asked_at == again.captured_at
    assert booked_leads() == 1


def test_the_thirty_days_run_from_the_last_enquiry(form: Form) -> None:
    first = asks(form)
    asks(form, days=20)
    assert asks(form, days=45).repeat_of == first


def test_within_hours_it_is_an_attempt_also_on_a_repeat_enquiry(form: Form) -> None:
    asks(form)
    again = asks(form, days=5)
    assert asks(form, days=5.2) == again
    assert again.attempts.count() == 1


def test_later_it_is_a_new_lead(form: Form) -> None:
    asks(form)
    assert asks(form, days=31).repeat_of is None
    assert Deal.objects.count() == 2
    assert booked_leads() == 2


def test_a_closed_deal_is_not_asked_about_again(form: Form) -> None:
    first = asks(form)
    today = NOON.date()
    log_lost(deal=first.deal, reason=make.loss_reason(), lost_on=today, by=None, at=NOON)
    assert asks(form, days=2).repeat_of is None


def test_another_site_is_another_matter(form: Form) -> None:
    asks(form)
    other = make.form(site=make.site("https://other.example"))
    assert asks(other, days=2).repeat_of is None


def test_somebody_else_is_somebody_else(form: Form) -> None:
    asks(form)
    assert asks(form, days=2, email="bob@example.com").repeat_of is None


def test_won_counts_once(form: Form) -> None:
    first = asks(form)
    asks(form, days=2)
    log_won(
        deal=first.deal,
        revenue_cents=100,
        currency="EUR",
        paid_on=NOON.date(),
        by=None,
        submission_key="k",
        at=NOON,
    )
    reconcile_changed()
    rows = ResultFact.objects.filter(clock="cohort", model="last")
    assert sum(rows.values_list("won_ppm", flat=True)) == 1_000_000
    assert check_books(all_days()).broken == []


def test_sales_sees_it_on_the_deal_and_on_top_of_the_inbox(form: Form, login: Callable[..., Client]) -> None:
    first = asks(form)
    asks(form, days=1, email="bob@example.com")
    again = asks(form, days=3, message="still+there")
    client = login()
    page = client.get("/inbox/").content.decode()
    assert "asked again" in page
    assert page.index(first.public_id) < page.index(Lead.objects.get(email="bob@example.com").public_id)
    story = client.get(f"/leads/{first.public_id}/").content.decode()
    assert "Repeat enquiry" in story
    assert "still there" in story
    moved = client.get(f"/leads/{again.public_id}/")
    assert moved.headers["Location"] == f"/leads/{first.public_id}/"


def test_a_guest_reads_no_message_of_it(form: Form, login: Callable[..., Client]) -> None:
    first = asks(form)
    asks(form, days=3, message="still+there")
    assert "still there" not in login("agency").get(f"/leads/{first.public_id}/").content.decode()


def test_another_matter_becomes_a_lead_of_its_own_and_comes_back(
    form: Form, login: Callable[..., Client]
) -> None:
    first, again = asks(form), asks(form, days=3)
    client = login()
    client.post(f"/leads/{again.public_id}/split")
    again.refresh_from_db()
    assert again.repeat_of is None
    assert again.deal.owner == first.deal.owner
    assert booked_leads() == 2
    client.post(f"/leads/{first.public_id}/join", {"lead": again.public_id})
    again.refresh_from_db()
    assert again.repeat_of == first
    assert Deal.objects.count() == 1
    assert booked_leads() == 1


def test_what_is_a_matter_of_its_own_does_not_keep_the_first_deal_on_top(form: Form) -> None:
    first, again = asks(form), asks(form, days=3)
    deal = first.deal
    split_off(lead=again, by=None)
    deal.refresh_from_db()
    assert deal.asked_at == first.captured_at
    join_again(lead=again, to=deal, by=None)
    deal.refresh_from_db()
    assert deal.asked_at == again.captured_at


def test_two_who_part_it_at_one_moment_are_told(form: Form, monkeypatch: pytest.MonkeyPatch) -> None:
    _first, again = asks(form), asks(form, days=3)
    locked = repeats.locked

    def slowly(**which: int) -> Deal:
        monkeypatch.setattr(repeats, "locked", locked)
        split_off(lead=again, by=None)
        return locked(**which)

    monkeypatch.setattr(repeats, "locked", slowly)
    with pytest.raises(OutcomeError, match="a moment ago"):
        split_off(lead=again, by=None)


def test_a_lead_that_was_worked_does_not_join_again(form: Form) -> None:
    first, again = asks(form), asks(form, days=3)
    split_off(lead=again, by=None)
    set_lead_status(lead=again, status="accepted", by=make.member().user)
    with pytest.raises(OutcomeError, match="worked this lead"):
        join_again(lead=again, to=first.deal, by=None)


def test_a_repeat_enquiry_that_is_spam_says_nothing_of_the_deal(form: Form) -> None:
    first, again = asks(form), asks(form, days=3)
    set_lead_status(lead=again, status="spam", by=None)
    again.refresh_from_db()
    assert (again.repeat_of, again.deal.stage.group) == (None, "not_counted")
    assert Deal.objects.get(lead=first).is_in_work
    assert booked_leads() == 1


def test_a_lead_that_somebody_asked_about_again_is_not_taken_away(form: Form) -> None:
    first, again = asks(form), asks(form, days=3)
    assert first.pk in worked_leads([first.pk])
    # An import that brought both may take both away.
    DealEvent.objects.exclude(kind="opened").delete()
    assert worked_leads([first.pk, again.pk]) == set()
    forget_deals([again.pk])
    again.refresh_from_db()
    assert again.repeat_of is None
