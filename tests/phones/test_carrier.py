import subprocess
import sys
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from django.http import QueryDict

from leadtrack.phones.carriers import twilio as carrier
from leadtrack.phones.carriers.twilio import UnreadableNoticeError
from leadtrack.phones.models import CarrierAccount
from leadtrack.phones.progress import Teller
from tests.phones import twilio

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
OFFICIAL = "https://mycompany.com/myapp.php?foo=1&bar=2"
OURS = "https://leadtrack.example.com/twilio/voice?src=ig"
# Twilio's published vectors (its SDK's tests) and two of our own, made with the SDK; token 12345.
VECTORS = [
    (
        OFFICIAL,
        "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212",
        "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
    ),
    (
        OFFICIAL,
        "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234",
        "IK+Dwps556ElfBT0I3Rgjkr1wJU=",
    ),
    (
        OURS,
        "CallSid=CA00000000000000000000000000000001&Caller=%2B15550100010&From=%2B15550100010&To=%2B15550100020&Digits=",
        "FWfCZ1SCPzL17ev019qszyjbuNM=",
    ),
]


def is_signed(url: str, body: str, signature: str, token: str = "12345") -> bool:
    account = CarrierAccount(auth_token=token)
    return carrier.is_signed(account=account, url=url, params=QueryDict(body), signature=signature)


@pytest.mark.parametrize(("url", "body", "signature"), VECTORS)
def test_the_published_vectors_hold_for_the_sdk_and_for_our_own_signer(url, body, signature):
    assert is_signed(url, body, signature)
    assert twilio.signature_of(url, body) == signature


@pytest.mark.parametrize(("url", "body", "signature"), VECTORS)
def test_anything_changed_breaks_the_signature(url, body, signature):
    assert not is_signed(url, body + "&Extra=1", signature)
    assert not is_signed(url + "&more=1", body, signature)
    assert not is_signed(url.replace("https", "http"), body, signature)
    assert not is_signed(url, body, signature, token="12346")
    assert not is_signed(url, body, signature[:-2] + "x=")
    assert not is_signed(url, body, "")
    assert not is_signed(url, body, "не подпись")


def test_fields_that_twilio_adds_after_signing_are_forgiven():
    url, body, signature = VECTORS[0]
    assert is_signed(url, body + "&CallToken=%7B%7D&StirVerstat=TN-Validation-Passed-A", signature)
    assert is_signed(url, body + "&StirVerstat=TN-Validation-Passed-A", signature)
    signed_with_it = body + "&StirVerstat=TN-Validation-Passed-A"
    assert is_signed(url, signed_with_it, twilio.signature_of(url, signed_with_it))


def test_sales_ring_while_the_caller_hears_ringing():
    document = carrier.forward_twiml(
        to="+15550100030",
        caller_id="+15550100010",
        action_url="https://leadtrack.example/done?number=1&x=2",
        status_url="https://leadtrack.example/status",
        timeout=20,
    )
    response = ET.fromstring(document)
    (dial,) = response
    (number,) = dial
    assert (response.tag, dial.tag, number.tag, number.text) == ("Response", "Dial", "Number", "+15550100030")
    assert dial.attrib == {
        "answerOnBridge": "true",
        "timeout": "20",
        "callerId": "+15550100010",
        "action": "https://leadtrack.example/done?number=1&x=2",
        "method": "POST",
    }
    assert number.attrib == {
        "statusCallback": "https://leadtrack.example/status",
        "statusCallbackMethod": "POST",
        "statusCallbackEvent": "initiated ringing answered completed",
    }


def test_hanging_up_says_nothing():
    assert [verb.tag for verb in ET.fromstring(carrier.hangup_twiml())] == ["Hangup"]


@pytest.mark.parametrize(
    ("sent", "phone"),
    [
        ("+15550100010", "+15550100010"),
        ("+79161234567", "+79161234567"),
        ("+44 20 7946 0123", "+442079460123"),
        ("+266696687", ""),
        ("+86282452253", ""),
        ("+7378742883", ""),
        ("anonymous", ""),
        ("Restricted", ""),
        ("client:joe", ""),
        ("sip:joe@example.com", ""),
        ("+12", ""),
        ("+" + "9" * 40, ""),
        ("", ""),
        ("\u202e+15550100010<script>", ""),
    ],
)
def test_a_caller_is_a_phone_or_nothing(sent, phone):
    assert carrier.phone_of(sent) == phone


def notice(token: str = "", **params: str) -> carrier.Notice:
    query = QueryDict(mutable=True)
    query.update(params)
    return carrier.read_notice(query, token=token, received_at=NOW)


def test_a_notice_of_the_sales_line_belongs_to_the_callers_call():
    told = notice(**twilio.sales_line("completed", 3, CallDuration="64"))
    assert (told.call_sid, told.step.teller, told.step.seconds) == (twilio.call_sid(), Teller.SALES, 64)


def test_a_repetition_has_the_same_key_and_another_event_another():
    first = notice(**twilio.sales_line("ringing", 1))
    assert notice(**twilio.sales_line("ringing", 1)).key == first.key
    assert notice(**twilio.sales_line("in-progress", 2)).key != first.key
    assert notice(**twilio.ringing()).key != notice(**twilio.dial_done("busy")).key
    assert notice("token", **twilio.ringing()).key == "token"
    assert len(notice("t" * 4000, **twilio.ringing()).key) == 64


@pytest.mark.parametrize(
    ("timestamp", "at"),
    [
        ("Tue, 10 Mar 2026 11:59:30 +0000", NOW - timedelta(seconds=30)),
        ("Tue, 10 Mar 2026 11:59:30 -0000", NOW - timedelta(seconds=30)),
        ("Tue, 10 Mar 2026 12:59:30 +0000", NOW),
        ("Tue, 10 Mar 2020 11:59:30 +0000", NOW),
        ("yesterday", NOW),
        ("", NOW),
        ("Tue, 99 Foo 99999 99:99:99 +9999999", NOW),
    ],
)
def test_an_event_happened_when_twilio_says_where_that_can_be(timestamp, at):
    assert notice(**twilio.caller_line("completed", Timestamp=timestamp)).step.at == at


@pytest.mark.parametrize("seconds", ["", "-1", "1.5", "many", "9" * 30, "٣"])
def test_a_duration_that_is_no_number_is_no_duration(seconds):
    assert notice(**twilio.dial_done("completed", DialCallDuration=seconds)).step.seconds is None


def test_a_mailbox_that_was_not_bridged_is_no_talk():
    assert notice(**twilio.dial_done("completed", DialBridged="false")).step.state == "no-answer"


@pytest.mark.parametrize(
    "params", [{"CallSid": ""}, {"CallSid": "C" * 65}, {"FromCity": "\0"}, {"Na\0me": "x"}]
)
def test_a_notice_that_cannot_be_stored_is_refused(params):
    with pytest.raises(UnreadableNoticeError):
        notice(**twilio.ringing() | params)


def test_tokens_of_the_call_are_not_kept():
    kept = notice(**twilio.ringing(CallToken="secret", StirPassportToken="secret")).payload
    assert "secret" not in kept.values()


def test_the_web_process_does_not_load_the_sdks_heavy_client():
    used = "twilio.request_validator, twilio.twiml.voice_response"
    loaded = f"import sys, {used}; sys.exit('twilio.rest' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", loaded], check=False).returncode == 0
