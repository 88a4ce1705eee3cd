"""What a carrier tells us about a call, in our words, whichever carrier it is."""

from dataclasses import dataclass
from typing import Any

from leadtrack.phones.progress import Step


class UnreadableNoticeError(Exception):
    """A signed request that does not say which call it is about, or has bytes no text has."""


@dataclass(frozen=True)
class Notice:
    """One request of the carrier about a call, in our words."""

    # Of the caller's line, also when the notice is about the sales line.
    call_sid: str
    # The number that was called: ours, or the sales phone on the sales line.
    called: str
    # E.164, or empty when withheld or no phone number at all.
    caller: str
    caller_as_sent: str
    # The same for every repetition of this request.
    key: str
    step: Step
    payload: dict[str, Any]
    # The carrier's word on whether the caller's number is genuine, where it was signed.
    stir: str = ""
    # We called them.
    is_outgoing: bool = False
