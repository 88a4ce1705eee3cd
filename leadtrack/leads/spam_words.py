"""Why something was taken for spam, in words, in the language of the page."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

_Words = Callable[[dict[str, Any]], str]


@dataclass(frozen=True)
class Remark:
    """One reason as a sentence, with its points."""

    text: str
    points: int


def remarks(reasons: Iterable[dict[str, Any]]) -> list[Remark]:
    """The stored reasons as sentences, heaviest first; one unknown here is named by its code."""
    return [Remark(_text_of(reason), int(reason.get("points") or 0)) for reason in reasons]


def _text_of(reason: dict[str, Any]) -> str:
    code = str(reason.get("rule", ""))
    words = _WORDS.get(code)
    return words(reason.get("evidence") or {}) if words else code


def _fast(seen: dict[str, Any]) -> str:
    return _("The form was filled in within %(seconds)s seconds.") % {"seconds": seen.get("seconds", "")}


def _links(seen: dict[str, Any]) -> str:
    count = _count(seen)
    return ngettext(
        "There is %(count)s link in the message.", "There are %(count)s links in the message.", count
    ) % {"count": count}


def _same_text(seen: dict[str, Any]) -> str:
    count = _count(seen)
    return ngettext(
        "%(count)s other sender wrote exactly the same.",
        "%(count)s other senders wrote exactly the same.",
        count,
    ) % {"count": count}


def _same_sender(seen: dict[str, Any]) -> str:
    count = _count(seen)
    return ngettext(
        "%(count)s more enquiry came from the same internet address within an hour.",
        "%(count)s more enquiries came from the same internet address within an hour.",
        count,
    ) % {"count": count}


def _count(seen: dict[str, Any]) -> int:
    return int(seen.get("count") or 0)


_WORDS: Final[dict[str, _Words]] = {
    "honeypot": lambda _seen: _("A field was filled in that no person can see."),
    "door": lambda _seen: _("The sending system said that it is spam."),
    "called-before": lambda _seen: _("Somebody here called this sender spam before."),
    "fast": _fast,
    "link-in-name": lambda _seen: _("There is a link in the name."),
    "gibberish": lambda _seen: _("The name looks like keys struck at random."),
    "scripts": lambda _seen: _("The name mixes two alphabets within a word."),
    "links": _links,
    "markup": lambda _seen: _("The message has the code of a link in it."),
    "disposable": lambda _seen: _("The e-mail is of a mailbox for a few minutes."),
    "no-mailbox": lambda _seen: _("The e-mail address cannot exist."),
    "same-text": _same_text,
    "same-sender": _same_sender,
    "caller-failed": lambda _seen: _(
        "The phone company says that the caller's number is not the caller's own."
    ),
    "caller-unknown": lambda _seen: _("The phone company does not know who has the caller's number."),
}
