"""The fake carrier keeps to what is documented; our doors answer it as they would answer Twilio."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from django.http import QueryDict
from twilio.request_validator import RequestValidator

from tests.phones.fake_twilio import Delivery, FakeTwilio, Phone, Script
from tests.phones.fake_twilio.post import Order
from tests.phones.fake_twilio.server import TOKEN

OURS, CALLER, SALES = "+15550100020", "+15550100010", "+15550100030"
DIAL = (
    '<Dial answerOnBridge="true" timeout="20" action="/done?x=1" record="record-from-answer-dual"'
    ' recordingStatusCallback="/recorded" recordingStatusCallbackEvent="completed absent">'
    '<Number url="/whisper" statusCallback="/line"'
    f' statusCallbackEvent="initiated ringing answered completed">{SALES}</Number></Dial>'
)
WHISPER = '<Gather numDigits="1" timeout="8" action="/key"><Say>Press 1</Say></Gather><Hangup/>'


class Ours:
    """A web server of ours that answers by its path, slowly or wrongly where told."""

    def __init__(self) -> None:
        self.documents: dict[str, Any] = {
            "/voice": DIAL,
            "/done": "<Hangup/>",
            "/whisper": WHISPER,
            "/key": "",
            "/line": None,
            "/recorded": None,
            "/status": None,
        }
        self.got: list[tuple[str, dict[str, str], Any]] = []
        self.slow: dict[str, float] = {}
        self.lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args: Any) -> None:
                pass

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                path = self.path.split("?")[0]
                with outer.lock:
                    params = dict(parse_qsl(body, keep_blank_values=True))
                    outer.got.append((self.path, params, self.headers))
                time.sleep(outer.slow.get(path, 0))
                document = outer.documents.get(path, 404)
                self.send_response(
                    document if isinstance(document, int) else 204 if document is None else 200
                )
                self.send_header("Content-Type", "text/xml")
                self.end_headers()
                if isinstance(document, str):
                    self.wfile.write(f"<Response>{document}</Response>".encode())

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def paths(self) -> list[str]:
        return [path for path, _params, _headers in self.got]

    def told(self, path: str) -> list[dict[str, str]]:
        return [params for asked, params, _headers in self.got if asked == path]


@pytest.fixture
def ours() -> Iterator[Ours]:
    server = Ours()
    yield server
    server.server.shutdown()
    server.server.server_close()


@pytest.fixture
def twilio(ours: Ours) -> Iterator[FakeTwilio]:
    with FakeTwilio() as fake:
        fake.books.own(OURS, VoiceUrl=f"{ours.url}/voice?src=ig", StatusCallback=f"{ours.url}/status")
        yield fake


def test_a_normal_call_asks_for_everything_in_order(ours, twilio):
    ended = twilio.call(CALLER, OURS, Script(talks=65))
    assert (ended.status, ended.rung) == ("completed", [SALES])
    assert ours.paths() == [
        "/voice?src=ig",
        "/line",
        "/line",
        "/line",
        "/whisper",
        "/key",
        "/line",
        "/recorded",
        "/done?x=1",
        "/status",
    ]
    (done,) = ours.told("/done?x=1")
    assert (done["DialCallStatus"], done["DialBridged"], done["CallStatus"]) == (
        "completed",
        "true",
        "in-progress",
    )
    assert done["RecordingUrl"].endswith(ended.recordings[0])
    assert [line["CallStatus"] for line in ours.told("/line")] == [
        "initiated",
        "ringing",
        "in-progress",
        "completed",
    ]
    assert {line["ParentCallSid"] for line in ours.told("/line")} == {ended.sid}
    assert ours.told("/recorded")[0]["CallSid"] == ended.sid
    assert ours.told("/status")[0]["CallDuration"] == "65"


def test_every_request_is_signed_over_the_address_as_it_was_asked(ours, twilio):
    twilio.call(CALLER, OURS, Script(stir="TN-Validation-Passed-A", call_token="added later"))
    validator = RequestValidator(TOKEN)
    for path, params, headers in ours.got:
        signed = {name: value for name, value in params.items() if name != "CallToken"}
        assert validator.validate(ours.url + path, signed, headers["X-Twilio-Signature"])
        assert len(headers["I-Twilio-Idempotency-Token"]) == 32
    assert ours.got[0][1]["CallToken"] == "added later"


@pytest.mark.parametrize(
    ("phone", "status", "told"),
    [
        (Phone(does="busy"), "no-answer", "busy"),
        (Phone(does="no-answer"), "no-answer", "no-answer"),
        (Phone(rings=25), "no-answer", "no-answer"),
        (Phone(does="failed"), "no-answer", "failed"),
    ],
)
def test_a_phone_that_nobody_takes(ours, twilio, phone, status, told):
    ended = twilio.call(CALLER, OURS, Script(phone=phone))
    assert ended.status == status
    (done,) = ours.told("/done?x=1")
    assert done["DialCallStatus"] == told
    assert "DialCallDuration" not in done


def test_a_mailbox_presses_nothing_and_is_not_put_through(ours, twilio):
    twilio.call(CALLER, OURS, Script(phone=Phone(does="mailbox")))
    (done,) = ours.told("/done?x=1")
    assert (done["DialCallStatus"], done["DialBridged"]) == ("completed", "false")
    assert "/key" not in ours.paths()


def test_who_hangs_up_early_has_gone_but_the_action_is_asked(ours, twilio):
    ended = twilio.call(CALLER, OURS, Script(gives_up_after=3, phone=Phone(rings=10)))
    (done,) = ours.told("/done?x=1")
    assert (done["DialCallStatus"], done["CallStatus"]) == ("canceled", "canceled")
    assert ended.status == "canceled"


def test_two_phones_ring_at_once_and_the_second_is_left_alone_when_the_first_answers(ours, twilio):
    ours.documents["/voice"] = (
        f'<Dial action="/done"><Number>{SALES}</Number><Number>+15550100031</Number></Dial>'
    )
    phones = {SALES: Phone(rings=9), "+15550100031": Phone(rings=4)}
    ended = twilio.call(CALLER, OURS, Script(phones=phones))
    assert ended.rung == [SALES, "+15550100031"]
    legs = [row for row in twilio.books.calls.values() if row["parent_call_sid"]]
    assert [leg["status"] for leg in legs] == ["canceled", "completed"]


def test_in_turn_the_next_phone_rings_when_the_first_is_busy(ours, twilio):
    ours.documents["/voice"] = (
        f'<Dial sequential="true" action="/done"><Number>{SALES}</Number><Number>+15550100031</Number></Dial>'
    )
    ended = twilio.call(CALLER, OURS, Script(phones={SALES: Phone(does="busy")}))
    assert (ended.status, ended.rung) == ("completed", [SALES, "+15550100031"])


def test_a_message_is_left_and_its_recording_told(ours, twilio):
    ours.documents["/voice"] = (
        '<Say>Leave one</Say><Record action="/done" recordingStatusCallback="/recorded"/>'
    )
    ended = twilio.call(CALLER, OURS, Script(message=12))
    assert ended.heard == ["Say: Leave one"]
    assert ours.told("/done")[0]["RecordingDuration"] == "12"
    assert ours.told("/recorded")[0]["RecordingSource"] == "RecordVerb"
    assert ended.status == "completed"


def test_silence_at_the_beep_falls_through(ours, twilio):
    ours.documents["/voice"] = '<Record action="/done"/><Say>Bye</Say>'
    assert twilio.call(CALLER, OURS, Script(message=None)).heard == ["Say: Bye"]
    assert "/done" not in ours.paths()


def test_after_an_action_the_document_does_not_go_on_and_without_one_it_does(ours, twilio):
    ours.documents["/voice"] = f'<Dial action="/done">{SALES}</Dial><Say>Never</Say>'
    assert twilio.call(CALLER, OURS).heard == []
    ours.documents["/voice"] = f"<Dial>{SALES}</Dial><Say>Nobody</Say>"
    assert twilio.call(CALLER, OURS, Script(phone=Phone(does="busy"))).heard == ["Say: Nobody"]


def test_keys_of_the_caller_go_to_the_action_and_silence_goes_on(ours, twilio):
    ours.documents["/voice"] = '<Gather action="/menu"><Say>Press</Say></Gather><Redirect>/voice2</Redirect>'
    ours.documents |= {"/menu": "<Reject/>", "/voice2": "<Say>Slow</Say>"}
    assert twilio.call(CALLER, OURS).heard == ["Say: Press", "Say: Slow"]
    ours.documents["/menu"] = "<Say>Seven</Say>"
    assert twilio.call(CALLER, OURS, Script(caller_keys=("7",))).heard == ["Say: Press", "Say: Seven"]
    assert ours.told("/menu")[0]["Digits"] == "7"


@pytest.mark.parametrize(("reason", "status"), [("busy", "busy"), ("rejected", "no-answer")])
def test_a_rejected_call_was_never_answered(ours, twilio, reason, status):
    ours.documents["/voice"] = f'<Reject reason="{reason}"/>'
    assert twilio.call(CALLER, OURS).status == status
    assert ours.told("/status")[0]["CallDuration"] == "0"


@pytest.mark.parametrize("answer", [500, 404, 302, 400])
def test_when_we_fail_the_fallback_is_asked_with_the_reason(ours, twilio, answer):
    ours.documents["/voice"] = answer
    number = twilio.books.number_called(OURS)
    number["voice_fallback_url"] = f"{ours.url}/plan-b"
    ours.documents["/plan-b"] = f"<Dial>{SALES}</Dial>"
    assert twilio.call(CALLER, OURS).rung == [SALES]
    (plan_b,) = ours.told("/plan-b")
    assert (plan_b["ErrorCode"], plan_b["ErrorUrl"]) == ("11200", f"{ours.url}/voice?src=ig")


def test_without_a_fallback_the_caller_hears_an_error(ours, twilio):
    ours.documents["/voice"] = 500
    ended = twilio.call(CALLER, OURS)
    assert (ended.is_error, ended.rung) == (True, [])


def test_the_fragment_is_an_order_and_never_reaches_us(ours, twilio):
    number = twilio.books.number_called(OURS)
    number["voice_url"] = f"{ours.url}/voice#rt=200&rc=2&rp=rt,5xx"
    ours.slow["/voice"] = 0.5
    assert twilio.call(CALLER, OURS).is_error
    asked = [(path, headers) for path, _params, headers in ours.got if path.startswith("/voice")]
    assert [path for path, _headers in asked] == ["/voice"] * 3
    assert len({headers["I-Twilio-Idempotency-Token"] for _path, headers in asked}) == 1


def test_the_documented_limits_hold_where_nothing_is_ordered():
    order = Order.of("")
    assert (order.connect, order.read, order.retries) == (5, 15, 1)
    assert order.again("ct")
    assert not order.again("5xx")


@pytest.mark.parametrize("order", ["reversed", "shuffled"])
def test_callbacks_come_in_another_order_twice_or_not_at_all(ours, twilio, order):
    delivery = Delivery(order=order, times=2, loses=lambda params: params.get("CallStatus") == "ringing")
    twilio.call(CALLER, OURS, Script(delivery=delivery))
    lines = [line["SequenceNumber"] for line in ours.told("/line")]
    assert len(lines) == 6
    assert lines != sorted(lines)
    assert ours.paths().index("/done?x=1") < ours.paths().index("/line")


def test_an_application_in_place_of_our_address_leaves_us_out(ours, twilio):
    twilio.books.number_called(OURS)["voice_application_sid"] = "AP1"
    assert twilio.call(CALLER, OURS).status == "no-answer"
    assert ours.paths() == ["/status"]


def test_a_text_reaches_our_address_signed(ours, twilio):
    twilio.books.number_called(OURS)["sms_url"] = f"{ours.url}/message"
    row = twilio.text(CALLER, OURS, "Hello")
    (told,) = ours.told("/message")
    assert (told["MessageSid"], told["Body"], told["From"]) == (row["sid"], "Hello", CALLER)


def test_the_official_vectors_hold():
    vectors = json.loads((Path(__file__).parent / "twilio_signatures.json").read_text())
    validator = RequestValidator(vectors["token"])
    assert validator.compute_signature(vectors["uri"], vectors["params"]) == vectors["expected_sha1_b64"]
    doubled = QueryDict(vectors["dup_query_string"])
    assert validator.compute_signature(vectors["uri"], doubled) == vectors["dup_expected_sha1_b64"]
