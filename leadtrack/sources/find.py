"""Sources that a person looks for: to assign a number, to say where a lead came from."""

from functools import reduce
from operator import or_
from typing import Final

from django.db.models import Q, QuerySet

from leadtrack.sources import register
from leadtrack.sources.models import Source

_SHOWN: Final = 15
_SEARCHED: Final = ("channel", "source", "medium", "campaign", "adgroup", "content", "term")


def assignable_sources() -> QuerySet[Source]:
    """Every source that a person can name: not the rows for what nobody knows."""
    return Source.objects.exclude(channel__in=[register.UNKNOWN, register.UNMATCHED])


def found_sources(words: str) -> list[Source]:
    """The newest few sources that hold every word, those that read alike once; without words, of all."""
    found = assignable_sources()
    for word in words.replace("\0", " ").split()[:8]:
        found = found.filter(reduce(or_, (Q(**{f"{column}__icontains": word}) for column in _SEARCHED)))
    by_label: dict[str, Source] = {}
    for source in found.order_by("-pk")[: _SHOWN * 10]:
        by_label.setdefault(str(source), source)
    return list(by_label.values())[:_SHOWN]
