"""What comes to a vendor's door, how it proves who sent it, and what is answered. Pure."""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

PLAIN: Final = "text/plain; charset=utf-8"
JSON: Final = "application/json"


class RefusedError(Exception):
    """A request that is sent away; `reason` is a code of leads/reasons.py."""

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(reason)
        self.reason, self.status = reason, status


@dataclass(frozen=True)
class Knock:
    """One request as it came: header names in lower case, the body's raw bytes, its moment (UTC).

    `is_vouched`: an admin has read it and says it is genuine; no proof is asked for.
    """

    method: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    at: datetime
    is_vouched: bool = False

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "")


@dataclass(frozen=True)
class Arrival:
    """One enquiry of a request: the sender's own id for it ("" for none), and what is stored of it."""

    key: str
    payload: dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """What the vendor wants to hear."""

    status: int = 200
    body: str = ""
    content_type: str = PLAIN


@dataclass(frozen=True)
class Heard:
    """A request that was believed: what arrived (nothing for a handshake or a test), and the answer."""

    reply: Reply
    arrivals: tuple[Arrival, ...] = field(default=())


def is_one_of(given: object, secrets: Iterable[str]) -> bool:
    """Whether the text is one of the secrets, in a time that tells nothing; never for an empty one."""
    told = str(given).encode("utf-8", "replace") if isinstance(given, str) else b""
    matches = [hmac.compare_digest(told, secret.encode()) for secret in secrets if secret]
    return any(matches)


def is_hex_signed(given: str, body: bytes, secrets: Iterable[str]) -> bool:
    """Whether "sha256=<hex>" is the HMAC of the raw body under one of the secrets (Meta, and our own)."""
    return is_one_of(given.lower(), [f"sha256={_mac(secret, body).hex()}" for secret in secrets if secret])


def is_base64_signed(given: str, body: bytes, secrets: Iterable[str]) -> bool:
    """The same with "sha256=<base64>" (Typeform)."""
    signatures = [base64.b64encode(_mac(secret, body)).decode() for secret in secrets if secret]
    return is_one_of(given, [f"sha256={signature}" for signature in signatures])


def hex_signature(body: bytes, secret: str) -> str:
    """ "sha256=<hex>", as Meta signs."""
    return f"sha256={_mac(secret, body).hex()}"


def base64_signature(body: bytes, secret: str) -> str:
    """ "sha256=<base64>", as Typeform signs."""
    return f"sha256={base64.b64encode(_mac(secret, body)).decode()}"


def _mac(secret: str, body: bytes) -> bytes:
    return hmac.new(secret.encode(), body, hashlib.sha256).digest()
