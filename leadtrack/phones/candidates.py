"""Who may have called: what speaks for each visitor who was shown the number, as shares of one whole. Pure.

The points of one visitor are multiplied, the points of all make the shares:

| what we know of the visitor at the moment of the call          | points |
|-----------------------------------------------------------------|--------|
| the page was open within the last 2 minutes                     |    100 |
| ... 10 minutes                                                  |     50 |
| ... 30 minutes                                                  |     25 |
| ... 1 hour                                                      |     10 |
| longer ago, but within the pool's window                        |      4 |
| tapped the number in the 10 minutes before (else: ever before)  | x20 (5)|
| copied it in the 10 minutes before (else: ever before)          | x10 (3)|
| the number was still held for this visitor                      |     x2 |
| the last page that showed it is a contact page                  |     x2 |
| an earlier call of the same phone was of this very visitor      |    x50 |
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from leadtrack.lib.money import split

# One whole call, in millionths.
WHOLE: Final = 1_000_000

_FRESH: Final = timedelta(minutes=10)
_RECENCY: Final = (
    (timedelta(minutes=2), 100),
    (_FRESH, 50),
    (timedelta(minutes=30), 25),
    (timedelta(hours=1), 10),
)
_LONG_AGO: Final = 4
_TAPPED: Final = (20, 5)
_COPIED: Final = (10, 3)
_HELD: Final = 2
_CONTACT_PAGE: Final = 2
_CALLED_BEFORE: Final = 50
# The words that firms put into the address of the page where they say how to reach them.
_CONTACTS: Final = re.compile(
    r"contact|kontakt|контакт|contatt|impressum|call-?back|phone|telefon|адрес|adres", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Shown:
    """That one visitor was shown the number. Moments are UTC; `page` is a path without its query."""

    lease_id: int
    visitor_id: int
    last_seen_at: datetime
    hold: timedelta
    page: str = ""
    tapped_at: datetime | None = None
    copied_at: datetime | None = None
    has_called_before: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A visitor who may have called, how likely (millionths), and what speaks for it: nothing personal."""

    shown: Shown
    share_ppm: int
    evidence: dict[str, Any]


def candidates(shown: Iterable[Shown], *, moment: datetime) -> list[Candidate]:
    """One candidate for each visitor, the likeliest first; their shares sum to exactly WHOLE.

    A visitor who was shown the number twice is known by what says most. Equal ones are in the order of their
    leases, so that the same facts always give the same answer. None for nobody.
    """
    best: dict[int, Shown] = {}
    for one in sorted(shown, key=lambda one: one.lease_id):
        known = best.get(one.visitor_id)
        if known is None or points_of(one, moment) >= points_of(known, moment):
            best[one.visitor_id] = one
    ordered = sorted(best.values(), key=lambda one: (-points_of(one, moment), one.lease_id))
    return _shared(ordered, moment)


def points_of(shown: Shown, moment: datetime) -> int:
    """How much speaks for this visitor, by the table above; at least 1."""
    points = next((points for within, points in _RECENCY if _silence(shown, moment) <= within), _LONG_AGO)
    points *= _sign(shown.tapped_at, moment, _TAPPED) * _sign(shown.copied_at, moment, _COPIED)
    points *= _HELD if _is_held(shown, moment) else 1
    points *= _CONTACT_PAGE if _is_contact_page(shown.page) else 1
    return points * (_CALLED_BEFORE if shown.has_called_before else 1)


def evidence_of(shown: Shown, moment: datetime) -> dict[str, Any]:
    """What speaks for this visitor, for the receipt: seconds and yes or no, nothing personal."""
    return {
        "seconds": int(_silence(shown, moment).total_seconds()),
        "tapped": _is_before(shown.tapped_at, moment),
        "copied": _is_before(shown.copied_at, moment),
        "held": _is_held(shown, moment),
        "contact_page": _is_contact_page(shown.page),
        "called_before": shown.has_called_before,
    }


def _shared(ordered: Sequence[Shown], moment: datetime) -> list[Candidate]:
    if not ordered:
        return []
    shares = split(WHOLE, [points_of(one, moment) for one in ordered])
    return [
        Candidate(one, share, evidence_of(one, moment)) for one, share in zip(ordered, shares, strict=True)
    ]


def _silence(shown: Shown, moment: datetime) -> timedelta:
    """Since the last sign of the page; none where it went on after the call."""
    return max(moment - shown.last_seen_at, timedelta())


def _is_held(shown: Shown, moment: datetime) -> bool:
    return moment <= shown.last_seen_at + shown.hold


def _is_before(sign: datetime | None, moment: datetime) -> bool:
    return sign is not None and sign <= moment


def _sign(sign: datetime | None, moment: datetime, points: tuple[int, int]) -> int:
    if sign is None or sign > moment:
        return 1
    return points[0] if moment - sign <= _FRESH else points[1]


def _is_contact_page(page: str) -> bool:
    return bool(_CONTACTS.search(page))
