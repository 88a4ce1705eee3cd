"""Leads that colleagues and programs tell us: checked, stored under their key, worked like any other."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from leadtrack.leads import inbox
from leadtrack.leads.models import InboxRow, Lead
from leadtrack.leads.words import clean
from leadtrack.lib.hashing import key_of
from leadtrack.visits.models import Site

KEY_LENGTH: Final = 100


def accept_from_program(
    *, site: Site, told: Mapping[str, Any], key: str, received_at: datetime
) -> tuple[InboxRow, bool]:
    """Store a lead that a program hands over; the row, and whether it is new.

    `key` is the program's own for this lead ("": it has none, and cannot repeat itself). A worker is told.
    """
    named = key if len(key) <= KEY_LENGTH else key_of([key])
    row, is_new = inbox.accept_told(
        door=InboxRow.Door.API,
        site_id=site.pk,
        key=f"api:{site.pk}:{named or secrets.token_hex(16)}",
        payload=_clean(told),
        received_at=received_at,
    )
    if is_new:
        inbox.wake(row)
    return row, is_new


def add_by_hand(
    *, site: Site, told: Mapping[str, Any], key: str, received_at: datetime
) -> tuple[InboxRow, Lead | None]:
    """Store what a colleague typed and make it a lead at once; None if that must wait for a worker.

    `key` is the shown form's own: a double click is one lead.
    """
    row, is_new = inbox.accept_told(
        door=InboxRow.Door.HAND,
        site_id=site.pk,
        key=f"hand:{key_of([key])}",
        payload=_clean(told),
        received_at=received_at,
    )
    lead = inbox.work(row.pk) if is_new else None
    return row, lead or Lead.objects.filter(inbox_rows=row).first()


def _clean(value: Any) -> Any:
    """Texts without what a database refuses; nothing empty is stored."""
    if isinstance(value, str):
        return clean(value).strip()
    if isinstance(value, Mapping):
        return {clean(str(name)): _clean(inner) for name, inner in value.items() if inner not in ("", {})}
    return value
