"""What the receipt says of a phone call: whose its number was, and who was shown it."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from leadtrack.ui import wording

Evidence = dict[str, Any]
# Pages say once a minute that they are still open.
_STILL_OPEN: Final = 90


def told_moment(iso: object) -> str:
    """A stored moment on the clock of the active time zone; a dash for what is none."""
    try:
        return wording.moment(timezone.localtime(datetime.fromisoformat(str(iso))))
    except ValueError:
        return wording.DASH


def _assignment_won(seen: Evidence) -> str:
    return _("The number %(number)s belonged to “%(source)s” when it rang.") % {
        "number": seen.get("number", ""),
        "source": seen.get("source", ""),
    }


def _assignment_lost(seen: Evidence) -> str:
    return _("The number %(number)s belonged to no source when it rang.") % {"number": seen.get("number", "")}


def _call_visit_won(seen: Evidence) -> str:
    said = _of_pool(seen) | {"source": seen.get("source", ""), "when": told_moment(seen.get("started_at"))}
    text = _(
        "The number %(number)s of the pool “%(pool)s” was shown to one visitor alone: on a visit from"
        " “%(source)s” (begun %(when)s)."
    )
    return " ".join([text % said, *_signs(seen)])


def _call_visit_lost(seen: Evidence) -> str:
    text = _(
        "The number %(number)s of the pool “%(pool)s” was shown to nobody in the %(minutes)s minutes before"
        " the call."
    )
    return text % _of_pool(seen)


def _call_candidates_lost(seen: Evidence) -> str:
    found: list[Evidence] = seen.get("candidates") or []
    text = _(
        "The number %(number)s of the pool “%(pool)s” was shown to %(count)s visitors before the call:"
        " %(who)s. Nobody is made the winner."
    )
    return text % (_of_pool(seen) | {"count": len(found), "who": "; ".join(map(_likelihood, found))})


def _likelihood(one: Evidence) -> str:
    share = wording.percent(Decimal(int(one.get("share_ppm", 0))) / 1_000_000)
    reasons = " ".join(_signs(one))
    told = _("“%(source)s” %(share)s") % {"source": one.get("source", ""), "share": share}
    return f"{told} ({reasons})" if reasons else told


def _signs(seen: Evidence) -> list[str]:
    """What speaks for a visitor, one sentence each."""
    silence = int(seen.get("seconds") or 0)
    page = (
        _("The page was open when the phone rang.")
        if silence <= _STILL_OPEN
        else _("The last sign of the page was %(minutes)s min before.") % {"minutes": max(silence // 60, 1)}
    )
    signs = {
        "tapped": _("The number was tapped."),
        "copied": _("The number was copied."),
        "contact_page": _("It was on a contact page."),
        "called_before": _("An earlier call of this phone was of the same visitor."),
    }
    return [page, *(words for sign, words in signs.items() if seen.get(sign))] if "seconds" in seen else []


def _of_pool(seen: Evidence) -> dict[str, Any]:
    return {
        "number": seen.get("number", ""),
        "pool": seen.get("pool", ""),
        "minutes": int(seen.get("window") or 0) // 60,
    }


def _call_shared_won(_seen: Evidence) -> str:
    return _("So the source is unknown, and the credit is shared among them by these shares.")


WON: Final[dict[str, Callable[[Evidence], str]]] = {
    "call-assignment": _assignment_won,
    "call-visit": _call_visit_won,
    "call-shared": _call_shared_won,
    # It never wins, but every step has words.
    "call-candidates": _call_candidates_lost,
}
LOST: Final[dict[str, Callable[[Evidence], str]]] = {
    "call-assignment": _assignment_lost,
    "call-visit": _call_visit_lost,
    "call-candidates": _call_candidates_lost,
}
