"""Personal links: a signed word in an address that says whose link it is, and to nobody else who that is."""

import base64
import re
from datetime import UTC, datetime
from typing import Final

from django.core import signing

PARAMETER: Final = "lt_c"
_SALT: Final = "leadtrack.personal-link"
_MOST: Final = 200
# The ids of contacts are random hexadecimal digits behind a prefix: in base64 they are a third shorter.
_ID: Final = re.compile(r"(?:[0-9a-f]{2}){4,20}")
_SHAPE: Final = re.compile(r"([A-Za-z0-9_-]{6,28})(?:\.([0-9A-Za-z]{1,8}))?")


def token_of(opaque: str, *, expires_at: datetime | None = None) -> str:
    """The token for an id of hexadecimal digits; about 60 characters, all safe in an address.

    It holds until the moment given (UTC, whole seconds), else for ever. ValueError for another id.
    """
    if not _ID.fullmatch(opaque):
        raise ValueError("only hexadecimal ids are made into tokens")
    named = base64.urlsafe_b64encode(bytes.fromhex(opaque)).decode().rstrip("=")
    until = f".{signing.b62_encode(int(expires_at.timestamp()))}" if expires_at else ""
    return _signer().sign(named + until)


def read_token(token: str, *, now: datetime) -> str:
    """The id that a genuine token names; "" for a forged, broken or expired one. Total."""
    try:
        signed = _signer().unsign(token[:_MOST])
    except (signing.BadSignature, UnicodeError):
        return ""
    found = _SHAPE.fullmatch(signed)
    if found is None or (found[2] and _moment(found[2]) <= now):
        return ""
    return base64.urlsafe_b64decode(found[1] + "=" * (-len(found[1]) % 4)).hex()


def _moment(digits: str) -> datetime:
    return datetime.fromtimestamp(signing.b62_decode(digits), UTC)


def _signer() -> signing.Signer:
    """Made each time: keys may be exchanged while we run (SECRET_KEY_FALLBACKS)."""
    return signing.Signer(salt=_SALT, sep="~")
