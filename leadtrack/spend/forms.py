from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from leadtrack.spend.currencies import validate_currency
from leadtrack.spend.enter import validate_rate_day
from leadtrack.spend.load import account_for
from leadtrack.spend.models import AdAccount, Rate, Statement
from leadtrack.ui.forms import Form, ModelForm

SMALLEST_RATE = Decimal("0.00000001")


class CurrencyField(forms.CharField):
    """A currency code, typed in any case."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_length=3, max_length=3, **options)

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value) or "").upper()

    def validate(self, value: str) -> None:
        super().validate(value)
        if value:
            validate_currency(value)


class UploadForm(Form):
    """A statement to load: whose it is, the file, and what the file may not say itself."""

    account = forms.ModelChoiceField(
        AdAccount.objects.all(),
        required=False,
        label=_("Ad account"),
        empty_label=_("A new one, named below"),
    )
    new_account = forms.CharField(required=False, max_length=100, label=_("New ad account"))
    file = forms.FileField(
        label=_("Statement"),
        help_text=_("A Google Ads report or any table with a header: CSV or TSV, as it was exported."),
    )
    format = forms.ChoiceField(
        choices=Statement.Format.choices, initial=Statement.Format.AUTO, label=_("Format")
    )
    currency = CurrencyField(
        required=False,
        label=_("Currency"),
        help_text=_("Three letters, for files that do not name their currency."),
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if most and (file.size or 0) > most:
            raise forms.ValidationError(
                _("The file is larger than %(most)s.") % {"most": filesizeformat(most)}
            )
        return file

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("account") and not cleaned.get("new_account") and "new_account" not in self.errors:
            self.add_error("new_account", _("Choose an ad account or name a new one."))
        return cleaned

    def chosen_account(self) -> AdAccount:
        """The account of a valid form; a new name makes one."""
        chosen: AdAccount | None = self.cleaned_data["account"]
        return chosen or account_for(self.cleaned_data["new_account"], currency=self.cleaned_data["currency"])


class RateForm(ModelForm):
    """One rate, entered by hand. A rate of the same day and currency is replaced."""

    currency = CurrencyField(label=_("Currency"))
    rate = forms.DecimalField(min_value=SMALLEST_RATE, max_digits=18, decimal_places=8, label=_("Rate"))

    class Meta:
        model = Rate
        fields = ("day", "currency", "rate")
        widgets: ClassVar = {"day": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        validate_rate_day(day)
        return day

    def clean_currency(self) -> str:
        currency: str = self.cleaned_data["currency"]
        if currency == settings.LEADTRACK_CURRENCY:
            raise forms.ValidationError(_("This is the currency of the reports: it needs no rate."))
        return currency

    def _get_validation_exclusions(self) -> set[str]:
        """Without the day no constraint asks for one rate a day: the earlier one gives way."""
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded | {"day"}


class RowFilterForm(Form):
    """Which rows of the books to list."""

    account = forms.ModelChoiceField(
        AdAccount.objects.all(), required=False, label=_("Ad account"), empty_label=_("All")
    )
    first = forms.DateField(
        required=False, label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last = forms.DateField(
        required=False, label=_("To"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    source = forms.CharField(required=False, max_length=255, label=_("Source"))
    campaign = forms.CharField(required=False, max_length=255, label=_("Campaign"))

    def lookups(self) -> dict[str, Any]:
        """The filled fields as filters of SpendRow; broken ones are left out and shown as errors."""
        names = {"account": "item__account", "first": "day__gte", "last": "day__lte"}
        names |= {"source": "item__source", "campaign": "item__campaign"}
        return {names[field]: value for field, value in self.cleaned_data.items() if value}
