"""What can be wrong with a number at the carrier, in words with the way to mend it. Pure."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

_WORDS: Final[dict[str, str | Promise]] = {
    "absent": gettext_lazy(
        "The carrier account does not have this number. Buy it again, or take it out of use here."
    ),
    "no_voice": gettext_lazy("The number cannot take calls. Choose another one for calls."),
    "voice_missing": gettext_lazy("The carrier does not tell us of its calls. Press “Repair”."),
    "voice_wrong": gettext_lazy("The carrier sends its calls to another program. Press “Repair”."),
    "voice_by_get": gettext_lazy("The carrier asks us in a way that we do not take (GET). Press “Repair”."),
    "fallback_missing": gettext_lazy("No way out is set for the case that we do not answer. Press “Repair”."),
    "fallback_wrong": gettext_lazy(
        "The way out for the case that we do not answer is wrong. Press “Repair”."
    ),
    "status_missing": gettext_lazy("The carrier does not tell us when its calls end. Press “Repair”."),
    "status_wrong": gettext_lazy("The carrier tells another program when its calls end. Press “Repair”."),
    "message_missing": gettext_lazy("Text messages to it do not reach us. Press “Repair”."),
    "message_wrong": gettext_lazy("Text messages to it go to another program. Press “Repair”."),
    "application": gettext_lazy("A TwiML application answers in our place. Press “Repair”."),
    "trunk": gettext_lazy("A SIP trunk takes its calls before us. Press “Repair”."),
    "unreachable": gettext_lazy("The carrier could not be asked. It is tried again by itself."),
}


def words_of(code: str) -> str:
    """The fault and its fix, in the reader's language; one that we have no words for is named by its code."""
    words = _WORDS.get(code)
    if words is None:
        return _("The carrier reports a fault: %(code)s. Press “Repair”.") % {"code": code}
    return str(words)
