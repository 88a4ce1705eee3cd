"""Twilio as our doors meet it. Signs by the published algorithm, so that the SDK is checked too."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.test import Client

ACCOUNT = "AC" + "0" * 31 + "1"
TOKEN = "12345"
OURS = "+15550100020"
CALLER = "+15550100010"
SALES = "+15550100030"
VOICE, DIAL_DONE, STATUS = "/hooks/twilio/voice", "/hooks/twilio/dial-done", "/hooks/twilio/status"


def signature_of(url: str, body: str, token: str = TOKEN) -> str:
    """Base64 HMAC-SHA1 of the URL and each name with each distinct value, sorted, nothing between."""
    pairs = sorted(set(parse_qsl(body, keep_blank_values=True)))
    text = url + "".join(name + value for name, value in pairs)
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def signed_post(
    client: Client,
    path: str,
    params: Mapping[str, str],
    token: str = TOKEN,
    base: str = "http://testserver",
    **headers: str,
) -> Any:
    """POST the form as Twilio would, to a path that may carry a query string."""
    body = urlencode(params)
    return client.post(
        path,
        body,
        content_type="application/x-www-form-urlencoded",
        headers={"X-Twilio-Signature": signature_of(base + path, body, token), **headers},
    )


def call_sid(number: int = 1) -> str:
    """A call id of Twilio's shape."""
    return f"CA{number:032x}"


def ringing(sid: str = call_sid(), caller: str = CALLER, called: str = OURS, **more: str) -> dict[str, str]:
    """What the voice webhook sends when a phone rings."""
    return {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "CallSid": sid,
        "CallStatus": "ringing",
        "Called": called,
        "CalledCity": "",
        "Caller": caller,
        "Direction": "inbound",
        "From": caller,
        "FromCity": "",
        "To": called,
    } | more


def dial_done(outcome: str, seconds: int | None = None, sid: str = call_sid(), **more: str) -> dict[str, str]:
    """What the Dial's action sends when ringing sales is over; by default the caller still waits."""
    told = {"DialCallStatus": outcome, "DialCallSid": "CA" + "f" * 32, "CallStatus": "in-progress"}
    if seconds is not None:
        told |= {"DialCallDuration": str(seconds), "DialBridged": "true"}
    return ringing(sid) | told | more


def sales_line(state: str, number: int, sid: str = call_sid(), **more: str) -> dict[str, str]:
    """A status callback about the line to the sales phone; `number` is its SequenceNumber."""
    return {
        "AccountSid": ACCOUNT,
        "CallSid": "CA" + "f" * 32,
        "ParentCallSid": sid,
        "CallStatus": state,
        "Direction": "outbound-dial",
        "From": CALLER,
        "To": SALES,
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(number),
    } | more


def caller_line(state: str, sid: str = call_sid(), **more: str) -> dict[str, str]:
    """The status callback of the number itself, sent once when the caller's line ends."""
    ended = {"CallStatus": state, "CallbackSource": "call-progress-events", "SequenceNumber": "0"}
    return ringing(sid) | ended | more
