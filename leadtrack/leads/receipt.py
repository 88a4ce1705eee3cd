"""The receipt in words: why this lead has this source, step by step, in the language of the page."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from leadtrack.leads import call_words
from leadtrack.leads.call_words import told_moment
from leadtrack.leads.channel_words import channel_text

Evidence = dict[str, Any]
# Elsewhere `by` is the name of a rule.
_SAID_BY_SOMEBODY: Final = frozenset({"bound", "typed"})


@dataclass(frozen=True)
class Sentence:
    """One step as a sentence; `won` says whether it decided."""

    text: str
    won: bool


def sentences(steps: Iterable[dict[str, Any]]) -> list[Sentence]:
    """The steps of a stored receipt as sentences, in order; a step unknown here is named by its code.

    Moments are told on the clock of the active time zone.
    """
    return [Sentence(_text_of(step), bool(step.get("won"))) for step in steps]


def without_people(steps: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The steps for who may not see people: no address of a page, no name of a colleague."""
    return [_nameless(step) for step in steps if "landing" not in (step.get("evidence") or {})]


def _nameless(step: dict[str, Any]) -> dict[str, Any]:
    if step.get("rule") not in _SAID_BY_SOMEBODY:
        return step
    return {**step, "evidence": {**(step.get("evidence") or {}), "by": ""}}


def _text_of(step: dict[str, Any]) -> str:
    code = str(step.get("rule", ""))
    evidence: Evidence = step.get("evidence") or {}
    is_overruled = bool(evidence.get("overruled"))
    words = (_WON if step.get("won") or is_overruled else _LOST).get(code)
    text = words(evidence) if words else _beside(code)
    return f"{text} {_('A person decided otherwise.')}" if is_overruled else text


def _beside(code: str) -> str:
    """A step that only ever decides, beside a person's word; a code of a later version is shown as it is."""
    return _("This did not decide: %(what)s") % {"what": _WON[code]({})} if code in _WON else code


def _visit_won(seen: Evidence) -> str:
    when = told_moment(seen.get("started_at"))
    return _("The browser that sent the form was on a visit from “%(source)s” (begun %(when)s).") % {
        "source": seen.get("source", ""),
        "when": when,
    }


def _visit_lost(seen: Evidence) -> str:
    if seen.get("reason") == "no-visit":
        return _("The form named a browser, but no visit of it was known at that moment.")
    return _("The form did not say which browser sent it, so no visit could be looked up.")


def _bound_won(seen: Evidence) -> str:
    said = {
        "by": seen.get("by") or _("Somebody"),
        "code": seen.get("code", ""),
        "source": seen.get("source", ""),
        "when": told_moment(seen.get("started_at")),
    }
    if seen.get("how") == "code":
        return (
            _("%(by)s typed in the promo code %(code)s: the visit from “%(source)s” (begun %(when)s).") % said
        )
    return _("%(by)s chose the visit from “%(source)s” (begun %(when)s).") % said


def _address_won(seen: Evidence) -> str:
    return _("The address of the page with the form (%(page)s, referrer %(referrer)s) says “%(source)s”.") % {
        "page": seen.get("landing") or _("none"),
        "referrer": seen.get("referrer") or _("none"),
        "source": seen.get("source", ""),
    }


def _address_lost(_seen: Evidence) -> str:
    return _("The address of the page with the form and its referrer say nothing about a source.")


def _ad_form_won(seen: Evidence) -> str:
    if not seen.get("campaign"):
        return _("The form belongs to the ad platform “%(source)s”; it named no campaign.") % {
            "source": seen.get("source", "")
        }
    return _("The form of the ad itself named the campaign “%(campaign)s”: it came from “%(source)s”.") % {
        "campaign": seen["campaign"],
        "source": seen.get("source", ""),
    }


def _ad_message_won(seen: Evidence) -> str:
    return _("The message was begun by a click on an ad, which it names: “%(source)s”.") % {
        "source": seen.get("source", "")
    }


def _message_won(seen: Evidence) -> str:
    return _("The number %(number)s belonged to “%(source)s” when the message came.") % {
        "number": seen.get("number", ""),
        "source": seen.get("source", ""),
    }


def _message_lost(seen: Evidence) -> str:
    return _("The number %(number)s belonged to no source when the message came.") % {
        "number": seen.get("number", "")
    }


def _unknown_won(_seen: Evidence) -> str:
    return _("So the source is unknown; it is reported in a row of its own.")


def _typed_won(seen: Evidence) -> str:
    return _("%(who)s typed in the lead and said: “%(source)s”.") % {
        "who": seen.get("by") or _("A colleague"),
        "source": seen.get("source", ""),
    }


def _typed_lost(seen: Evidence) -> str:
    return _("%(who)s typed in the lead and did not know how they found us.") % {
        "who": seen.get("by") or _("A colleague")
    }


def _told_won(seen: Evidence) -> str:
    return _("The program that sent the lead says “%(source)s”.") % {"source": seen.get("source", "")}


def _told_lost(_seen: Evidence) -> str:
    return _("The program that sent the lead says nothing about a source.")


def _file_won(seen: Evidence) -> str:
    return _("Line %(line)s of the imported file “%(file)s” says “%(source)s”.") % _of_file(seen)


def _file_lost(seen: Evidence) -> str:
    return _("Line %(line)s of the imported file “%(file)s” says nothing about a source.") % _of_file(seen)


def _file_default_won(seen: Evidence) -> str:
    return _("For such lines, who imported the file chose “%(source)s”.") % _of_file(seen)


def _of_file(seen: Evidence) -> dict[str, Any]:
    return {word: seen.get(word, "?") for word in ("line", "file", "source")}


def _channel_won(seen: Evidence) -> str:
    return channel_text(str(seen.get("channel", "")), str(seen.get("by", "")))


def _reclassified_won(seen: Evidence) -> str:
    return _("On %(day)s the rules were applied to history: “%(was)s” became “%(source)s”.") % {
        "day": str(seen.get("on", ""))[:10],
        "was": seen.get("was", ""),
        "source": seen.get("source", ""),
    }


_Words = Callable[[Evidence], str]
_WON: Final[dict[str, _Words]] = {
    "bound": _bound_won,
    "visit": _visit_won,
    "page-address": _address_won,
    "typed": _typed_won,
    "told": _told_won,
    "file": _file_won,
    "file-default": _file_default_won,
    "ad-form": _ad_form_won,
    "ad-message": _ad_message_won,
    "message-assignment": _message_won,
    "unknown": _unknown_won,
    "channel": _channel_won,
    "reclassified": _reclassified_won,
    **call_words.WON,
}
_LOST: Final[dict[str, _Words]] = {
    "visit": _visit_lost,
    "page-address": _address_lost,
    "message-assignment": _message_lost,
    "typed": _typed_lost,
    "told": _told_lost,
    "file": _file_lost,
    **call_words.LOST,
}
# Every step that a trace can write.
CODES: Final = frozenset(_WON)
