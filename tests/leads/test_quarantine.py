"""What looks like spam is set aside, is kept, and comes back when a person says so."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from leadtrack.deals.models import Deal
from leadtrack.leads import inbox
from leadtrack.leads.models import Contact, Form, InboxRow, Lead, SpamVerdict
from leadtrack.ledger.check import check_books
from leadtrack.ledger.models import ResultFact
from leadtrack.ledger.reconcile import all_days, reconcile_changed
from leadtrack.phones.models import CallEvent
from leadtrack.sources.models import DirtyMark
from leadtrack.visits.models import Claim
from tests import make

pytestmark = pytest.mark.django_db
Capture = Callable[..., Lead]
PITCH = "Your shop on the first page of every search engine: https://a.example https://b.example"
SPAM = {"name": "Promoter", "email": "promo@mailinator.com", "message": PITCH, "lt_ms": "1200"}


@pytest.fixture
def spam(captured: Capture) -> Lead:
    return captured(SPAM)


def _post(client: Client, lead: Lead, what: str, **headers: str) -> Any:
    return client.post(f"/quarantine/{lead.public_id}/{what}", headers=headers)


def _counted() -> int:
    """Leads in the books, which agree with the rows."""
    reconcile_changed()
    assert check_books(all_days()).broken == []
    booked = ResultFact.objects.filter(clock="cohort", model="last").values_list("leads_ppm", flat=True)
    return sum(booked) // 1_000_000


class TestSettingAside:
    def test_what_adds_up_to_the_threshold_is_set_aside_with_its_reasons(self, spam: Lead) -> None:
        assert spam.status == "spam"
        verdict = spam.spam_verdict
        assert [reason["rule"] for reason in verdict.reasons] == ["disposable", "links", "fast"]
        assert (verdict.score, verdict.threshold, verdict.said) == (95, 70, "")

    def test_sales_are_not_told_and_nobody_owns_it(self, spam: Lead) -> None:
        deal = Deal.objects.get(lead=spam)
        assert (deal.owner, deal.stage.group) == (None, "not_counted")

    def test_a_person_in_a_hurry_is_a_lead(self, captured: Capture) -> None:
        assert captured({"name": "Anna", "phone": "030901820", "lt_ms": "1500"}).status == "new"

    def test_the_site_says_how_many_points_are_too_many(self, captured: Capture, form: Form) -> None:
        form.site.spam_threshold = 100
        form.site.save()
        assert captured(SPAM).status == "new"

    def test_the_field_that_nobody_sees_is_enough(self, captured: Capture, form: Form) -> None:
        form.site.spam_threshold = 100
        form.site.save()
        lead = captured({"phone": "030901820", "lt_hp": "http://x.example"})
        assert (lead.status, lead.spam_verdict.reasons[0]["rule"]) == ("spam", "honeypot")

    def test_one_text_from_many_people_is_a_mailing(self, captured: Capture) -> None:
        text = "We sell the best windows in town: https://a.example or https://b.example"
        leads = [captured({"email": f"person{number}@example.com", "message": text}) for number in range(4)]
        assert [lead.status for lead in leads] == ["new"] * 2 + ["spam"] * 2

    def test_a_text_that_the_page_filled_in_for_everybody_is_not(self, captured: Capture) -> None:
        text = "Please call me back about the free consultation on your page"
        leads = [captured({"email": f"person{number}@example.com", "message": text}) for number in range(6)]
        assert [lead.status for lead in leads] == ["new"] * 6

    def test_one_person_who_repeats_themselves_is_not(self, captured: Capture, time_machine: Any) -> None:
        text = "I would like to have the blue bicycle that is in your window"
        for day in range(6):
            time_machine.move_to(make.NOON + timedelta(days=day), tick=False)
            assert captured({"email": "anna@example.com", "message": text}).status == "new"

    def test_a_flood_from_one_address_is_seen(self, captured: Capture) -> None:
        leads = [captured({"email": f"p{number}@example.com", "name": "asdfgh"}) for number in range(13)]
        assert [lead.status for lead in leads[:12]] == ["new"] * 12
        assert leads[12].status == "spam"

    def test_no_internet_address_is_kept(self, captured: Capture) -> None:
        captured({"email": "anna@example.com"})
        row = InboxRow.objects.get()
        assert "127.0.0.1" not in str(row.payload)
        assert len(SpamVerdict.objects.get().sender_key) == 64

    def test_a_real_enquiry_does_not_vanish_behind_spam_of_the_same_sender(self, captured: Capture) -> None:
        captured(SPAM)
        real = captured({"email": "promo@mailinator.com", "message": "Sorry, call me"})
        assert (real.status, Lead.objects.count()) == ("new", 2)

    def test_a_call_from_a_borrowed_number_has_the_carriers_word(self, spam: Lead) -> None:
        call = _call("TN-Validation-Failed-C")
        verdict = Lead.objects.get(call=call).spam_verdict
        assert [reason["rule"] for reason in verdict.reasons] == ["caller-failed"]
        assert Lead.objects.get(call=call).status == "new"


def _call(verstat: str) -> Any:
    from leadtrack.phones.models import Call

    number = make.number()
    call = Call.objects.create(
        account=number.account, number=number, sid="CA1", source=make.source(), caller="+4930901820",
        started_at=make.NOON, day=make.TODAY,
    )  # fmt: skip
    CallEvent.objects.create(call=call, key="k", payload={"StirVerstat": verstat}, received_at=make.NOON)
    row, _is_new = inbox.accept_call(call=call, at=make.NOON)
    inbox.work(row.pk)
    return call


class TestThePage:
    def test_empty_it_says_what_comes_here(self, login: Callable[..., Client]) -> None:
        assert "Nothing is set aside" in login("marketer").get("/quarantine/").content.decode()

    def test_it_lists_who_why_and_how_much(
        self, login: Callable[..., Client], spam: Lead, form: Form
    ) -> None:
        make.lead(on=form.site, form=form, at=timezone.now())
        page = login("sales_manager").get("/quarantine/").content.decode()
        for words in ("promo@mailinator.com", "95 points", "mailbox for a few minutes", "2 links", "50"):
            assert words in page, words

    def test_it_costs_the_same_for_one_and_for_many(
        self, login: Callable[..., Client], captured: Capture, django_assert_num_queries: Any
    ) -> None:
        client = login("admin")
        for number in range(5):
            captured(SPAM | {"email": f"p{number}@mailinator.com"})
        client.get("/quarantine/")
        with django_assert_num_queries(5):
            client.get("/quarantine/")

    @pytest.mark.parametrize("asked", ["x", "-1", "9" * 30, "٣"])
    def test_a_broken_address_shows_the_first_page(
        self, login: Callable[..., Client], spam: Lead, asked: str
    ) -> None:
        page = login("admin").get("/quarantine/", {"cursor": asked, "form": asked})
        assert spam.public_id in page.content.decode()

    @pytest.mark.parametrize("role", ["sales", "agency"])
    def test_it_is_for_those_who_sift(self, login: Callable[..., Client], spam: Lead, role: str) -> None:
        client = login(role)
        assert client.get("/quarantine/").status_code == 403
        assert _post(client, spam, "not-spam").status_code == 403
        spam.refresh_from_db()
        assert spam.status == "spam"

    def test_the_threshold_is_set_on_the_page_of_the_site(
        self, login: Callable[..., Client], form: Form
    ) -> None:
        client = login("admin")
        address = f"/sites/{form.site_id}/"
        assert client.post(address, {"add": "spam", "spam_threshold": "90"}).status_code == 302
        form.site.refresh_from_db()
        assert form.site.spam_threshold == 90
        wrong = client.post(address, {"add": "spam", "spam_threshold": "5"})
        assert "greater than or equal to 20" in wrong.content.decode()


class TestNotSpam:
    def test_it_comes_to_life_counted_and_somebodys(
        self, login: Callable[..., Client], spam: Lead, captured: Capture
    ) -> None:
        seller = make.member("sales", takes_leads=True)
        assert _counted() == 0
        answer = _post(login("marketer"), spam, "not-spam", HX_Request="true")
        assert "It is a lead again" in answer.content.decode()
        deal = Deal.objects.get(lead=spam)
        assert (deal.owner, deal.stage.group, deal.lead.status) == (seller.user, "in_work", "new")
        assert _counted() == 1

    def test_undo_sets_it_aside_as_if_nothing_was_said(
        self, login: Callable[..., Client], spam: Lead
    ) -> None:
        client = login("admin")
        _post(client, spam, "not-spam", HX_Request="true")
        assert _counted() == 1
        answer = _post(client, spam, "spam-again", HX_Request="true")
        assert "95 points" in answer.content.decode()
        spam.refresh_from_db()
        assert (spam.status, spam.spam_verdict.said) == ("spam", "")
        assert _counted() == 0

    def test_undo_takes_it_from_who_got_it_with_the_click(
        self, login: Callable[..., Client], spam: Lead
    ) -> None:
        login("sales", "sally")
        client = login("admin")
        _post(client, spam, "not-spam", HX_Request="true")
        assert str(Deal.objects.get(lead=spam).owner) == "sally"
        _post(client, spam, "spam-again", HX_Request="true")
        assert Deal.objects.get(lead=spam).owner is None

    def test_its_sender_is_believed_from_then_on(
        self, login: Callable[..., Client], captured: Capture, spam: Lead
    ) -> None:
        _post(login("admin"), spam, "not-spam")
        # Long enough after to be no second attempt.
        Lead.objects.update(captured_at=timezone.now() - timedelta(days=60))
        again = captured(SPAM | {"message": PITCH + " and more"})
        assert (again.status, again.contact) == ("new", spam.contact)

    def test_its_text_is_believed_of_others_too(
        self, login: Callable[..., Client], captured: Capture
    ) -> None:
        text = "The offer of your letter: https://shop.example/a https://shop.example/b please"
        leads = [captured({"email": f"p{number}@example.com", "message": text}) for number in range(4)]
        assert leads[-1].status == "spam"
        _post(login("admin"), leads[-1], "not-spam")
        assert captured({"email": "next@example.com", "message": text}).status == "new"

    def test_whom_somebody_called_spam_is_suspected(
        self, login: Callable[..., Client], captured: Capture
    ) -> None:
        lead = captured({"email": "anna@example.com", "message": "hello"})
        login("admin").post(f"/leads/{lead.public_id}/status", {"status": "spam"})
        assert SpamVerdict.objects.get(lead=lead).said == "spam"
        again = captured({"email": "anna@example.com", "message": "see https://x.example"})
        assert (again.status, again.pk != lead.pk) == ("spam", True)

    def test_a_word_on_the_leads_page_is_kept_too(self, login: Callable[..., Client], spam: Lead) -> None:
        login("admin").post(f"/leads/{spam.public_id}/status", {"status": "accepted"})
        assert SpamVerdict.objects.get(lead=spam).said == "not_spam"
        assert _counted() == 1

    def test_later_real_leads_of_the_same_contact_stay_as_they_are(
        self, login: Callable[..., Client], captured: Capture, spam: Lead
    ) -> None:
        real = captured({"email": "promo@mailinator.com", "message": "Sorry, call me"})
        _post(login("admin"), spam, "not-spam")
        real.refresh_from_db()
        assert (real.status, real.contact, Contact.objects.count()) == ("new", spam.contact, 1)
        assert _counted() == 2

    def test_said_twice_is_said_once(self, login: Callable[..., Client], spam: Lead) -> None:
        client = login("admin")
        _post(client, spam, "not-spam")
        Lead.objects.filter(pk=spam.pk).update(status="accepted")
        _post(client, spam, "not-spam")
        spam.refresh_from_db()
        assert spam.status == "accepted"

    def test_a_lead_with_money_is_not_set_aside(self, login: Callable[..., Client], spam: Lead) -> None:
        client = login("admin")
        _post(client, spam, "not-spam")
        make.purchase(of=Deal.objects.get(lead=spam))
        answer = _post(client, spam, "spam-again", HX_Request="true")
        assert "Money was logged" in answer.content.decode()
        spam.refresh_from_db()
        assert spam.status == "new"

    def test_the_days_are_marked(self, login: Callable[..., Client], spam: Lead) -> None:
        DirtyMark.objects.all().delete()
        _post(login("admin"), spam, "not-spam")
        assert DirtyMark.objects.filter(day=spam.day).exists()

    @pytest.mark.parametrize("what", ["not-spam", "spam-again"])
    def test_an_unknown_lead_is_not_found(self, login: Callable[..., Client], what: str) -> None:
        assert login("admin").post(f"/quarantine/ld_nobody/{what}").status_code == 404


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads a few rows whole")
@pytest.mark.parametrize(
    ("rows", "index"),
    [
        (Lead.objects.filter(status="spam").order_by("-id"), "lt_lead_of_status"),
        (SpamVerdict.objects.filter(message_key="k", made_at__gt=make.NOON), "lt_spam_same_text"),
        (SpamVerdict.objects.filter(sender_key="k", made_at__gt=make.NOON), "lt_spam_same_from"),
        (Claim.objects.filter(due_at__lte=make.NOON).order_by("due_at"), "lt_claim_to_do"),
        (inbox.due_rows(), "lt_inbox_to_do"),
        (Claim.objects.filter(made_at__lt=make.NOON), "lt_claim_since"),
        (Claim.objects.filter(kind="email", value="a", state="waiting"), "lt_claim_of_whom"),
    ],
)
def test_what_is_looked_for_is_looked_up(rows: Any, index: str) -> None:
    assert f"USING INDEX {index}" in rows.all().explain()
