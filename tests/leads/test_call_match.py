"""From the phone ringing to the report: a call through the signed door finds its visitor, or says why not."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leadtrack.leads import inbox
from leadtrack.leads.bind import bind_to_visit, undo_binding
from leadtrack.leads.models import Attempt, ContactKey, InboxRow, Lead, Receipt
from leadtrack.leads.receipt import sentences
from leadtrack.ledger.check import check_books
from leadtrack.ledger.reconcile import all_days, reconcile_changed
from leadtrack.phones.assign import assign_number, undo_assignment
from leadtrack.phones.models import Call, Pool, TrackedNumber
from leadtrack.sources.dirty import mark_days
from leadtrack.visits.models import Site, Visit
from tests import make
from tests.phones import twilio
from tests.phones.twilio import OURS, VOICE, signed_post

pytestmark = pytest.mark.django_db
BRAND = "https://shop.example/?utm_source=yandex&utm_medium=cpc&utm_campaign=brand&utm_term=buy+phone"
OTHER = "https://shop.example/?utm_source=google&utm_medium=cpc&utm_campaign=summer&utm_term=cheap"
Login = Callable[..., Client]


@pytest.fixture(autouse=True)
def _noon(time_machine: Any) -> None:
    time_machine.move_to(make.NOON, tick=False)


@pytest.fixture
def site() -> Site:
    return make.site()


@pytest.fixture
def number(site: Site) -> TrackedNumber:
    make.pool(OURS, since=make.NOON - timedelta(days=1), site=site, name="Whole site")
    return TrackedNumber.objects.get()


def shown(number: TrackedNumber, url: str, *, minutes: float, until: float = 0, **signs: Any) -> Visit:
    """A new visitor, who was shown the number from so many minutes before until then."""
    now = timezone.now()
    visit = make.visit(at=now - timedelta(minutes=minutes), on=number.site, of=make.source(url))
    make.lease(number, visit, seen=now - timedelta(minutes=until), **signs)
    return visit


def ring(sid: int = 1, caller: str = twilio.CALLER) -> Lead:
    """The phone rings, and the worker makes a lead of it."""
    params = twilio.ringing(twilio.call_sid(sid), caller)
    assert signed_post(Client(), VOICE, params).status_code == 200
    row = InboxRow.objects.get(call__sid=twilio.call_sid(sid))
    inbox.work(row.pk)
    lead = InboxRow.objects.get(pk=row.pk).lead
    assert lead is not None
    return lead


def told(lead: Lead) -> str:
    """The receipt as it is read."""
    return " ".join(one.text for one in sentences(Receipt.objects.get(lead=lead).steps))


def browsers(lead: Lead) -> set[int]:
    keys = ContactKey.objects.filter(contact=lead.contact_id, kind="visitor")
    return {int(value) for value in keys.values_list("value", flat=True)}


def test_a_call_of_one_visitor_has_the_visit_its_source_and_its_browser(number: TrackedNumber) -> None:
    visit = shown(number, BRAND, minutes=20, page="/contact", tapped_at=timezone.now())
    lead = ring()
    assert (lead.visit, lead.source, lead.source.term) == (visit, make.source(BRAND), "buy phone")
    assert browsers(lead) == {visit.visitor_id}
    words = told(lead)
    assert "of the pool “Whole site” was shown to one visitor alone" in words
    assert "The page was open when the phone rang. The number was tapped. It was on a contact page." in words


def test_the_form_and_the_call_of_one_browser_are_one_path(number: TrackedNumber) -> None:
    visit = shown(number, BRAND, minutes=20)
    earlier = make.visit(
        at=make.NOON - timedelta(days=2), visitor=visit.visitor, of=make.source("https://shop.example/")
    )
    mark_days([visit.day, earlier.day])
    lead = ring()
    reconcile_changed()
    assert set(lead.credits.filter(model="linear", clock="cash").values_list("visit", flat=True)) == {
        visit.pk,
        earlier.pk,
    }
    assert check_books(all_days()).broken == []


def test_an_ambiguous_call_names_its_candidates_and_forces_nobody(
    number: TrackedNumber, login: Login
) -> None:
    shown(number, OTHER, minutes=55, until=50)
    shown(number, BRAND, minutes=15)
    lead = ring()
    assert (lead.visit, lead.source.channel, browsers(lead)) == (None, "(unknown)", set())
    assert "“Paid Search / yandex / brand” 95.2\xa0%" in told(lead)
    assert "“Paid Search / google / summer” 4.8\xa0%" in told(lead)
    assert "So the source is unknown" in told(lead)
    page = login("admin").get(f"/leads/{lead.public_id}/").content.decode()
    assert "Ambiguous" in page
    assert page.index("95.2") < page.index("No code? Choose")


def test_the_inbox_shows_plainly_what_is_ambiguous(number: TrackedNumber, login: Login) -> None:
    shown(number, OTHER, minutes=55, until=50)
    shown(number, BRAND, minutes=15)
    ring()
    page = login("admin").get("/inbox/").content.decode()
    assert "Ambiguous" in page
    assert "(unknown)" in page


def test_a_pool_that_shares_says_so_on_the_receipt(number: TrackedNumber) -> None:
    Pool.objects.update(ambiguous=Pool.Ambiguous.SHARES)
    shown(number, OTHER, minutes=55, until=50)
    shown(number, BRAND, minutes=15)
    assert "the credit is shared among them" in told(ring())


def test_a_call_that_nobody_was_shown_the_number_for_says_why(number: TrackedNumber, login: Login) -> None:
    shown(number, BRAND, minutes=100, until=90)
    lead = ring()
    assert (lead.visit, lead.source.channel) == (None, "(unknown)")
    assert "was shown to nobody in the 60 minutes before the call" in told(lead)
    page = login("admin").get(f"/leads/{lead.public_id}/").content.decode()
    assert "No visitor who was shown the number is known." in page


def test_a_withheld_caller_is_somebody_new_with_the_browser_of_the_visit(number: TrackedNumber) -> None:
    visit = shown(number, BRAND, minutes=20)
    known = make.contact(email="anna@example.com", name="Anna")
    ContactKey.objects.create(contact=known, kind="visitor", value=str(visit.visitor_id))
    lead, again = ring(1, "anonymous"), ring(2, "anonymous")
    assert len({lead.contact_id, again.contact_id, known.pk}) == 3
    assert (lead.visit, browsers(lead)) == (visit, {visit.visitor_id})
    assert ContactKey.objects.get(kind="visitor", is_owner=True).contact == known


def test_sales_binds_an_ambiguous_call_by_a_click_and_the_receipt_says_so(
    number: TrackedNumber, login: Login
) -> None:
    gone = shown(number, OTHER, minutes=55, until=50)
    shown(number, BRAND, minutes=15)
    lead, client = ring(), login("admin", "boss")
    answer = client.post(f"/leads/{lead.public_id}/bind", {"visit": gone.pk}, headers={"HX-Request": "true"})
    lead.refresh_from_db()
    assert (answer.status_code, lead.visit, lead.source) == (200, gone, gone.source)
    assert browsers(lead) == {gone.visitor_id}
    assert "boss chose the visit" in told(lead)
    assert "So the source is unknown" not in told(lead)
    page = answer.content.decode()
    assert "Ambiguous" not in page
    assert "These visitors were shown" not in page


def test_who_binds_a_matched_call_elsewhere_takes_the_wrong_browser_away(number: TrackedNumber) -> None:
    wrong = shown(number, BRAND, minutes=20)
    right = make.visit(at=make.NOON - timedelta(minutes=30), on=number.site, of=make.source(OTHER))
    lead = ring()
    steps = Receipt.objects.get(lead=lead).steps
    binding = bind_to_visit(lead=lead, visit=right, by=None, how="hand")
    assert browsers(lead) == {right.visitor_id}
    undo_binding(binding=binding, by=None)
    lead.refresh_from_db()
    assert (lead.visit, browsers(lead)) == (wrong, {wrong.visitor_id})
    assert Receipt.objects.get(lead=lead).steps == steps


def test_the_lead_follows_when_the_number_is_given_to_a_source_and_back(number: TrackedNumber) -> None:
    visit, poster = shown(number, BRAND, minutes=20), make.source(OTHER)
    lead = ring()
    before = told(lead)
    assignment = assign_number(number=number, source=poster, at=make.NOON - timedelta(minutes=1))
    lead.refresh_from_db()
    assert (lead.visit, lead.source, browsers(lead)) == (None, poster, set())
    assert "belonged to" in told(lead)
    undo_assignment(assignment=assignment)
    lead.refresh_from_db()
    assert (lead.visit, lead.source, browsers(lead)) == (visit, visit.source, {visit.visitor_id})
    assert told(lead) == before


def test_a_binding_stands_while_its_call_is_matched_anew(number: TrackedNumber) -> None:
    visit = shown(number, BRAND, minutes=20)
    right = make.visit(at=make.NOON - timedelta(minutes=30), on=number.site, of=make.source(OTHER))
    lead = ring()
    binding = bind_to_visit(lead=lead, visit=right, by=None, how="hand")
    poster = make.source("https://shop.example/?utm_source=poster&utm_medium=offline")
    assign_number(number=number, source=poster, at=make.NOON - timedelta(minutes=1))
    lead.refresh_from_db()
    assert (lead.visit, browsers(lead)) == (right, {right.visitor_id})
    undo_binding(binding=binding, by=None)
    lead.refresh_from_db()
    assert (lead.visit, lead.source, browsers(lead)) == (None, poster, set())
    assert visit.visitor_id not in browsers(lead)


def test_a_second_call_is_an_attempt_with_its_own_visit(number: TrackedNumber, time_machine: Any) -> None:
    shown(number, OTHER, minutes=20)
    lead = ring()
    time_machine.move_to(make.NOON + timedelta(hours=3), tick=False)
    visit = shown(number, BRAND, minutes=5)
    assert ring(2) == lead
    attempt = Attempt.objects.get()
    assert (attempt.visit, attempt.source) == (visit, visit.source)
    assert len(browsers(lead)) == 2


def test_the_report_shows_the_call_under_its_campaign_down_to_the_keyword(
    number: TrackedNumber, login: Login
) -> None:
    visit = shown(number, BRAND, minutes=20)
    lead = ring()
    assert Call.objects.get().match == "visit"
    reconcile_changed()
    client, asked = login("admin"), "from=2026-03-01&to=2026-03-31"
    part = "channel=Paid+Search&source=yandex&campaign=brand"
    rows = client.get(f"/reports/rows/?{asked}&{part}&row=1-1-1").content.decode()
    assert "buy phone" in rows
    behind = client.get(f"/reports/behind/leads/?{asked}&{part}&term=buy+phone").content.decode()
    assert lead.public_id in behind
    assert "call of" in behind
    assert "One visitor was shown the number" in behind
    assert (
        lead.public_id not in client.get(f"/reports/behind/leads/?{asked}&{part}&term=other").content.decode()
    )
    assert visit.source.term == "buy phone"


def test_the_person_is_waited_for_before_their_lead_as_everywhere(number: TrackedNumber) -> None:
    """Binding a lead locks the person first: whoever does it the other way round waits for it for ever."""
    shown(number, BRAND, minutes=5)
    ring()
    source = make.source(OTHER)
    with CaptureQueriesContext(connection) as asked:
        assign_number(number=number, source=source, at=make.NOON - timedelta(hours=1))
    told = [one["sql"] for one in asked]
    person = [place for place, sql in enumerate(told) if 'FROM "leadtrack_leads_contact"' in sql]
    written = [place for place, sql in enumerate(told) if sql.startswith('UPDATE "leadtrack_leads_lead"')]
    assert person[0] < written[0]
