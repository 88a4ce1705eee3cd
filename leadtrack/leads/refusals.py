"""Requests that were sent away: kept for 30 days, counted always, taken after all where that makes sense."""

import ipaddress
import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError
from django.db.models import F, QuerySet, Sum
from django.http import HttpRequest, RawPostDataException, UnreadablePostError
from django.utils import timezone

from leadtrack.leads import connect, inbox
from leadtrack.leads.knock import Knock, RefusedError
from leadtrack.leads.models import Connection, Form, InboxRow, Refusal, RefusalCount
from leadtrack.leads.submission import read_submission
from leadtrack.ui.doors import Because, body_size

log = logging.getLogger(__name__)

KEPT_FOR: Final = timedelta(days=30)
# A stranger must not fill the disk: so many are kept for each door and hour, the others only counted.
MOST_AN_HOUR: Final = 50
_MOST_OF_STRANGERS: Final = 20
_BODY: Final = 16 * 1024
_BODY_OF_STRANGERS: Final = 4 * 1024
# However long they have been at it.
MOST_ROWS: Final = 20_000
_CHUNK: Final = 200
_HEADERS: Final = (
    *("content-type", "user-agent", "origin", "x-hub-signature-256", "typeform-signature"),
    *("x-leadtrack-signature", "x-twilio-signature", "i-twilio-idempotency-token"),
)
_HEADER_LENGTH: Final = 500


@dataclass(frozen=True)
class Kept:
    """What is left of a request: its method, listed headers, query, and the (beginning of the) body."""

    method: str
    headers: dict[str, str]
    query: dict[str, str]
    body: bytes


def note(request: HttpRequest, status: int, why: Because) -> None:
    """Count a request that was sent away, and keep it while there is room. Never breaks the answer."""
    try:
        _note(request, status, why)
    except DatabaseError as problem:
        log.warning("A refused request could not be noted (%s)", type(problem).__name__)


def kept_of(refusal: Refusal) -> Kept:
    """The request as it came."""
    told: dict[str, Any] = json.loads(refusal.kept) if refusal.kept else {}
    body = str(told.get("body", "")).encode("latin-1")
    return Kept(told.get("method", "POST"), told.get("headers", {}), told.get("query", {}), body)


def count_since(moment: datetime) -> int:
    """How many were sent away since the hour of this moment (UTC)."""
    hour = moment.replace(minute=0, second=0, microsecond=0)
    return RefusalCount.objects.filter(hour__gte=hour).aggregate(sum=Sum("count"))["sum"] or 0


def count_today() -> int:
    """How many were sent away since midnight of the present time zone."""
    return count_since(timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0))


def take_after_all(refusal: Refusal, *, is_vouched: bool) -> InboxRow | None:
    """Knock at the door once more with what came then; the row it makes, if any.

    With `is_vouched` the secret is not asked for: an admin has read it. Raises RefusedError when it is sent
    away again, or when not all of it was kept.
    """
    if not refusal.is_whole:
        raise RefusedError("too_large", 413)
    row = _again_at_form(refusal) if refusal.door == InboxRow.Door.FORM else _again_at(refusal, is_vouched)
    if row is not None:
        Refusal.objects.filter(pk=refusal.pk).update(taken_as=row)
    return row


def forget_old() -> int:
    """Delete what is older than 30 days, or too much; the number of requests deleted."""
    limit = timezone.now() - KEPT_FOR
    RefusalCount.objects.filter(hour__lt=limit).delete()
    newest = Refusal.objects.order_by("-pk").values_list("pk", flat=True)
    too_many = list(newest[MOST_ROWS : MOST_ROWS + 1])
    return _deleted(Refusal.objects.filter(at__lt=limit)) + (
        _deleted(Refusal.objects.filter(pk__lte=too_many[0])) if too_many else 0
    )


def _note(request: HttpRequest, status: int, why: Because) -> None:
    now = timezone.now()
    hour = now.replace(minute=0, second=0, microsecond=0)
    _count(hour, why)
    most = MOST_AN_HOUR if why.is_known else _MOST_OF_STRANGERS
    recent = Refusal.objects.filter(door=why.door, at__gte=hour)
    if len(recent.values_list("pk", flat=True)[:most]) < most:
        _row(request, status, why, now).save(force_insert=True)


