"""The nightly look for contacts that may be one person: among those that got a key since the last night.

Never pair by pair over everybody: the database groups by spelling, and only small groups are compared. Who
shares a spelling with many ("info@", a kiosk's browser) shares nothing.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from itertools import combinations
from typing import Any, Final

from django.db.models import Count, QuerySet

from leadtrack.leads.duplicate import Traits, likeness
from leadtrack.leads.models import Contact, ContactKey, DuplicateSweep
from leadtrack.leads.pairs import ask

KEYS_AT_ONCE: Final = 500
# A first night over a large import goes on the next night.
MOST_KEYS: Final = 200_000
MOST_ALIKE: Final = 20
MOST_AT_A_BROWSER: Final = 4
# Ids are given out before they are committed: the last ones of yesterday are looked at again.
_OVERLAP: Final = 1000
_Kind = ContactKey.Kind


def look_for_duplicates(*, now: datetime) -> int:
    """Ask about every pair with a fresh key that looks alike; how many were found, those asked before too.

    Safe to run twice and to stop anywhere: how far it came is written down after every 500 keys.
    """
    sweep = DuplicateSweep.objects.order_by("pk").first() or DuplicateSweep.objects.create()
    last, asked, looked = max(sweep.seen_key_id - _OVERLAP, 0), 0, 0
    while looked < MOST_KEYS:
        fresh = ContactKey.objects.filter(pk__gt=last).order_by("pk")
        keys = list(fresh.values_list("pk", "contact_id")[:KEYS_AT_ONCE])
        if not keys:
            break
        last, looked = keys[-1][0], looked + len(keys)
        asked += _look(sweep, {contact for _, contact in keys}, last=last, now=now)
    return asked


def _look(sweep: DuplicateSweep, contacts: set[int], *, last: int, now: datetime) -> int:
    found = list(_pairs(contacts))
    # Each question for itself: SQLite has one writer, and the doors wait for it.
    for one, other, reason in found:
        ask(one, other, reason, at=now)
    DuplicateSweep.objects.filter(pk=sweep.pk, seen_key_id__lt=last).update(seen_key_id=last, seen_at=now)
    return len(found)


def _pairs(contacts: set[int]) -> Iterator[tuple[int, int, str]]:
    groups = list(_groups(contacts))
    traits = _traits(set().union(*groups) if groups else set())
    seen = set()
    for group in groups:
        for one, other in combinations(sorted(group), 2):
            # Two that were here yesterday were compared yesterday.
            if (one, other) in seen or not {one, other} & contacts:
                continue
            seen.add((one, other))
            if reason := likeness(traits[one], traits[other]):
                yield one, other, reason


def _groups(contacts: set[int]) -> Iterator[set[int]]:
    """Small groups of living contacts that share a full name, a mailbox's name, a phone or a browser."""
    named = Contact.objects.living().filter(name_key__contains=" ")
    names = named.filter(pk__in=contacts).values("name_key")
    yield from _small(named.filter(name_key__in=names).exclude(name_key=""), "name_key", "pk", MOST_ALIKE)
    keys = ContactKey.objects.all()
    mine = keys.filter(contact__in=contacts)
    folds = mine.exclude(fold="").values("fold")
    yield from _small(keys.filter(fold__in=folds).exclude(fold=""), "fold", "contact_id", MOST_ALIKE)
    for kind, most in ((_Kind.PHONE, MOST_ALIKE), (_Kind.VISITOR, MOST_AT_A_BROWSER)):
        values = mine.filter(kind=kind, is_shared=False).values("value")
        yield from _small(keys.filter(kind=kind, value__in=values), "value", "contact_id", most)


def _small(rows: QuerySet[Any], column: str, contact: str, most: int) -> Iterator[set[int]]:
    counted = rows.order_by().values(column).annotate(people=Count(contact, distinct=True))
    spellings = [row[column] for row in counted.filter(people__gt=1, people__lte=most)]
    groups: dict[str, set[int]] = defaultdict(set)
    for spelling, one in rows.filter(**{f"{column}__in": spellings}).values_list(column, contact):
        groups[spelling].add(one)
    yield from groups.values()


def _traits(contacts: set[int]) -> dict[int, Traits]:
    values: dict[tuple[int, str], set[str]] = defaultdict(set)
    keys = ContactKey.objects.filter(contact__in=contacts, is_shared=False)
    for contact, kind, value in keys.values_list("contact_id", "kind", "value"):
        values[contact, kind].add(value)
    names = Contact.objects.filter(pk__in=contacts).values_list("pk", "name_key")
    return {
        pk: Traits(
            pk,
            name_key,
            phones=frozenset(values[pk, _Kind.PHONE]),
            emails=frozenset(values[pk, _Kind.EMAIL]),
            browsers=frozenset(values[pk, _Kind.VISITOR]),
        )
        for pk, name_key in names
    }
