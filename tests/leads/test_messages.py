"""Somebody texts one of our numbers, by SMS or WhatsApp: Twilio's door, really signed."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from leadtrack.leads.models import Attempt, InboxRow, Lead
from leadtrack.phones.assign import assign_number
from leadtrack.phones.models import TrackedNumber
from leadtrack.sources import register
from leadtrack.sources.models import Source
from tests import make
from tests.leads.senders import work_all, worked
from tests.phones import twilio
from tests.phones.twilio import signed_post

pytestmark = pytest.mark.django_db
MESSAGE = "/hooks/twilio/message"


def text(body: str = "Is the sofa there?", sid: str = "SM1", **more: str) -> dict[str, str]:
    return {
        "AccountSid": twilio.ACCOUNT,
        "MessageSid": sid,
        "From": twilio.CALLER,
        "To": twilio.OURS,
        "Body": body,
        "NumMedia": "0",
    } | more


@pytest.fixture
def number() -> TrackedNumber:
    return make.number()


@pytest.fixture
def billboard(number: TrackedNumber) -> Source:
    source = register.assigned_source(channel="Offline", source="billboard", campaign="Main street")
    assign_number(number=number, source=source, at=timezone.now() - timedelta(days=30))
    return source


def test_a_text_is_a_lead_of_its_numbers_source(client: Client, billboard: Source) -> None:
    response = signed_post(client, MESSAGE, text())
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/xml"
    assert response.content == b'<?xml version="1.0" encoding="UTF-8"?><Response/>'
    lead = worked()
    assert (lead.kind, str(lead.phone), lead.message, lead.source) == (
        "message",
        twilio.CALLER,
        "Is the sofa there?",
        billboard,
    )


def test_a_whatsapp_message_has_its_name_and_files(client: Client, billboard: Source) -> None:
    whatsapp = {"From": f"whatsapp:{twilio.CALLER}", "To": f"whatsapp:{twilio.OURS}", "ProfileName": "Ann"}
    files = {"NumMedia": "1", "MediaUrl0": "https://api.example/1", "MediaContentType0": "image/jpeg"}
    signed_post(client, MESSAGE, text("", **whatsapp, **files))
    lead = worked()
    assert (lead.name, str(lead.phone), lead.source) == ("Ann", twilio.CALLER, billboard)
    assert lead.raw_payload["files"] == ["https://api.example/1 (image/jpeg)"]


def test_a_click_on_an_ad_that_opened_the_chat_names_it(client: Client, billboard: Source) -> None:
    clicked = {"ReferralSourceType": "ad", "ReferralSourceId": "5001", "ReferralHeadline": "Blue sofa"}
    signed_post(client, MESSAGE, text(**clicked))
    source = worked().source
    assert (source.channel, source.ad_id) == ("Paid Social", "5001")


def test_a_number_of_nobody_gives_an_unknown_source(client: Client, number: TrackedNumber) -> None:
    signed_post(client, MESSAGE, text())
    assert worked().source == register.unknown_source()


def test_told_twice_it_is_one_and_a_second_text_is_an_attempt(client: Client, billboard: Source) -> None:
    for sid in ("SM1", "SM1", "SM2"):
        signed_post(client, MESSAGE, text(sid=sid))
    worked()
    assert (InboxRow.objects.count(), Attempt.objects.count()) == (2, 1)


def test_a_text_after_a_call_joins_its_lead(client: Client, billboard: Source) -> None:
    signed_post(client, twilio.VOICE, twilio.ringing())
    signed_post(client, MESSAGE, text())
    lead = worked()
    assert (lead.kind, lead.attempts.get().message) == ("call", "Is the sofa there?")


@pytest.mark.parametrize("word", ["STOP", "stop.", "Стоп", " отписаться "])
def test_stop_is_no_enquiry_but_is_kept(client: Client, billboard: Source, word: str) -> None:
    signed_post(client, MESSAGE, text(word))
    work_all()
    assert (Lead.objects.count(), InboxRow.objects.get().state) == (0, "aside")
    signed_post(client, MESSAGE, text(sid="SM2"))
    signed_post(client, MESSAGE, text(word, sid="SM3"))
    assert worked().attempts.count() == 1


@pytest.mark.parametrize("params", [{}, {"AccountSid": "AC" + "9" * 32}, {"AccountSid": "\0"}])
def test_an_unsigned_text_is_refused(client: Client, billboard: Source, params: dict[str, str]) -> None:
    response = signed_post(client, MESSAGE, text() | params, token="54321")
    assert (response.status_code, response.content, InboxRow.objects.count()) == (403, b"", 0)
    assert client.get(MESSAGE).status_code == 405


@pytest.mark.parametrize("changed", [{"MessageSid": ""}, {"MessageSid": "a\0b"}, {"MessageSid": "x" * 99}])
def test_a_text_without_an_id_is_unreadable(
    client: Client, number: TrackedNumber, changed: dict[str, str]
) -> None:
    assert signed_post(client, MESSAGE, text() | changed).status_code == 400


def test_strange_words_break_nothing(client: Client, number: TrackedNumber) -> None:
    strange = {"NumMedia": "9" * 50, "ProfileName": "x" * 5000, "From": "whatsapp:", "a\0b": "c\0d"}
    assert signed_post(client, MESSAGE, text("a\0b" * 4000, **strange)).status_code == 200
    work_all()
    assert InboxRow.objects.get().state == "done"


def test_a_text_to_no_number_of_ours_is_answered_and_noted(client: Client, number: TrackedNumber) -> None:
    from leadtrack.leads.models import Refusal

    assert signed_post(client, MESSAGE, text(To="+15550100099")).status_code == 200
    assert (Refusal.objects.get().reason, InboxRow.objects.count()) == ("unknown_number", 0)
