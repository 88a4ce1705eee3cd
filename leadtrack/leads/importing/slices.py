"""A slice of background work: how long it may take, and the claim on it that is renewed as it goes."""

from datetime import datetime
from time import monotonic
from typing import Any

from django.utils import timezone

from leadtrack.leads.models import LeadImport


class LostClaimError(Exception):
    """Another worker has taken the import over; stop."""


class Slice:
    """The right to work an import until `ends` (monotonic seconds)."""

    def __init__(self, import_id: int, claimed_at: datetime, ends: float) -> None:
        self._import_id, self._claimed_at, self._ends = import_id, claimed_at, ends

    @property
    def is_over(self) -> bool:
        """Whether it is time to let other work pass."""
        return monotonic() >= self._ends

    def go_on(self, **changes: Any) -> None:
        """Renew the claim, and tell the page how far it is. Raises LostClaimError.

        Work that gets on has not failed: attempts are counted from here anew.
        """
        now = timezone.now()
        mine = LeadImport.objects.filter(pk=self._import_id, claimed_at=self._claimed_at)
        if mine.update(claimed_at=now, attempts=1, **changes) != 1:
            raise LostClaimError
        self._claimed_at = now

    def give_back(self) -> bool:
        """Let whoever comes next have it; True."""
        mine = LeadImport.objects.filter(pk=self._import_id, claimed_at=self._claimed_at)
        mine.update(claimed_at=None, attempts=0)
        return True
