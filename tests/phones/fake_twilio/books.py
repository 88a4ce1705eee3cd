"""What the carrier knows: numbers for sale and sold, calls, recordings, messages, as its JSON."""

import itertools
import secrets
import threading
from datetime import datetime, timedelta
from typing import Any

from tests.phones.fake_twilio.clock import Clock, rfc2822

API = "/2010-04-01/Accounts"
_SETTABLE = {
    "FriendlyName": "friendly_name",
    "VoiceUrl": "voice_url",
    "VoiceMethod": "voice_method",
    "VoiceFallbackUrl": "voice_fallback_url",
    "VoiceFallbackMethod": "voice_fallback_method",
    "StatusCallback": "status_callback",
    "StatusCallbackMethod": "status_callback_method",
    "SmsUrl": "sms_url",
    "SmsMethod": "sms_method",
    "SmsApplicationSid": "sms_application_sid",
    "VoiceApplicationSid": "voice_application_sid",
    "TrunkSid": "trunk_sid",
    "AddressSid": "address_sid",
    "BundleSid": "bundle_sid",
}


class RefusedError(Exception):
    """Twilio's way to say no: status, its own code, its message."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class Books:
    """One account. Rows are dictionaries in Twilio's own names, ready to be sent as JSON."""

    def __init__(self, account: str, token: str, clock: Clock) -> None:
        self.account, self.token, self.clock = account, token, clock
        self.for_sale: dict[str, dict[str, Any]] = {}
        self.numbers: dict[str, dict[str, Any]] = {}
        self.calls: dict[str, dict[str, Any]] = {}
        self.recordings: dict[str, dict[str, Any]] = {}
        self.sounds: dict[str, bytes] = {}
        self.messages: dict[str, dict[str, Any]] = {}
        self.prices: dict[str, dict[str, Any]] = {}
        # What was bought, in order: money.
        self.paid: list[str] = []
        self.lock = threading.RLock()
        self._count = itertools.count(1)

    def sid(self, kind: str) -> str:
        """A new id of Twilio's shape."""
        return f"{kind}{secrets.token_hex(12)}{next(self._count):08x}"

    def sell(self, number: str, *, country: str = "US", kind: str = "Local", **fields: Any) -> dict[str, Any]:
        """Put a number on the shelf. `refuses` is a code with which its purchase fails."""
        self.for_sale[number] = {
            "friendly_name": number,
            "phone_number": number,
            "lata": None,
            "locality": "Hilo",
            "rate_center": None,
            "latitude": None,
            "longitude": None,
            "region": "HI",
            "postal_code": None,
            "iso_country": country,
            "address_requirements": "none",
            "beta": False,
            # As the live interface writes them; the specification has small letters.
            "capabilities": {"voice": True, "SMS": True, "MMS": False},
            "_kind": kind,
        } | fields
        return self.for_sale[number]

    def own(self, number: str, **fields: str) -> dict[str, Any]:
        """A number that the account has had for long."""
        return self._new_number(number, fields)

    def buy(self, params: dict[str, str]) -> dict[str, Any]:
        """POST IncomingPhoneNumbers.json. Raises RefusedError with the documented codes."""
        number = params.get("PhoneNumber", "")
        offer = self.for_sale.get(number)
        if not number.startswith("+") or not number[1:].isdecimal():
            raise RefusedError(400, 21421, f"{number} is invalid")
        if offer is None:
            raise RefusedError(400, 21422, f"{number} is not available")
        if code := offer.get("_refuses"):
            raise RefusedError(400, code, "An address or bundle is required")
        del self.for_sale[number]
        self.paid.append(number)
        return self._new_number(number, params, offer["capabilities"])

    def configure(self, sid: str, params: dict[str, str]) -> dict[str, Any]:
        """POST IncomingPhoneNumbers/{sid}.json."""
        row = self.numbers[sid]
        row |= {_SETTABLE[name]: value for name, value in params.items() if name in _SETTABLE}
        # Setting one of them deletes the other.
        if params.get("VoiceApplicationSid"):
            row["trunk_sid"] = None
        if params.get("TrunkSid"):
            row["voice_application_sid"] = ""
        row["date_updated"] = rfc2822(self.clock.now())
        return row

    def number_called(self, number: str) -> dict[str, Any] | None:
        """The account's number that is dialled; None when it is none."""
        return next((row for row in self.numbers.values() if row["phone_number"] == number), None)

    def log_call(self, *, from_: str, to: str, direction: str, parent: str | None = None) -> dict[str, Any]:
        """A new line of the list of calls."""
        now = self.clock.now()
        ours = self.number_called(to) or self.number_called(from_) or {}
        sid = self.sid("CA")
        self.calls[sid] = {
            "sid": sid,
            "account_sid": self.account,
            "api_version": "2010-04-01",
            "answered_by": None,
            "caller_name": None,
            "date_created": rfc2822(now),
            "date_updated": rfc2822(now),
            "direction": direction,
            "duration": None,
            "end_time": None,
            "forwarded_from": None,
            "from": from_,
            "from_formatted": from_,
            "group_sid": None,
            "parent_call_sid": parent,
            "phone_number_sid": ours.get("sid"),
            "price": None,
            "price_unit": "USD",
            "queue_time": "0",
            "start_time": rfc2822(now),
            "status": "queued",
            "subresource_uris": {},
            "to": to,
            "to_formatted": to,
            "trunk_sid": None,
            "uri": f"{API}/{self.account}/Calls/{sid}.json",
            "_started": now,
        }
        return self.calls[sid]

    def end_call(self, sid: str, status: str, *, seconds: int, lasted: float) -> None:
        """How it ended; the price is told later (`settle_prices`). It `lasted` longer than is billed.

        Where a call takes no time at all, its line says that it began earlier, not that it ends later.
        """
        row, now = self.calls[sid], self.clock.now()
        if not self.clock.is_told:
            row["_started"] = min(row["_started"], now - timedelta(seconds=lasted))
            row["start_time"] = rfc2822(row["_started"])
        row |= {"status": status, "end_time": rfc2822(now), "duration": str(seconds)}

    def settle_prices(self, price: str = "-0.00850") -> None:
        """The night's work of the carrier: every ended call gets its price."""
        for row in self.calls.values():
            if row["end_time"]:
                row["price"] = price

    def record(self, call: str, seconds: int, source: str, *, is_late: bool = False) -> dict[str, Any]:
        """A recording of a call, its file ready at once or when told."""
        sid = self.sid("RE")
        self.recordings[sid] = {
            "sid": sid,
            "account_sid": self.account,
            "api_version": "2010-04-01",
            "call_sid": call,
            "channels": 1,
            "date_created": rfc2822(self.clock.now()),
            "date_updated": rfc2822(self.clock.now()),
            "start_time": rfc2822(self.clock.now()),
            "duration": str(seconds),
            "price": None,
            "price_unit": "USD",
            "source": source,
            "status": "processing" if is_late else "completed",
            "uri": f"{API}/{self.account}/Recordings/{sid}.json",
        }
        # No real sound, but bytes that can be told apart.
        self.sounds[sid] = b"ID3" + sid.encode() * 100
        return self.recordings[sid]

    def begin_recording(self, call: str) -> dict[str, Any]:
        """A recording that runs while the call goes on."""
        self.record(call, 0, "DialVerb")
        return self._set_recording(call, "in-progress", was="completed")

    def pause_recording(self, call: str, status: str) -> dict[str, Any]:
        """POST Calls/{sid}/Recordings/Twilio.CURRENT.json. KeyError when none is running."""
        if status not in ("paused", "in-progress"):
            raise RefusedError(400, 20001, f"Status {status} is invalid")
        return self._set_recording(call, status, was="in-progress paused")

    def _set_recording(self, call: str, status: str, *, was: str) -> dict[str, Any]:
        rows = [row for row in self.recordings.values() if row["call_sid"] == call]
        running = next((row for row in reversed(rows) if row["status"] in was.split()), None)
        if running is None:
            raise KeyError(call)
        running["status"] = status
        return running

    def finish_recordings(self) -> None:
        """The files of late recordings can be fetched now."""
        for row in self.recordings.values():
            row["status"] = "completed"

    def write(self, *, from_: str, to: str, body: str, direction: str, status: str) -> dict[str, Any]:
        """A new message."""
        sid = self.sid("SM")
        self.messages[sid] = {
            "sid": sid,
            "account_sid": self.account,
            "api_version": "2010-04-01",
            "body": body,
            "date_created": rfc2822(self.clock.now()),
            "date_sent": None,
            "date_updated": rfc2822(self.clock.now()),
            "direction": direction,
            "error_code": None,
            "error_message": None,
            "from": from_,
            "messaging_service_sid": None,
            "num_media": "0",
            "num_segments": "1",
            "price": None,
            "price_unit": None,
            "status": status,
            "subresource_uris": {},
            "to": to,
            "uri": f"{API}/{self.account}/Messages/{sid}.json",
        }
        return self.messages[sid]

    def calls_of(self, *, since: datetime | None, before: datetime | None) -> list[dict[str, Any]]:
        """The list of calls, newest first."""
        rows = sorted(self.calls.values(), key=lambda row: row["_started"], reverse=True)
        return [
            row
            for row in rows
            if (since is None or row["_started"] >= since) and (before is None or row["_started"] < before)
        ]

    def _new_number(
        self, number: str, params: dict[str, str], capabilities: dict[str, bool] | None = None
    ) -> dict[str, Any]:
        sid = self.sid("PN")
        now = rfc2822(self.clock.now())
        self.numbers[sid] = {
            "sid": sid,
            "account_sid": self.account,
            "address_requirements": "none",
            "address_sid": None,
            "api_version": "2010-04-01",
            "beta": False,
            "capabilities": capabilities or {"voice": True, "sms": True, "mms": False, "fax": False},
            "date_created": now,
            "date_updated": now,
            "friendly_name": number,
            "identity_sid": None,
            "origin": "twilio",
            "phone_number": number,
            "sms_application_sid": "",
            "sms_fallback_method": "POST",
            "sms_fallback_url": "",
            "sms_method": "POST",
            "sms_url": "",
            "status": "in-use",
            "status_callback": "",
            "status_callback_method": "POST",
            "trunk_sid": None,
            "uri": f"{API}/{self.account}/IncomingPhoneNumbers/{sid}.json",
            "voice_application_sid": "",
            "voice_caller_id_lookup": False,
            "voice_fallback_method": "POST",
            "voice_fallback_url": None,
            "voice_method": "POST",
            # A new number says how to set it up until it is set up.
            "voice_url": "https://demo.twilio.com/welcome/voice/",
        }
        return self.configure(sid, params)
