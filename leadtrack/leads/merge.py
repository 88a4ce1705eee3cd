"""Making one contact of two, and two of one again. Everything moves, and what moved is written down by id.

Both contacts are locked, the lower id first, as captures and outcomes lock theirs: who waited for a contact
that became part of another looks again and goes to that one.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from leadtrack.leads import keyring, pairs, stitch
from leadtrack.leads.afterwards import tell_of_merge, tell_of_unmerge
from leadtrack.leads.identify import MovedAwayError, lock_contact
from leadtrack.leads.models import Contact, ContactKey, Lead, Merge
from leadtrack.leads.target_calls import judge_people
from leadtrack.sources.dirty import mark_contact

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    Person = User
else:
    Person = Any

_TRIES: Final = 5
REASON_LENGTH: Final = 200


class MergeError(ValueError):
    """A merge, or its undoing, that cannot be: a translated sentence and a code (same, nested, busy)."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


def merge(
    *, one: Contact, other: Contact, by: Person | None, reason: str = "", at: datetime | None = None
) -> Merge:
    """Make one contact of two: who was known first survives and gets everything of the other.

    Contacts that are parts of others stand for those. The same merge again answers with the one that stands.
    MergeError: the two are one already.
    """
    for _try in range(_TRIES):
        try:
            with transaction.atomic():
                return _merge((one.pk, other.pk), by=by, reason=reason[:REASON_LENGTH], at=at)
        except MovedAwayError:
            # Somebody merged one of them while we waited.
            continue
    raise MergeError(_("Others are merging these people right now. Try again."), code="busy")


def unmerge(*, merge: Merge, by: Person | None, at: datetime | None = None) -> Merge:
    """Undo a merge: what moved goes back, what came since stays with the survivor.

    Repeat enquiries go with the lead they repeat. MergeError when the survivor became part of somebody else
    since: that merge comes first. Undoing twice is undoing once.
    """
    with transaction.atomic():
        ids = sorted((merge.survivor_id, merge.absorbed_id))
        both = {pk: Contact.objects.select_for_update(no_key=True).get(pk=pk) for pk in ids}
        found = Merge.objects.get(pk=merge.pk)
        if found.undone_at is not None:
            return found
        survivor, absorbed = both[found.survivor_id], both[found.absorbed_id]
        if survivor.merged_into is not None:
            _refuse_nested(survivor)
        return _unmerge(found, survivor, absorbed, by=by, at=at or timezone.now())


def standing_merge_of(contact: Contact) -> Merge | None:
    """The merge that made this contact a part of another."""
    return Merge.objects.filter(absorbed=contact, undone_at=None).first()


def _merge(ids: tuple[int, int], *, by: Person | None, reason: str, at: datetime | None) -> Merge:
    given = [Contact.objects.get(pk=pk) for pk in ids]
    roots = {contact.survivor().pk for contact in given}
    if len(roots) == 1:
        return _known_merge(ids)
    survivor, absorbed = sorted(
        (lock_contact(pk) for pk in sorted(roots)), key=lambda contact: (contact.created_at, contact.pk)
    )
    moment = at or timezone.now()
    merge = Merge(survivor=survivor, absorbed=absorbed, by=by, reason=reason, at=moment)
    merge.moved = {
        "keys": keyring.move(absorbed, survivor),
        "leads": _move_leads(absorbed, survivor),
        "name": _lend_name(absorbed, survivor),
        "pairs": pairs.follow_merge(survivor.pk, absorbed.pk, by=by, at=moment),
    }
    merge.save()
    Contact.objects.filter(pk=absorbed.pk).update(merged_into=survivor)
    mark_contact(survivor.pk)
    # What was of two people is of one now: it says whose browser waits.
    keys = merge.moved["keys"]
    gained = [*keys["moved"], *(twin["like"] for twin in keys["twins"])]
    stitch.try_again(ContactKey.objects.filter(pk__in=gained))
    judge_people([survivor.pk])
    tell_of_merge(merge)
    return merge


def _known_merge(ids: tuple[int, int]) -> Merge:
    known = Merge.objects.filter(survivor__in=ids, absorbed__in=ids, undone_at=None).first()
    if known is None:
        raise MergeError(_("This is one person already."), code="same")
    return known


def _unmerge(merge: Merge, survivor: Contact, absorbed: Contact, *, by: Person | None, at: datetime) -> Merge:
    Contact.objects.filter(pk=absorbed.pk).update(merged_into=None)
    merge.undone_at, merge.undone_by = at, by
    merge.save(update_fields=["undone_at", "undone_by"])
    keyring.move_back(merge)
    _return_leads(merge)
    _take_name_back(merge, survivor, absorbed)
    pairs.follow_unmerge(merge.moved["pairs"], merged_at=merge.at)
    mark_contact(survivor.pk)
    mark_contact(absorbed.pk)
    judge_people([survivor.pk, absorbed.pk])
    tell_of_unmerge(merge)
    return merge


def _refuse_nested(survivor: Contact) -> None:
    into = survivor.survivor()
    raise MergeError(
        _("%(person)s is a part of %(other)s by now. Undo that merge first.")
        % {"person": survivor, "other": into},
        code="nested",
    )


def _move_leads(absorbed: Contact, survivor: Contact) -> list[int]:
    leads = Lead.objects.filter(contact=absorbed)
    ids = list(leads.order_by("pk").values_list("pk", flat=True))
    leads.update(contact=survivor)
    return ids


def _return_leads(merge: Merge) -> None:
    ids = merge.moved["leads"]
    here = Lead.objects.filter(contact=merge.survivor_id)
    # A repeat enquiry has no life of its own: it belongs to the lead's deal.
    here.filter(repeat_of__in=ids).update(contact=merge.absorbed_id)
    here.filter(pk__in=ids).update(contact=merge.absorbed_id)


def _lend_name(absorbed: Contact, survivor: Contact) -> bool:
    if survivor.name or not absorbed.name:
        return False
    survivor.name = absorbed.name
    survivor.save(update_fields=["name"])
    return True


def _take_name_back(merge: Merge, survivor: Contact, absorbed: Contact) -> None:
    """Unless another part of the survivor has a name to lend."""
    if not merge.moved["name"] or survivor.name != absorbed.name:
        return
    survivor.name = ""
    for other in Merge.objects.filter(survivor=survivor, undone_at=None).order_by("pk"):
        if other.absorbed.name:
            other.moved["name"] = _lend_name(other.absorbed, survivor)
            other.save(update_fields=["moved"])
            return
    survivor.save(update_fields=["name"])
