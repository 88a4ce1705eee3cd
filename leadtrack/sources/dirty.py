"""Telling the books what changed. Call it inside the transaction that makes the change."""

from collections.abc import Iterable
from datetime import date

from leadtrack.sources.models import DirtyMark


def mark_days(days: Iterable[date]) -> None:
    """Ask for these days (local dates) to be booked again."""
    DirtyMark.objects.bulk_create([DirtyMark(day=day) for day in sorted(set(days))])


def mark_contact(contact_id: int) -> None:
    """Ask for every result of this contact to be credited again: its known visits or calls changed."""
    DirtyMark.objects.create(contact_id=contact_id)
