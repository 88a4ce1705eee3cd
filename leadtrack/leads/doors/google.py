"""Google Ads lead forms (developers.google.com/google-ads/webhook/docs/implementation).

Answers are Google's: 200 and {} for what is taken, doubles and tests too; 4xx is final, 5xx comes again.
"""

from typing import Any, Final

from django.utils.translation import gettext_noop

from leadtrack.leads.advert import trace_advert
from leadtrack.leads.finding import NoLeadError, capture_enquiry
from leadtrack.leads.flat import object_of, text_of
from leadtrack.leads.knock import JSON, Arrival, Heard, Knock, RefusedError, Reply, is_one_of
from leadtrack.leads.models import Connection, InboxRow, Lead
from leadtrack.leads.reading import Enquiry

TEST: Final = gettext_noop("A test that the vendor's page sent: it arrived, and makes no lead.")
# The vendor's own test samples write the second one.
_KEYS: Final = ("google_key", "Google_key")
_NAMES: Final = ("FULL_NAME",)
_PHONES: Final = ("PHONE_NUMBER", "WORK_PHONE")
_EMAILS: Final = ("EMAIL", "WORK_EMAIL")
_ADS: Final = ("form_id", "asset_group_id", "lead_source", "lead_stage", "lead_submit_time")


def hear(knock: Knock, connection: Connection) -> Heard:
    """One lead of one form. Raises RefusedError."""
    sent = object_of(knock.body)
    if sent is None:
        raise RefusedError("not_json", 400)
    given = [sent.pop(name, None) for name in _KEYS]
    secrets = connection.valid_secrets(knock.at)
    if not knock.is_vouched and not any(is_one_of(key, secrets) for key in given):
        raise RefusedError("wrong_secret", 403)
    lead_id = text_of(sent.get("lead_id"))
    if not lead_id:
        raise RefusedError("no_id", 400)
    return Heard(Reply(200, "{}", JSON), (Arrival(lead_id, sent),))


def capture_google_lead(row: InboxRow) -> Lead:
    """The lead of a form: its source is the campaign, ad group and ad whose ids Google sends."""
    sent = row.payload
    if text_of(sent.get("is_test")) == "true":
        raise NoLeadError(InboxRow.State.ASIDE, TEST)
    answers = _answers(sent)
    enquiry = _enquiry(answers)
    extra = {name: text_of(sent.get(name)) for name in _ADS} | {"gclid": text_of(sent.get("gcl_id"))}
    trace = trace_advert(_tags(sent), kind=Lead.Kind.AD_FORM)
    return capture_enquiry(row, kind=Lead.Kind.AD_FORM, enquiry=enquiry, trace=trace, extra=extra)


def _answers(sent: dict[str, Any]) -> dict[str, str]:
    """Column id -> answer; the column's old name only where there is no id."""
    columns = sent.get("user_column_data")
    rows = [column for column in columns if isinstance(column, dict)] if isinstance(columns, list) else []
    named = [(text_of(row.get("column_id")) or text_of(row.get("column_name")), row) for row in rows]
    return {name: text_of(row.get("string_value")) for name, row in named if name}


def _enquiry(answers: dict[str, str]) -> Enquiry:
    left = dict(answers)
    phone, email = (_first(left, names) for names in (_PHONES, _EMAILS))
    parts = [left.pop(name, "") for name in ("FIRST_NAME", "LAST_NAME")]
    name = _first(left, _NAMES) or " ".join(filter(None, parts))
    rest = tuple((question, answer) for question, answer in left.items() if answer)
    return Enquiry(name=name, phone=phone, email=email, rest=rest)


def _first(left: dict[str, str], names: tuple[str, ...]) -> str:
    """The first that is filled, taken out; the others stay, so that a second phone is not lost."""
    found = next((name for name in names if left.get(name)), "")
    return left.pop(found) if found else ""


def _tags(sent: dict[str, Any]) -> dict[str, str]:
    return {
        "utm_source": "google",
        "utm_medium": "cpc",
        "utm_id": _id(sent.get("campaign_id")),
        "lt_ag": _id(sent.get("adgroup_id")),
        "lt_ad": _id(sent.get("creative_id")),
        "gclid": text_of(sent.get("gcl_id")),
    }


def _id(value: Any) -> str:
    """Google's form of nothing is 0."""
    text = text_of(value)
    return "" if text == "0" else text
