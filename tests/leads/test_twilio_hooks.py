"""A phone rings: Twilio's three doors, called as Twilio calls them, really signed."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from leadtrack.leads import inbox
from leadtrack.leads.models import InboxRow, Lead
from leadtrack.phones.assign import assign_number
from leadtrack.phones.models import Call, CallEvent, TrackedNumber
from leadtrack.sources import register
from tests import make
from tests.phones import twilio
from tests.phones.twilio import DIAL_DONE, STATUS, VOICE, signed_post

pytestmark = pytest.mark.django_db
DOORS = [VOICE, DIAL_DONE, STATUS]


@pytest.fixture
def number() -> TrackedNumber:
    return make.number()


@pytest.fixture
def billboard(number):
    source = register.assigned_source(
        channel="Offline", source="billboard", medium="outdoor", campaign="Main street"
    )
    assign_number(number=number, source=source, at=timezone.now() - timedelta(days=30))
    return source


def verbs(response) -> list[str]:
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/xml"
    return [verb.tag for verb in ET.fromstring(response.content)]


def rows() -> int:
    return Call.objects.count() + CallEvent.objects.count() + InboxRow.objects.count()


def test_a_call_rings_at_sales_and_becomes_a_call_and_an_inbox_row(client, number, billboard):
    response = signed_post(client, VOICE, twilio.ringing())
    assert verbs(response) == ["Dial"]
    call = Call.objects.get()
    assert (str(call.caller), call.status, call.source, call.number) == (
        twilio.CALLER,
        "ringing",
        billboard,
        number,
    )
    assert call.day == timezone.now().date()
    row = InboxRow.objects.get()
    assert (row.call, row.door, row.received_at) == (call, "call", call.started_at)


def test_the_answer_forwards_to_sales_with_public_callbacks(client, number, settings):
    settings.PUBLIC_BASE_URL = "https://leads.example.com"
    response = signed_post(client, VOICE + "?src=ig", twilio.ringing(), base="https://leads.example.com")
    dial = ET.fromstring(response.content)[0]
    assert dial[0].text == twilio.SALES
    assert dial.attrib["callerId"] == twilio.CALLER
    assert dial.attrib["answerOnBridge"] == "true"
    assert dial.attrib["action"] == f"https://leads.example.com/hooks/twilio/dial-done?number={number.pk}"
    assert (
        dial[0].attrib["statusCallback"]
        == f"https://leads.example.com/hooks/twilio/status?number={number.pk}"
    )


def test_the_lead_has_the_numbers_source(client, billboard):
    signed_post(client, VOICE, twilio.ringing())
    inbox.work(InboxRow.objects.get().pk)
    lead = Lead.objects.get()
    assert (lead.kind, lead.source, str(lead.phone)) == ("call", billboard, twilio.CALLER)
    assert lead.call == Call.objects.get()


@pytest.mark.parametrize("door", DOORS)
def test_a_wrong_signature_is_refused_and_leaves_no_row(client, number, door):
    response = signed_post(client, door, twilio.ringing(), token="54321")
    assert (response.status_code, response.content, rows()) == (403, b"", 0)


@pytest.mark.parametrize("door", DOORS)
def test_so_is_one_that_was_signed_for_other_words_or_another_address(client, number, door):
    good = twilio.ringing()
    signature = signed_post_signature(door, good)
    for path, params in ((door, good | {"From": "+15550100099"}), (door + "?a=1", good), (other(door), good)):
        response = client.post(path, params, headers={"X-Twilio-Signature": signature})
        assert (response.status_code, rows()) == (403, 0)


def signed_post_signature(path: str, params: dict[str, str]) -> str:
    from urllib.parse import urlencode

    return twilio.signature_of("http://testserver" + path, urlencode(params))


def other(door: str) -> str:
    return DOORS[(DOORS.index(door) + 1) % len(DOORS)]


@pytest.mark.parametrize("door", DOORS)
def test_without_signature_account_or_body_it_is_refused(client, number, door):
    unsigned = client.post(door, twilio.ringing())
    unknown = signed_post(client, door, twilio.ringing() | {"AccountSid": "AC" + "9" * 32})
    nobody = signed_post(
        client, door, {key: value for key, value in twilio.ringing().items() if key != "AccountSid"}
    )
    empty = client.post(door)
    as_json = client.post(door, {"AccountSid": twilio.ACCOUNT}, content_type="application/json")
    assert {response.status_code for response in (unsigned, unknown, nobody, empty, as_json)} == {403}
    assert rows() == 0


def test_the_account_must_be_the_one_that_signed(client, number):
    make.carrier_account(account_sid="AC" + "2" * 32, auth_token="theirs")
    forged = signed_post(client, VOICE, twilio.ringing(), token="theirs")
    assert forged.status_code == 403
    # Their own signature opens their own account, in which our number is unknown.
    theirs = signed_post(client, VOICE, twilio.ringing() | {"AccountSid": "AC" + "2" * 32}, token="theirs")
    assert verbs(theirs) == ["Hangup"]
    assert rows() == 0


@pytest.mark.parametrize("door", DOORS)
def test_only_post_is_answered(client, number, door):
    assert client.get(door, twilio.ringing()).status_code == 405
    assert client.put(door).status_code == 405


def test_it_needs_no_csrf_token(number):
    assert verbs(signed_post(Client(enforce_csrf_checks=True), VOICE, twilio.ringing())) == ["Dial"]


def test_fields_added_after_signing_do_not_cost_a_call(client, number):
    from urllib.parse import urlencode

    signature = signed_post_signature(VOICE, twilio.ringing())
    body = urlencode(twilio.ringing(StirVerstat="TN-Validation-Passed-A", CallToken="{}"))
    response = client.post(
        VOICE,
        body,
        content_type="application/x-www-form-urlencoded",
        headers={"X-Twilio-Signature": signature},
    )
    assert verbs(response) == ["Dial"]


def test_a_number_that_is_not_ours_is_hung_up_and_leaves_no_row(client, number, caplog):
    assert verbs(signed_post(client, VOICE, twilio.ringing(called="+15550100099"))) == ["Hangup"]
    assert signed_post(client, STATUS, twilio.ringing(called="sip:us@example.com")).status_code == 204
    assert signed_post(client, STATUS, twilio.sales_line("ringing", 1)).status_code == 204
    assert rows() == 0
    assert "is to no number of ours" in caplog.text
    assert twilio.CALLER not in caplog.text


def test_a_number_out_of_use_still_rings(client, number):
    TrackedNumber.objects.update(is_active=False)
    assert verbs(signed_post(client, VOICE, twilio.ringing())) == ["Dial"]


ANSWERED = [
    (STATUS, twilio.sales_line("initiated", 0)),
    (STATUS, twilio.sales_line("ringing", 1)),
    (STATUS, twilio.sales_line("in-progress", 2)),
    (STATUS, twilio.sales_line("completed", 3, CallDuration="64")),
    (DIAL_DONE, twilio.dial_done("completed", 64)),
    (STATUS, twilio.caller_line("completed", CallDuration="64")),
]


def test_the_states_of_an_answered_call_follow_each_other(client, number):
    signed_post(client, VOICE, twilio.ringing())
    seen = []
    for door, params in ANSWERED:
        signed_post(client, door, params)
        seen.append(Call.objects.get().status)
    assert seen == ["ringing", "ringing", "talking", "answered", "answered", "answered"]
    assert Call.objects.get().talk_seconds == 64


def test_any_order_and_every_repetition_come_out_the_same(client, number):
    told = [(VOICE, twilio.ringing()), *ANSWERED]
    for count, order in enumerate(itertools.islice(itertools.permutations(told), 0, 5040, 360)):
        sid = twilio.call_sid(100 + count)
        for door, params in (*order, *order[:3]):
            mine = {"ParentCallSid": sid} if "ParentCallSid" in params else {"CallSid": sid}
            # Where news of the sales line comes first, the number in the address tells whose call it is.
            assert signed_post(client, f"{door}?number={number.pk}", params | mine).status_code in (200, 204)
        call = Call.objects.get(sid=sid)
        assert (call.status, call.talk_seconds, str(call.caller)) == ("answered", 64, twilio.CALLER)
        assert call.events.count() == len(told)
        assert InboxRow.objects.filter(call=call).count() == 1


def test_the_idempotency_token_makes_a_retry_harmless(client, number):
    headers = {"I-Twilio-Idempotency-Token": "3f0c"}
    first = signed_post(client, VOICE, twilio.ringing(), **headers)
    again = signed_post(client, VOICE, twilio.ringing(), **headers)
    assert first.content == again.content
    assert rows() == 3


@pytest.mark.parametrize(
    ("outcome", "fields", "status"),
    [
        ("completed", {"DialCallDuration": "5"}, "answered"),
        ("no-answer", {}, "missed"),
        ("busy", {}, "missed"),
        ("failed", {}, "missed"),
        ("canceled", {"CallStatus": "completed"}, "abandoned"),
        ("no-answer", {"CallStatus": "completed"}, "abandoned"),
    ],
)
def test_the_end_of_ringing_decides(client, number, outcome, fields, status):
    signed_post(client, VOICE, twilio.ringing())
    assert verbs(signed_post(client, DIAL_DONE, twilio.dial_done(outcome, **fields))) == ["Hangup"]
    call = Call.objects.get()
    assert call.status == status
    assert call.talk_seconds == (5 if status == "answered" else None)
    assert call.ended_at >= call.started_at


def test_who_hangs_up_after_a_while_was_missed(client, number):
    signed_post(client, VOICE, twilio.ringing())
    Call.objects.update(started_at=timezone.now() - timedelta(seconds=16))
    signed_post(client, DIAL_DONE, twilio.dial_done("canceled", CallStatus="completed"))
    assert Call.objects.get().status == "missed"


def test_a_call_of_which_only_the_end_is_heard_is_still_a_call_and_a_lead_to_be(client, number, billboard):
    response = signed_post(client, STATUS, twilio.caller_line("completed", CallDuration="64"))
    assert (response.status_code, response.content) == (204, b"")
    call = Call.objects.get()
    assert (call.status, call.talk_seconds, call.source) == ("answered", 64, billboard)
    assert call.ended_at - call.started_at == timedelta(seconds=64)
    assert InboxRow.objects.get().call == call


def test_a_call_of_which_only_the_sales_line_is_heard_is_still_a_call(client, number):
    path = f"{STATUS}?number={number.pk}"
    signed_post(client, path, twilio.sales_line("ringing", 1))
    call = Call.objects.get()
    assert (call.sid, call.number, str(call.caller)) == (twilio.call_sid(), number, twilio.CALLER)


def test_a_withheld_caller_on_the_sales_line_is_not_our_own_number(client, number):
    path = f"{STATUS}?number={number.pk}"
    signed_post(client, path, twilio.sales_line("ringing", 1, From=twilio.OURS))
    assert Call.objects.get().is_withheld


@pytest.mark.parametrize("written", ["", "x", "0", "-1", "9" * 18, "9" * 19, "9" * 40, "%D9%A3", "1%00"])
def test_a_number_in_the_address_that_is_none_is_no_number(client, number, written):
    assert (
        signed_post(client, f"{STATUS}?number={written}", twilio.sales_line("ringing", 1)).status_code == 204
    )
    assert rows() == 0


def test_a_reassignment_between_two_calls_gives_each_its_own_source(client, number, billboard):
    signed_post(client, VOICE, twilio.ringing(twilio.call_sid(1)))
    leaflet = register.assigned_source(channel="Offline", source="leaflet", medium="print", campaign="June")
    assign_number(number=number, source=leaflet, at=timezone.now())
    signed_post(client, VOICE, twilio.ringing(twilio.call_sid(2)))
    # News of the first call that comes after the change does not move it.
    signed_post(client, DIAL_DONE, twilio.dial_done("busy", sid=twilio.call_sid(1)))
    assert list(Call.objects.order_by("pk").values_list("source", flat=True)) == [billboard.pk, leaflet.pk]


def test_an_assignment_entered_late_moves_the_leads_of_its_calls(client, number, billboard):
    signed_post(client, VOICE, twilio.ringing())
    inbox.work(InboxRow.objects.get().pk)
    leaflet = register.assigned_source(channel="Offline", source="leaflet", medium="print", campaign="June")
    assign_number(number=number, source=leaflet, at=timezone.now() - timedelta(days=1))
    assert Lead.objects.get().source == leaflet


def test_a_number_of_nobody_brings_leads_of_the_unknown_source(client, number):
    signed_post(client, VOICE, twilio.ringing())
    assert Call.objects.get().source == register.unknown_source()


@pytest.mark.parametrize("caller", ["anonymous", "Restricted", "+266696687", "client:joe", "", "Иван <b>"])
def test_withheld_callers_are_each_a_lead_of_their_own(client, number, caller):
    for count in (1, 2):
        response = signed_post(client, VOICE, twilio.ringing(twilio.call_sid(count), caller=caller))
        # Sales see which of our numbers was called.
        assert ET.fromstring(response.content)[0].attrib["callerId"] == twilio.OURS
    for row in InboxRow.objects.all():
        inbox.work(row.pk)
    assert set(Call.objects.values_list("caller", "caller_as_sent")) == {("", caller)}
    assert Lead.objects.values("contact").distinct().count() == 2


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "change",
    [
        {"CallSid": ""},
        {"CallSid": "C" * 65},
        {"CallSid": "CA\0"},
        {"From": "+1555\0"},
        {"Na\0me": "x"},
        {"To": "+1555\0"},
    ],
)
def test_signed_rubbish_is_refused_and_leaves_no_row(client, number, door, change):
    assert signed_post(client, door, twilio.ringing() | change).status_code == 400
    assert rows() == 0


@pytest.mark.parametrize(
    "change",
    [
        {"CallStatus": "x" * 5000},
        {"CallDuration": "-1"},
        {"CallDuration": "9" * 400},
        {"Timestamp": "\u202e never"},
        {"SequenceNumber": "x" * 5000},
        {"From": "+" + "1" * 5000},
        {"CallerName": "<script>=cmd|' /C calc'!A0"},
        {"DialCallStatus": ""},
        {"Direction": "\ud7ff\U0010ffff"},
    ],
)
def test_signed_oddities_still_make_a_call(client, number, change):
    for door in DOORS:
        assert signed_post(client, door, twilio.ringing() | change).status_code in (200, 204)
    assert Call.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"\xff\xfe%ff%00&AccountSid=%ff", "application/x-www-form-urlencoded"),
        (b"AccountSid=%00", "application/x-www-form-urlencoded"),
        (b"AccountSid=AC1", "application/x-www-form-urlencoded; charset=utf-16"),
        (b"AccountSid=AC1", "application/x-www-form-urlencoded; charset=klingon"),
        (b"a=1&" * 2000, "application/x-www-form-urlencoded"),
        (b"--x\r\nrubbish", "multipart/form-data; boundary=x"),
        (b"--x\r\nrubbish", "multipart/form-data"),
        (b"{", "application/json"),
        (b"", "text/plain"),
        (b"\0", ""),
    ],
)
def test_unsigned_rubbish_is_refused_and_never_breaks_the_door(client, number, body, content_type):
    for door in DOORS:
        response = client.generic("POST", door, body, content_type, headers={"X-Twilio-Signature": "é" * 28})
        assert response.status_code in (400, 403)
    assert rows() == 0


def test_a_body_larger_than_a_door_takes_is_refused(client, number):
    response = signed_post(client, VOICE, twilio.ringing(CallerName="x" * 5_000_000))
    assert (response.status_code, rows()) == (413, 0)


def test_a_call_costs_few_queries(client, number, billboard, django_assert_max_num_queries):
    # Twelve, and the marks of nested transactions.
    with django_assert_max_num_queries(18):
        signed_post(client, VOICE, twilio.ringing())
    # Its end also says whether it was a target call, and whom it settles as called back.
    with django_assert_max_num_queries(17):
        signed_post(client, DIAL_DONE, twilio.dial_done("completed", 64))


@pytest.mark.django_db(transaction=True)
def test_many_messages_of_one_call_at_once_make_one_call():
    number = make.number()
    told = [(VOICE, twilio.ringing()), *ANSWERED, (VOICE, twilio.ringing())]

    def tell(message: tuple[str, dict[str, str]]) -> int:
        door, params = message
        try:
            return signed_post(Client(), f"{door}?number={number.pk}", params).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=4) as pool:
        assert set(pool.map(tell, told)) <= {200, 204}
    call = Call.objects.get()
    assert (call.status, call.talk_seconds) == ("answered", 64)
    assert (call.events.count(), InboxRow.objects.count()) == (7, 1)
