"""A PBX of our own tells of calls by signed JSON: in any order, as often as it likes."""

import hashlib
import hmac
import itertools
import json
import random
import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leadtrack.leads.models import InboxRow
from leadtrack.phones.carriers import pbx_notice
from leadtrack.phones.carriers.interface import Ability, CarrierError, Wanted, can, carrier_for
from leadtrack.phones.models import Call, CallEvent, Recording
from tests import make
from tests.phones.twilio import VOICE, ringing, signed_post

SECRET = "office-secret"
OURS, OTHER, SALES = "+79001234567", "+79161234567", "+79031112233"
_ids = itertools.count(1)


@pytest.fixture
def number(db: None) -> Any:
    account = make.carrier_account(kind="pbx", account_sid="office", auth_token=SECRET)
    return make.number(OURS, account=account, site=make.site(region="RU"), forward_to=SALES)


def event(kind: str, call: str = "a1", **fields: Any) -> dict[str, Any]:
    return {"id": f"e{next(_ids)}", "event": kind, "call": call, "number": OURS, "other": OTHER} | fields


def post(
    body: dict[str, Any] | bytes,
    secret: str = SECRET,
    at: float | None = None,
    account: str = "office",
    **headers: str,
) -> Any:
    """As a PBX signs, written anew by the README's words."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    stamp = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + raw, hashlib.sha256).hexdigest()
    signed = {"X-LeadTrack-Timestamp": stamp, "X-LeadTrack-Signature": f"sha256={digest}"} | headers
    return Client().post(f"/hooks/pbx/{account}", raw, content_type="application/json", headers=signed)


def ago(seconds: int) -> str:
    return (timezone.now() - timedelta(seconds=seconds)).isoformat()


def an_answered_call() -> list[dict[str, Any]]:
    return [
        event("ringing", at=ago(90), started_at=ago(90)),
        event("answered", phone=SALES, at=ago(80), started_at=ago(90)),
        event("ended", outcome="answered", phone=SALES, talk_seconds=65, at=ago(15), started_at=ago(90)),
    ]


def test_an_answered_call_becomes_a_call_and_a_lead_to_be(number):
    answers = [post(one).json() for one in an_answered_call()]
    assert [(answer["new"], answer["status"]) for answer in answers] == [
        (True, "ringing"),
        (False, "talking"),
        (False, "answered"),
    ]
    call = Call.objects.get()
    assert (call.status, call.talk_seconds, str(call.caller)) == ("answered", 65, OTHER)
    assert (str(call.answered_on), call.direction, call.told_by) == (SALES, "in", "hook")
    assert 85 < (call.ended_at - call.started_at).total_seconds() + 15 < 95
    assert InboxRow.objects.filter(call=call).count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(6))
def test_in_any_order_and_doubled_it_comes_out_the_same(number, seed):
    events = an_answered_call() * 2
    random.Random(seed).shuffle(events)
    for one in events:
        assert post(one).status_code == 200
    call = Call.objects.get()
    assert (call.status, call.talk_seconds, str(call.answered_on)) == ("answered", 65, SALES)
    assert CallEvent.objects.count() == 3
    assert InboxRow.objects.count() == 1


@pytest.mark.parametrize(
    ("outcome", "rang", "status"),
    [
        ("no-answer", 30, "missed"),
        ("busy", 5, "missed"),
        ("failed", 5, "missed"),
        ("canceled", 5, "abandoned"),
        ("canceled", 40, "missed"),
    ],
)
def test_a_call_that_nobody_took(number, outcome, rang, status):
    post(event("ringing", at=ago(rang)))
    post(event("ended", outcome=outcome, at=ago(0)))
    assert Call.objects.get().status == status


def test_a_message_left_at_the_pbx(number):
    post(event("ringing", at=ago(60)))
    sound = {"id": "r1", "url": "https://pbx.example/r1.mp3", "seconds": 12, "kind": "voicemail"}
    post(event("ended", outcome="voicemail", talk_seconds=12))
    post(event("recording", recording=sound))
    call = Call.objects.get()
    assert call.status == "voicemail"
    row = Recording.objects.get()
    assert (row.kind, row.url, row.seconds, row.state) == ("voicemail", sound["url"], 12, "waiting")


def test_a_recording_that_comes_first_begins_its_call(number):
    post(event("recording", recording={"id": "r1", "url": "https://pbx.example/r1.mp3"}, started_at=ago(70)))
    assert Recording.objects.get().call == Call.objects.get()
    for one in an_answered_call():
        post(one)
    assert Call.objects.get().status == "answered"


def test_a_call_of_ours_is_kept_but_is_no_lead(number):
    for one in an_answered_call():
        post(one)
    post(event("ended", call="b2", direction="out", outcome="answered", phone=SALES, talk_seconds=30))
    first, second = Call.objects.order_by("pk")
    assert (second.direction, str(second.caller), second.source) == ("out", OTHER, first.source)
    assert InboxRow.objects.count() == 1


@pytest.mark.parametrize("written", [OURS, "79001234567", "89001234567", "8 (900) 123-45-67"])
def test_our_number_is_known_as_pbxs_write_it(number, written):
    assert post(event("ringing", number=written, other="89161234567")).json()["kept"] is True
    assert str(Call.objects.get().caller) == OTHER


@pytest.mark.parametrize("other", ["", "anonymous", "Unknown", "0"])
def test_a_hidden_caller_is_nobody_known(number, other):
    post(event("ringing", other=other))
    call = Call.objects.get()
    assert (call.is_withheld, call.caller_as_sent) == (True, other)


def test_a_number_that_is_not_ours_is_told_as_such(number):
    answer = post(event("ringing", number="+79009999999"))
    assert (answer.status_code, answer.json()) == (200, {"kept": False, "reason": "unknown_number"})
    assert Call.objects.count() == 0


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"secret": "another"}, 403),
        ({"at": time.time() - 301}, 403),
        ({"at": time.time() + 900}, 403),
        ({"X-LeadTrack-Signature": "sha256=" + "0" * 64}, 403),
        ({"X-LeadTrack-Signature": ""}, 403),
        ({"X-LeadTrack-Signature": "подпись"}, 403),
        ({"X-LeadTrack-Timestamp": "now"}, 403),
        ({"X-LeadTrack-Timestamp": "9" * 40}, 403),
        ({"account": "nobody"}, 404),
    ],
)
def test_who_did_not_sign_now_leaves_nothing(number, fields, status):
    assert post(event("ringing"), **fields).status_code == status
    assert Call.objects.count() == 0


def test_a_request_of_today_cannot_be_sent_again_tomorrow_or_changed(number, monkeypatch):
    sent = event("ringing")
    stamp = str(int(time.time()))
    raw = json.dumps(sent).encode()
    signature = pbx_notice.sign(secret=SECRET, timestamp=stamp, body=raw)
    now = timezone.now()
    told = {"secret": SECRET, "timestamp": stamp, "signature": signature}
    assert pbx_notice.is_signed(**told, body=raw, now=now)
    assert not pbx_notice.is_signed(**told, body=raw + b" ", now=now)
    assert not pbx_notice.is_signed(**told, body=raw, now=now + timedelta(minutes=6))


def test_a_twilio_account_has_no_door_here(number):
    make.carrier_account(account_sid="AC1", auth_token=SECRET)
    assert post(event("ringing"), account="AC1").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"\xff\xfe",
        b"null",
        json.dumps(event("ringing") | {"event": "dancing"}).encode(),
        json.dumps(event("ended")).encode(),
        json.dumps(event("recording")).encode(),
        json.dumps(event("ringing") | {"id": ""}).encode(),
        json.dumps(event("ringing") | {"call": "c" * 65}).encode(),
        json.dumps(event("ringing") | {"call": "a\0b"}).encode(),
        json.dumps(event("ringing") | {"at": "2026-01-01T00:00:00"}).encode(),
        json.dumps(event("ended", outcome="answered", talk_seconds=-1)).encode(),
        json.dumps(event("ended", outcome="answered", talk_seconds=1e300)).encode(),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(number, body):
    answer = post(body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["detail"]
    assert Call.objects.count() == 0


@pytest.mark.parametrize("at", ["1970-01-01T00:00:00Z", "2999-01-01T00:00:00Z"])
def test_a_clock_that_is_wrong_is_not_believed(number, at):
    post(event("ringing", at=at, started_at=at))
    assert abs(Call.objects.get().started_at - timezone.now()) < timedelta(minutes=1)


def test_get_is_no_event(number):
    assert Client().get("/hooks/pbx/office").status_code == 405


def test_what_a_pbx_cannot_do_is_said(number):
    carrier = carrier_for(number.account)
    assert [ability for ability in Ability if can(number.account, ability)] == [Ability.RECORDINGS]
    for ask in (
        lambda: carrier.search(Wanted("RU")),
        carrier.owned,
        lambda: carrier.place_call(number=OURS, to=OTHER, says="x"),
        lambda: carrier.calls_between(since=timezone.now(), until=timezone.now()),
    ):
        with pytest.raises(CarrierError, match="cannot do that"):
            ask()


@pytest.mark.parametrize(
    "url",
    [
        "http://pbx.example/r.mp3",
        "https://127.0.0.1/r.mp3",
        "https://169.254.169.254/latest",
        "file:///etc/passwd",
    ],
)
def test_a_recording_at_an_unsafe_address_is_not_fetched(number, url):
    with pytest.raises(CarrierError) as refused:
        carrier_for(number.account).recording(url)
    assert refused.value.code in ("unsafe_address", "unreachable")
    assert refused.value.code == "unsafe_address" or "pbx.example" in url


def test_its_secret_opens_no_door_of_another_carrier(number):
    told = ringing(called=OURS) | {"AccountSid": "office"}
    answer = signed_post(Client(), VOICE, told, token=number.account.auth_token)
    assert (answer.status_code, Call.objects.count()) == (403, 0)


def test_what_was_said_is_kept_once_and_a_persons_words_stay(number):
    post(event("ringing"))
    post(event("ended", outcome="answered", talk_seconds=70, transcript="Two windows, please."))
    call = Call.objects.get()
    assert call.transcript == "Two windows, please."
    assert "windows" not in str(list(CallEvent.objects.values_list("payload", flat=True)))
    Call.objects.update(transcript="Three windows.")
    post(event("ended", outcome="answered", talk_seconds=70, transcript="Two windows, please."))
    call.refresh_from_db()
    assert call.transcript == "Three windows."
