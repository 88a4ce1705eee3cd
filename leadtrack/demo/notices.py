"""What Twilio sends when somebody calls, signed by its published algorithm, without the SDK. Pure."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

from leadtrack.demo.adverts import FORWARD_TO

# A made-up account: whoever knows the token can sign calls to this demo, and README tells it.
ACCOUNT_SID: Final = "AC" + "de30" * 8
AUTH_TOKEN: Final = "demo-auth-token"  # noqa: S105


def ringing(*, sid: str, called: str, caller: str) -> dict[str, str]:
    """The voice webhook: a phone rings. An empty `caller` withholds the number."""
    sent = caller or "anonymous"
    return {
        "AccountSid": ACCOUNT_SID,
        "ApiVersion": "2010-04-01",
        "CallSid": sid,
        "CallStatus": "ringing",
        "Called": called,
        "Caller": sent,
        "Direction": "inbound",
        "From": sent,
        "To": called,
    }


def dial_done(*, sid: str, called: str, caller: str, talk_seconds: int | None) -> dict[str, str]:
    """The dial's end: sales was reached and talked, or (None) nobody answered."""
    told = {"CallStatus": "in-progress", "DialCallSid": f"CA{sid[:1:-1]}"}
    if talk_seconds is None:
        told["DialCallStatus"] = "no-answer"
    else:
        told |= {"DialCallStatus": "completed", "DialCallDuration": str(talk_seconds), "DialBridged": "true"}
    return ringing(sid=sid, called=called, caller=caller) | told


def ended(*, sid: str, called: str, caller: str, seconds: int) -> dict[str, str]:
    """The number's own status callback: the caller's line is over."""
    told = {
        "CallStatus": "completed",
        "CallDuration": str(seconds),
        "CallbackSource": "call-progress-events",
        "SequenceNumber": "0",
    }
    return ringing(sid=sid, called=called, caller=caller) | told


def picked_up(*, sid: str, caller: str, phone: str = FORWARD_TO) -> dict[str, str]:
    """A status callback about the sales line: somebody answers."""
    return {
        "AccountSid": ACCOUNT_SID,
        "CallSid": f"CA{sid[:1:-1]}",
        "ParentCallSid": sid,
        "CallStatus": "in-progress",
        "Direction": "outbound-dial",
        "From": caller or "anonymous",
        "To": phone,
        "CallbackSource": "call-progress-events",
        "SequenceNumber": "2",
    }


def texted(*, sid: str, called: str, sender: str, body: str) -> dict[str, str]:
    """The message webhook: somebody writes."""
    return {
        "AccountSid": ACCOUNT_SID,
        "ApiVersion": "2010-04-01",
        "MessageSid": sid,
        "SmsSid": sid,
        "SmsStatus": "received",
        "From": sender,
        "To": called,
        "Body": body,
        "NumMedia": "0",
        "NumSegments": "1",
    }


def signature(url: str, params: Mapping[str, str], token: str) -> str:
    """X-Twilio-Signature: base64 of HMAC-SHA1 over the URL, then each name with its value, sorted by name."""
    text = url + "".join(name + params[name] for name in sorted(params))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()
