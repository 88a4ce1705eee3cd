"""Whole calls of the fake carrier against our real doors: each ends with the right call, lead and source."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest
from django.utils import timezone

from leadtrack.leads import inbox
from leadtrack.leads.models import InboxRow, Lead
from leadtrack.phones import recordings, recover
from leadtrack.phones.addresses import hooks_of_ours
from leadtrack.phones.assign import assign_number
from leadtrack.phones.models import Call, CallFlow, FlowLine, Recording, TrackedNumber
from tests import make
from tests.phones.fake_twilio import ClientDoor, Delivery, FakeTwilio, Phone, Script

pytestmark = pytest.mark.django_db
OURS, CALLER, SALES, SECOND = "+15550100020", "+15550100010", "+15550100030", "+15550100031"


@pytest.fixture
def twilio(settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[FakeTwilio]:
    settings.MEDIA_ROOT = tmp_path
    with FakeTwilio(start=make.NOON, door=ClientDoor()) as fake:
        settings.LEADTRACK_TWILIO_API = fake.url
        monkeypatch.setattr(timezone, "now", fake.clock.now)
        hooks = asdict(hooks_of_ours())
        names = ("VoiceUrl", "VoiceFallbackUrl", "StatusCallback", "SmsUrl")
        fake.books.own(OURS, **dict(zip(names, hooks.values(), strict=True)))
        yield fake


@pytest.fixture
def number(twilio: FakeTwilio) -> TrackedNumber:
    row = make.number(OURS)
    assign_number(number=row, source=make.source(), at=make.NOON)
    twilio.clock.pass_(60)
    return row


def flow(number: TrackedNumber, *phones: str, **fields: Any) -> CallFlow:
    row = CallFlow.objects.create(name="Sales", **fields)
    for position, phone in enumerate(phones or (SALES,)):
        FlowLine.objects.create(flow=row, position=position, phone=phone)
    TrackedNumber.objects.filter(pk=number.pk).update(flow=row)
    return row


def make_leads() -> None:
    """As the worker does when it is woken."""
    for pk in InboxRow.objects.values_list("pk", flat=True):
        inbox.work(pk)


def ended(twilio: FakeTwilio, number: TrackedNumber) -> Call:
    """The one call, after its lead was made; both are of the number's source."""
    make_leads()
    call, lead = Call.objects.get(), Lead.objects.get()
    assert (lead.source, call.source) == (number.assignments.get().source,) * 2
    assert lead.contact.keys.get().value == CALLER
    assert (call.account, str(call.caller)) == (number.account, CALLER)
    return call


@pytest.mark.parametrize(
    ("script", "status", "talked"),
    [
        (Script(talks=65), "answered", 65),
        (Script(phone=Phone(does="busy")), "missed", None),
        (Script(phone=Phone(does="no-answer")), "missed", None),
        (Script(phone=Phone(does="failed")), "missed", None),
        (Script(gives_up_after=6, phone=Phone(rings=10)), "abandoned", None),
        (Script(gives_up_after=17, phone=Phone(rings=19)), "missed", None),
    ],
)
def test_a_call_without_a_flow(twilio, number, script, status, talked):
    twilio.call(CALLER, OURS, script)
    call = ended(twilio, number)
    assert (call.status, call.talk_seconds) == (status, talked)


DELIVERIES = [
    Delivery(times=2),
    Delivery(order="reversed"),
    *(Delivery(order="shuffled", times=2, seed=seed) for seed in range(4)),
    Delivery(loses=lambda params: True),
    Delivery(loses=lambda params: params.get("CallStatus") in ("in-progress", "completed")),
]


@pytest.mark.parametrize("delivery", DELIVERIES)
@pytest.mark.parametrize(
    ("phone", "status"), [(Phone(), "answered"), (Phone(does="busy"), "missed"), (Phone(rings=25), "missed")]
)
def test_callbacks_reordered_doubled_or_lost_change_nothing(twilio, number, delivery, phone, status):
    twilio.call(CALLER, OURS, Script(phone=phone, delivery=delivery))
    twilio.clock.pass_(600)
    recover.compare(number.account, now=twilio.clock.now())
    assert ended(twilio, number).status == status


@pytest.mark.parametrize(
    ("phone", "status"),
    [
        (Phone(keys="1"), "answered"),
        (Phone(keys="5"), "voicemail"),
        (Phone(does="mailbox"), "voicemail"),
        (Phone(hangs_up_at_whisper=True), "voicemail"),
        (Phone(does="busy"), "voicemail"),
    ],
)
def test_only_who_presses_1_has_answered(twilio, number, phone, status):
    flow(number, needs_key=True, on_no_answer="voicemail", on_busy="voicemail")
    twilio.call(CALLER, OURS, Script(phone=phone, talks=40, message=12))
    assert ended(twilio, number).status == status


def test_who_says_nothing_to_the_mailbox_was_missed(twilio, number):
    flow(number, on_no_answer="voicemail")
    twilio.call(CALLER, OURS, Script(phone=Phone(does="no-answer"), message=None))
    assert ended(twilio, number).status == "missed"


@pytest.mark.parametrize("is_late", [False, True])
def test_a_recording_is_fetched_also_when_its_file_comes_late(twilio, number, is_late):
    flow(number, is_recorded=True)
    reached = twilio.call(CALLER, OURS, Script(is_recording_late=is_late))
    recordings.fetch_due(now=twilio.clock.now())
    row = Recording.objects.get()
    assert row.state == ("waiting" if is_late else "stored")
    twilio.books.finish_recordings()
    twilio.clock.pass_(120)
    recordings.fetch_due(now=twilio.clock.now())
    row.refresh_from_db()
    assert row.state == "stored"
    assert row.file.read() == twilio.books.sounds[reached.recordings[0]]
    assert row.call == ended(twilio, number)


def test_the_second_phone_answers_when_the_first_is_busy(twilio, number):
    flow(number, SALES, SECOND, ring="in_turn")
    reached = twilio.call(CALLER, OURS, Script(phones={SALES: Phone(does="busy")}))
    call = ended(twilio, number)
    assert reached.rung == [SALES, SECOND]
    assert (call.status, str(call.answered_on)) == ("answered", SECOND)


def test_a_withheld_caller_twice_is_two_people(twilio, number):
    for _time in range(2):
        twilio.call("anonymous", OURS)
    make_leads()
    first, second = Lead.objects.order_by("pk")
    assert first.contact != second.contact
    assert Call.objects.filter(caller="").count() == 2


def test_the_fallback_rings_when_our_first_answer_fails(twilio, number):
    """The voice address of another program, long gone: the carrier asks the fallback of ours."""
    row = twilio.books.number_called(OURS)
    row["voice_url"] = "http://testserver/hooks/twilio/gone"
    assert twilio.call(CALLER, OURS).rung == [SALES]


def test_a_number_bought_by_a_job_takes_calls_at_once(twilio, number, settings):
    from leadtrack.phones import jobs
    from leadtrack.phones.models import CarrierJob

    twilio.books.sell("+15550100099")
    details = {"site": number.site_id, "forward_to": SALES, "source": number.assignments.get().source_id}
    job = CarrierJob.objects.create(
        account=number.account, kind="buy", number="+15550100099", details=details, due_at=timezone.now()
    )
    assert jobs.work(job.pk, now=timezone.now())
    twilio.clock.pass_(10)
    assert twilio.call(CALLER, "+15550100099").status == "completed"
    call = Call.objects.get()
    assert (str(call.number), call.status) == ("+15550100099", "answered")
    assert call.source == number.assignments.get().source
