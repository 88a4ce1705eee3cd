"""Site builders, plug-ins and own programs: any named texts, read by a mapping that an admin can correct.

Whoever knows the address may send; a secret (header, field or signature) can be asked for on top.
"""

from collections.abc import Callable
from datetime import UTC
from typing import Any, Final

from django.utils.translation import gettext_noop

from leadtrack.leads.doors import elementor, typeform
from leadtrack.leads.doors.google import TEST
from leadtrack.leads.finding import OURS, NoLeadError, capture_enquiry
from leadtrack.leads.flat import fields_of
from leadtrack.leads.knock import (
    JSON,
    Arrival,
    Heard,
    Knock,
    RefusedError,
    Reply,
    is_base64_signed,
    is_hex_signed,
    is_one_of,
)
from leadtrack.leads.meaning import Reading, meanings, read_fields, without_foreign_cookies
from leadtrack.leads.models import Connection, InboxRow, Lead
from leadtrack.leads.reach import can_be_reached, reach_of
from leadtrack.leads.reading import fallback_key
from leadtrack.leads.trace import trace_form
from leadtrack.leads.words import as_kept

HELD: Final = gettext_noop(
    "No phone and no e-mail was found in it. Say on the connection's page which field is what."
)
HELD_UNREAD: Final = gettext_noop(
    "Its phone could not be read. Check the region of the site, or say on the connection's page which field "
    "is what."
)
TEST_FIELD: Final = "lt_test"
_SECRET_FIELD: Final = "lt_secret"  # noqa: S105
_METHODS: Final = frozenset({"POST", "PUT", "PATCH"})
_Kind = Connection.Kind
_OK: Final = Reply(body='{"status": "ok"}', content_type=JSON)
# "ok" is what Tilda waits for.
_REPLIES: Final = {_Kind.TILDA: Reply(body="ok")}
# Some senders nest their fields so that the shape must be known: fields, labels and types come out of it.
_SHAPES: Final[dict[str, Callable[[dict[str, str]], dict[str, Any]]]] = {
    _Kind.TYPEFORM: typeform.unfolded,
    _Kind.ELEMENTOR: elementor.unfolded,
}


def hear(knock: Knock, connection: Connection) -> Heard:
    """One submission in whatever shape. Raises RefusedError for a wrong secret or nothing at all."""
    if knock.method not in _METHODS:
        raise RefusedError("method", 405)
    sent, raw = fields_of(knock.content_type, knock.body)
    given = sent.pop(_SECRET_FIELD, "")
    if not knock.is_vouched:
        _check_secret(knock, connection, given)
    reply = _REPLIES.get(_Kind(connection.kind), _OK)
    if connection.kind == _Kind.TILDA and sent.get("test") == "test" and len(sent) == 1:
        return Heard(reply)
    if not sent and not (raw or "").strip():
        raise RefusedError("empty", 400)
    payload = _payload(connection, sent, raw)
    return Heard(reply, (Arrival(_key(connection, payload, knock), payload),))


def capture_webhook_lead(row: InboxRow) -> Lead:
    """The lead of a submission, as its connection's mapping and our guesses read it now."""
    if row.payload.get(TEST_FIELD):
        raise NoLeadError(InboxRow.State.ASIDE, TEST)
    reading = read_row(row.payload, row.connection.mapping if row.connection else {})
    enquiry = reading.enquiry
    reach = reach_of(enquiry, row.site.region)
    if not can_be_reached(enquiry, reach):
        raise NoLeadError(InboxRow.State.HELD, HELD_UNREAD if enquiry.phone else HELD)
    trace = trace_form(site=row.site, enquiry=enquiry, referer="", at=row.received_at)
    extra = reading.leftovers | ({"_raw": row.payload["_raw"]} if row.payload.get("_raw") else {})
    return capture_enquiry(row, kind=Lead.Kind.FORM, enquiry=enquiry, trace=trace, extra=extra)


def read_row(payload: dict[str, Any], mapping: dict[str, str]) -> Reading:
    """A stored submission as the mapping and our guesses read it."""
    sent = named_texts(payload)
    return read_fields(sent, meanings_of(payload, mapping))


def meanings_of(payload: dict[str, Any], mapping: dict[str, str]) -> dict[str, str]:
    """Which field of a stored submission means what."""
    labels, hints = payload.get("_labels") or {}, payload.get("_hints") or {}
    return meanings(named_texts(payload), mapping, labels=labels, hints=hints)


def named_texts(payload: dict[str, Any]) -> dict[str, str]:
    """The sender's fields of a stored submission, without what we keep beside them."""
    return {name: str(value) for name, value in payload.items() if name not in OURS}


def _check_secret(knock: Knock, connection: Connection, given: str) -> None:
    secrets = connection.valid_secrets(knock.at)
    if connection.kind == _Kind.TYPEFORM:
        if not secrets:
            raise RefusedError("no_secret", 403)
        if not is_base64_signed(knock.headers.get("typeform-signature", ""), knock.body, secrets):
            raise RefusedError("wrong_signature", 403)
    elif secrets:
        bearer = knock.headers.get("authorization", "").removeprefix("Bearer ")
        told = [is_one_of(text, secrets) for text in (given, bearer, knock.headers.get("x-leadtrack-secret"))]
        signed = is_hex_signed(knock.headers.get("x-leadtrack-signature", ""), knock.body, secrets)
        if not any(told) and not signed:
            raise RefusedError("wrong_secret", 403)


def _payload(connection: Connection, sent: dict[str, str], raw: str | None) -> dict[str, Any]:
    named: dict[str, Any] = {f"_{name}" if name in OURS else name: text for name, text in sent.items()}
    unfold = _SHAPES.get(connection.kind)
    payload = unfold(named) if unfold else named
    if connection.kind == _Kind.GRAVITY:
        payload |= {"_hints": _gravity_hints(named)}
    for name, meaning in meanings_of(payload, connection.mapping).items():
        if meaning == "cookies":
            payload[name] = without_foreign_cookies(payload[name])
    return payload | ({"_raw": as_kept(raw.encode("utf-8", "replace"))} if raw else {})


def _gravity_hints(sent: dict[str, str]) -> dict[str, str]:
    """The parts of a name field are numbered: 1.3 is the first name, 1.6 the last."""
    ends = {"3": "first_name", "6": "last_name"}
    parts = ((name, name.partition(".")) for name in sent)
    return {name: ends[end] for name, (field, _dot, end) in parts if field.isdecimal() and end in ends}


def _key(connection: Connection, payload: dict[str, Any], knock: Knock) -> str:
    """The sender's own id of the submission; without one, the same fields in the same minute are the same."""
    sent = named_texts(payload)
    if connection.kind == _Kind.GRAVITY and sent.get("id") and sent.get("form_id"):
        return f"{sent['form_id']}:{sent['id']}"
    if connection.kind == _Kind.TYPEFORM and (sent.get("token") or sent.get("event_id")):
        return sent.get("token") or sent["event_id"]
    named = [
        name
        for name, meaning in meanings_of(payload, connection.mapping).items()
        if meaning == "submission_id"
    ]
    given = next((sent[name] for name in named if sent[name]), "")
    minute = knock.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")
    return given or f"auto:{fallback_key(sent or {'raw': str(payload.get('_raw'))}, minute)}"
