"""Giving a contact the browser that one of its enquiries came from, and taking it away when it did not."""

from typing import Any

from django.utils import timezone

from leadtrack.leads.heirs import pass_on
from leadtrack.leads.models import Attempt, ContactKey, Lead
from leadtrack.sources.dirty import mark_contact
from leadtrack.visits.models import Claim


def give_browser(contact_id: int, visitor_id: int) -> bool:
    """Let the contact be known by the browser, too; whether it was not before. The contact is locked."""
    browser = _browser(visitor_id)
    known = dict(ContactKey.objects.filter(**browser).values_list("contact_id", "is_owner"))
    if contact_id in known:
        return False
    ContactKey.objects.create(contact_id=contact_id, is_owner=not any(known.values()), **browser)
    mark_contact(contact_id)
    return True


def take_browser(contact_id: int, visitor_id: int) -> bool:
    """Take the browser from the contact, unless an enquiry of it came from there; whether it was taken.

    What the browser itself claimed is tried anew. The contact is locked.
    """
    of_browser = {"visit__visitor": visitor_id}
    if Lead.objects.filter(contact=contact_id, **of_browser).exists():
        return False
    if Attempt.objects.filter(lead__contact=contact_id, **of_browser).exists():
        return False
    mine = ContactKey.objects.filter(contact=contact_id, **_browser(visitor_id))
    gone = list(mine)
    mine.delete()
    pass_on(gone)
    claims = Claim.objects.filter(visitor=visitor_id, state=Claim.State.LINKED)
    claims.update(state=Claim.State.WAITING, due_at=timezone.now())
    mark_contact(contact_id)
    return bool(gone)


def _browser(visitor_id: int) -> dict[str, Any]:
    return {"kind": ContactKey.Kind.VISITOR, "value": str(visitor_id)}
