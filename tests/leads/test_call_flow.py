"""Call flows through the carrier's doors, really signed: every address is taken from the TwiML we gave."""

import itertools
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest
from django.utils import timezone

from leadtrack.accounts.models import Team
from leadtrack.leads import inbox
from leadtrack.leads.models import InboxRow, Lead
from leadtrack.phones.assign import assign_number
from leadtrack.phones.models import (
    Assignment,
    Call,
    CallFlow,
    FlowHours,
    FlowLine,
    FlowText,
    ListedCaller,
    Pool,
    Recording,
)
from leadtrack.sources import register
from tests import make
from tests.phones import twilio
from tests.phones.twilio import CALLER, STATUS, VOICE, signed_post

pytestmark = pytest.mark.django_db
ANN, BEN, MOBILE = "+15550100031", "+15550100032", "+15550100039"
RE = "RE" + "0" * 31 + "1"


def leg(phone: str) -> str:
    """The id of the line to a sales phone."""
    return f"CA{phone.removeprefix('+'):0>32}"


def flow(*phones: str, texts: dict[str, str] | None = None, **fields: Any) -> CallFlow:
    """A flow that rings these phones, with English texts."""
    row = CallFlow.objects.create(**{"name": f"Flow {CallFlow.objects.count()}"} | fields)
    for position, phone in enumerate(phones):
        FlowLine.objects.create(flow=row, position=position, phone=phone)
    FlowText.objects.create(flow=row, language="en-US", **texts or {})
    return row


@dataclass
class Caller:
    """Twilio, with one call: it asks the addresses that the TwiML names."""

    client: Any
    sid: str = twilio.call_sid()
    caller: str = CALLER
    heard: list[str] = field(default_factory=list)
    document: Any = None

    def ask(self, path: str, params: dict[str, str]) -> Any:
        parts = urlsplit(path)
        response = signed_post(self.client, f"{parts.path}?{parts.query}".rstrip("?"), params)
        assert response.status_code in (200, 204), response.content
        if response.content:
            self.document = ET.fromstring(response.content)
            self.heard += [verb.tag for verb in self.document]
        return self.document

    def call(self, **more: str) -> Any:
        return self.ask(VOICE, twilio.ringing(self.sid, self.caller, **more))

    @property
    def dial(self) -> Any:
        return self.document.find("Dial")

    @property
    def phones(self) -> list[str]:
        return [number.text for number in self.dial]

    def after(self, outcome: str, seconds: int | None = None, **more: str) -> Any:
        return self.ask(self.dial.attrib["action"], twilio.dial_done(outcome, seconds, self.sid, **more))

    def line(self, state: str, number: int, phone: str, **more: str) -> None:
        told = twilio.sales_line(state, number, self.sid, To=phone, CallSid=leg(phone), **more)
        self.ask_keeping(self.dial[0].attrib["statusCallback"], told)

    def ask_keeping(self, path: str, params: dict[str, str]) -> None:
        document = self.document
        self.ask(path, params)
        self.document = document

    @property
    def row(self) -> Call:
        return Call.objects.get(sid=self.sid)


@pytest.fixture
def twilios(client):
    return Caller(client)


def test_the_caller_hears_the_greeting_and_that_it_is_recorded_in_the_numbers_language(twilios):
    row = flow(ANN, is_recorded=True, texts={"greeting": "Hello.", "consent": "Recorded."})
    FlowText.objects.create(flow=row, language="ru-RU", greeting="Здравствуйте.", consent="Запись.")
    make.number(flow=row, language="ru-RU")
    document = twilios.call()
    assert [(one.text, one.attrib["language"]) for one in document.findall("Say")] == [
        ("Здравствуйте.", "ru-RU"),
        ("Запись.", "ru-RU"),
    ]
    dial = twilios.dial.attrib
    assert dial["record"] == "record-from-answer-dual"
    assert dial["recordingStatusCallbackEvent"] == "completed absent"
    assert urlsplit(dial["recordingStatusCallback"]).path == "/hooks/twilio/recording"
    assert (twilios.phones, dial["timeout"], dial["answerOnBridge"]) == ([ANN], "20", "true")


