"""The carrier as a whole: its REST interface over HTTP, its post office, and callers to be sent out."""

import threading
from datetime import datetime
from http.server import ThreadingHTTPServer
from typing import Any

from tests.phones.fake_twilio.books import Books
from tests.phones.fake_twilio.caller import Caller, CallOutcome
from tests.phones.fake_twilio.clock import Clock, rfc2822
from tests.phones.fake_twilio.doors import Door, HttpDoor
from tests.phones.fake_twilio.post import Delivery, Post
from tests.phones.fake_twilio.rest import Asked, Rest
from tests.phones.fake_twilio.script import Script
from tests.phones.fake_twilio.trouble import Trouble

ACCOUNT = "AC" + "0" * 31 + "1"
TOKEN = "12345"


class FakeTwilio:
    """One account at a carrier of our own. A context manager; `url` is for LEADTRACK_TWILIO_API."""

    def __init__(
        self,
        *,
        account: str = ACCOUNT,
        token: str = TOKEN,
        door: Door | None = None,
        start: datetime | None = None,
        speed: float = 0,
        port: int = 0,
    ) -> None:
        self.clock = Clock(start, speed)
        self.books = Books(account, token, self.clock)
        self.post = Post(account, token, door or HttpDoor())
        self.troubles: list[Trouble] = []
        # Every request to the REST interface, also those that failed.
        self.asked: list[Asked] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", port), Rest)
        self._server.daemon_threads = True
        self._server.carrier = self  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """The base address of the REST interface, of all of Twilio's products."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "FakeTwilio":
        self._thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def call(self, from_: str, to: str, script: Script | None = None) -> CallOutcome:
        """Somebody calls a number of the account; returns when the call and its callbacks are over."""
        return Caller(self.books, self.post, from_, to, script or Script()).run()

    def text(self, from_: str, to: str, body: str) -> dict[str, Any]:
        """Somebody writes to a number of the account (`whatsapp:` before both for WhatsApp)."""
        row = self.books.write(from_=from_, to=to, body=body, direction="inbound", status="received")
        number = self.books.number_called(to.removeprefix("whatsapp:"))
        told = {
            "AccountSid": self.books.account,
            "ApiVersion": "2010-04-01",
            "MessageSid": row["sid"],
            "SmsSid": row["sid"],
            "SmsMessageSid": row["sid"],
            "SmsStatus": "received",
            "From": from_,
            "To": to,
            "Body": body,
            "NumMedia": "0",
            "NumSegments": "1",
        }
        if number is not None and number["sms_url"]:
            self.post.ask(number["sms_url"], told)
        return row

    def deliver_texts(self, status: str = "delivered", error: str = "", **delivery: Any) -> int:
        """Texts that we sent reach their phones (or do not), and the carrier tells so; how many."""
        waiting = [row for row in self.books.messages.values() if row["status"] == "queued"]
        letters = Delivery(**delivery)
        for row in waiting:
            for step in ("sent", status):
                row |= {"status": step, "error_code": int(error) if error and step == status else None}
                told = {
                    "AccountSid": self.books.account,
                    "MessageSid": row["sid"],
                    "SmsSid": row["sid"],
                    "MessageStatus": step,
                    "From": row["from"],
                    "To": row["to"],
                }
                if error and step == status:
                    told["ErrorCode"] = error
                self.post.tell(row.get("_callback", ""), told, letters)
        self.post.deliver_held(letters)
        return len(waiting)

    def place_calls(self, script: Script | None = None) -> list[CallOutcome]:
        """Phones that we asked to be rung ring now. One to a number of the account is a call to it."""
        waiting = [row for row in self.books.calls.values() if row.get("_wanted")]
        return [self._place(row, row.pop("_wanted"), script or Script()) for row in waiting]

    def _place(self, row: dict[str, Any], wanted: dict[str, str], script: Script) -> CallOutcome:
        """The line that was ordered: answered by the number's own flow, or by the phone of the script."""
        told = {"initiated": "initiated", "ringing": "ringing"}
        self._tell(row, wanted, "initiated", 0)
        self._tell(row, wanted, told["ringing"], 1)
        if self.books.number_called(row["to"]):
            reached = self.call(row["from"], row["to"], script)
            does = "answer" if reached.status == "completed" else reached.status
        else:
            reached = CallOutcome(sid=row["sid"])
            does = script.does(row["to"]).does
        status = "completed" if does == "answer" else does
        if status == "completed":
            self._tell(row, wanted, "in-progress", 2)
            if "Url" in wanted:
                self.post.ask(wanted["Url"], self._line(row, "in-progress"))
        seconds = script.talks if status == "completed" else 0
        self.books.end_call(row["sid"], status, seconds=seconds, lasted=seconds)
        self._tell(row, wanted, status, 3, CallDuration=str(seconds))
        reached.status = reached.status or status
        return reached

    def _line(self, row: dict[str, Any], status: str) -> dict[str, str]:
        return {
            "AccountSid": self.books.account,
            "ApiVersion": "2010-04-01",
            "CallSid": row["sid"],
            "CallStatus": status,
            "Direction": "outbound-api",
            "From": row["from"],
            "To": row["to"],
        }

    def _tell(
        self, row: dict[str, Any], wanted: dict[str, str], status: str, number: int, **more: str
    ) -> None:
        event = {"in-progress": "answered", "initiated": "initiated", "ringing": "ringing"}
        if event.get(status, "completed") not in wanted.get("StatusCallbackEvent", "completed").split():
            return
        told = {
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(number),
            "Timestamp": rfc2822(self.clock.now()) or "",
        }
        self.post.tell(wanted.get("StatusCallback", ""), self._line(row, status) | told | more, Delivery())
