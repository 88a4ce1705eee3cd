"""Promo codes: eight digits on the page that a caller can read out, and the visits they may mean.

A code is made of the visitor's own id, so nothing is stored and nothing runs out: 16.7 million codes, and
where two browsers of one month share one, a person chooses.
"""

import re
from datetime import datetime, timedelta
from typing import Final

from leadtrack.visits.models import Site, Visit, Visitor

# Whose last visit is older has forgotten the number on the page.
RECENT: Final = timedelta(days=30)
_SIGNS: Final = 6
_DIGITS: Final = 8
_KEY: Final = re.compile(r"[0-9a-f]{6}")
_MOST_BROWSERS: Final = 20


def code_of(visitor_key: str) -> str:
    """The code of a browser, "1234-5678"; "" for an id that a site chose itself and that is no hexadecimal.

    The snippet makes the same of the same id: parseInt(id.slice(0, 6), 16), with zeros in front.
    """
    start = visitor_key[:_SIGNS]
    if not _KEY.fullmatch(start):
        return ""
    digits = f"{int(start, 16):0{_DIGITS}d}"
    return f"{digits[:4]}-{digits[4:]}"


def key_start_of(code: str) -> str | None:
    """The first six signs of the ids with this code, typed with or without dash and blanks, or None."""
    digits = re.sub(r"[\s\-‐‑–—.]", "", code)
    if not (digits.isascii() and digits.isdecimal() and len(digits) == _DIGITS):
        return None
    number = int(digits)
    return f"{number:0{_SIGNS}x}" if number < 16**_SIGNS else None


def visits_by_code(*, site: Site, code: str, before: datetime) -> list[Visit]:
    """For each browser with this code its latest visit that had begun by that moment, newest first.

    Only browsers seen in the 30 days before it. Empty for what is no code. One range of an index.
    """
    start = key_start_of(code)
    if start is None:
        return []
    browsers = Visitor.objects.filter(site=site, key__gte=start, key__lt=_after(start), key__startswith=start)
    found = (_latest(browser, before) for browser in browsers[:_MOST_BROWSERS])
    return sorted(filter(None, found), key=lambda visit: visit.started_at, reverse=True)


def _latest(browser: Visitor, before: datetime) -> Visit | None:
    visits = browser.visits.filter(started_at__gt=before - RECENT, started_at__lte=before)
    return visits.select_related("source", "visitor").order_by("-started_at", "-pk").first()


def _after(start: str) -> str:
    """The first text behind all that begin so ("g" follows the last hexadecimal digit)."""
    number = int(start, 16) + 1
    return f"{number:0{_SIGNS}x}" if number < 16**_SIGNS else "g"
