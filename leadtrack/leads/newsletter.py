"""Personal links for a newsletter tool: a table of contacts, each with their own word for `lt_c=`."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from leadtrack.leads.models import Contact, ContactKey
from leadtrack.leads.personal import personal_token, with_token
from leadtrack.lib.spreadsheet import csv_line, plain_cell

COLUMNS: Final = ("email", "name", "lt_c", "link")
_ROWS_AT_ONCE: Final = 1000


def link_lines(*, base: str, now: datetime, days: int | None) -> Iterator[str]:
    """CSV lines, a header first, then one for each e-mail of a living contact; never the whole table at once.

    The links lead to `base`, and end after so many days (None: never).
    """
    yield csv_line(COLUMNS)
    expires_at = now + timedelta(days=days) if days else None
    for email, contact in _people():
        token = personal_token(contact, expires_at=expires_at)
        if token:
            cells = (plain_cell(email), plain_cell(contact.name), token, with_token(base, token))
            yield csv_line(cells)


def _people() -> Iterator[tuple[str, Contact]]:
    """E-mails with whose they are, in the order they became known."""
    keys = ContactKey.objects.filter(kind=ContactKey.Kind.EMAIL, is_owner=True, contact__merged_into=None)
    keys = keys.select_related("contact").order_by("pk")
    last = 0
    while chunk := list(keys.filter(pk__gt=last)[:_ROWS_AT_ONCE]):
        yield from ((key.value, key.contact) for key in chunk)
        last = chunk[-1].pk