def test_phones_ring_one_after_another_until_somebody_answers(twilios):
    make.number(flow=flow(ANN, BEN, ring=CallFlow.Ring.IN_TURN))
    make.member("sales", "ben", phone=BEN)
    twilios.call()
    assert twilios.phones == [ANN]
    twilios.line("no-answer", 1, ANN)
    twilios.after("no-answer")
    assert (twilios.phones, twilios.row.status, twilios.row.ended_at) == ([BEN], "ringing", None)
    twilios.line("in-progress", 1, BEN)
    assert twilios.row.status == "talking"
    twilios.after("completed", 64, DialCallSid=leg(BEN))
    call = twilios.row
    assert (call.status, call.talk_seconds, str(call.answered_on)) == ("answered", 64, BEN)
    assert (call.answered_by.username, call.answered_at is not None) == ("ben", True)
    assert twilios.heard == ["Dial", "Dial", "Hangup"]


def test_all_phones_of_a_team_ring_together(twilios):
    team = Team.objects.create(name="Sales")
    make.member("sales", team=team, phone=ANN)
    make.member("sales", team=team)
    left = make.member("sales", team=team, phone=MOBILE)
    left.user.is_active = False
    left.user.save()
    row = flow()
    FlowLine.objects.create(flow=row, position=0, team=team)
    FlowLine.objects.create(flow=row, position=1, member=make.member("sales", phone=BEN))
    make.number(flow=row)
    twilios.call()
    assert twilios.phones == [ANN, BEN]


def test_who_spoke_with_the_caller_last_rings_first(twilios, client):
    make.number(flow=flow(ANN, BEN, asks_last_manager=True))
    make.member("sales", phone=BEN)
    twilios.call()
    assert twilios.phones == [ANN, BEN]
    twilios.line("in-progress", 1, BEN)
    twilios.after("completed", 64, DialCallSid=leg(BEN))
    again = Caller(client, twilio.call_sid(2))
    again.call()
    assert again.phones == [BEN]
    again.after("no-answer")
    assert again.phones == [ANN]
    withheld = Caller(client, twilio.call_sid(3), "anonymous")
    withheld.call()
    assert withheld.phones == [ANN, BEN]


@pytest.mark.parametrize(("outcome", "said"), [("busy", "All talk."), ("no-answer", "Nobody is there.")])
def test_nobody_or_all_busy_is_said_and_hung_up(twilios, outcome, said):
    make.number(flow=flow(ANN, texts={"busy": "All talk.", "no_answer": "Nobody is there."}))
    twilios.call()
    document = twilios.after(outcome)
    assert [(verb.tag, verb.text) for verb in document] == [("Say", said), ("Hangup", None)]
    assert twilios.row.status == "missed"


def test_a_call_that_nobody_answers_goes_to_another_phone_once(twilios):
    make.number(flow=flow(ANN, on_no_answer="forward", forward_to=MOBILE))
    twilios.call()
    twilios.after("no-answer")
    assert (twilios.phones, twilios.row.status) == ([MOBILE], "ringing")
    twilios.after("no-answer")
    assert (twilios.heard, twilios.row.status) == (["Dial", "Dial", "Hangup"], "missed")


VOICEMAIL = {"on_no_answer": "voicemail", "voicemail_seconds": 45, "texts": {"no_answer": "Leave a message."}}


def told_of_voicemail(sid: str, seconds: str = "8") -> dict[str, str]:
    told = {"CallStatus": "completed", "RecordingSid": RE, "RecordingDuration": seconds, "Digits": "hangup"}
    return twilio.ringing(sid) | told | {"RecordingUrl": f"https://api.example/{RE}"}


