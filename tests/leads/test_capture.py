"""From the door to the lead: who, where from, which day, new or once more."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from leadtrack.leads import afterwards, inbox, receipt
from leadtrack.leads.models import Attempt, Contact, ContactKey, Form, InboxRow, Lead
from leadtrack.leads.receipt import CODES, sentences
from leadtrack.leads.submission import read_submission
from leadtrack.phones.models import Call, TrackedNumber
from leadtrack.sources import register
from leadtrack.sources.models import DirtyMark
from leadtrack.visits.models import Visitor
from tests import make
from tests.make import NOON

Captured = Callable[..., Lead]
ANN = {"name": "Ann", "phone": "030 901820", "email": "Ann@Example.com"}
BOB = {"name": "Bob", "phone": "030 901820", "email": "bob@example.com"}
HOSTILE = [
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "'; DROP TABLE leads; --",
    "\u202egnp.exe",
    "{{ 7*7 }}{% debug %}",
    "🦄 Ünïcödé \u0301",
    "%s %d %n",
    "\\x00\\u0000",
]


@pytest.fixture(autouse=True)
def no_rooms_above(monkeypatch: pytest.MonkeyPatch) -> list[Lead]:
    """Only this room is tested; the leads that the rooms above would have been told of."""
    told: list[Lead] = []
    monkeypatch.setattr(afterwards, "_functions", [told.append])
    return told


def send_at(form: Form, at: datetime, **fields: str) -> Lead:
    """A submission of the past, as the demo makes them."""
    body = "&".join(f"{name}={value}" for name, value in fields.items()).encode()
    row, _is_new = inbox.accept(
        form=form, submission=read_submission("", body), received_at=at, referer_header="", user_agent=""
    )
    lead = inbox.work(row.pk)
    assert lead is not None
    return lead


# --- the lead itself


def test_a_form_becomes_a_lead_of_a_contact(
    captured: Captured, form: Form, no_rooms_above: list[Lead]
) -> None:
    lead = captured(ANN | {"message": "two\nlines", "colour": "red"})
    row = InboxRow.objects.get()
    assert (lead.public_id, lead.kind, lead.status) == (row.public_id, "form", "new")
    assert (lead.name, str(lead.phone), lead.email, lead.message) == (
        "Ann",
        "+4930901820",
        "ann@example.com",
        "two\nlines",
    )
    assert (lead.site, lead.form, lead.contact.name) == (form.site, form, "Ann")
    assert lead.captured_at == row.received_at
    assert lead.raw_payload == {"colour": "red"}
    assert (row.state, row.lead, row.error) == ("done", lead, "")
    assert set(lead.contact.keys.values_list("kind", "value", "is_owner")) == {
        ("phone", "+4930901820", True),
        ("email", "ann@example.com", True),
    }
    assert DirtyMark.objects.filter(day=lead.day).exists()
    assert no_rooms_above == [lead]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_strings_are_kept_as_text(captured: Captured, text: str) -> None:
    lead = captured({"phone": "030 901820", "name": text, "message": text, "extra": text, text: "as a name"})
    lead.refresh_from_db()
    assert (lead.name, lead.message, lead.raw_payload["extra"]) == (text, text, text)
    assert lead.raw_payload[text] == "as a name"


def test_what_cannot_be_read_stays_in_the_raw_payload(captured: Captured) -> None:
    lead = captured({"phone": "ask for Ann", "email": "ann at home", "name": "N" * 300})
    assert (lead.phone, lead.email, lead.name) == ("", "", "N" * 200)
    assert lead.raw_payload == {"phone_raw": "ask for Ann", "email_raw": "ann at home", "name_raw": "N" * 300}


def test_broken_bytes_and_nuls_lose_no_lead(captured: Captured) -> None:
    lead = captured(body=b"phone=030901820&name=A%00n%FFn&message=\xc3(")
    assert (lead.name, lead.message) == ("An\ufffdn", "\ufffd(")
    assert lead.raw_payload["_raw"] == "phone=030901820&name=A%00n%FFn&message=\\xc3("
    assert lead.raw_payload["_problems"] == ["not_utf8"]


def test_a_sender_cannot_write_our_own_fields(captured: Captured) -> None:
    lead = captured(ANN | {"_spam": "1", "_origin": "x", "_raw": "y"})
    assert lead.status == Lead.Status.NEW
    assert lead.raw_payload == {"__spam": "1", "__origin": "x", "__raw": "y"}


def test_the_day_is_the_sites_own(form: Form) -> None:
    form.site.time_zone = "Asia/Vladivostok"
    form.site.save()
    late = send_at(form, datetime(2026, 3, 10, 13, 59, tzinfo=UTC), phone="030901820")
    next_day = send_at(form, datetime(2026, 3, 10, 14, 0, tzinfo=UTC), phone="030901821")
    assert (late.day, next_day.day) == (date(2026, 3, 10), date(2026, 3, 11))
    assert list(Lead.objects.on(date(2026, 3, 10))) == [late]
    assert Lead.objects.captured_between(date(2026, 3, 10), date(2026, 3, 11)).count() == 2


def test_the_moment_comes_from_the_row(form: Form) -> None:
    lead = send_at(form, NOON, phone="030901820")
    assert (lead.captured_at, lead.contact.created_at, lead.receipt.made_at) == (NOON, NOON, NOON)


# --- once more within twelve hours


def test_the_same_person_within_twelve_hours_is_an_attempt(form: Form) -> None:
    first = send_at(form, NOON, phone="030901820", name="Ann")
    again = send_at(
        form, NOON + timedelta(hours=12), phone="030901820", email="ann@example.com", message="hello"
    )
    assert again == first
    attempt = Attempt.objects.get()
    assert (attempt.lead, attempt.message, attempt.at) == (first, "hello", NOON + timedelta(hours=12))
    assert (again.email, again.name) == ("ann@example.com", "Ann")
    assert attempt.inbox_row.lead == first
    assert Lead.objects.by_public_id(attempt.inbox_row.public_id) == first


def test_later_or_on_another_site_it_is_another_lead(form: Form) -> None:
    first = send_at(form, NOON, phone="030901820")
    later = send_at(form, NOON + timedelta(hours=12, seconds=1), phone="030901820")
    elsewhere = send_at(make.form(site=make.site("https://other.example")), NOON, phone="030901820")
    assert len({first.pk, later.pk, elsewhere.pk}) == 3
    assert first.contact == later.contact == elsewhere.contact


def test_an_enquiry_worked_late_still_finds_the_later_one(form: Form) -> None:
    second = send_at(form, NOON + timedelta(hours=1), phone="030901820")
    assert send_at(form, NOON, phone="030901820") == second


def test_an_unknown_id_is_no_lead(db: None) -> None:
    with pytest.raises(Lead.DoesNotExist):
        Lead.objects.by_public_id("ld_nothing")


# --- who it is


def test_the_same_email_with_another_phone_is_the_same_contact(captured: Captured) -> None:
    first = captured(ANN).contact
    assert captured(ANN | {"phone": "0171 2345678"}).contact == first
    assert first.keys.filter(kind="phone").count() == 2


def test_two_people_on_one_switchboard_are_two_people(captured: Captured) -> None:
    ann, bob = captured(ANN), captured(BOB)
    assert ann.contact != bob.contact
    assert ContactKey.objects.get(contact=bob.contact, kind="phone").is_owner is False
    assert captured(BOB | {"email": ""}).contact == bob.contact
    assert captured({"phone": "030 901820"}).contact == ann.contact


def test_a_different_email_under_the_same_name_is_one_person(captured: Captured) -> None:
    assert captured(ANN).contact == captured(ANN | {"name": " ann ", "email": "ann@work.example"}).contact


def test_a_contact_gets_its_name_when_it_is_told(captured: Captured) -> None:
    contact = captured({"phone": "030 901820"}).contact
    captured(ANN)
    contact.refresh_from_db()
    assert contact.name == "Ann"


def test_people_without_readable_keys_are_not_thrown_together(captured: Captured) -> None:
    assert (
        captured({"phone": "the office"}).contact != captured({"phone": "the office", "name": "Bob"}).contact
    )


def test_one_browser_without_keys_is_one_person_unless_the_names_differ(
    captured: Captured, form: Form
) -> None:
    Visitor.objects.create(site=form.site, key="browser-1", first_seen_at=NOON)
    first = captured({"phone": "the office", "lt_visitor": "browser-1", "name": "Ann"})
    again = captured({"phone": "office!", "lt_visitor": "browser-1"})
    other = captured({"phone": "the office", "lt_visitor": "browser-1", "name": "Bob"})
    assert again == first
    assert other.contact != first.contact


def test_a_new_browser_of_a_contact_moves_the_books(captured: Captured, form: Form) -> None:
    visitor = Visitor.objects.create(site=form.site, key="browser-1", first_seen_at=NOON)
    contact = captured(ANN | {"lt_visitor": "browser-1"}).contact
    captured(ANN | {"lt_visitor": "browser-1", "message": "again"})
    assert contact.keys.get(kind="visitor").value == str(visitor.pk)
    assert DirtyMark.objects.filter(contact_id=contact.pk).exists()


# --- where from


def test_the_visit_of_that_moment_tells_the_source(form: Form) -> None:
    visit = make.visit(at=NOON, on=form.site)
    lead = send_at(form, NOON + timedelta(minutes=5), phone="030901820", lt_visitor=visit.visitor.key)
    assert (lead.visit, lead.source) == (visit, visit.source)
    assert [(step["rule"], step["won"]) for step in lead.receipt.steps] == [
        ("visit", True),
        ("channel", True),
    ]
    assert str(visit.source) in sentences(lead.receipt.steps)[0].text


def test_without_a_visit_the_address_of_the_page_does(captured: Captured) -> None:
    page = "https://shop.example/?utm_source=vk&utm_medium=cpc&utm_campaign=spring&email=ann@example.com"
    lead = captured(ANN | {"page_url": page, "lt_visitor": "never-seen"})
    assert (lead.source.campaign, lead.visit) == ("spring", None)
    assert [(step["rule"], step["won"]) for step in lead.receipt.steps] == [
        ("visit", False),
        ("page-address", True),
        ("channel", True),
    ]
    assert "ann@" not in str(lead.receipt.steps)


def test_the_referer_header_stands_in_for_the_page(captured: Captured) -> None:
    lead = captured(ANN, referer="https://shop.example/?utm_source=vk&utm_medium=cpc&utm_campaign=spring")
    assert lead.source.campaign == "spring"


def test_a_referrer_alone_tells_too_but_not_the_sites_own_pages(captured: Captured) -> None:
    abroad = captured(
        {"phone": "030901820", "page_url": "https://shop.example/", "referrer": "https://www.google.com/"}
    )
    inside = captured(
        {"phone": "030901821", "page_url": "https://shop.example/a", "referrer": "https://shop.example/"}
    )
    assert abroad.source.source == "google"
    assert inside.source == register.unknown_source()


def test_markers_in_fields_of_their_own_count(captured: Captured) -> None:
    lead = captured(
        ANN
        | {"page_url": "https://shop.example/#form", "utm_source": "leaflet", "utm_campaign": "весна & co"}
    )
    assert (lead.source.source, lead.source.campaign) == ("leaflet", "весна & co")


def test_a_lead_that_nothing_tells_about_is_unknown_and_says_so(captured: Captured) -> None:
    lead = captured(ANN)
    assert lead.source == register.unknown_source()
    assert [step["rule"] for step in lead.receipt.steps if step["won"]] == ["unknown"]
    assert len(sentences(lead.receipt.steps)) == 3


@pytest.mark.parametrize(
    "marker", ["utm_source=" + "x" * 5000, "utm_source=%00%FF<script>", "https://[", "\u202e", "&&&==="]
)
def test_hostile_markers_lose_no_lead(captured: Captured, marker: str) -> None:
    lead = captured(
        ANN | {"page_url": f"https://shop.example/?{marker}", "referrer": marker, "utm_campaign": marker}
    )
    assert lead.receipt.steps


@pytest.mark.parametrize("won", [True, False])
def test_every_step_of_every_trace_has_words(won: bool) -> None:
    written = "".join(path.read_text() for path in Path(receipt.__file__).parent.rglob("*.py"))
    found = set(re.findall(r'(?:\b_won\(|\b_lost\(|\b_step\(|"rule": |\brule=)"([a-z-]+)"', written))
    assert found - CODES == set()
    assert {"told", "file-default", "unknown"} <= found
    for code in CODES:
        text = sentences([{"rule": code, "won": won, "evidence": {}}])[0].text
        assert len(text.split()) > 3


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("ga4:paid-search+click-id", "the click was paid for"),
        ("ga4:paid-search", "by the rules of Google Analytics"),
        ("lt:maps", "LeadTrack's additions"),
        ("chosen", "the source that was chosen"),
        ("said", "named outright"),
        ("assignment", "the number's source"),
        ("own:999999", "your own rule"),
        ("", "The channel is “Email”."),
    ],
)
def test_the_receipt_names_no_rule_by_its_code(rule: str, told: str) -> None:
    step = {"rule": "channel", "won": True, "evidence": {"channel": "Email", "by": rule}}
    text = sentences([step])[0].text
    assert told in text
    assert "Email" in text


def test_the_receipt_tells_the_time_on_the_active_clock() -> None:
    evidence = {"source": "google", "started_at": "2026-03-02T22:30:00.123+00:00"}
    with timezone.override("Asia/Vladivostok"):
        text = sentences([{"rule": "visit", "won": True, "evidence": evidence}])[0].text
    assert "Mar 3, 2026, 08:30" in text


def test_a_receipt_of_a_later_version_is_shown_by_its_codes() -> None:
    assert [(line.text, line.won) for line in sentences([{"rule": "crystal-ball", "won": True}, {}])] == [
        ("crystal-ball", True),
        ("", False),
    ]


# --- calls


@pytest.fixture
def number(db: None) -> TrackedNumber:
    return make.number()


def ring(number: TrackedNumber, caller: str, at: datetime = NOON, **fields: Any) -> Lead:
    call = Call.objects.create(
        account=number.account,
        number=number,
        sid=f"CA{Call.objects.count():032}",
        source=fields.pop("source", None) or make.source(),
        caller=caller,
        started_at=at,
        day=at.date(),
        **fields,
    )
    row, is_new = inbox.accept_call(call=call, at=at)
    assert is_new
    assert inbox.accept_call(call=call, at=at) == (row, False)
    lead = inbox.work(row.pk)
    assert lead is not None
    return lead


def test_a_call_becomes_a_lead_with_the_source_of_its_number(number: TrackedNumber) -> None:
    billboard = register.assigned_source(source="billboard")
    assignment = number.assignments.create(source=billboard, starts_at=NOON - timedelta(days=1))
    lead = ring(number, "+4930901820", source=billboard, assignment=assignment)
    assert (lead.kind, lead.source, str(lead.phone), lead.site) == (
        "call",
        billboard,
        "+4930901820",
        number.site,
    )
    assert [(step["rule"], step["won"]) for step in lead.receipt.steps] == [
        ("call-assignment", True),
        ("channel", True),
    ]
    assert "billboard" in sentences(lead.receipt.steps)[0].text


def test_a_number_of_nobody_leaves_the_source_unknown(number: TrackedNumber) -> None:
    lead = ring(number, "+4930901820", source=register.unknown_source())
    assert [(step["rule"], step["won"]) for step in lead.receipt.steps] == [
        ("call-assignment", False),
        ("unknown", True),
    ]


def test_calling_again_is_an_attempt_with_its_call(number: TrackedNumber) -> None:
    first = ring(number, "+4930901820")
    assert ring(number, "+4930901820", at=NOON + timedelta(hours=1)) == first
    assert Attempt.objects.get().call is not None


def test_a_form_after_a_call_is_the_same_enquiry(number: TrackedNumber) -> None:
    called = ring(number, "+4930901820")
    assert (
        send_at(make.form(site=number.site), NOON + timedelta(minutes=9), phone="030901820", name="Ann")
        == called
    )


def test_each_withheld_call_is_somebody_new(number: TrackedNumber) -> None:
    first = ring(number, "", caller_as_sent="anonymous")
    second = ring(number, "", caller_as_sent="anonymous")
    assert first.contact != second.contact
    assert not ContactKey.objects.exists()
    assert first.raw_payload == {"caller": "anonymous"}


def test_a_lead_follows_its_call_to_another_source(number: TrackedNumber) -> None:
    from leadtrack.phones.assign import assign_number

    lead = ring(number, "+4930901820", source=register.unknown_source())
    attempt_of = ring(number, "+4930901820", at=NOON + timedelta(hours=1), source=register.unknown_source())
    DirtyMark.objects.all().delete()
    leaflet = register.assigned_source(source="leaflet")
    assign_number(number=number, source=leaflet, at=NOON - timedelta(hours=1))
    lead.refresh_from_db()
    assert attempt_of == lead
    assert lead.source == leaflet
    assert lead.receipt.steps[0]["won"] is True
    assert Attempt.objects.get().source == leaflet
    assert DirtyMark.objects.filter(contact_id=lead.contact_id).exists()
    assert Contact.objects.count() == 1
