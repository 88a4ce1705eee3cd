"""<Dial>: phones that ring, the whisper to who answers, and the talk."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from tests.phones.fake_twilio.clock import rfc2822
from tests.phones.fake_twilio.post import join
from tests.phones.fake_twilio.script import Phone

if TYPE_CHECKING:
    from tests.phones.fake_twilio.caller import Caller

_WHISPERING = 2
_MOST_DOCUMENTS = 5


@dataclass
class Leg:
    """The line to one phone."""

    row: dict[str, Any]
    noun: ET.Element
    phone: Phone
    number: str
    status: str = "initiated"
    sequence: int = 0
    is_accepted: bool = False
    answered_at: float | None = None


class Dialling:
    """One <Dial>: whom it rings, how it ends, and what its action is told."""

    def __init__(self, caller: "Caller", verb: ET.Element, url: str) -> None:
        self.caller, self.verb, self.url = caller, verb, url
        self.timeout = int(verb.get("timeout", "30"))
        self.is_caller_gone = False
        self.caller_id = verb.get("callerId") or caller.from_
        self._check_caller_id()

    def run(self) -> dict[str, str]:
        """Ring; the parameters of the action."""
        if self.verb.get("answerOnBridge") != "true":
            self.caller.answer()
        nouns = list(self.verb) or [self._plain()]
        assert len(nouns) <= 10, "at most ten phones ring at once"
        assert all(noun.tag == "Number" for noun in nouns), "only numbers are rung here"
        rounds = [[noun] for noun in nouns] if self.verb.get("sequential") == "true" else [nouns]
        told: dict[str, str] = {"DialCallStatus": "no-answer"}
        for group in rounds:
            told, is_over = self._ring([self._leg(noun) for noun in group])
            if is_over:
                break
        return told

    def _plain(self) -> ET.Element:
        noun = ET.Element("Number")
        noun.text = (self.verb.text or "").strip()
        return noun

    def _check_caller_id(self) -> None:
        """Twilio dials with the caller's number, the called one, or one of the account's (error 13214)."""
        allowed = {self.caller.from_, self.caller.to}
        allowed |= {row["phone_number"] for row in self.caller.books.numbers.values()}
        assert self.caller_id in allowed, f"Twilio refuses this caller id: {self.caller_id}"

    def _leg(self, noun: ET.Element) -> Leg:
        number = (noun.text or "").strip()
        row = self.caller.books.log_call(
            from_=self.caller_id, to=number, direction="outbound-dial", parent=self.caller.row["sid"]
        )
        self.caller.outcome.rung.append(number)
        return Leg(row, noun, self.caller.script.does(number), number)

    def _ring(self, legs: list[Leg]) -> tuple[dict[str, str], bool]:
        """Ring these at once; what the action hears, and whether the dial is over with it."""
        for leg in legs:
            self._tell(leg, "initiated")
            self._tell(leg, "ringing")
        for leg in sorted(legs, key=lambda leg: leg.phone.rings):
            ends = self._phone_ends(leg, legs)
            if ends is not None:
                return ends
        return self._nobody(legs)

    def _phone_ends(self, leg: Leg, legs: list[Leg]) -> tuple[dict[str, str], bool] | None:
        """What one phone does when its time has come; None when the dial goes on without it."""
        if leg.phone.does == "no-answer" or leg.phone.rings >= self.timeout:
            return None
        if not self._wait(leg.phone.rings):
            return self._given_up(legs)
        if leg.phone.does in ("busy", "failed"):
            self._end_leg(leg, leg.phone.does, 0)
            return None
        self._answered(leg)
        self._whisper(leg)
        if not leg.is_accepted:
            self._end_leg(leg, "completed", _WHISPERING)
            return None
        return self._talk(leg, legs), True

    def _wait(self, rings: float) -> bool:
        """Until the phone has rung so long since the dial began; False when the caller gave up before."""
        begun = self.__dict__.setdefault("_begun", self.caller.elapsed)
        seconds = max(begun + rings - self.caller.elapsed, 0)
        left = self.caller.patience
        waited = min(seconds, left)
        self.caller.elapsed += waited
        self.caller.books.clock.pass_(waited)
        return left > seconds

    def _given_up(self, legs: list[Leg]) -> tuple[dict[str, str], bool]:
        """The caller hung up while it rang. The action is asked all the same."""
        for leg in legs:
            if leg.status in ("initiated", "ringing"):
                self._end_leg(leg, "canceled", 0)
        self.is_caller_gone = True
        self.caller.status = "completed" if self.caller.answered_at is not None else "canceled"
        return {"DialCallStatus": "canceled", "DialCallSid": legs[-1].row["sid"]}, True

    def _nobody(self, legs: list[Leg]) -> tuple[dict[str, str], bool]:
        is_rung = any(leg.phone.does in ("no-answer",) or leg.phone.rings >= self.timeout for leg in legs)
        if is_rung and not self._wait(self.timeout):
            return self._given_up(legs)
        for leg in legs:
            if leg.status in ("initiated", "ringing"):
                self._end_leg(leg, "no-answer", 0)
        last = legs[-1]
        states = {leg.status for leg in legs}
        order = ("completed", "no-answer", "busy", "failed")
        status = next(state for state in order if state in states)
        told = {"DialCallStatus": status, "DialCallSid": last.row["sid"]}
        if status == "completed":
            told["DialCallStatus"] = self.caller.script.screened
            told |= {"DialCallDuration": str(_WHISPERING), "DialBridged": "false"}
        self.__dict__.pop("_begun", None)
        return told, False

    def _answered(self, leg: Leg) -> None:
        leg.answered_at = self.caller.elapsed
        self._tell(leg, "in-progress")

    def _whisper(self, leg: Leg) -> None:
        """The document for who answered; its end puts them through, hanging up does not."""
        address = leg.noun.get("url")
        if not address:
            leg.is_accepted = True
            return
        self.caller.elapsed += _WHISPERING
        self.caller.books.clock.pass_(_WHISPERING)
        if leg.phone.hangs_up_at_whisper:
            return
        leg.is_accepted = self._heard_out(leg, join(self.url, address), self._params(leg), _MOST_DOCUMENTS)

    def _heard_out(self, leg: Leg, url: str, params: dict[str, str], left: int) -> bool:
        """Whether the phone is put through at the end of this document."""
        assert left, "our whisper runs in circles"
        heard = self.caller.post.ask(url, params)
        if heard is None:
            return False
        for verb in ET.fromstring(heard.body):
            assert verb.tag != "Dial", "a whisper must not dial"
            if verb.tag in ("Hangup", "Reject"):
                return False
            if verb.tag == "Redirect":
                return self._heard_out(leg, join(url, verb.text or ""), self._params(leg), left - 1)
            if verb.tag == "Gather" and leg.phone.does == "answer" and leg.phone.keys:
                pressed = self._params(leg) | {"Digits": leg.phone.keys[: int(verb.get("numDigits", "9"))]}
                return self._heard_out(leg, join(url, verb.get("action", url)), pressed, left - 1)
        return True

    def _talk(self, leg: Leg, legs: list[Leg]) -> dict[str, str]:
        for other in legs:
            if other is not leg and other.status in ("initiated", "ringing"):
                self._end_leg(other, "canceled", 0)
        self.caller.answer()
        seconds = min(self.caller.script.talks, int(self.verb.get("timeLimit", "14400")))
        self.caller.elapsed += seconds
        self.caller.books.clock.pass_(seconds)
        lasted = round(self.caller.elapsed - (leg.answered_at or 0))
        self._end_leg(leg, "completed", lasted)
        recorded = self.caller.record_talk(self.verb, self.url, seconds)
        return {
            "DialCallStatus": "completed",
            "DialCallSid": leg.row["sid"],
            "DialCallDuration": str(lasted),
            "DialBridged": "true",
        } | recorded

    def _end_leg(self, leg: Leg, status: str, seconds: int) -> None:
        self.caller.books.end_call(leg.row["sid"], status, seconds=seconds, lasted=seconds)
        self._tell(leg, status, CallDuration=str(seconds), Duration=str(-(-seconds // 60)))

    def _tell(self, leg: Leg, status: str, **more: str) -> None:
        """A status callback of this line, where the document wants to hear of this event."""
        leg.status = status
        leg.row["status"] = status
        wanted = leg.noun.get("statusCallbackEvent", "completed").split()
        event = {"in-progress": "answered", "initiated": "initiated", "ringing": "ringing"}.get(
            status, "completed"
        )
        callback = leg.noun.get("statusCallback")
        told = self._params(leg) | {
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(leg.sequence),
            "Timestamp": rfc2822(self.caller.books.clock.now()) or "",
        }
        leg.sequence += 1
        if callback and event in wanted:
            self.caller.post.tell(join(self.url, callback), told | more, self.caller.script.delivery)

    def _params(self, leg: Leg) -> dict[str, str]:
        return {
            "AccountSid": self.caller.books.account,
            "ApiVersion": "2010-04-01",
            "CallSid": leg.row["sid"],
            "ParentCallSid": self.caller.row["sid"],
            "CallStatus": leg.status,
            "Direction": "outbound-dial",
            "From": self.caller_id,
            "Caller": self.caller_id,
            "To": leg.number,
            "Called": leg.number,
        }