def told_of_recording(sid: str, seconds: str = "8", **more: str) -> dict[str, str]:
    return {
        "AccountSid": twilio.ACCOUNT,
        "CallSid": sid,
        "RecordingSid": RE,
        "RecordingUrl": f"https://api.example/{RE}",
        "RecordingStatus": "completed",
        "RecordingDuration": seconds,
        "RecordingChannels": "1",
    } | more


def test_a_message_left_is_a_call_a_lead_and_a_recording(twilios):
    make.number(flow=flow(ANN, **VOICEMAIL))
    twilios.call()
    document = twilios.after("no-answer")
    record = document.find("Record").attrib
    assert [verb.tag for verb in document] == ["Say", "Record", "Hangup"]
    assert (record["maxLength"], record["playBeep"]) == ("45", "true")
    assert (twilios.row.status, twilios.row.ended_at) == ("ringing", None)
    twilios.ask(record["action"], told_of_voicemail(twilios.sid))
    twilios.ask(record["recordingStatusCallback"], told_of_recording(twilios.sid))
    twilios.ask(STATUS, twilio.caller_line("completed", CallDuration="41"))
    call = twilios.row
    assert (call.status, call.talk_seconds, call.answered_at) == ("voicemail", None, None)
    recording = Recording.objects.get()
    assert (recording.call, recording.kind, recording.seconds, recording.state) == (
        call,
        "voicemail",
        8,
        "waiting",
    )
    inbox.work(InboxRow.objects.get().pk)
    assert Lead.objects.get().call == call


def test_what_is_told_of_a_message_comes_out_the_same_in_any_order(client):
    number = make.number(flow=flow(ANN, **VOICEMAIL))
    seen = set()
    for count, order in enumerate(itertools.permutations(range(4))):
        sid = twilio.call_sid(10 + count)
        one = Caller(client, sid)
        one.call()
        query = f"?number={number.pk}"
        told = [
            (f"/hooks/twilio/dial-done{query}", twilio.dial_done("no-answer", sid=sid)),
            (f"/hooks/twilio/voicemail-done{query}", told_of_voicemail(sid)),
            (f"/hooks/twilio/recording{query}&message=1", told_of_recording(sid)),
            (STATUS, twilio.caller_line("completed", sid, CallDuration="41")),
        ]
        for index in (*order, *order[:2]):
            one.ask(*told[index])
        call = one.row
        seen.add((call.status, call.talk_seconds, call.events.count(), call.recordings.count()))
    assert seen == {("voicemail", None, 5, 1)}


def test_a_beep_without_a_word_is_a_missed_call(twilios):
    make.number(flow=flow(ANN, **VOICEMAIL))
    twilios.call()
    record = twilios.after("no-answer").find("Record").attrib
    twilios.ask(record["action"], told_of_voicemail(twilios.sid, "1"))
    assert twilios.row.status == "missed"


def test_outside_working_hours_nobodys_phone_rings(twilios):
    row = flow(ANN, on_closed="voicemail", texts={"closed": "We are closed."})
    number = make.number(flow=row)
    today = timezone.localtime(timezone.now(), number.site.tz).weekday()
    FlowHours.objects.create(flow=row, weekday=(today + 3) % 7, opens_at="09:00", closes_at="18:00")
    document = twilios.call()
    assert [verb.tag for verb in document] == ["Say", "Record", "Hangup"]
    # Hung up after three seconds: they were not answered, it was not they who gave up.
    twilios.ask(STATUS, twilio.caller_line("completed", CallDuration="3"))
    assert (twilios.row.status, twilios.row.talk_seconds) == ("missed", None)
    assert InboxRow.objects.count() == 1


def test_a_greeting_is_no_talk(twilios):
    make.number(flow=flow(ANN, texts={"greeting": "Hello."}))
    twilios.call()
    twilios.after("no-answer")
    twilios.ask(STATUS, twilio.caller_line("completed", CallDuration="30"))
    assert (twilios.row.status, twilios.row.talk_seconds) == ("missed", None)


