"""Flows to begin with: what most firms want, ready but for the phones."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from leadtrack.phones.languages import language_like
from leadtrack.phones.models import CallFlow, FlowHours, FlowText
from leadtrack.phones.ring import Parts

_Otherwise = CallFlow.Otherwise


@dataclass(frozen=True)
class Example:
    """A flow that can be begun with one click."""

    key: str
    name: str | Promise
    text: str | Promise
    icon: str
    make: Callable[[], tuple[CallFlow, Parts]]


def example_for(key: str) -> tuple[CallFlow, Parts]:
    """The example with this key, not stored; the first for what we do not know."""
    found = next((one for one in EXAMPLES if one.key == key), EXAMPLES[0])
    return found.make()


def _language() -> str:
    return language_like(get_language() or "en")


def _text(**texts: str) -> FlowText:
    return FlowText(language=_language(), **texts)


def _voicemail_words() -> str:
    return _("We cannot answer right now. Please leave a message after the tone, and we will call you back.")


def _then_voicemail() -> tuple[CallFlow, Parts]:
    row = CallFlow(
        name=_("Ring us, then voicemail"),
        language=_language(),
        on_no_answer=_Otherwise.VOICEMAIL,
        on_busy=_Otherwise.VOICEMAIL,
        on_closed=_Otherwise.VOICEMAIL,
    )
    words = _voicemail_words()
    return row, Parts(texts=(_text(no_answer=words, busy=words, closed=words),))


def _in_hours() -> tuple[CallFlow, Parts]:
    row, parts = _then_voicemail()
    row.name = _("Working hours, else voicemail")
    week = tuple(FlowHours(weekday=day, opens_at=time(9), closes_at=time(18)) for day in range(5))
    closed = _("We are closed now. Please leave a message after the tone, and we will call you back.")
    parts.texts[0].closed = closed
    return row, Parts(texts=parts.texts, hours=week)


def _then_mobile() -> tuple[CallFlow, Parts]:
    row = CallFlow(
        name=_("One after another, then a mobile"),
        language=_language(),
        ring=CallFlow.Ring.IN_TURN,
        ring_seconds=15,
        asks_last_manager=True,
        on_no_answer=_Otherwise.FORWARD,
        on_busy=_Otherwise.FORWARD,
        on_closed=_Otherwise.FORWARD,
        needs_key=True,
        whispers=True,
    )
    sorry = _("Nobody can answer right now. We will call you back.")
    return row, Parts(texts=(_text(no_answer=sorry, busy=sorry),))


def _recorded() -> tuple[CallFlow, Parts]:
    row, parts = _then_voicemail()
    row.name, row.is_recorded, row.whispers = _("Recorded talks"), True, True
    parts.texts[0].greeting = _("Thank you for calling.")
    parts.texts[0].consent = _("This call may be recorded to improve our service.")
    return row, parts


EXAMPLES: Final = (
    Example(
        "voicemail",
        gettext_lazy("Ring us, then voicemail"),
        gettext_lazy("All phones ring at once; who is not answered may leave a message."),
        "voicemail",
        _then_voicemail,
    ),
    Example(
        "hours",
        gettext_lazy("Working hours, else voicemail"),
        gettext_lazy("From Monday to Friday, 9 to 18. At other times a message."),
        "clock",
        _in_hours,
    ),
    Example(
        "turn",
        gettext_lazy("One after another, then a mobile"),
        gettext_lazy("Who spoke with the caller last rings first. “Press 1” keeps mailboxes out."),
        "list-ordered",
        _then_mobile,
    ),
    Example(
        "recorded",
        gettext_lazy("Recorded talks"),
        gettext_lazy("A greeting, a word that it is recorded, and the source whispered to who answers."),
        "mic",
        _recorded,
    ),
)
