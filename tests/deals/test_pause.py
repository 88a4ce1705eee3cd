"""The recording of a talk rests while something is said that nobody should keep, and goes on."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.test import Client
from django.utils import timezone

from leadtrack.accounts.models import Member
from leadtrack.deals.models import Deal
from leadtrack.phones.models import Call, CallFlow, TrackedNumber
from tests import make
from tests.deals.people import PHONE, client_of
from tests.phones.fake_twilio import FakeTwilio, Trouble

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
PAUSE, GO_ON = "Pause the recording", "Go on recording"


@pytest.fixture
def twilio(settings: Any) -> Iterator[FakeTwilio]:
    with FakeTwilio() as fake:
        settings.LEADTRACK_TWILIO_API = fake.url
        yield fake


@pytest.fixture
def number() -> TrackedNumber:
    return make.number(flow=CallFlow.objects.create(name="Sales", is_recorded=True))


@pytest.fixture
def seller() -> Member:
    return make.member("sales", "seller")


@pytest.fixture
def call(number: TrackedNumber) -> Call:
    """A talk that goes on."""
    begun = timezone.now() - timedelta(seconds=40)
    return Call.objects.create(
        account=number.account,
        number=number,
        source=make.source(),
        sid="CA1",
        caller=PHONE,
        started_at=begun,
        answered_at=begun,
        day=begun.date(),
        status="talking",
    )


@pytest.fixture
def deal(call: Call, seller: Member) -> Deal:
    who = make.contact(phone=PHONE, name="Ann Secret")
    lead = make.lead(on=call.number.site, who=who, kind="call", call=call, phone=call.caller)
    return make.deal(of=lead, owner=seller.user)


@pytest.fixture
def client(seller: Member) -> Client:
    return client_of(seller)


def paused(client: Client, deal: Deal, is_paused: str = "yes") -> Any:
    address = f"/leads/{deal.lead.public_id}/calls/{deal.lead.call_id}/pause"
    return client.post(address, {"is_paused": is_paused}, headers=HTMX)


def status_at_carrier(twilio: FakeTwilio) -> str:
    return str(next(iter(twilio.books.recordings.values()))["status"])


def test_the_recording_rests_and_goes_on(client, twilio, call, deal, seller):
    twilio.books.begin_recording(call.sid)
    answer = paused(client, deal).content.decode()
    assert "The recording is paused." in answer
    assert GO_ON in answer
    assert status_at_carrier(twilio) == "paused"
    assert twilio.asked[-1].params["PauseBehavior"] == "silence"
    answer = paused(client, deal, "no").content.decode()
    assert "It is recorded again." in answer
    assert PAUSE in answer
    assert status_at_carrier(twilio) == "in-progress"
    told = LogEntry.objects.get_for_object(call).filter(actor=seller.user).order_by("pk")
    assert [one.changes for one in told if "recording" in one.changes] == [
        {"recording": ["on", "paused"]},
        {"recording": ["paused", "on"]},
    ]


def test_the_button_stands_on_the_live_call_and_on_the_leads_page(client, twilio, call, deal):
    twilio.books.begin_recording(call.sid)
    pages = ("/inbox/", f"/leads/{deal.lead.public_id}/calls")
    assert all(PAUSE in client.get(page).content.decode() for page in pages)
    paused(client, deal)
    assert all(GO_ON in client.get(page).content.decode() for page in pages)


@pytest.mark.parametrize("fields", [{"status": "ringing"}, {"status": "answered"}])
def test_there_is_no_button_but_while_they_talk(client, twilio, call, deal, fields):
    Call.objects.filter(pk=call.pk).update(**fields)
    assert PAUSE not in client.get(f"/leads/{deal.lead.public_id}/calls").content.decode()
    assert "the talk may be over" in paused(client, deal).content.decode()
    assert not twilio.asked


def test_there_is_no_button_where_nothing_is_recorded(client, twilio, call, deal, number):
    CallFlow.objects.update(is_recorded=False)
    assert PAUSE not in client.get("/inbox/").content.decode()
    assert "Nothing is being recorded" in paused(client, deal).content.decode()
    assert not twilio.asked


def test_a_telephone_system_of_ones_own_has_no_button(client, call, deal):
    type(call.account).objects.update(kind="pbx")
    assert PAUSE not in client.get("/inbox/").content.decode()


def test_a_recording_that_ended_this_second_is_told_in_words(client, twilio, call, deal):
    answer = paused(client, deal).content.decode()
    assert "Nothing is being recorded: the talk may be over." in answer
    call.refresh_from_db()
    assert call.recording_paused_at is None


def test_a_carrier_in_trouble_is_told_and_nothing_is_noted(client, twilio, call, deal):
    twilio.books.begin_recording(call.sid)
    twilio.troubles.append(Trouble(status=500))
    answer = paused(client, deal).content.decode()
    assert "Press once more." in answer
    assert PAUSE in answer
    assert not any("recording" in one.changes for one in LogEntry.objects.get_for_object(call))


@pytest.mark.parametrize("said", ["", "maybe", "\x00"])
def test_a_button_of_their_own_does_nothing(client, twilio, call, deal, said):
    assert "That did not work" in paused(client, deal, said).content.decode()
    assert not twilio.asked


def test_who_may_not_work_the_lead_can_pause_nothing(twilio, call, deal):
    assert paused(client_of(make.member("sales", "other")), deal).status_code == 404
    assert paused(client_of(make.member("marketer", "reader")), deal).status_code in (403, 404)
    assert not twilio.asked


def test_a_call_of_another_lead_is_not_found(client, twilio, call, deal):
    address = f"/leads/{deal.lead.public_id}/calls/{call.pk + 1}/pause"
    assert client.post(address, {"is_paused": "yes"}).status_code == 404
