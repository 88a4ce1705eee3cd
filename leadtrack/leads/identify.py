"""Whose enquiry it is: an existing contact, or a new one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, Final

from django.db import IntegrityError, transaction

from leadtrack.leads import stitch
from leadtrack.leads.duplicate import Known, Verdict, is_same_or_missing, verdict
from leadtrack.leads.models import Contact, ContactKey, PossibleDuplicate
from leadtrack.leads.pairs import ask
from leadtrack.sources.dirty import mark_contact
from leadtrack.ui.prepared import all_rows, columns_of, read
from leadtrack.ui.together import store_together

_TRIES: Final = 5
# Every enquiry asks this.
_KEYS: Final = f"""
    SELECT {columns_of(ContactKey, "key")}, {columns_of(Contact, "contact")}
    FROM {ContactKey._meta.db_table} key
    JOIN {Contact._meta.db_table} contact ON contact.id = key.contact_id
"""  # noqa: S608
_KEY_WIDTH: Final = len(ContactKey._meta.concrete_fields)
_NAME_LENGTH: Final = 200
_Kind = ContactKey.Kind
_Reason = PossibleDuplicate.Reason


class MovedAwayError(Exception):
    """The contact became part of another, or came back out of it, while we waited: look again."""


@dataclass(frozen=True, slots=True)
class _Given:
    """What an enquiry says of a person: a name, and a value for each kind of key ("" for none)."""

    name: str
    keys: dict[ContactKey.Kind, str]


def contact_for(
    *,
    phone: str,
    email: str,
    name: str,
    visitor: str,
    at: datetime,
    messenger: str = "",
    outside: str = "",
) -> tuple[Contact, bool]:
    """The contact with this phone (E.164) or e-mail (lower case), or a new one, and whether it is new.

    `messenger` ("whatsapp:+49…": network and id) and `outside` ("crm:17": system and id) are one person's
    own and decide first. The contact then has every key given. Without any of these the same browser under a
    name that does not contradict is the same contact; with nothing at all (a withheld call) it is always a
    new one. Call it in the transaction that makes the lead: until its end nobody else gets this contact or
    merges it. Two workers that meet the same new person at one moment end with one contact.
    """
    values = {
        _Kind.PHONE: phone,
        _Kind.EMAIL: email,
        _Kind.VISITOR: visitor,
        _Kind.MESSENGER: messenger,
        _Kind.OUTSIDE: outside,
    }
    given = _Given(name[:_NAME_LENGTH], values)
    known = _keys_like(given.keys)
    if not known and (contact := _newcomer(given, at)):
        return contact, True
    for _try in range(_TRIES - 1):
        try:
            with transaction.atomic():
                return _contact_with_keys(given, known or _keys_like(given.keys), at)
        except (IntegrityError, MovedAwayError):
            # Somebody else made the same contact just now, or merged it: read again and find it.
            known = []
    with transaction.atomic():
        return _contact_with_keys(given, _keys_like(given.keys), at)


def lock_contact(contact_id: int) -> Contact:
    """The contact as it is now; nobody else gives it keys, leads or outcomes, or merges it, until we commit.

    Raises MovedAwayError when it became part of another: read who it is now and ask for that one. Whoever
    locks two contacts locks the lower id first. Its key stays free: rows that point to it may be written
    meanwhile, or two workers could wait for each other.
    """
    contact = Contact.objects.select_for_update(no_key=True).get(pk=contact_id)
    if contact.merged_into_id is not None:
        raise MovedAwayError
    return contact


def _newcomer(given: _Given, at: datetime) -> Contact | None:
    """A new contact whom nobody knew; None, and nothing written, if somebody made the same one just now."""
    contact = Contact(name=given.name, created_at=at).spell_name()
    keys = [ContactKey(kind=kind, value=value).fold_value() for kind, value in given.keys.items() if value]
    if not store_together(contact, keys, by="contact", unless_taken=True):
        ContactKey.objects.filter(contact=contact).delete()
        contact.delete()
        return None
    stitch.try_again(keys)
    return contact


def _contact_with_keys(given: _Given, known: list[ContactKey], at: datetime) -> tuple[Contact, bool]:
    found = _known_contact(given, known)
    if found.contact_id is None:
        contact = Contact.objects.create(name=given.name, created_at=at)
    else:
        contact = _locked(found.contact_id, given.name)
    fresh = _fresh_keys(contact, given.keys, known)
    ContactKey.objects.bulk_create([key.fold_value() for key in fresh])
    stitch.try_again(fresh)
    if found.contact_id is not None and any(key.kind == _Kind.VISITOR for key in fresh):
        # The contact's earlier results may now have a longer path.
        mark_contact(contact.pk)
    if found.rival_id is not None:
        reason = _Reason.KEYS_DISAGREE if found.contact_id is not None else _Reason.SHARED_PHONE
        ask(contact.pk, found.rival_id, reason, at=at)
    return contact, found.contact_id is None


def _keys_like(values: dict[ContactKey.Kind, str]) -> list[ContactKey]:
    """Every contact's keys with one of these values, the owner's first."""
    wanted = [(kind, value) for kind, value in values.items() if value]
    if not wanted:
        return []
    which = " OR ".join(["key.kind = %s AND key.value = %s"] * len(wanted))
    rows = all_rows(f"{_KEYS} WHERE {which} ORDER BY key.is_owner DESC, key.id", [*chain(*wanted)])
    return [_key_of(row) for row in rows]


def _key_of(row: Sequence[Any]) -> ContactKey:
    key = read(ContactKey, row[:_KEY_WIDTH])
    key.contact = read(Contact, row[_KEY_WIDTH:])
    return key


def _known_contact(given: _Given, known: list[ContactKey]) -> Verdict:
    by_own = _by_own_id(known)
    if by_own is not None:
        return Verdict(by_own)
    if not given.keys[_Kind.PHONE] and not given.keys[_Kind.EMAIL]:
        return Verdict(_by_browser(given, known))
    emails = _emails_of({key.contact_id for key in known if key.kind != _Kind.VISITOR})
    by_email, by_phone = (
        [
            Known(key.contact_id, key.contact.name, frozenset(emails.get(key.contact_id, ())))
            for key in known
            if key.kind == kind
        ]
        for kind in (_Kind.EMAIL, _Kind.PHONE)
    )
    return verdict(
        name=given.name,
        email=given.keys[_Kind.EMAIL],
        by_email=by_email[0] if by_email else None,
        by_phone=by_phone,
        is_known_as_shared=any(key.is_shared for key in known if key.kind == _Kind.PHONE),
    )


def _by_own_id(known: list[ContactKey]) -> int | None:
    """Ids that a person does not share: that of another system before that of a messenger."""
    for kind in (_Kind.OUTSIDE, _Kind.MESSENGER):
        for key in known:
            if key.kind == kind and key.is_owner:
                return key.contact_id
    return None


def _by_browser(given: _Given, known: list[ContactKey]) -> int | None:
    """Somebody who gave an id of their own that nobody has is not who else used this browser."""
    if given.keys[_Kind.OUTSIDE] or given.keys[_Kind.MESSENGER]:
        return None
    for key in known:
        if key.is_owner and is_same_or_missing(key.contact.name, given.name):
            return key.contact_id
    return None


def _emails_of(contact_ids: set[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    if contact_ids:
        for key in ContactKey.objects.filter(contact__in=contact_ids, kind=_Kind.EMAIL):
            found.setdefault(key.contact_id, []).append(key.value)
    return found


def _locked(contact_id: int, name: str) -> Contact:
    """Two enquiries of one person at one moment wait for each other here, so that one becomes the attempt."""
    contact = lock_contact(contact_id)
    if name and not contact.name:
        contact.name = name
        contact.save(update_fields=["name"])
    return contact


def _fresh_keys(
    contact: Contact, values: dict[ContactKey.Kind, str], known: list[ContactKey]
) -> list[ContactKey]:
    """The keys that this contact does not have yet; it owns those that nobody owns."""
    own = {key.kind for key in known if key.contact_id == contact.pk}
    taken = {key.kind for key in known if key.is_owner}
    shared = any(key.is_shared for key in known if key.kind == _Kind.PHONE)
    return [
        ContactKey(
            contact=contact,
            kind=kind,
            value=value,
            is_owner=kind not in taken,
            is_shared=shared and kind == _Kind.PHONE,
        )
        for kind, value in values.items()
        if value and kind not in own
    ]
