"""Numbers that a person looks for: by state, and by words of their source, pool, note or digits."""

import re
from collections.abc import Callable
from functools import reduce
from operator import and_, or_
from typing import Final

from django.db.models import Exists, OuterRef, Q

from leadtrack.phones.models import Assignment, NumberQuerySet, TrackedNumber

STATIC: Final = "static"
POOL: Final = "pool"
FREE: Final = "free"
FAULTY: Final = "faulty"
ARCHIVED: Final = "archived"

_WORDS: Final = 8
_COLUMNS: Final = ("channel", "source", "medium", "campaign", "adgroup", "content", "term")
_OWNED_BY: Final = (*(f"source__{column}__icontains" for column in _COLUMNS), "pool__name__icontains")
# What stands before the national digits in some countries when people dial at home: 8 (800) …, 030 ….
_TRUNK: Final = re.compile(r"^[80](?=\d{5})")


def listed_numbers(*, state: str = "", words: str = "") -> NumberQuerySet:
    """The numbers of a state (empty: all that are in use) that hold every word; digits alone are a number."""
    found = TrackedNumber.objects.filter(_STATES.get(state, _in_use)())
    text = words.replace("\0", " ").strip()
    digits = re.sub(r"[\s()+./-]", "", text)
    if digits.isascii() and digits.isdecimal():
        return found.filter(_has_digits(digits) | _holds(text))
    return found.filter(reduce(and_, map(_holds, text.split()[:_WORDS]), Q()))


def _open_assignments(condition: Q) -> Exists:
    return Exists(Assignment.objects.filter(condition, number=OuterRef("pk"), ends_at=None))


def _in_use() -> Q:
    return Q(is_active=True, released_at=None)


_STATES: Final[dict[str, Callable[[], Q]]] = {
    STATIC: lambda: _in_use() & Q(_open_assignments(Q(pool=None))),
    POOL: lambda: _in_use() & Q(_open_assignments(Q(source=None))),
    FREE: lambda: _in_use() & ~Q(_open_assignments(Q())),
    FAULTY: lambda: _in_use() & ~Q(faults=[]),
    ARCHIVED: lambda: Q(is_active=False) | Q(released_at__isnull=False),
}


def _has_digits(digits: str) -> Q:
    return Q(number__contains=digits) | Q(number__contains=_TRUNK.sub("", digits))


def _holds(word: str) -> Q:
    owner = reduce(or_, (Q(**{look_up: word}) for look_up in _OWNED_BY))
    plain = Q(note__icontains=word) | Q(number__contains=word) | Q(site__name__icontains=word)
    return plain | Q(_open_assignments(owner))
