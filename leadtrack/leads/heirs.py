"""Whom a phone, an e-mail or a browser belongs to when its owner has it no longer."""

from collections.abc import Iterable

from leadtrack.leads.models import ContactKey
from leadtrack.sources.dirty import mark_contact


def pass_on(gone: Iterable[ContactKey]) -> None:
    """These keys were taken away: what nobody owns any more belongs to who has had it longest.

    Call it in the transaction that took them.
    """
    for kind, value in {(key.kind, key.value) for key in gone if key.is_owner}:
        left = ContactKey.objects.filter(kind=kind, value=value)
        heir = None if left.filter(is_owner=True).exists() else left.order_by("pk").first()
        if heir is not None:
            ContactKey.objects.filter(pk=heir.pk).update(is_owner=True)
            mark_contact(heir.contact_id)
