"""VK lead forms by the Callback API (VKCOM/vk-api-schema 5.199). Whatever is taken is answered "ok"."""

from typing import Any, Final

from leadtrack.leads.advert import trace_advert
from leadtrack.leads.doors.google import TEST
from leadtrack.leads.finding import NoLeadError, capture_enquiry
from leadtrack.leads.flat import object_of, text_of
from leadtrack.leads.knock import Arrival, Heard, Knock, RefusedError, Reply, is_one_of
from leadtrack.leads.meaning import meanings, read_fields
from leadtrack.leads.models import Connection, InboxRow, Lead

_EVENT: Final = "lead_forms_new"
# VK's own keys of standard questions.
_KEYS: Final = {
    "phone_number": "phone",
    "email": "email",
    "first_name": "first_name",
    "last_name": "last_name",
}
_ADS: Final = ("form_id", "form_name", "lead_id", "user_id")


def hear(knock: Knock, connection: Connection) -> Heard:
    """The handshake of the community's settings, or one lead. Raises RefusedError."""
    sent = object_of(knock.body)
    if sent is None:
        raise RefusedError("not_json", 400)
    secret = sent.pop("secret", None)
    _check_group(sent, connection)
    if sent.get("type") == "confirmation":
        return _confirmed(connection)
    if not knock.is_vouched and not is_one_of(secret, connection.valid_secrets(knock.at)):
        raise RefusedError("wrong_secret", 403)
    if sent.get("type") != _EVENT:
        # A community tells more than was asked for; answered otherwise it would come again and again.
        return Heard(Reply(body="ok"))
    key = text_of(sent.get("event_id")) or text_of(_object(sent).get("lead_id"))
    if not key:
        raise RefusedError("no_id", 400)
    return Heard(Reply(body="ok"), (Arrival(key, sent),))


def capture_vk_lead(row: InboxRow) -> Lead:
    """The lead of a form; whoever left neither phone nor e-mail can be written to on VK."""
    if row.payload.get("is_test"):
        raise NoLeadError(InboxRow.State.ASIDE, TEST)
    told = _object(row.payload)
    answers, labels = _answers(told)
    hints = {key: _KEYS[key] for key in answers if key in _KEYS}
    reading = read_fields(answers, meanings(answers, {}, labels=labels, hints=hints))
    user = text_of(told.get("user_id"))
    extra = {name: text_of(told.get(name)) for name in _ADS} | reading.leftovers
    is_known = user.isdecimal() and user != "0"
    extra["vk_page"] = f"https://vk.com/id{user}" if is_known else ""
    return capture_enquiry(
        row,
        kind=Lead.Kind.AD_FORM,
        enquiry=reading.enquiry,
        trace=trace_advert(_tags(told), kind=Lead.Kind.AD_FORM),
        extra=extra,
        messenger=f"vk:{user}" if is_known else "",
    )


def _check_group(sent: dict[str, Any], connection: Connection) -> None:
    ours = str(connection.settings.get("group_id") or "")
    if ours and text_of(sent.get("group_id")) != ours:
        raise RefusedError("foreign_group", 403)


def _confirmed(connection: Connection) -> Heard:
    if not connection.handshake:
        raise RefusedError("no_handshake", 403)
    return Heard(Reply(body=connection.handshake))


def _object(sent: dict[str, Any]) -> dict[str, Any]:
    told = sent.get("object")
    return told if isinstance(told, dict) else {}


def _answers(told: dict[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """Key -> answer (several ticks joined), and key -> the question as it was asked."""
    listed = told.get("answers")
    rows = [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
    answers: dict[str, str] = {}
    labels: dict[str, str] = {}
    for number, row in enumerate(rows, 1):
        key = text_of(row.get("key")) or f"answer{number}"
        answers[key] = _answer(row.get("answer"))
        labels[key] = text_of(row.get("question")) or key
    return answers, labels


def _answer(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(filter(None, map(_answer, value)))
    return _answer(value.get("value")) if isinstance(value, dict) else text_of(value)


def _tags(told: dict[str, Any]) -> dict[str, str]:
    ad = text_of(told.get("ad_id"))
    is_paid = ad not in ("", "0")
    return {
        "utm_source": "vk.com",
        "utm_medium": "cpc" if is_paid else "social",
        "lt_ad": ad if is_paid else "",
    }
