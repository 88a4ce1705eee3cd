"""Notes on a deal: what they wanted, in the words of who talked to them."""

from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from leadtrack.deals.models import Deal, DealEvent
from leadtrack.deals.moves import Person, record
from leadtrack.deals.outcome import OutcomeError

LONGEST: Final = 2000
_TAKEN_BACK: Final = "taken_back"


def write_note(*, deal: Deal, text: str, by: Person | None, at: datetime) -> DealEvent:
    """Keep a note in the deal's history. OutcomeError for an empty or far too long one."""
    words = text.replace("\0", "").strip()
    if not words:
        raise OutcomeError(_("Write something first."), field="text", code="empty")
    if len(words) > LONGEST:
        raise OutcomeError(_("This is too long for a note."), field="text", code="too_long")
    return record(deal, DealEvent.Kind.NOTE, by=by, at=at, text=words)


@transaction.atomic
def take_note_back(*, deal: Deal, event_id: int, by: Person | None) -> str:
    """Undo a note of one's own: it is shown no more. Its text, or "" where there is none to take back."""
    mine = DealEvent.objects.select_for_update().filter(deal=deal, kind=DealEvent.Kind.NOTE, by=by)
    event = mine.filter(pk=event_id).first()
    if event is None or event.details.get(_TAKEN_BACK):
        return ""
    event.details = event.details | {_TAKEN_BACK: True}
    event.save(update_fields=["details"])
    return str(event.details.get("text", ""))


def is_taken_back(event: DealEvent) -> bool:
    """Whether its author does not want the note shown."""
    return bool(event.details.get(_TAKEN_BACK))
