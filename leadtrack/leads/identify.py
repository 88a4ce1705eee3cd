"""Whose enquiry it is: an existing contact, or a new one."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction

from leadtrack.leads.duplicate import Known, is_same_or_missing, verdict
from leadtrack.leads.models import Contact, ContactKey
from leadtrack.sources.dirty import mark_contact

_TRIES: Final = 5
_NAME_LENGTH: Final = 200
_Kind = ContactKey.Kind


def contact_for(*, phone: str, email: str, name: str, visitor: str, at: datetime) -> Contact:
    """The contact with this phone (E.164) or e-mail (lower case), or a new one; it then has every key given.

    Without either, the same browser under a name that does not contradict is the same contact; with nothing
    at all (a withheld call) it is always a new one. Call it in the transaction that makes the lead. Two
    workers that meet the same new person at one moment end with one contact.
    """
    for _try in range(_TRIES - 1):
        try:
            with transaction.atomic():
                return _contact_with_keys(phone, email, name[:_NAME_LENGTH], visitor, at)
        except IntegrityError:
            # Somebody else made the same contact just now: read again and find it.
            continue
    with transaction.atomic():
        return _contact_with_keys(phone, email, name[:_NAME_LENGTH], visitor, at)


def _contact_with_keys(phone: str, email: str, name: str, visitor: str, at: datetime) -> Contact:
    contact = _known_contact(phone, email, name, visitor)
    if contact is None:
        contact = Contact.objects.create(name=name, created_at=at)
    elif name and not contact.name:
        Contact.objects.filter(pk=contact.pk, name="").update(name=name)
        contact.name = name
    _give_keys(contact, {_Kind.PHONE: phone, _Kind.EMAIL: email, _Kind.VISITOR: visitor})
    return contact


def _known_contact(phone: str, email: str, name: str, visitor: str) -> Contact | None:
    if not phone and not email:
        return _by_browser(visitor, name)
    by_email = _known(_Kind.EMAIL, email)
    found = verdict(
        name=name,
        email=email,
        by_email=by_email[0] if by_email else None,
        by_phone=_known(_Kind.PHONE, phone),
    )
    return Contact.objects.get(pk=found.contact_id) if found.contact_id else None


def _by_browser(visitor: str, name: str) -> Contact | None:
    key = (
        ContactKey.objects.filter(kind=_Kind.VISITOR, value=visitor, is_owner=True)
        .select_related("contact")
        .first()
    )
    if not visitor or key is None or not is_same_or_missing(key.contact.name, name):
        return None
    return key.contact


def _known(kind: ContactKey.Kind, value: str) -> list[Known]:
    """The contacts with this key, its owner first."""
    if not value:
        return []
    keys = (
        ContactKey.objects.filter(kind=kind, value=value)
        .select_related("contact")
        .order_by("-is_owner", "pk")
    )
    contacts = [key.contact for key in keys]
    emails = _emails_of(contacts)
    return [Known(contact.pk, contact.name, frozenset(emails.get(contact.pk, ()))) for contact in contacts]


def _emails_of(contacts: Iterable[Contact]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for key in ContactKey.objects.filter(contact__in=list(contacts), kind=_Kind.EMAIL):
        found.setdefault(key.contact_id, []).append(key.value)
    return found


def _give_keys(contact: Contact, values: dict[ContactKey.Kind, str]) -> None:
    for kind, value in values.items():
        if not value or ContactKey.objects.filter(contact=contact, kind=kind, value=value).exists():
            continue
        is_taken = ContactKey.objects.filter(kind=kind, value=value, is_owner=True).exists()
        ContactKey.objects.create(contact=contact, kind=kind, value=value, is_owner=not is_taken)
        if kind == _Kind.VISITOR:
            # The contact's earlier results may now have a longer path.
            mark_contact(contact.pk)
