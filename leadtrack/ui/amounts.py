"""Amounts of money in forms."""

from typing import Any

from django.core.exceptions import ValidationError
from django.forms import CharField, TextInput
from django.utils.translation import gettext as _

from leadtrack.lib.decimals import AmbiguousNumber, NotANumber, read_decimal
from leadtrack.lib.money import to_cents


class CentsField(CharField):
    """An amount as people type it ("1 234,50"), as cents. What could be two amounts is asked, not guessed."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(max_length=20, **options)

    def clean(self, value: Any) -> int | None:
        text = super().clean(value)
        try:
            amount = read_decimal(text, decimal_comma=None)
        except AmbiguousNumber:
            raise ValidationError(_("Is this thousands or a part? Write 1234 or 1.23.")) from None
        except NotANumber:
            raise ValidationError(_("Enter an amount, for example 1234.50.")) from None
        if amount is None:
            return None
        if int(amount.as_tuple().exponent) < -2:
            raise ValidationError(_("An amount has two decimals at most."))
        return to_cents(amount)
