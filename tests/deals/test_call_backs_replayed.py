"""Whole calls of the fake carrier: what they leave to be done, and what later calls settle."""

from dataclasses import asdict, replace
from typing import Any

import pytest
from django.utils import timezone

from leadtrack.deals.models import CallBack
from leadtrack.leads import inbox, waking
from leadtrack.leads.models import InboxRow
from leadtrack.phones.addresses import hooks_of_ours
from leadtrack.phones.models import Call, CallFlow, FlowText, TextMessage, TrackedNumber
from tests import make
from tests.phones.fake_twilio import ClientDoor, Delivery, FakeTwilio, Phone, Script

pytestmark = pytest.mark.django_db
OURS, CALLER = "+15550100020", "+15550100010"
BUSY = Script(phone=Phone(does="busy"))
MISSED_WORDS = "Sorry, we call you back."


@pytest.fixture
def twilio(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(waking.current_app, "send_task", lambda *_, **__: None)
    with FakeTwilio(start=make.NOON, door=ClientDoor()) as fake:
        settings.LEADTRACK_TWILIO_API = fake.url
        monkeypatch.setattr(timezone, "now", fake.clock.now)
        names = ("VoiceUrl", "VoiceFallbackUrl", "StatusCallback", "SmsUrl")
        fake.books.own(OURS, **dict(zip(names, asdict(hooks_of_ours()).values(), strict=True)))
        yield fake


@pytest.fixture
def number(twilio: FakeTwilio) -> TrackedNumber:
    return make.number(OURS)


def called(twilio: FakeTwilio, script: Script, caller: str = CALLER) -> None:
    twilio.call(caller, OURS, script)
    for pk in InboxRow.objects.values_list("pk", flat=True):
        inbox.work(pk)


@pytest.mark.parametrize(
    ("script", "owed", "is_target"),
    [
        (Script(talks=65), 0, True),
        (Script(talks=30), 0, False),
        (BUSY, 1, False),
        (Script(phone=Phone(does="no-answer")), 1, False),
        (Script(gives_up_after=6, phone=Phone(rings=10)), 0, False),
        (Script(gives_up_after=17, phone=Phone(rings=19)), 1, False),
    ],
    ids=["talk", "short talk", "busy", "nobody", "hung up early", "hung up late"],
)
def test_what_a_call_leaves_to_be_done(
    twilio: FakeTwilio, number: TrackedNumber, script: Script, owed: int, is_target: bool
) -> None:
    called(twilio, script)
    assert CallBack.objects.filter(done_at=None).count() == owed
    assert Call.objects.get().is_target is is_target


def test_who_leaves_a_message_is_called_back(twilio: FakeTwilio, number: TrackedNumber) -> None:
    flow = CallFlow.objects.create(name="Main", on_no_answer=CallFlow.Otherwise.VOICEMAIL)
    flow.lines.create(position=0, phone="+15550100030")
    TrackedNumber.objects.update(flow=flow)
    called(twilio, Script(phone=Phone(does="no-answer"), message=8))
    made = CallBack.objects.get()
    assert (made.call.status, made.done_at) == ("voicemail", None)


@pytest.mark.parametrize("minutes", [5, 40])
def test_who_calls_again_settles_it_in_time_or_late(
    twilio: FakeTwilio, number: TrackedNumber, minutes: int
) -> None:
    called(twilio, BUSY)
    twilio.clock.pass_(60 * minutes)
    called(twilio, Script(talks=30))
    made = CallBack.objects.get()
    assert (made.how, made.is_recovered) == ("called_again", minutes == 5)


@pytest.mark.parametrize(
    "delivery",
    [Delivery(order="reversed"), Delivery(order="shuffled", times=2), Delivery(loses=lambda _params: True)],
    ids=["reversed", "shuffled and doubled", "lost"],
)
def test_a_missed_call_is_one_row_however_it_is_told(
    twilio: FakeTwilio, number: TrackedNumber, delivery: Delivery
) -> None:
    called(twilio, replace(BUSY, delivery=delivery))
    assert CallBack.objects.get().done_at is None


def test_a_missed_caller_is_texted_once_in_twelve_hours(twilio: FakeTwilio, number: TrackedNumber) -> None:
    flow = CallFlow.objects.create(name="Main", texts_missed=True, language="en-US")
    FlowText.objects.create(flow=flow, language="en-US", missed_text=MISSED_WORDS)
    flow.lines.create(position=0, phone="+15550100030")
    TrackedNumber.objects.update(flow=flow)
    called(twilio, BUSY)
    text = TextMessage.objects.get()
    assert (str(text.phone), text.body, text.state) == (CALLER, MISSED_WORDS, "waiting")
    twilio.clock.pass_(3600)
    called(twilio, BUSY)
    assert TextMessage.objects.count() == 1
    twilio.clock.pass_(12 * 3600)
    called(twilio, BUSY)
    assert TextMessage.objects.count() == 2
    called(twilio, Script(talks=20), "+15550100099")
    assert TextMessage.objects.count() == 2


def test_a_colleague_is_not_texted(twilio: FakeTwilio, number: TrackedNumber) -> None:
    make.member("sales", phone=CALLER)
    flow = CallFlow.objects.create(name="Main", texts_missed=True)
    FlowText.objects.create(flow=flow, language="en-US", missed_text=MISSED_WORDS)
    flow.lines.create(position=0, phone="+15550100030")
    TrackedNumber.objects.update(flow=flow)
    called(twilio, BUSY)
    assert not TextMessage.objects.exists()
    assert not CallBack.objects.exists()
