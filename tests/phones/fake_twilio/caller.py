"""A caller: dials a number of the account, follows what our TwiML says, and hangs up."""

from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as ET

from tests.phones.fake_twilio.books import Books
from tests.phones.fake_twilio.clock import rfc2822
from tests.phones.fake_twilio.dial import Dialling
from tests.phones.fake_twilio.post import Post, join
from tests.phones.fake_twilio.script import Script

_MOST_DOCUMENTS = 30
_SAYING = 3


class HungUpError(Exception):
    """The caller's line is over; `status` as Twilio says it, "" where it follows from the call."""

    def __init__(self, status: str = "") -> None:
        super().__init__(status)
        self.status = status


@dataclass
class CallOutcome:
    """What became of the caller's line, for tests to look at."""

    sid: str
    status: str = ""
    # What the caller heard, in order: verbs with their text.
    heard: list[str] = field(default_factory=list)
    # Numbers that were rung.
    rung: list[str] = field(default_factory=list)
    # An application error was played: our webhook and its fallback failed.
    is_error: bool = False
    recordings: list[str] = field(default_factory=list)


class Caller:
    """One call to one of the account's numbers."""

    def __init__(self, books: Books, post: Post, from_: str, to: str, script: Script) -> None:
        self.books, self.post, self.script = books, post, script
        self.from_, self.to = from_, to
        self.row = books.log_call(from_=from_, to=to, direction="inbound")
        self.outcome = CallOutcome(sid=self.row["sid"])
        self.status = "ringing"
        self.elapsed = 0.0
        # When the caller's line was answered, in seconds of the call.
        self.answered_at: float | None = None
        self._keys = list(script.caller_keys)
        self._documents = 0

    def run(self) -> CallOutcome:
        """Everything from the first ring to the last callback."""
        number = self.books.number_called(self.to)
        if number is None:
            return self._end("failed", {})
        try:
            self._ask_first(number)
        except HungUpError as over:
            return self._end(over.status, number)
        return self._end("", number)

    def params(self, **more: str) -> dict[str, str]:
        """What every request about this line says."""
        told = {
            "AccountSid": self.books.account,
            "ApiVersion": "2010-04-01",
            "CallSid": self.row["sid"],
            "CallStatus": self.status,
            "Called": self.to,
            "CalledCity": "",
            "CalledCountry": "",
            "CalledState": "",
            "CalledZip": "",
            "Caller": self.from_,
            "CallerCity": "",
            "Direction": "inbound",
            "From": self.from_,
            "FromCity": "",
            "To": self.to,
            "ToCity": "",
        }
        if self.script.stir:
            told["StirVerstat"] = self.script.stir
        return told | more

    def pass_(self, seconds: float) -> None:
        """Let time go by; the caller may give up meanwhile, which ends it early."""
        left = self.patience
        self.books.clock.pass_(min(seconds, left))
        self.elapsed += min(seconds, left)
        if left <= seconds:
            self.status = "completed" if self.answered_at is not None else "canceled"
            raise HungUpError(self.status)

    @property
    def patience(self) -> float:
        """Seconds until the caller gives up."""
        limit = self.script.gives_up_after
        return float("inf") if limit is None else max(limit - self.elapsed, 0)

    def answer(self) -> None:
        """The carrier (or a phone, with answerOnBridge) takes the caller's line: billing starts."""
        if self.answered_at is None:
            self.answered_at = self.elapsed
            self.status = "in-progress"

    def _ask_first(self, number: dict[str, Any]) -> None:
        """The number's own address, and its fallback when that fails."""
        extra = {"CallToken": self.script.call_token} if self.script.call_token else {}
        if number["voice_application_sid"] or number["trunk_sid"]:
            raise HungUpError("no-answer")
        url = number["voice_url"] or ""
        document = self._fetch(url, self.params(**extra)) if url else None
        fallback = number["voice_fallback_url"]
        if document is None and fallback:
            error = {"ErrorCode": "11200", "ErrorUrl": url}
            url, document = fallback, self._fetch(fallback, self.params(**extra, **error))
        self._perform(url, document)

    def ask(self, url: str, params: dict[str, str]) -> None:
        """Go on with the document at an address, and never come back."""
        document = self._fetch(url, params)
        number = self.books.number_called(self.to) or {}
        if document is None and number.get("voice_fallback_url"):
            url = number["voice_fallback_url"]
            document = self._fetch(url, params | {"ErrorCode": "11200", "ErrorUrl": url})
        self._perform(url, document)

    def _fetch(self, url: str, params: dict[str, str]) -> ET.Element | None:
        """A TwiML document; None where there was no good answer, or it is none."""
        self._documents += 1
        assert self._documents < _MOST_DOCUMENTS, "our TwiML runs in circles"
        heard = self.post.ask(url, params)
        if heard is None or not heard.body.strip() or "xml" not in heard.content_type:
            return None
        try:
            document = ET.fromstring(heard.body)
        except ET.ParseError:
            return None
        return document if document.tag == "Response" else None

    def _perform(self, url: str, document: ET.Element | None) -> None:
        if document is None:
            self.answer()
            self.outcome.is_error = True
            raise HungUpError
        for verb in document:
            perform = getattr(self, f"_{verb.tag.lower()}", None)
            assert perform is not None, f"the fake carrier does not know <{verb.tag}>"
            perform(verb, url)
        raise HungUpError

    def _say(self, verb: ET.Element, url: str) -> None:
        self.answer()
        self.outcome.heard.append(f"Say: {verb.text or ''}")
        self.pass_(_SAYING)

    def _play(self, verb: ET.Element, url: str) -> None:
        self.answer()
        self.outcome.heard.append(f"Play: {verb.text or ''}")
        self.pass_(_SAYING)

    def _pause(self, verb: ET.Element, url: str) -> None:
        self.answer()
        self.pass_(int(verb.get("length", "1")))

    def _hangup(self, verb: ET.Element, url: str) -> None:
        raise HungUpError

    def _reject(self, verb: ET.Element, url: str) -> None:
        assert self.answered_at is None, "Reject is only good as the first verb"
        raise HungUpError("busy" if verb.get("reason") == "busy" else "no-answer")

    def _redirect(self, verb: ET.Element, url: str) -> None:
        self.ask(join(url, verb.text or ""), self.params())

    def _gather(self, verb: ET.Element, url: str) -> None:
        self.answer()
        for inner in verb:
            getattr(self, f"_{inner.tag.lower()}")(inner, url)
        keys = self._keys.pop(0) if self._keys else ""
        if not keys:
            self.pass_(int(verb.get("timeout", "5")))
        if keys or verb.get("actionOnEmptyResult") == "true":
            self.ask(join(url, verb.get("action", url)), self.params(Digits=keys))

    def _record(self, verb: ET.Element, url: str) -> None:
        """The message. Silence falls through to the next verb; hanging up still asks for the action."""
        self.answer()
        seconds = self.script.message
        if seconds is None:
            self.pass_(int(verb.get("timeout", "5")))
            self._tell_recording(verb, url, None)
            return
        spoken = min(seconds, int(verb.get("maxLength", "3600")))
        self.pass_(spoken)
        self.status = "completed"
        row = self._recording(spoken, "RecordVerb") if spoken else None
        action = join(url, verb.get("action", url))
        told = {"RecordingDuration": str(spoken), "Digits": "hangup"}
        if row is not None:
            told |= {"RecordingUrl": self._url_of(row), "RecordingSid": row["sid"]}
            self.post.ask(action, self.params(**told))
        self._tell_recording(verb, url, row)
        raise HungUpError("completed")

    def _dial(self, verb: ET.Element, url: str) -> None:
        dialling = Dialling(self, verb, url)
        told = dialling.run()
        action = verb.get("action")
        if dialling.is_caller_gone:
            if action:
                self.post.ask(join(url, action), self.params(**told))
            raise HungUpError(self.status)
        if action:
            self.ask(join(url, action), self.params(**told))

    def record_talk(self, verb: ET.Element, url: str, seconds: int) -> dict[str, str]:
        """The recording of a dial, where it asks for one; what the action is told of it."""
        if verb.get("record", "do-not-record") == "do-not-record":
            return {}
        row = self._recording(seconds, "DialVerb")
        self._tell_recording(verb, url, row)
        return {"RecordingUrl": self._url_of(row), "RecordingSid": row["sid"]}

    def _recording(self, seconds: int, source: str) -> dict[str, Any]:
        row = self.books.record(self.row["sid"], seconds, source, is_late=self.script.is_recording_late)
        self.outcome.recordings.append(row["sid"])
        return row

    def _tell_recording(self, verb: ET.Element, url: str, row: dict[str, Any] | None) -> None:
        """completed or absent, as far as the document wants to hear of it."""
        callback = verb.get("recordingStatusCallback")
        event = "absent" if row is None else "completed"
        if not callback or event not in verb.get("recordingStatusCallbackEvent", "completed").split():
            return
        told = {
            "AccountSid": self.books.account,
            "CallSid": self.row["sid"],
            "RecordingStatus": event,
            "RecordingSid": row["sid"] if row else self.books.sid("RE"),
            "RecordingChannels": "2" if "dual" in verb.get("record", "") else "1",
            "RecordingTrack": "both",
            "RecordingStartTime": rfc2822(self.books.clock.now()) or "",
            "ErrorCode": "0",
        }
        if row is not None:
            told |= {"RecordingUrl": self._url_of(row), "RecordingDuration": row["duration"]}
            told["RecordingSource"] = row["source"]
        self.post.tell(join(url, callback), told, self.script.delivery)

    def _url_of(self, row: dict[str, Any]) -> str:
        return f"https://api.twilio.com{row['uri'].removesuffix('.json')}"

    def _end(self, status: str, number: dict[str, Any]) -> CallOutcome:
        """The last callback of the line, then whatever was kept back."""
        if not status:
            status = "completed" if self.answered_at is not None else "no-answer"
        self.status = self.outcome.status = status
        billed = round(self.elapsed - self.answered_at) if self.answered_at is not None else 0
        self.books.end_call(self.row["sid"], status, seconds=billed, lasted=self.elapsed)
        self.post.tell(
            number.get("status_callback", ""),
            self.params(
                CallDuration=str(billed),
                Duration=str(-(-billed // 60)),
                CallbackSource="call-progress-events",
                SequenceNumber="0",
                Timestamp=rfc2822(self.books.clock.now()) or "",
            ),
            self.script.delivery,
        )
        self.post.deliver_held(self.script.delivery)
        return self.outcome
