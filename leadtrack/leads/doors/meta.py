"""Meta lead ads: the webhook names leads by id, what was written in them is fetched (Graph API v26.0)."""

from typing import Any, Final

from leadtrack.leads import graph
from leadtrack.leads.advert import trace_advert
from leadtrack.leads.doors.google import TEST
from leadtrack.leads.finding import NoLeadError, capture_enquiry
from leadtrack.leads.flat import object_of, text_of
from leadtrack.leads.knock import Arrival, Heard, Knock, RefusedError, Reply, is_hex_signed, is_one_of
from leadtrack.leads.meaning import meanings, read_fields
from leadtrack.leads.models import Connection, InboxRow, Lead
from leadtrack.leads.retry import HopelessError

# What Meta's own test button names.
TEST_LEAD: Final = "444444444444"
_DUMMY: Final = "<test lead:"
_SIGNATURE: Final = "x-hub-signature-256"
_HINTS: Final = {
    "full_name": "name",
    "first_name": "first_name",
    "last_name": "last_name",
    "email": "email",
    "work_email": "email",
    "phone_number": "phone",
    "work_phone_number": "phone",
}
_PLACES: Final = {"fb": "facebook", "ig": "instagram", "facebook": "facebook", "instagram": "instagram"}


def hear(knock: Knock, connection: Connection) -> Heard:
    """The handshake, or any number of leads. Raises RefusedError."""
    if knock.method == "GET":
        return _handshake(knock, connection)
    secrets = connection.valid_secrets(knock.at)
    if not secrets:
        raise RefusedError("no_secret", 403)
    if not knock.is_vouched and not is_hex_signed(knock.headers.get(_SIGNATURE, ""), knock.body, secrets):
        raise RefusedError("wrong_signature", 403)
    sent = object_of(knock.body)
    if sent is None:
        raise RefusedError("not_json", 400)
    return Heard(Reply(body="EVENT_RECEIVED"), tuple(_arrivals(sent)))


def capture_meta_lead(row: InboxRow) -> Lead:
    """The lead of a form: asked for at Meta once, then kept with the row, so that it can be worked again.

    Raises NotYetError when Meta cannot answer now, HopelessError when it will not.
    """
    if row.payload.get("leadgen_id") == TEST_LEAD:
        raise NoLeadError(InboxRow.State.ASIDE, TEST)
    told = row.payload.get("lead")
    if not isinstance(told, dict):
        told = _fetched(row)
    answers = _answers(told)
    if any(text.startswith(_DUMMY) for text in answers.values()):
        raise NoLeadError(InboxRow.State.ASIDE, TEST)
    hints = {key: _HINTS[key] for key in answers if key in _HINTS}
    reading = read_fields(answers, meanings(answers, {}, hints=hints))
    trace = trace_advert(_tags(told), kind=Lead.Kind.AD_FORM)
    extra = reading.leftovers | {"form_id": text_of(told.get("form_id"))} | _consents(told)
    return capture_enquiry(row, kind=Lead.Kind.AD_FORM, enquiry=reading.enquiry, trace=trace, extra=extra)


def _handshake(knock: Knock, connection: Connection) -> Heard:
    query = knock.query
    is_ours = is_one_of(query.get("hub.verify_token"), [connection.handshake])
    if query.get("hub.mode") != "subscribe" or not is_ours:
        raise RefusedError("wrong_handshake", 403)
    return Heard(Reply(body=query.get("hub.challenge", "")[:200]))


def _arrivals(sent: dict[str, Any]) -> list[Arrival]:
    found = {}
    for entry in _dicts(sent.get("entry")):
        for change in _dicts(entry.get("changes")):
            value = change.get("value")
            told = value if change.get("field") == "leadgen" and isinstance(value, dict) else {}
            lead_id = text_of(told.get("leadgen_id"))
            # It becomes part of an address at Meta: digits and nothing else.
            if lead_id.isascii() and lead_id.isdecimal() and len(lead_id) < 40:
                found[lead_id] = Arrival(lead_id, {name: text_of(inner) for name, inner in told.items()})
    return list(found.values())


def _fetched(row: InboxRow) -> dict[str, Any]:
    connection = row.connection
    if connection is None or not connection.access_token:
        raise HopelessError(graph.NO_TOKEN)
    secret = next(iter(connection.valid_secrets(row.received_at)), "")
    told = graph.lead_of(row.payload["leadgen_id"], token=connection.access_token, secret=secret)
    row.payload = row.payload | {"lead": told}
    InboxRow.objects.filter(pk=row.pk).update(payload=row.payload)
    return told


def _answers(told: dict[str, Any]) -> dict[str, str]:
    pairs = ((text_of(row.get("name")), row.get("values")) for row in _dicts(told.get("field_data")))
    return {
        name: ", ".join(filter(None, map(text_of, values))) if isinstance(values, list) else text_of(values)
        for name, values in pairs
        if name
    }


def _consents(told: dict[str, Any]) -> dict[str, str]:
    ticks = _dicts(told.get("custom_disclaimer_responses"))
    return {
        f"consent: {text_of(tick.get('checkbox_key'))}": text_of(tick.get("is_checked"))
        for tick in ticks
        if tick.get("checkbox_key")
    }


def _tags(told: dict[str, Any]) -> dict[str, str]:
    is_organic = text_of(told.get("is_organic")) == "true"
    place = _PLACES.get(text_of(told.get("platform")).lower(), "facebook")
    if is_organic:
        return {"utm_source": place, "utm_medium": "social"}
    names = {"utm_campaign": "campaign_name", "lt_agn": "adset_name", "utm_content": "ad_name"}
    ids = {"utm_id": "campaign_id", "lt_ag": "adset_id", "lt_ad": "ad_id"}
    named = {tag: text_of(told.get(name)) for tag, name in (names | ids).items()}
    return {"utm_source": place, "utm_medium": "paid_social"} | named


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