def whisper_of(twilios: Caller) -> Any:
    url = twilios.dial[0].attrib["url"]
    told = twilio.sales_line("in-progress", 2, twilios.sid, To=ANN, CallSid=leg(ANN))
    # Not every request about the sales line says whose child it is.
    del told["ParentCallSid"]
    dial = twilios.document
    document = twilios.ask(url, told)
    twilios.document = dial
    return document


def test_who_answers_hears_where_the_call_is_from_and_no_name(twilios):
    number = make.number(flow=flow(ANN, whispers=True))
    source = register.assigned_source(
        channel="Offline", source="billboard", medium="outdoor", campaign="Main street"
    )
    assign_number(number=number, source=source, at=timezone.now() - timedelta(days=1))
    twilios.call()
    said = whisper_of(twilios).find("Say")
    assert (said.text, said.attrib["language"]) == ("Call from billboard, Main street.", "en-US")
    assert Call.objects.count() == 1


def test_a_repeat_customer_is_told_from_a_new_one(twilios):
    make.number(flow=flow(ANN, whispers=True))
    make.lead(who=make.contact(phone=CALLER))
    twilios.call()
    assert "Repeat customer." in whisper_of(twilios).find("Say").text


def test_only_who_presses_1_has_answered(twilios):
    make.number(flow=flow(ANN, needs_key=True))
    make.member("sales", "ann", phone=ANN)
    twilios.call()
    gather = whisper_of(twilios).find("Gather")
    assert (gather.attrib["numDigits"], "Press 1" in gather[0].text) == ("1", True)
    twilios.line("in-progress", 2, ANN)
    assert twilios.row.status == "ringing"
    key = twilio.sales_line("in-progress", 2, twilios.sid, To=ANN, CallSid=leg(ANN), Digits="1")
    twilios.ask_keeping(gather.attrib["action"], key)
    call = twilios.row
    assert (call.status, str(call.answered_on), call.answered_by.username) == ("talking", ANN, "ann")
    twilios.after("completed", 64, DialCallSid=leg(ANN))
    assert (twilios.row.status, twilios.row.talk_seconds) == ("answered", 64)


def test_a_mailbox_that_presses_nothing_has_not(twilios):
    make.number(flow=flow(ANN, needs_key=True, **VOICEMAIL))
    twilios.call()
    document = whisper_of(twilios)
    assert [verb.tag for verb in document] == ["Gather", "Hangup"]
    action = document.find("Gather").attrib["action"]
    told = twilio.sales_line("in-progress", 2, twilios.sid, To=ANN, CallSid=leg(ANN), Digits="5")
    dial = twilios.document
    assert [verb.tag for verb in twilios.ask(action, told)] == ["Hangup"]
    twilios.document = dial
    twilios.line("completed", 3, ANN, CallDuration="9")
    # The carrier calls a mailbox that hung up "completed".
    document = twilios.after("completed", DialCallDuration="9", DialCallSid=leg(ANN))
    assert [verb.tag for verb in document] == ["Say", "Record", "Hangup"]
    assert twilios.row.status == "ringing"


def test_a_blocked_caller_is_kept_and_makes_no_lead(twilios):
    number = make.number(flow=flow(ANN))
    ListedCaller.objects.create(phone=CALLER, kind=ListedCaller.Kind.BLOCKED)
    document = twilios.call()
    assert [(verb.tag, verb.attrib) for verb in document] == [("Reject", {"reason": "busy"})]
    twilios.ask(STATUS, twilio.caller_line("busy"))
    call = twilios.row
    assert (call.status, call.number, str(call.caller)) == ("blocked", number, CALLER)
    assert (call.ended_at is not None, InboxRow.objects.count()) == (True, 0)


@pytest.mark.parametrize("way", ["listed", "member"])
def test_our_own_phones_ring_and_make_no_lead(twilios, way):
    make.number()
    if way == "listed":
        ListedCaller.objects.create(phone=CALLER, kind=ListedCaller.Kind.OWN)
    else:
        make.member("sales", phone=CALLER)
    twilios.call()
    assert (twilios.heard, twilios.row.status, InboxRow.objects.count()) == (["Dial"], "ringing", 0)


