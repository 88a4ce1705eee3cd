"""The only place that talks to Meta's Graph API."""

import hashlib
import hmac
import logging
from typing import Any, Final

import httpx
from django.conf import settings
from django.utils.translation import gettext_noop

from leadtrack.leads.flat import object_of, text_of
from leadtrack.leads.retry import HopelessError, NotYetError

BASE_URL: Final = "https://graph.facebook.com"
VERSION: Final = "v26.0"
FIELDS: Final = (
    "id,created_time,ad_id,ad_name,adset_id,adset_name,campaign_id,campaign_name,form_id,field_data,"
    "is_organic,platform,custom_disclaimer_responses"
)
NO_TOKEN: Final = gettext_noop("There is no page token yet: put it into the connection, then it goes on.")
EXPIRED: Final = gettext_noop(
    "Meta does not take the page token (any more): put a new one into the connection."
)
NOT_ALLOWED: Final = gettext_noop(
    "Meta says that this token may not read this lead: it needs leads_retrieval for this page."
)
# Meta's codes for "later": unknown, service, too many calls, user limit, temporarily blocked.
_LATER: Final = frozenset({"1", "2", "4", "17", "341"})
_BAD_TOKEN: Final = frozenset({"102", "190", "463", "467"})
_SECONDS: Final = 10
_MOST_BYTES: Final = 1024 * 1024

# It logs whole addresses, and ours hold a token.
logging.getLogger("httpx").setLevel(logging.WARNING)


def lead_of(leadgen_id: str, *, token: str, secret: str) -> dict[str, Any]:
    """What a person wrote into a lead form. Raises NotYetError, HopelessError; neither holds the token."""
    base = str(getattr(settings, "LEADTRACK_META_GRAPH_URL", BASE_URL)).rstrip("/")
    version = str(getattr(settings, "LEADTRACK_META_GRAPH_VERSION", VERSION))
    query = {"fields": FIELDS, "access_token": token}
    if secret:
        query["appsecret_proof"] = proof_of(token, secret)
    status, body = _ask(f"{base}/{version}/{leadgen_id}", query)
    told = object_of(body)
    if status == 200 and told is not None and "error" not in told:
        return told
    raise _problem(status, told or {})


def proof_of(token: str, secret: str) -> str:
    """Meta's appsecret_proof: hex HMAC-SHA256 of the token under the app secret."""
    return hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def _ask(address: str, query: dict[str, str]) -> tuple[int, bytes]:
    """Redirects are not followed: an answer must not send our token elsewhere."""
    try:
        with httpx.stream("GET", address, params=query, timeout=_SECONDS, follow_redirects=False) as answer:
            return answer.status_code, _some_of(answer)
    except httpx.HTTPError as problem:
        # Its text may hold the address, and that the token.
        raise NotYetError(f"Meta cannot be reached ({type(problem).__name__}).") from None


def _some_of(answer: httpx.Response) -> bytes:
    body = b""
    for part in answer.iter_bytes():
        body += part
        if len(body) > _MOST_BYTES:
            raise NotYetError("Meta answered far too much.")
    return body


def _problem(status: int, told: dict[str, Any]) -> Exception:
    error = told.get("error")
    error = error if isinstance(error, dict) else {}
    code = text_of(error.get("code"))[:10]
    if code in _BAD_TOKEN:
        return HopelessError(EXPIRED)
    is_passing = code in _LATER or text_of(error.get("is_transient")) == "true"
    if status == 429 or status >= 500 or is_passing or (status == 200 and not error):
        return NotYetError(f"Meta asks to come later (status {status}, code {code or 'none'}).")
    if status in (401, 403) or code in ("10", "200"):
        return HopelessError(NOT_ALLOWED)
    return HopelessError(f"Meta refused (status {status}, code {code or 'none'}).")
