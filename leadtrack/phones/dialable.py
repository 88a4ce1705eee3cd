"""Phone numbers that could be dialled: carriers hand out ranges before libphonenumber calls them valid."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField
from phonenumber_field.phonenumber import to_python
from phonenumbers import is_possible_number


def is_dialable(phone: Any) -> bool:
    """Whether a parsed number has a country and a length that this country dials."""
    return bool(phone) and phone.country_code is not None and is_possible_number(phone)


def validate_dialable(text: Any) -> None:
    """Raises ValidationError for what cannot be a phone number."""
    phone = to_python(text)
    if phone and not is_dialable(phone):
        raise ValidationError(
            _("Write a phone number with + and the country code, for example +49 30 901820."), code="invalid"
        )


class DialableNumberField(PhoneNumberField):  # type: ignore[misc]
    """A number of ours or of sales: dialable is enough, as it is the carrier who knows whether it rings."""

    default_validators: ClassVar = [validate_dialable]