def _count(hour: datetime, why: Because) -> None:
    mine = RefusalCount.objects.filter(hour=hour, door=why.door, reason=why.reason)
    if mine.update(count=F("count") + 1):
        return
    fresh = RefusalCount(hour=hour, door=why.door, reason=why.reason, count=0)
    RefusalCount.objects.bulk_create([fresh], ignore_conflicts=True)
    mine.update(count=F("count") + 1)


def _row(request: HttpRequest, status: int, why: Because, now: datetime) -> Refusal:
    body = _body_of(request, status)
    size = max(body_size(request), len(body))
    kept = body[: _BODY if why.is_known else _BODY_OF_STRANGERS]
    return Refusal(
        door=why.door,
        reason=why.reason[:40],
        status=status,
        at=now,
        connection_id=why.connection_id,
        form_id=why.form_id,
        site_id=why.site_id,
        path=request.path_info.replace("\0", "")[:200],
        network=_network(request),
        size=min(size, 2**31 - 1),
        is_whole=len(kept) == size,
        kept=_packed(request, kept),
    )


def _body_of(request: HttpRequest, status: int) -> bytes:
    """What a door has read, or can still be read; a body that is too large stays unread."""
    if status == 413:
        return b""
    try:
        return request.body
    except (RawPostDataException, UnreadablePostError, RequestDataTooBig):
        return b""


def _packed(request: HttpRequest, body: bytes) -> str:
    headers = {name: request.headers.get(name, "")[:_HEADER_LENGTH] for name in _HEADERS}
    query = {name[:100]: text[:500] for name, text in list(request.GET.dict().items())[:20]}
    told = {
        "method": request.method,
        "headers": {name: text for name, text in headers.items() if text},
        "query": query,
        # Byte for byte, so that a signature can be checked again.
        "body": body.decode("latin-1"),
    }
    return json.dumps(told).encode("utf-8", "replace").decode()


def _network(request: HttpRequest) -> str:
    """The sender's address without its last part (IPv4) or more (IPv6)."""
    told = request.META.get("REMOTE_ADDR", "")
    if getattr(settings, "SECURE_PROXY_SSL_HEADER", None):
        told = request.headers.get("X-Forwarded-For", "").split(",")[-1].strip() or told
    try:
        address = ipaddress.ip_address(told)
    except ValueError:
        return ""
    return str(ipaddress.ip_network(f"{address}/{24 if address.version == 4 else 48}", strict=False))


def _again_at(refusal: Refusal, is_vouched: bool) -> InboxRow | None:
    connection = _connection_of(refusal)
    if connection is None:
        raise RefusedError("unknown_address", 404)
    kept = kept_of(refusal)
    knock = Knock(kept.method, kept.headers, kept.query, kept.body, refusal.at, is_vouched)
    _heard, rows = connect.take(connection, knock)
    return rows[0] if rows else None


def _connection_of(refusal: Refusal) -> Connection | None:
    if refusal.connection is not None:
        return refusal.connection
    kind, _slash, key = refusal.path.removeprefix("/").removeprefix("hooks/leads/").partition("/")
    return connect.connection_for(kind, key)


def _again_at_form(refusal: Refusal) -> InboxRow | None:
    key = refusal.path.rstrip("/").rpartition("/")[2]
    form = Form.objects.filter(key=key, is_active=True).select_related("site").first()
    if form is None:
        raise RefusedError("unknown_form", 404)
    kept = kept_of(refusal)
    row, is_new = inbox.accept(
        form=form,
        submission=read_submission(kept.headers.get("content-type", ""), kept.body),
        received_at=refusal.at,
        referer_header="",
        user_agent=kept.headers.get("user-agent", ""),
        origin_header=kept.headers.get("origin", ""),
    )
    if is_new:
        inbox.wake(row)
    return row


def _deleted(rows: "QuerySet[Refusal]") -> int:
    """In small steps, so that doors can write in between."""
    total = 0
    while some := list(rows.values_list("pk", flat=True)[:_CHUNK]):
        Refusal.objects.filter(pk__in=some).delete()
        total += len(some)
    return total
