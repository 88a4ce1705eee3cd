"""Personal links of contacts: who clicks one is known again, on whatever device."""

import re
from datetime import datetime
from typing import Final
from urllib.parse import urlencode, urlsplit, urlunsplit

from leadtrack.leads.models import Contact
from leadtrack.visits.tokens import PARAMETER, token_of

_PREFIX: Final = "ct_"
_ID: Final = re.compile(r"ct_(?:[0-9a-f]{2}){4,20}")


def personal_token(contact: Contact, *, expires_at: datetime | None = None) -> str:
    """What to put behind `lt_c=` in a link for this person; "" for a contact whose id we did not make."""
    if not _ID.fullmatch(contact.public_id):
        return ""
    return token_of(contact.public_id.removeprefix(_PREFIX), expires_at=expires_at)


def contact_named(opaque: str) -> int | None:
    """The id (a key of the table) of whom a genuine token names, or of whom that contact became part."""
    found = Contact.objects.filter(public_id=_PREFIX + opaque).first()
    return found.survivor().pk if found else None


def with_token(address: str, token: str) -> str:
    """The address with the token among its parameters; what it had stays, its fragment too."""
    parts = urlsplit(address)
    query = "&".join(filter(None, (parts.query, urlencode({PARAMETER: token}, safe="~"))))
    return urlunsplit(parts._replace(query=query))
