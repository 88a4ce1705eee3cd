"""What a browser says of who it belongs to, noted down; a room above that knows people works it."""

from datetime import datetime
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

from leadtrack.lib.dialled import e164
from leadtrack.visits.models import Claim, Site
from leadtrack.visits.tokens import read_token

# Nobody has as many addresses; a stranger may claim what he likes, but not fill the table.
MOST_PER_BROWSER: Final = 20
_MOST_TYPED: Final = 300
_ID_LENGTH: Final = 100
_VALUE_LENGTH: Final = 254


def record_claim(*, site: Site, visitor_id: int, kind: str, value: str, at: datetime) -> bool:
    """Note that this browser (the id of a visits.Visitor) claims to be of somebody; False if it is nothing.

    `kind` is one of Claim.Kind: token (of a personal link), email, phone, id (of the site's own log-in).
    Total: any text in; a forged token, a broken address, or one claim too many is left out. The same again
    changes nothing and costs one look. `at` is UTC. Nobody is linked here: the sweep of leads does that.
    """
    said = _normal(site, kind, value, at)
    if not said:
        return False
    known = set(Claim.objects.filter(visitor=visitor_id).values_list("kind", "value")[:MOST_PER_BROWSER])
    if (kind, said) in known:
        return True
    if len(known) >= MOST_PER_BROWSER:
        return False
    claim = Claim(visitor_id=visitor_id, kind=kind, value=said, made_at=at, due_at=timezone.now())
    Claim.objects.bulk_create([claim], ignore_conflicts=True)
    return True


def _normal(site: Site, kind: str, value: str, at: datetime) -> str:
    text = value[:_MOST_TYPED].replace("\0", "").encode("utf-8", "replace").decode().strip()
    if kind == Claim.Kind.TOKEN:
        return read_token(text, now=at)
    if kind == Claim.Kind.EMAIL:
        return text.lower() if _is_email(text) else ""
    if kind == Claim.Kind.PHONE:
        return e164(text, site.region)
    return text if kind == Claim.Kind.ID and len(text) <= _ID_LENGTH else ""


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= _VALUE_LENGTH
