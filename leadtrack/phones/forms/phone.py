"""Phones as people write them."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from phonenumber_field.phonenumber import PhoneNumber, to_python

from leadtrack.phones.dialable import is_dialable


def phone_of(text: str, region: str) -> PhoneNumber:
    """The phone, read as of the country where it does not begin with +. Raises ValidationError."""
    phone = to_python(text, region=region or None)
    if not is_dialable(phone):
        raise ValidationError(
            _("Write a phone number with + and the country code, for example +49 30 901820.")
        )
    return phone
