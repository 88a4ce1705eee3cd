"""The carrier's list of calls is compared with ours, so that no call is lost."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leadtrack.leads.models import InboxRow
from leadtrack.phones import recover, stale
from leadtrack.phones.models import Call, CallEvent, CarrierAccount, TrackedNumber
from tests import make
from tests.phones.fake_twilio import ClientDoor, FakeTwilio, Phone, Script, Trouble
from tests.phones.fake_twilio.doors import DoorError, Heard

pytestmark = pytest.mark.django_db
NOON = make.NOON
OURS, CALLER, SALES = "+15550100020", "+15550100010", "+15550100030"
BASE = "http://testserver"


class Away:
    """Our servers are away; only the page that the carrier itself keeps (a TwiML Bin) answers."""

    def post(self, url: str, form: str, headers: dict[str, str], *, connect: float, read: float) -> Heard:
        if not url.startswith("https://bin.example"):
            raise DoorError(is_connect=True)
        dial = f'<Response><Dial answerOnBridge="true"><Number>{SALES}</Number></Dial></Response>'
        return Heard(200, "text/xml", dial)


class Loses:
    """Our servers answer the first request of each call; of everything later nothing arrives."""

    def __init__(self) -> None:
        self.door = ClientDoor()

    def post(self, url: str, form: str, headers: dict[str, str], **limits: float) -> Heard:
        if "/hooks/twilio/voice" in url:
            return self.door.post(url, form, headers, connect=5, read=15)
        raise DoorError(is_connect=False)


@pytest.fixture
def twilio(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeTwilio]:
    settings.PUBLIC_BASE_URL = BASE
    with FakeTwilio(start=NOON, door=Away()) as fake:
        settings.LEADTRACK_TWILIO_API = fake.url
        monkeypatch.setattr(timezone, "now", fake.clock.now)
        fake.books.own(
            OURS,
            VoiceUrl=f"{BASE}/hooks/twilio/voice",
            StatusCallback=f"{BASE}/hooks/twilio/status",
            VoiceFallbackUrl="https://bin.example/default",
        )
        yield fake


@pytest.fixture
def number() -> TrackedNumber:
    return make.number(OURS)


def compared(twilio: FakeTwilio, later: int = 600) -> recover.Compared:
    twilio.clock.pass_(later)
    return recover.compare(CarrierAccount.objects.get(), now=twilio.clock.now())


def test_a_call_while_we_were_away_is_found_with_its_talk_and_its_lead(twilio, number):
    reached = twilio.call(CALLER, OURS, Script(talks=65))
    assert Call.objects.count() == 0
    assert compared(twilio).found == 1
    call = Call.objects.get()
    assert (call.sid, call.told_by, call.status) == (reached.sid, "log", "answered")
    assert (call.started_at, call.talk_seconds) == (NOON, 65)
    assert (str(call.caller), str(call.answered_on)) == (CALLER, SALES)
    assert call.ended_at == NOON + timedelta(seconds=70)
    assert InboxRow.objects.filter(call=call).count() == 1


@pytest.mark.parametrize(
    ("script", "status"),
    [
        (Script(phone=Phone(does="no-answer")), "missed"),
        (Script(phone=Phone(does="busy")), "missed"),
        (Script(gives_up_after=6, phone=Phone(rings=20)), "abandoned"),
        (Script(gives_up_after=25, phone=Phone(rings=29)), "missed"),
    ],
)
def test_a_call_that_nobody_took_is_found_as_what_it_was(twilio, number, script, status):
    twilio.call(CALLER, OURS, script)
    compared(twilio)
    assert Call.objects.get().status == status


def test_comparing_again_changes_nothing(twilio, number):
    twilio.call(CALLER, OURS)
    compared(twilio)
    events = CallEvent.objects.count()
    for _time in range(3):
        assert compared(twilio) == recover.Compared()
    assert (Call.objects.count(), CallEvent.objects.count(), InboxRow.objects.count()) == (1, events, 1)


def test_hooks_that_come_after_all_join_the_call_that_was_found(twilio, number):
    twilio.call(CALLER, OURS)
    compared(twilio)
    twilio.post.door = ClientDoor()
    for asked in [one for one in twilio.post.asked if one.url.startswith(BASE)]:
        twilio.post.ask(asked.url, asked.params)
    call = Call.objects.get()
    assert (call.status, call.talk_seconds, InboxRow.objects.count()) == ("answered", 65, 1)


def test_a_call_of_which_only_the_beginning_was_heard_is_ended(twilio, number):
    twilio.post.door = Loses()
    twilio.call(CALLER, OURS, Script(talks=30))
    assert Call.objects.get().ended_at is None
    assert compared(twilio).ended == 1
    call = Call.objects.get()
    assert (call.status, call.talk_seconds, call.told_by) == ("answered", 30, "hook")
    assert InboxRow.objects.count() == 1


def test_what_has_just_happened_is_left_to_the_hooks(twilio, number):
    twilio.call(CALLER, OURS, Script(talks=5))
    assert compared(twilio, later=30).found == 0
    assert compared(twilio, later=120).found == 1


def test_calls_heard_of_by_hooks_are_left_as_they_are(twilio, number):
    twilio.post.door = ClientDoor()
    twilio.call(CALLER, OURS)
    before = Call.objects.values().get()
    assert compared(twilio) == recover.Compared()
    assert Call.objects.values().get() == before


def test_lines_to_sales_calls_of_ours_and_other_numbers_are_no_calls(twilio, number):
    twilio.books.own("+15550100088")
    twilio.call(CALLER, "+15550100088")
    row = twilio.books.log_call(from_=OURS, to=CALLER, direction="outbound-api")
    twilio.books.end_call(row["sid"], "completed", seconds=10, lasted=10)
    assert compared(twilio) == recover.Compared()
    assert Call.objects.count() == 0


def test_a_withheld_caller_is_found_as_nobody_known(twilio, number):
    twilio.call("anonymous", OURS)
    compared(twilio)
    assert Call.objects.get().is_withheld


def test_prices_of_all_lines_are_taken_along_when_they_are_known(twilio, number):
    twilio.call(CALLER, OURS)
    compared(twilio)
    assert Call.objects.get().price_micros is None
    twilio.books.settle_prices("-0.00850")
    assert compared(twilio, later=3600).priced == 1
    call = Call.objects.get()
    assert (call.price_micros, call.price_currency) == (17_000, "USD")
    assert compared(twilio).priced == 0


def test_after_a_week_away_the_whole_week_is_looked_at(twilio, number):
    compared(twilio)
    twilio.call(CALLER, OURS)
    assert compared(twilio, later=7 * 86_400).found == 1
    assert Call.objects.get().day == NOON.date()


def test_one_account_that_cannot_be_asked_keeps_no_other_waiting(twilio, number):
    make.carrier_account(account_sid="AC" + "9" * 32, name="Another")
    twilio.call(CALLER, OURS)
    twilio.clock.pass_(600)
    recover.compare_all(now=twilio.clock.now())
    assert Call.objects.count() == 1


def test_trouble_at_the_carrier_leaves_the_comparison_for_later(twilio, number):
    twilio.call(CALLER, OURS)
    twilio.clock.pass_(600)
    twilio.troubles.append(Trouble(status=500))
    recover.compare_all(now=twilio.clock.now())
    assert CarrierAccount.objects.get().compared_until is None
    recover.compare_all(now=twilio.clock.now())
    assert Call.objects.count() == 1


def pbx_call(started: datetime, *kinds: str) -> Call:
    from leadtrack.phones.calls import record_call
    from leadtrack.phones.carriers import pbx_notice
    from leadtrack.phones.carriers.notice import Notice

    account = make.carrier_account(kind="pbx", account_sid="office")
    number = make.number("+15550100055", account=account)
    for kind in kinds:
        event = pbx_notice.Event(id=kind, call="c1", event=kind, number="+15550100055", phone=SALES)
        payload = pbx_notice.payload_of(event)
        step = pbx_notice.step_of(payload, received_at=started)
        notice = Notice("c1", "+15550100055", CALLER, CALLER, f"pbx:{kind}", step, payload)
        call, _is_new = record_call(account=account, number=number, event=notice, at=started)
    return call


@pytest.mark.parametrize(
    ("kinds", "hours", "status"),
    [
        (("ringing",), 0.9, "ringing"),
        (("ringing",), 1.1, "missed"),
        (("ringing", "answered"), 1.1, "talking"),
        (("ringing", "answered"), 12.1, "answered"),
    ],
)
def test_a_pbx_that_lost_the_end_does_not_ring_for_ever(kinds, hours, status):
    call = pbx_call(NOON, *kinds)
    stale.end_stale(now=NOON + timedelta(hours=hours))
    call.refresh_from_db()
    assert call.status == status
    assert (call.ended_at is None) == (status in ("ringing", "talking"))


def test_a_carrier_with_a_list_has_two_days_to_tell(twilio, number):
    twilio.post.door = Loses()
    twilio.call(CALLER, OURS)
    assert stale.end_stale(now=NOON + timedelta(hours=47)) == 0
    assert stale.end_stale(now=NOON + timedelta(hours=49)) == 1
    assert Call.objects.get().status == "missed"


def test_prices_that_are_known_are_not_written_again(twilio, number):
    twilio.call(CALLER, OURS)
    twilio.books.settle_prices("-0.00850")
    compared(twilio)
    with CaptureQueriesContext(connection) as asked:
        compared(twilio)
    assert not [one["sql"] for one in asked if one["sql"].startswith('UPDATE "leadtrack_phones_call"')]
