"""The beacon: what a page tells us when somebody looks at it, read and answered without any framework.

Both the Django view and the short cut in leadtrack/wsgi.py call `answer`. Its texts are read by whoever
builds the page, never by a visitor, so they are not translated.
"""

import re
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Final

import msgspec
from crawleruseragents import is_crawler

from leadtrack.visits.sites import listed_origins, normal_origin, site_for
from leadtrack.visits.track import record_visit

PATH: Final = "/api/v1/visits"
MAX_BYTES: Final = 16 * 1024

Answer = tuple[int, dict[str, str], bytes]

# The list of crawlers takes these browsers inside apps for the link previews of the same firms.
_IN_APP: Final = re.compile(r"MetaIAB Facebook|\[?FB(?:AN|AV|_IAB)\b[^\]]*\]?|Instagram [\d.]+|Viber/[\d.]+")
_FIELD_OF_ERROR: Final = re.compile(r"`\$\.(\w+)|field `(\w+)`")


class Hit(msgspec.Struct):
    """One page view. Our snippet makes the visitor's id; a site may choose ids of its own in this form."""

    site: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
    visitor: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{8,64}\Z")]
    url: str
    referrer: str = ""


_decoder = msgspec.json.Decoder(Hit)


class RefusedError(Exception):
    """Why a beacon is not taken: the answer to give."""

    def __init__(self, status: int, code: str, detail: str, field: str | None = None) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.field = status, code, detail, field


def answer(*, body: bytes, origin: str, user_agent: str, now: datetime) -> Answer:
    """Take one page view; the status, headers and body to send back. `now` is UTC.

    204 stored (or a robot, then not), 400 unreadable, 403 page of a foreign origin, 404 unknown site,
    413 too large. An absent origin ("") is a request of the same origin or of a server.
    """
    headers = _cors(origin)
    try:
        _take(body, origin, user_agent, now)
    except RefusedError as refusal:
        return refusal.status, headers | {"Content-Type": "application/json"}, _explained(refusal)
    return 204, headers, b""


def server_error(origin: str) -> Answer:
    """The answer when something broke on our side; says nothing about what."""
    refusal = RefusedError(500, "error", "Something broke on our side. Please send it again later.")
    try:
        headers = _cors(origin)
    except Exception:  # the database may be what broke
        headers = {}
    return 500, headers | {"Content-Type": "application/json"}, _explained(refusal)


@lru_cache(maxsize=4096)
def is_robot(user_agent: str) -> bool:
    """Whether this user agent names itself a robot. An empty one is a careful person, not a robot."""
    is_browser = user_agent.startswith("Mozilla/")
    return bool(is_crawler(_IN_APP.sub("", user_agent) if is_browser else user_agent))


def _take(body: bytes, origin: str, user_agent: str, now: datetime) -> None:
    if len(body) > MAX_BYTES:
        raise RefusedError(413, "too_large", f"The body is larger than {MAX_BYTES} bytes.")
    hit = _read(body)
    site = site_for(hit.site) if "\0" not in hit.site else None
    if site is None:
        raise RefusedError(404, "not_found", "There is no site with this key.", "site")
    if origin and normal_origin(origin) not in site.origins:
        raise RefusedError(403, "permission_denied", "This web origin is not listed for the site.", "site")
    if not is_robot(user_agent[:512]):
        record_visit(site=site.row, visitor_key=hit.visitor, url=hit.url, referrer=hit.referrer, at=now)


def _read(body: bytes) -> Hit:
    try:
        return _decoder.decode(body)
    except msgspec.ValidationError as problem:
        found = _FIELD_OF_ERROR.search(str(problem))
        field = (found[1] or found[2]) if found else None
        raise RefusedError(400, "invalid", str(problem), field) from problem
    except UnicodeDecodeError as problem:
        raise RefusedError(400, "parse_error", "The body is not UTF-8.") from problem
    except (msgspec.DecodeError, RecursionError) as problem:
        raise RefusedError(
            400, "parse_error", "The body is not JSON with site, visitor and url."
        ) from problem


def _cors(origin: str) -> dict[str, str]:
    asking = normal_origin(origin)
    if not origin or asking not in listed_origins():
        return {"Vary": "Origin"}
    return {"Access-Control-Allow-Origin": asking, "Vary": "Origin"}


def _explained(refusal: RefusedError) -> bytes:
    """The one shape of all API errors (drf-standardized-errors)."""
    kind = "server_error" if refusal.status >= 500 else "client_error"
    error = {"code": refusal.code, "detail": refusal.detail, "attr": refusal.field}
    return msgspec.json.encode({"type": kind, "errors": [error]})
