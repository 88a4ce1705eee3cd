"""Making aliases and taking them back. A change holds at once here, elsewhere in ten seconds."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from leadtrack.sources import rulebook
from leadtrack.sources.models import SourceAlias


def fold(alias: SourceAlias, *, by: Any) -> SourceAlias:
    """Count a spelling under a name from now on. Raises IntegrityError where the spelling has an alias."""
    with transaction.atomic():
        alias.made_by = by
        alias.save(force_insert=True)
        rulebook.forget()
    return alias


def take_back(alias: SourceAlias) -> None:
    """Count a spelling under itself again."""
    alias.removed_at = timezone.now()
    alias.save(update_fields=["removed_at"])
    rulebook.forget()
