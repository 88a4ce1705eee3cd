"""What is shown of people where somebody decides whether two are one; and finding the other one."""

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Final

from django.db.models import Count, Prefetch, Q, QuerySet

from leadtrack.leads.alike import mail_fold, name_key_of
from leadtrack.leads.models import Contact, ContactKey, Lead, PossibleDuplicate

LATEST: Final = 4
MOST_FOUND: Final = 8
# Shorter would match nearly every number.
_FEWEST_DIGITS: Final = 5
# "8 912 345-67-89" and "+7 912 345-67-89" are one number: the last ten digits say which.
_LAST_DIGITS: Final = 10
_Kind = ContactKey.Kind


@dataclass(frozen=True, slots=True)
class ShownKey:
    """A way to reach somebody; `is_common` when the other one has it, too (or one that looks like it)."""

    kind: str
    value: str
    is_common: bool


@dataclass(frozen=True, slots=True)
class Side:
    """One of two people: what is known, and their latest enquiries, the newest first."""

    contact: Contact
    keys: list[ShownKey]
    latest: list[Lead]
    enquiries: int
    browsers: int
    common_browsers: int
    has_same_name: bool
    # Who was known first: the one that a merge keeps.
    is_first: bool


@dataclass(frozen=True, slots=True)
class Question:
    """A possible duplicate as it is asked."""

    pair: PossibleDuplicate
    sides: list[Side] = field(default_factory=list)


def questions_of(pairs: Iterable[PossibleDuplicate]) -> list[Question]:
    """The pairs with both people; a handful of queries for all of them."""
    asked = list(pairs)
    ids = {pk for pair in asked for pk in (pair.first_id, pair.second_id)}
    people = {contact.pk: contact for contact in _with_story(ids)}
    counts = dict(
        Lead.objects.filter(contact__in=ids).order_by().values_list("contact_id").annotate(Count("pk"))
    )
    return [
        Question(
            pair,
            [
                _side(people[one], people[other], counts.get(one, 0))
                for one, other in ((pair.first_id, pair.second_id), (pair.second_id, pair.first_id))
            ],
        )
        for pair in asked
    ]


def found_by(text: str, *, besides: Contact) -> list[Contact]:
    """A few living contacts with this name, e-mail, phone (its last digits) or id; `besides` is left out."""
    wanted = _wanted(text.strip()[:200])
    if wanted is None:
        return []
    people = Contact.objects.living().filter(wanted).exclude(pk=besides.pk).order_by("-pk")
    return list(people.prefetch_related("keys")[:MOST_FOUND])


def _wanted(term: str) -> Q | None:
    digits = re.sub(r"\D", "", term).lstrip("0")[-_LAST_DIGITS:]
    if term.startswith("ct_"):
        return Q(public_id=term)
    if "@" in term:
        return Q(pk__in=_holders(kind=_Kind.EMAIL, value=term.lower()))
    if len(digits) >= _FEWEST_DIGITS and not re.search(r"[^\W\d_]", term):
        return Q(pk__in=_holders(kind=_Kind.PHONE, value__endswith=digits))
    words = name_key_of(term).split()
    wanted = Q()
    for word in words:
        wanted &= Q(name_key__contains=word)
    return wanted if words else None


def _holders(**key: str) -> list[int]:
    found = ContactKey.objects.filter(**key).values_list("contact_id", flat=True)
    return list(found[: MOST_FOUND * 2])


def _with_story(ids: Collection[int]) -> QuerySet[Contact]:
    latest = Lead.objects.select_related("source", "site").order_by("-captured_at", "-pk")[:LATEST]
    return Contact.objects.filter(pk__in=ids).prefetch_related(
        "keys", Prefetch("leads", queryset=latest, to_attr="latest")
    )


def _side(contact: Contact, other: Contact, enquiries: int) -> Side:
    theirs = Counter(_spelling(key) for key in other.keys.all())
    keys = sorted(contact.keys.all(), key=lambda key: (key.kind, key.pk))
    browsers = [key for key in keys if key.kind == _Kind.VISITOR]
    return Side(
        contact,
        [
            ShownKey(key.kind, key.value, _spelling(key) in theirs)
            for key in keys
            if key.kind != _Kind.VISITOR
        ],
        contact.latest,  # type: ignore[attr-defined]
        enquiries,
        len(browsers),
        sum(_spelling(key) in theirs for key in browsers),
        has_same_name=bool(contact.name_key) and contact.name_key == other.name_key,
        is_first=(contact.created_at, contact.pk) < (other.created_at, other.pk),
    )


def _spelling(key: ContactKey) -> tuple[str, str]:
    return key.kind, mail_fold(key.value) if key.kind == _Kind.EMAIL else key.value