def test_a_number_nobody_knows_rings_at_the_accounts_own_phone(twilios):
    make.carrier_account(default_to=MOBILE)
    twilios.call(To="+15550100099", Called="+15550100099")
    assert twilios.phones == [MOBILE]
    assert [verb.tag for verb in twilios.after("no-answer")] == ["Hangup"]
    assert Call.objects.count() == 0


def test_the_carriers_word_on_the_callers_number_is_kept(twilios):
    make.number()
    twilios.call(StirVerstat="TN-Validation-Passed-A-Diverted")
    assert twilios.row.stir == "TN-Validation-Passed-A-Diverted"
    other = Caller(twilios.client, twilio.call_sid(2))
    other.call(StirVerstat="<b>")
    assert other.row.stir == ""


def test_a_pools_flow_holds_for_numbers_that_have_none(twilios):
    number = make.number()
    pool = Pool.objects.create(name="Ads", site=number.site, flow=flow(BEN))
    Assignment.objects.create(number=number, pool=pool, starts_at=timezone.now() - timedelta(days=1))
    twilios.call()
    assert twilios.phones == [BEN]


def test_a_recording_of_a_talk_is_kept_once_and_says_nothing_of_the_call(twilios):
    make.number(flow=flow(ANN, is_recorded=True, keeps_days=30))
    twilios.call()
    url = twilios.dial.attrib["recordingStatusCallback"]
    twilios.after("completed", 64)
    before = twilios.row
    for _again in range(2):
        twilios.ask(url, told_of_recording(twilios.sid, "63", RecordingChannels="2"))
    call = twilios.row
    assert (call.status, call.talk_seconds, call.ended_at) == ("answered", 64, before.ended_at)
    recording = Recording.objects.get()
    assert (recording.kind, recording.seconds) == ("talk", 63)
    assert recording.delete_on == timezone.now().date() + timedelta(days=30)


@pytest.mark.parametrize("first", ["absent", "completed"])
def test_a_recording_that_is_there_after_all_is_there(twilios, first):
    make.number(flow=flow(ANN, is_recorded=True))
    twilios.call()
    url = twilios.dial.attrib["recordingStatusCallback"]
    for state in (first, "completed" if first == "absent" else "absent"):
        twilios.ask(url, told_of_recording(twilios.sid, RecordingStatus=state))
    assert Recording.objects.get().state == "waiting"


def test_a_recording_of_a_call_that_nobody_told_us_of_leaves_no_row(twilios, client):
    number = make.number()
    twilios.ask(f"/hooks/twilio/recording?number={number.pk}", told_of_recording(twilio.call_sid(9)))
    assert (Call.objects.count(), Recording.objects.count()) == (0, 0)


# Statements of the voice, dial-done and status doors, marks of transactions among them.
@pytest.mark.parametrize(
    ("way", "costs"), [("none", (16, 17, 7)), ("flow", (17, 9, 16)), ("pool", (19, 19, 7))]
)
def test_a_call_costs_few_queries(twilios, client, django_assert_max_num_queries, way, costs):
    number = make.number()
    if way == "pool":
        pool = Pool.objects.create(name="Ads", site=number.site, flow=flow(ANN, asks_last_manager=True))
        Assignment.objects.create(number=number, pool=pool, starts_at=timezone.now() - timedelta(days=1))
    elif way == "flow":
        number.flow = flow(ANN, BEN, asks_last_manager=True, ring=CallFlow.Ring.IN_TURN)
        number.save()
    twilios.call()  # The flow is read, and remembered.
    caller = Caller(client, twilio.call_sid(2))
    with django_assert_max_num_queries(costs[0]):
        caller.call()
    with django_assert_max_num_queries(costs[1]):
        caller.after("no-answer")
    with django_assert_max_num_queries(costs[2]):
        caller.ask(STATUS, twilio.caller_line("completed", caller.sid))
