"""How a person can be reached, read from what they typed. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from leadtrack.leads.reading import Enquiry, emails_in, phones_in
from leadtrack.lib.dialled import e164

EMAIL_LENGTH = 254


@dataclass(frozen=True)
class Reach:
    """An E.164 phone and a lower-cased e-mail ("" for none); `unread` is what was typed in vain."""

    phone: str
    email: str
    unread: dict[str, str]


def reach_of(enquiry: Enquiry, region: str) -> Reach:
    """Phone and e-mail from their fields, else from the text where a person wrote them instead."""
    phone, email = phone_of(enquiry.phone, region), email_of(enquiry.email)
    if not phone and not email:
        phone = _first(phone_of(number, region) for text in enquiry.written for number in phones_in(text))
        email = _first(email_of(address) for text in enquiry.written for address in emails_in(text))
    unread = {"phone_raw": enquiry.phone} if enquiry.phone and not _says(phone, enquiry.phone) else {}
    if enquiry.email and enquiry.email.lower() != email:
        unread["email_raw"] = enquiry.email
    return Reach(phone, email, unread)


def can_be_reached(enquiry: Enquiry, reach: Reach) -> bool:
    """Whether a way to reach the person was read: digits that are no phone are none."""
    return bool(reach.phone or reach.email or enquiry.has_messenger)


def phone_of(text: str, region: str) -> str:
    """The number in E.164, read as dialled in the region (two letters, may be empty); "" if it is none."""
    return _first(e164(candidate, region) for candidate in (text, *phones_in(text)))


def email_of(text: str) -> str:
    """The address in lower case, dots and plus kept; "" if it is none."""
    for candidate in (text.strip().removeprefix("mailto:"), *emails_in(text)):
        if _is_email(candidate):
            return candidate.lower()
    return ""


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= EMAIL_LENGTH


def _says(phone: str, typed: str) -> bool:
    """Whether the E.164 number holds everything typed: an extension or a second number is more."""
    digits = "".join(sign for sign in typed if sign.isdecimal())
    return bool(phone) and len(digits) <= len(phone) + 3 and not any(sign.isalpha() for sign in typed)


def _first(found: Iterable[str]) -> str:
    return next(filter(None, found), "")
