"""The beacon: what a page tells us when somebody looks at it, read and answered without any framework.

Both the Django view and the short cut in leadtrack/wsgi.py call `answer`. Its texts are read by whoever
builds the page, never by a visitor, so they are not translated.
"""

import re
import time
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Final

import msgspec
from crawleruseragents import is_crawler

from leadtrack.visits import consent, crowd, limit, staff
from leadtrack.visits.events import Event, Told, take_events
from leadtrack.visits.sites import KnownSite, listed_origins, normal_origin, site_for

PATH: Final = "/api/v1/visits"
MAX_BYTES: Final = 64 * 1024
MAX_EVENTS: Final = 50

Answer = tuple[int, dict[str, str], bytes]

# The list of crawlers takes these browsers inside apps for the link previews of the same firms.
_IN_APP: Final = re.compile(r"MetaIAB Facebook|\[?FB(?:AN|AV|_IAB)\b[^\]]*\]?|Instagram [\d.]+|Viber/[\d.]+")
_FIELD_OF_ERROR: Final = re.compile(r"`\$\.(\w+)|field `(\w+)`")
_JSON: Final = {"Content-Type": "application/json"}


class Hit(Event, kw_only=True):
    """A batch of events, or one event spelled out. Our snippet makes the visitor's id; a site may choose ids
    of its own in this form. `consent` is what the visitor said where the site asks for it, and `counted` how
    many of the pages that come now were counted without it."""

    site: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
    visitor: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{8,64}\Z")] | None = None
    events: Annotated[list[Event], msgspec.Meta(max_length=MAX_EVENTS)] | None = None
    consent: bool | None = None
    counted: Annotated[int, msgspec.Meta(ge=0, le=MAX_EVENTS)] = 0


_decoder = msgspec.json.Decoder(Hit)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends a beacon: what its request says of it. `address` is a network address, or ""."""

    origin: str
    user_agent: str
    address: str = ""


class RefusedError(Exception):
    """Why a beacon is not taken: the answer to give."""

    def __init__(
        self, status: int, code: str, detail: str, field: str | None = None, wait: int | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.field = status, code, detail, field
        self.headers = {} if wait is None else {"Retry-After": str(wait)}


def answer(*, body: bytes, sender: Sender, now: datetime) -> Answer:
    """Take what happened; the status, headers and body to send back. `now` is UTC.

    204 stored (or a robot, or one of us, then not), 200 the same with something for the browser to know,
    400 unreadable, 403 page of a foreign origin, 404 unknown site, 413 too large, 429 too many.
    An absent origin ("") is a request of the same origin or of a server.
    """
    headers = _cors(sender.origin)
    try:
        told = _take(body, sender, now)
    except RefusedError as refusal:
        return refusal.status, headers | refusal.headers | _JSON, _explained(refusal)
    if news := _news(told):
        return 200, headers | _JSON | {"Cache-Control": "no-store"}, msgspec.json.encode(news)
    return 204, headers, b""


def server_error(origin: str) -> Answer:
    """The answer when something broke on our side; says nothing about what."""
    refusal = RefusedError(500, "error", "Something broke on our side. Please send it again later.")
    try:
        headers = _cors(origin)
    except Exception:  # the database may be what broke
        headers = {}
    return 500, headers | _JSON, _explained(refusal)


@lru_cache(maxsize=4096)
def is_robot(user_agent: str) -> bool:
    """Whether this user agent names itself a robot. An empty one is a careful person, not a robot."""
    is_browser = user_agent.startswith("Mozilla/")
    return bool(is_crawler(_IN_APP.sub("", user_agent) if is_browser else user_agent))


def _take(body: bytes, sender: Sender, now: datetime) -> Told:
    if len(body) > MAX_BYTES:
        raise RefusedError(413, "too_large", f"The body is larger than {MAX_BYTES} bytes.")
    hit = _read(body)
    site = site_for(hit.site) if "\0" not in hit.site else None
    if site is None:
        raise RefusedError(404, "not_found", "There is no site with this key.", "site")
    if sender.origin and normal_origin(sender.origin) not in site.origins:
        raise RefusedError(403, "permission_denied", "This web origin is not listed for the site.", "site")
    events: list[Event] = [hit] if hit.events is None else hit.events
    _check_rate(site, len(events))
    if is_robot(sender.user_agent[:512]) or staff.is_own_address(sender.address):
        return Told()
    if consent.is_required(site.row) and not hit.consent:
        # Old scripts and forgetful servers, too: without consent nothing is kept of anybody.
        consent.count_without(site=site.row, pages=_pages(events), at=now)
        return Told()
    if hit.consent is False or not events:
        return Told()
    _check(hit, events)
    visitor = hit.visitor or ""
    may_ask = not any(event.asks for event in events) or crowd.may_ask(
        site_key=site.row.key, address=sender.address, visitor_key=visitor, now=now
    )
    told = take_events(site=site, visitor_key=visitor, events=events, now=now, may_ask=may_ask)
    if hit.counted and consent.is_required(site.row):
        consent.uncount(site=site.row, pages=hit.counted, at=now)
    return told


def _news(told: Told) -> dict[str, Any]:
    """What the browser is to know, by name."""
    words = {name: text for name in ("visitor", "link") if (text := getattr(told, name))}
    shown = told.numbers
    if shown is None:
        return words
    return words | {"numbers": shown.numbers, "beat": shown.beat, "hold": shown.hold}


def _pages(events: list[Event]) -> int:
    return sum(event.type == "view" for event in events)


def _check_rate(site: KnownSite, events: int) -> None:
    seconds = limit.seconds_to_wait(
        key=site.row.key, per_minute=site.row.hits_per_minute, cost=max(events, 1), now=time.monotonic()
    )
    if seconds:
        raise RefusedError(429, "throttled", f"Too many. Try again in {seconds} s.", wait=seconds)


def _check(hit: Hit, events: list[Event]) -> None:
    """What depends on the kind of the event; the rest the types say."""
    if hit.visitor is None:
        raise RefusedError(400, "invalid", "Object missing required field `visitor`", "visitor")
    for event in events:
        wanted = {"view": "url", "goal": "name"}.get(event.type)
        if wanted and getattr(event, wanted) is None:
            raise RefusedError(400, "invalid", f"Object missing required field `{wanted}`", wanted)


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
            400, "parse_error", "The body is not JSON with site, visitor and url or events."
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
