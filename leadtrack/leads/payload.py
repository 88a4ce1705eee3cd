"""What an inbox row keeps of a submission: the fields by name, and beside them what the door saw. Pure."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from leadtrack.leads.reading import Enquiry, fallback_key, read_enquiry
from leadtrack.leads.submission import Submission
from leadtrack.leads.words import clean
from leadtrack.lib.hashing import key_of

RAW, REFERER, USER_AGENT, ORIGIN, PROBLEMS, SPAM = (
    "_raw",
    "_referer",
    "_agent",
    "_origin",
    "_problems",
    "_spam",
)
# A hash of the internet address it came from: enough to count by, and no address is kept.
SENDER: Final = "_from"
# The snippet's own field: milliseconds from the first touch of a form to its sending.
FILL_MS: Final = "lt_ms"
_OURS: Final = frozenset({RAW, REFERER, USER_AGENT, ORIGIN, PROBLEMS, SPAM, SENDER})
_URL_LENGTH: Final = 2048
_HEADER_LENGTH: Final = 500
_KEY_LENGTH: Final = 100


@dataclass(frozen=True)
class Stored:
    """A payload read back: the enquiry, and what the door added."""

    enquiry: Enquiry
    referer: str = ""
    origin: str = ""
    is_spam: bool = False
    # What goes on to the lead besides the fields: the raw body and what was wrong with it.
    leftovers: dict[str, Any] = field(default_factory=dict)


def payload_of(
    submission: Submission, *, referer: str, user_agent: str, origin: str, sender: str = ""
) -> dict[str, Any]:
    """The payload to store; a sender's field with the name of one of ours gets one more "_" in front."""
    payload: dict[str, Any] = {
        f"_{name}" if name in _OURS else name: value for name, value in submission.fields.items()
    }
    seen = {
        RAW: submission.raw,
        PROBLEMS: list(submission.problems),
        SENDER: sender,
        REFERER: clean(referer)[:_URL_LENGTH],
        ORIGIN: clean(origin)[:_HEADER_LENGTH],
        USER_AGENT: clean(user_agent)[:_HEADER_LENGTH],
        # No person sees that field: a robot filled it.
        SPAM: "honeypot" if submission.enquiry.honeypot else "",
    }
    return payload | {name: value for name, value in seen.items() if value}


def read_payload(payload: dict[str, Any]) -> Stored:
    """The enquiry in a stored payload, with what the door saw."""
    fields = {name: str(value) for name, value in payload.items() if name not in _OURS}
    return Stored(
        enquiry=read_enquiry(fields),
        referer=payload.get(REFERER, ""),
        origin=payload.get(ORIGIN, ""),
        is_spam=bool(payload.get(SPAM)),
        leftovers={name: payload[name] for name in (RAW, PROBLEMS, SPAM) if payload.get(name)},
    )


def submission_key_of(form_id: int, submission: Submission, received_at: datetime) -> str:
    """What makes a submission the same submission: the sender's id for it, else its fields and its minute."""
    given = submission.enquiry.submission_id
    if given:
        return f"form:{form_id}:{given if len(given) <= _KEY_LENGTH else key_of([given])}"
    minute = received_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")
    return f"form:{form_id}:auto:{fallback_key(submission.fields, minute)}"
