"""A lead that never was, as each vendor would send it: signed, marked as a test. Pure but for its id."""

import json
import secrets
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from leadtrack.leads.doors.meta import TEST_LEAD
from leadtrack.leads.knock import JSON, Knock, base64_signature, hex_signature
from leadtrack.leads.models import Connection

_Kind = Connection.Kind
NAME, EMAIL, PHONE = "Ann Example", "ann@example.com", "+15550100010"
_FORM: Final = "application/x-www-form-urlencoded"


def sample_of(connection: Connection, at: datetime) -> Knock:
    """A request that this connection's vendor could send now."""
    key = f"test-{secrets.token_hex(8)}"
    if connection.kind == _Kind.GOOGLE:
        return _json(_google(connection, key), at)
    if connection.kind == _Kind.META:
        body = _dumped(_meta(key))
        return _json(body, at, **{"x-hub-signature-256": hex_signature(body, connection.secret)})
    if connection.kind == _Kind.VK:
        return _json(_vk(connection, key), at)
    if connection.kind == _Kind.TYPEFORM:
        body = _dumped(_typeform(key))
        return _json(body, at, **{"typeform-signature": base64_signature(body, connection.secret)})
    fields = {"name": NAME, "email": EMAIL, "phone": PHONE, "submission_id": key, "lt_test": "1"}
    if connection.secret:
        fields["lt_secret"] = connection.secret
    return Knock("POST", {"content-type": _FORM}, {}, urlencode(fields).encode(), at)


def _json(told: dict[str, Any] | bytes, at: datetime, **headers: str) -> Knock:
    body = told if isinstance(told, bytes) else _dumped(told)
    return Knock("POST", {"content-type": JSON, **headers}, {}, body, at)


def _dumped(told: dict[str, Any]) -> bytes:
    return json.dumps(told).encode()


def _google(connection: Connection, key: str) -> dict[str, Any]:
    answers = {"FULL_NAME": NAME, "EMAIL": EMAIL, "PHONE_NUMBER": PHONE}
    return {
        "lead_id": key,
        "google_key": connection.secret,
        "is_test": True,
        "campaign_id": 1,
        "user_column_data": [{"column_id": name, "string_value": text} for name, text in answers.items()],
    }


def _meta(key: str) -> dict[str, Any]:
    value = {"leadgen_id": TEST_LEAD, "page_id": key, "form_id": TEST_LEAD}
    return {"object": "page", "entry": [{"id": key, "changes": [{"field": "leadgen", "value": value}]}]}


def _vk(connection: Connection, key: str) -> dict[str, Any]:
    answers = {"first_name": NAME, "email": EMAIL, "phone_number": PHONE}
    told = {"lead_id": key, "answers": [{"key": name, "answer": text} for name, text in answers.items()]}
    group = connection.settings.get("group_id", "")
    event = {"type": "lead_forms_new", "event_id": key, "group_id": group, "secret": connection.secret}
    return event | {"object": told, "is_test": True}


def _typeform(key: str) -> dict[str, Any]:
    answers = [
        {"type": "text", "text": NAME, "field": {"id": "a", "ref": "name"}},
        {"type": "email", "email": EMAIL, "field": {"id": "b", "ref": "email"}},
    ]
    response = {"token": key, "hidden": {"lt_test": "1"}, "answers": answers}
    return {"event_id": key, "event_type": "form_response", "form_response": response}
