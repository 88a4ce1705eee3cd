"""Undoing an import: its leads go as if they had never come, except those that somebody has worked."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import F, ProtectedError, Q
from django.utils import timezone

from leadtrack.leads.afterwards import tell_of_removal, worked_leads
from leadtrack.leads.heirs import pass_on
from leadtrack.leads.importing.slices import Slice
from leadtrack.leads.models import (
    Attempt,
    Binding,
    Contact,
    ContactKey,
    ImportRow,
    InboxRow,
    Lead,
    LeadImport,
    Merge,
    PossibleDuplicate,
)
from leadtrack.sources.dirty import mark_contact, mark_days

AT_ONCE: Final = 50
Outcome = ImportRow.Outcome


def undo_rows(row: LeadImport, piece: Slice) -> bool:
    """Take back rows until none is left to take back (True) or the slice is over (False).

    Attempts go first, then repeat enquiries: a lead with nothing but those of this import is nobody's work.
    """
    left = row.rows.filter(outcome__in=[Outcome.ATTEMPT, Outcome.LEAD]).count()
    leads = row.rows.filter(outcome=Outcome.LEAD)
    turns = (
        (row.rows.filter(outcome=Outcome.ATTEMPT), _undo_attempts),
        (leads.filter(inbox_row__lead__repeat_of__isnull=False), _undo_leads),
        (leads, _undo_leads),
    )
    for rows, take_back in turns:
        while chunk := list(rows.order_by("-line")[:AT_ONCE]):
            take_back(chunk)
            left -= len(chunk)
            piece.go_on(rows_done=max(row.rows_total - left, 0))
            if piece.is_over:
                return False
    _drop_unworked(row)
    piece.go_on(state=LeadImport.State.UNDONE, finished_at=timezone.now(), rows_done=row.rows_total)
    return True


@transaction.atomic
def _undo_attempts(chunk: list[ImportRow]) -> None:
    attempts = Attempt.objects.filter(inbox_row__in=[one.inbox_row_id for one in chunk])
    contacts = set(attempts.values_list("lead__contact_id", flat=True))
    attempts.delete()
    _empty_again(chunk)
    _drop_keys(chunk)
    for contact in contacts:
        mark_contact(contact)
    _forget(chunk)


def _undo_leads(chunk: list[ImportRow]) -> None:
    try:
        _undo_leads_together(chunk)
    except ProtectedError:
        # Something else holds one of them: find out which, the others may go.
        for one in chunk:
            try:
                _undo_leads_together([one])
            except ProtectedError:
                ImportRow.objects.filter(pk=one.pk).update(outcome=Outcome.KEPT)


@transaction.atomic
def _undo_leads_together(chunk: list[ImportRow]) -> None:
    by_row = {one.inbox_row_id: one for one in chunk}
    leads = {
        pk: (by_row[inbox_row], contact, day, at)
        for pk, inbox_row, contact, day, at in Lead.objects.filter(
            inbox_rows__in=by_row, public_id=F("inbox_rows__public_id")
        ).values_list("pk", "inbox_rows", "contact_id", "day", "captured_at")
    }
    kept = worked_leads(list(leads)) | _held(leads)
    gone = [pk for pk in leads if pk not in kept]
    ImportRow.objects.filter(pk__in=[leads[pk][0].pk for pk in kept]).update(outcome=Outcome.KEPT)
    mark_days({leads[pk][2] for pk in gone})
    tell_of_removal(gone)
    rows = [leads[pk][0] for pk in gone]
    # Whose lead is gone by another way (an erased person) has nothing left to take back.
    told = {one.pk for one, *_rest in leads.values()}
    _forget([*rows, *(one for one in chunk if one.pk not in told)])
    Lead.objects.filter(pk__in=gone).delete()
    _drop_keys(rows)
    made: dict[int, set[datetime]] = defaultdict(set)
    for pk in gone:
        made[leads[pk][1]].add(leads[pk][3])
    _drop_contacts(made)


def _held(leads: dict[int, Any]) -> set[int]:
    """Leads that people decided something about, or that others came to since: not ours alone any more."""
    rows = Lead.objects.filter(pk__in=leads)
    changed = rows.filter(
        Q(status__in=[Lead.Status.ACCEPTED, Lead.Status.REJECTED]) | Q(attempts__isnull=False)
    )
    held = set(changed.values_list("pk", flat=True))
    held |= set(Binding.objects.filter(lead__in=leads).values_list("lead_id", flat=True))
    contacts = {one[1] for one in leads.values()}
    merges = Merge.objects.filter(Q(survivor__in=contacts) | Q(absorbed__in=contacts), undone_at=None)
    merged = {pk for pair in merges.values_list("survivor_id", "absorbed_id") for pk in pair}
    return held | {pk for pk, (_row, contact, *_rest) in leads.items() if contact in merged}


def _forget(chunk: Iterable[ImportRow]) -> None:
    """Their inbox rows go, so that the file may be loaded again; the rows of the import stay on record."""
    rows = list(chunk)
    inbox_rows = [one.inbox_row_id for one in rows if one.inbox_row_id]
    ImportRow.objects.filter(pk__in=[one.pk for one in rows]).update(inbox_row=None, outcome=Outcome.UNDONE)
    InboxRow.objects.filter(pk__in=inbox_rows).delete()


def _empty_again(chunk: Iterable[ImportRow]) -> None:
    """Columns of leads that were empty before the import filled them, unless somebody has corrected them."""
    filled = {one.inbox_row_id or 0: one.brought["fields"] for one in chunk if one.brought.get("fields")}
    for row in InboxRow.objects.filter(pk__in=filled, lead__isnull=False):
        for name in filled[row.pk]:
            Lead.objects.filter(inbox_rows=row, **{name: row.payload.get(name, "")}).update(**{name: ""})


def _drop_keys(chunk: Iterable[ImportRow]) -> None:
    """Phones and e-mails that the import taught us of known people, unless another lead says them, too."""
    fresh = {pk for one in chunk for pk in one.brought.get("keys", ())}
    gone = []
    for key in ContactKey.objects.filter(pk__in=fresh):
        column = {"phone": "phone", "email": "email"}.get(key.kind)
        others = Lead.objects.filter(contact=key.contact_id)
        if column and others.exists() and not others.filter(**{column: key.value}).exists():
            ContactKey.objects.filter(pk=key.pk).delete()
            mark_contact(key.contact_id)
            gone.append(key)
    pass_on(gone)


def _drop_contacts(made: dict[int, set[datetime]]) -> None:
    """Contacts who came with these leads (at their moments) and have no other."""
    left = set(Lead.objects.filter(contact__in=made).values_list("contact_id", flat=True))
    for contact_id in left:
        mark_contact(contact_id)
    for contact in Contact.objects.filter(pk__in=set(made) - left):
        if contact.created_at not in made[contact.pk]:
            continue
        try:
            with transaction.atomic():
                PossibleDuplicate.objects.filter(Q(first=contact) | Q(second=contact)).delete()
                keys = list(contact.keys.all())
                contact.keys.all().delete()
                contact.delete()
                pass_on(keys)
        except ProtectedError:
            # Somebody refers to the person: the person stays, without leads.
            continue


def _drop_unworked(row: LeadImport) -> None:
    """Rows that never became leads: nothing is left to work."""
    for one in list(row.rows.filter(outcome=Outcome.WAITING)):
        inbox_id = one.inbox_row_id or 0
        if InboxRow.objects.filter(pk=inbox_id).exclude(state=InboxRow.State.DONE).delete()[0]:
            ImportRow.objects.filter(pk=one.pk).update(outcome=Outcome.UNDONE)
