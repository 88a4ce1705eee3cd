"""Asking whether two contacts are one person: the queue of possible duplicates, filled and answered."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from leadtrack.leads.models import Contact, ContactKey, PossibleDuplicate

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    Person = User
else:
    Person = Any

_Reason = PossibleDuplicate.Reason
_State = PossibleDuplicate.State
# The strongest first.
_ORDER: Final = (
    _Reason.EMAIL_ALIKE,
    _Reason.PHONE_ALIKE,
    _Reason.KEYS_DISAGREE,
    _Reason.SHARED_PHONE,
    _Reason.NAME_AND_MAILBOX,
    _Reason.SAME_BROWSER,
    _Reason.BROWSER_NAMES,
)


def ask(one: int, other: int, reason: str, *, at: datetime) -> None:
    """Put the question once: a pair that was decided stays decided, a stronger reason replaces a weaker one.

    `one` and `other` are ids of contacts, in any order. Call it in the transaction that found them.
    """
    first, second = sorted((one, other))
    pair = PossibleDuplicate(first_id=first, second_id=second, reason=reason, found_at=at)
    PossibleDuplicate.objects.bulk_create([pair], ignore_conflicts=True)
    weaker = _ORDER[_ORDER.index(_Reason(reason)) + 1 :]
    PossibleDuplicate.objects.filter(first=first, second=second, state=_State.OPEN, reason__in=weaker).update(
        reason=reason
    )


def to_decide() -> QuerySet[PossibleDuplicate]:
    """The open questions about contacts that still stand for themselves."""
    # No join: SQLite would begin with the contacts that are not merged, which are nearly all.
    pair = Q(pk=OuterRef("first_id")) | Q(pk=OuterRef("second_id"))
    merged = Contact.objects.filter(pair, merged_into__isnull=False)
    return PossibleDuplicate.objects.filter(~Exists(merged), state=_State.OPEN)


def questions_about(contact: Contact) -> QuerySet[PossibleDuplicate]:
    """The open questions about this contact."""
    return to_decide().filter(Q(first=contact) | Q(second=contact))


@transaction.atomic
def tell_apart(pair: PossibleDuplicate, *, by: Person | None, at: datetime) -> bool:
    """They are two people: never asked again, and a phone that both have is known as shared from now on.

    False when somebody else decided meanwhile.
    """
    if not _decide(pair, _State.DIFFERENT, by=by, at=at):
        return False
    _mark_shared(pair, is_shared=True)
    return True


@transaction.atomic
def ask_again(pair: PossibleDuplicate) -> bool:
    """Undo `tell_apart`; False when there is nothing to undo."""
    found = PossibleDuplicate.objects.select_for_update().get(pk=pair.pk)
    if found.state != _State.DIFFERENT:
        return False
    found.state, found.decided_at, found.decided_by = _State.OPEN, None, None
    found.save()
    _mark_shared(found, is_shared=False)
    return True


def follow_merge(survivor: int, absorbed: int, *, by: Person | None, at: datetime) -> dict[str, Any]:
    """The two are one: their question is answered; what was asked of one is asked of the other now."""
    first, second = sorted((survivor, absorbed))
    before = PossibleDuplicate.objects.filter(first=first, second=second).first()
    answered = None
    if before is not None:
        answered = {
            "id": before.pk,
            "state": before.state,
            "decided_at": before.decided_at.isoformat() if before.decided_at else None,
            "decided_by": before.decided_by_id,
        }
        before.state, before.decided_at, before.decided_by = _State.MERGED, at, by
        before.save()
    return {"answered": answered, "copied": _copy_questions(survivor, absorbed)}


def follow_unmerge(moved: dict[str, Any], *, merged_at: datetime) -> None:
    """Undo `follow_merge`: the question is as open as it was. That somebody told two apart since stays."""
    if moved["answered"]:
        _answer_as_before(**moved["answered"])
    copied = PossibleDuplicate.objects.filter(pk__in=moved["copied"])
    copied.exclude(state=_State.DIFFERENT, decided_at__gt=merged_at).delete()


def _answer_as_before(*, id: int, state: str, decided_at: str | None, decided_by: int | None) -> None:
    pair = PossibleDuplicate.objects.filter(pk=id).first()
    if pair is None:
        return
    pair.state = state
    pair.decided_at = datetime.fromisoformat(decided_at) if decided_at else None
    pair.decided_by_id = decided_by
    pair.save()


def _decide(pair: PossibleDuplicate, state: str, *, by: Person | None, at: datetime) -> bool:
    found = PossibleDuplicate.objects.select_for_update().get(pk=pair.pk)
    if found.state != _State.OPEN:
        return False
    found.state, found.decided_at, found.decided_by = state, at, by
    found.save()
    return True


def _copy_questions(survivor: int, absorbed: int) -> list[int]:
    known = _about(survivor)
    copies = []
    for other, pair in _about(absorbed).items():
        if other == survivor or other in known or pair.state == _State.MERGED:
            continue
        first, second = sorted((survivor, other))
        copies.append(
            PossibleDuplicate.objects.create(
                first_id=first,
                second_id=second,
                reason=pair.reason,
                state=pair.state,
                found_at=pair.found_at,
                decided_at=pair.decided_at,
                decided_by=pair.decided_by,
            ).pk
        )
    return copies


def _about(contact: int) -> dict[int, PossibleDuplicate]:
    """Every question about a contact, by the other one."""
    found = PossibleDuplicate.objects.filter(Q(first=contact) | Q(second=contact))
    return {pair.second_id if pair.first_id == contact else pair.first_id: pair for pair in found}


def _mark_shared(pair: PossibleDuplicate, *, is_shared: bool) -> None:
    phones = ContactKey.objects.filter(kind=ContactKey.Kind.PHONE)
    both = phones.filter(
        contact=pair.first_id, value__in=phones.filter(contact=pair.second_id).values("value")
    )
    values = set(both.values_list("value", flat=True))
    if not is_shared:
        values = {value for value in values if not _is_told_apart(phones.filter(value=value))}
    phones.filter(value__in=values).update(is_shared=is_shared)


def _is_told_apart(keys: QuerySet[ContactKey]) -> bool:
    """Whether somebody told two others who have this phone apart, too."""
    people = list(keys.values_list("contact_id", flat=True))
    return PossibleDuplicate.objects.filter(
        first__in=people, second__in=people, state=_State.DIFFERENT
    ).exists()
