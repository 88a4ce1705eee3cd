"""Linking browsers to people by what the browsers claimed: a personal link, an e-mail, a phone, a log-in.

A linked browser's earlier and later visits belong to the contact's path. A claim makes no contact, changes no
contact's phone or e-mail, and takes no browser away from anybody: people share computers, so a browser may be
of several (its owner stays who was known first). A phone of several people does not say whose browser it is.
"""

from collections.abc import Iterable
from datetime import timedelta
from itertools import chain
from typing import Any, Final

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from leadtrack.leads.models import Contact, ContactKey
from leadtrack.leads.personal import contact_named
from leadtrack.sources.dirty import mark_contact
from leadtrack.ui.prepared import change
from leadtrack.visits.models import Claim, Visitor

# A screen that more people than this say is theirs stands in a hall.
MOST_PEOPLE: Final = 5
# As long as a browser is known: nobody's e-mail is kept for ever.
WAITS: Final = timedelta(days=400)
_BATCH: Final = 200
# Once more, for a contact that was being made while we looked.
_SECOND_LOOK: Final = timedelta(minutes=10)
_MOST_BROWSERS: Final = 50
# How contacts keep the id of the site's own log-in: "site:17". Another system's is "crm:17", also in a claim.
OWN_LOG_IN: Final = "site:"
_Kind = Claim.Kind
_TABLE: Final = Claim._meta.db_table
_KEYS: Final = {
    _Kind.EMAIL: ContactKey.Kind.EMAIL,
    _Kind.PHONE: ContactKey.Kind.PHONE,
    _Kind.ID: ContactKey.Kind.OUTSIDE,
}
_CLAIMS: Final[dict[str, Claim.Kind]] = {key: claim for claim, key in _KEYS.items()}


def stitch_due() -> int:
    """Work the claims that are due, at most 200; the number of browsers linked. Safe to run twice at once."""
    _forget_old()
    due = Claim.objects.filter(due_at__lte=timezone.now()).order_by("due_at")
    return sum(stitch(claim) for claim in due.select_related("visitor")[:_BATCH])


def stitch(claim: Claim) -> bool:
    """Link the claim's browser to its contact, if there is one by now; whether it was."""
    try:
        with transaction.atomic():
            contact_id = _whose(claim)
            if contact_id is None:
                _let_wait(claim)
            return contact_id is not None and _link(claim, contact_id)
    except IntegrityError:
        # Somebody else gave the browser an owner just now; the claim is still due.
        return False


def try_again(keys: Iterable[ContactKey]) -> None:
    """A contact got these keys: claims that waited for one of them are due. A look or two by index."""
    fresh = list(keys)
    wanted = {
        (_CLAIMS[key.kind], value)
        for key in fresh
        if key.kind in _CLAIMS
        for value in (key.value, key.value.removeprefix(OWN_LOG_IN))
    }
    if wanted:
        which = " OR ".join(["kind = %s AND value = %s"] * len(wanted))
        _make_due(which, [*chain(*sorted(wanted))])
    for key in fresh:
        if key.kind == ContactKey.Kind.VISITOR and key.value.isdecimal():
            _try_log_ins_of(int(key.value))


def _try_log_ins_of(visitor_id: int) -> None:
    """Whoever logged in elsewhere under a name that this browser used is known now."""
    used = f"SELECT value FROM {_TABLE} WHERE visitor_id = %s AND kind = %s"  # noqa: S608
    _make_due(f"kind = %s AND value IN ({used})", [_Kind.ID, visitor_id, _Kind.ID])


def _make_due(which: str, values: list[Any]) -> None:
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    sql = f"UPDATE {_TABLE} SET due_at = %s WHERE state = %s AND ({which})"  # noqa: S608
    change(sql, [now, Claim.State.WAITING, *values])


def _whose(claim: Claim) -> int | None:
    if claim.kind == _Kind.TOKEN:
        return contact_named(claim.value)
    if claim.kind == _Kind.ID:
        return _by_log_in(claim)
    people = _with_key(_KEYS[_Kind(claim.kind)], claim.value)
    is_shared = claim.kind == _Kind.PHONE and len(people) > 1
    return people[0] if people and not is_shared else None


def _by_log_in(claim: Claim) -> int | None:
    """Who has this id; else whose browsers have logged in with it, if they are of one person."""
    name = claim.value if ":" in claim.value else OWN_LOG_IN + claim.value
    people = _with_key(ContactKey.Kind.OUTSIDE, name)
    if people:
        return people[0]
    same = Visitor.objects.filter(
        site=claim.visitor.site_id, claims__kind=_Kind.ID, claims__value=claim.value
    )
    browsers = [str(pk) for pk in same.values_list("pk", flat=True)[:_MOST_BROWSERS]]
    owned = ContactKey.objects.filter(kind=ContactKey.Kind.VISITOR, value__in=browsers)
    people = list(owned.values_list("contact_id", flat=True).distinct()[:2])
    return people[0] if len(people) == 1 else None


def _with_key(kind: ContactKey.Kind, value: str) -> list[int]:
    """At most two contacts with this key, its owner first."""
    known = ContactKey.objects.filter(kind=kind, value=value)
    return list(known.order_by("-is_owner", "pk").values_list("contact_id", flat=True)[:2])


def _link(claim: Claim, contact_id: int) -> bool:
    """Give the contact the browser. Locked, as its new leads and merges lock it."""
    contact = Contact.objects.select_for_update(no_key=True).get(pk=contact_id)
    if contact.merged_into_id is not None:
        # It became part of another while we waited; the claim is still due.
        return False
    browser = {"kind": ContactKey.Kind.VISITOR, "value": str(claim.visitor_id)}
    people = dict(ContactKey.objects.filter(**browser).values_list("contact_id", "is_owner"))
    if contact.pk not in people and len(people) >= MOST_PEOPLE:
        return _settle(claim, Claim.State.REFUSED)
    if contact.pk not in people:
        ContactKey.objects.create(contact=contact, is_owner=not any(people.values()), **browser)
        mark_contact(contact.pk)
        _try_log_ins_of(claim.visitor_id)
    return _settle(claim, Claim.State.LINKED)


def _settle(claim: Claim, state: Claim.State) -> bool:
    Claim.objects.filter(pk=claim.pk).update(state=state, due_at=None)
    return state == Claim.State.LINKED


def _let_wait(claim: Claim) -> None:
    """Until a contact with this value comes; a guess at a secret link waits for nobody."""
    if claim.kind == _Kind.TOKEN:
        _settle(claim, Claim.State.REFUSED)
        return
    due_at = timezone.now() + _SECOND_LOOK if claim.tries == 0 else None
    # Unless a contact came meanwhile and made it due.
    same = Claim.objects.filter(pk=claim.pk, due_at=claim.due_at)
    same.update(due_at=due_at, tries=claim.tries + 1)


def _forget_old() -> None:
    """What was linked stays linked without its claim."""
    old = Claim.objects.filter(made_at__lt=timezone.now() - WAITS)
    Claim.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:_BATCH])).delete()
