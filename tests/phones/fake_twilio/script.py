"""What the people of a call do."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.phones.fake_twilio.post import Delivery


@dataclass(frozen=True)
class Phone:
    """A phone that is rung. `does`: answer, busy, no-answer, failed, mailbox (answers, presses nothing)."""

    does: str = "answer"
    # Seconds it rings before that.
    rings: int = 5
    # What is pressed when a document gathers keys; empty: nothing.
    keys: str = "1"
    # Hangs up while the whisper is played.
    hangs_up_at_whisper: bool = False


@dataclass(frozen=True)
class Script:
    """One call, from the caller's side and from the side of the phones that it rings."""

    # What each phone does, by its number; `phone` for all others.
    phones: Mapping[str, Phone] = field(default_factory=dict)
    phone: Phone = field(default_factory=Phone)
    # Seconds of talk once put through.
    talks: int = 65
    # The caller gives up so many seconds after the call began, unless somebody talks with them by then.
    gives_up_after: int | None = None
    # What the caller presses, one for each time we ask.
    caller_keys: tuple[str, ...] = ()
    # Seconds of the message after the beep; 0: hangs up at the beep, None: says nothing but waits.
    message: int | None = 20
    stir: str = ""
    # Sent though not documented for every account: added after signing.
    call_token: str = ""
    delivery: Delivery = field(default_factory=Delivery)
    # The file of a recording can be fetched only when told so (`Books.finish_recordings`).
    is_recording_late: bool = False
    # How a dial ends whose phone was answered but never put through.
    screened: str = "completed"

    def does(self, number: str) -> Phone:
        """What the phone with this number does."""
        return self.phones.get(number, self.phone)
