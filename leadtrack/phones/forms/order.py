"""What the carrier is asked for: numbers to look for, what a bought one is for, whom a test call rings."""

from typing import Any

from django import forms as django_forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from phonenumber_field.phonenumber import PhoneNumber
from phonenumbers import SUPPORTED_REGIONS

from leadtrack.phones.carriers.interface import Ability, NumberKind, Wanted, can
from leadtrack.phones.forms.phone import phone_of
from leadtrack.phones.models import CallFlow, CarrierAccount, Pool
from leadtrack.ui import forms
from leadtrack.ui.wording import page_locale
from leadtrack.visits.models import Site

_TEL = {"type": "tel"}


def countries() -> list[tuple[str, str]]:
    """Every country with telephones, by its name in the reader's language."""
    names = page_locale().territories
    return sorted(((code, names.get(code, code)) for code in SUPPORTED_REGIONS), key=lambda pair: pair[1])


class SearchForm(forms.Form):
    """Which numbers are looked for."""

    account = django_forms.ModelChoiceField(
        CarrierAccount.objects.none(), label=gettext_lazy("Carrier account"), empty_label=None
    )
    country = django_forms.ChoiceField(label=gettext_lazy("Country"), choices=countries)
    kind = django_forms.ChoiceField(
        label=gettext_lazy("Kind of number"),
        choices=[
            (NumberKind.LOCAL, gettext_lazy("Of a city or area")),
            (NumberKind.TOLL_FREE, gettext_lazy("Free for the caller (8 800, 0800 …)")),
            (NumberKind.MOBILE, gettext_lazy("Mobile")),
        ],
    )
    locality = django_forms.CharField(label=gettext_lazy("City"), required=False, max_length=60)
    area_code = django_forms.CharField(
        label=gettext_lazy("Area code"),
        required=False,
        max_length=6,
        help_text=gettext_lazy("Only in the United States and Canada."),
    )
    contains = django_forms.CharField(
        label=gettext_lazy("Digits in it"),
        required=False,
        max_length=16,
        help_text=gettext_lazy("For example 777; * is any digit."),
    )
    sms = django_forms.BooleanField(label=gettext_lazy("Takes text messages, too"), required=False)
    without_address = django_forms.BooleanField(
        label=gettext_lazy("Only numbers that can be had without papers"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["account"]
        accounts = CarrierAccount.objects.exclude(kind=CarrierAccount.Kind.PBX).order_by("pk")
        field.queryset = accounts  # type: ignore[attr-defined]
        field.initial = accounts.first()

    def clean_contains(self) -> str:
        """Digits and stars alone; what people put between them is left out."""
        text = "".join(sign for sign in self.cleaned_data["contains"] if sign not in " -()+")
        if not all(sign in "0123456789*" for sign in text):
            raise ValidationError(_("Write digits, and * for any digit."))
        return text

    def clean_area_code(self) -> str:
        """Three digits in practice; the carrier says if there is no such area."""
        text: str = self.cleaned_data["area_code"].strip()
        if text and not (text.isascii() and text.isdecimal()):
            raise ValidationError(_("An area code is digits only."))
        return text

    def wanted(self) -> Wanted:
        """What valid input looks for."""
        told = self.cleaned_data
        return Wanted(
            country=told["country"],
            kind=NumberKind(told["kind"]),
            contains=told["contains"],
            area_code=told["area_code"] if told["country"] in ("US", "CA") else "",
            locality=told["locality"].strip(),
            sms=told["sms"],
            without_address=told["without_address"],
        )


class PurposeForm(forms.Form):
    """What the number that is bought is for: it is set up so from its first second."""

    site = django_forms.ModelChoiceField(Site.objects.none(), label=gettext_lazy("Site"), empty_label=None)
    forward_to = django_forms.CharField(
        label=gettext_lazy("Rings at"),
        max_length=40,
        widget=django_forms.TextInput(attrs=_TEL),
        help_text=gettext_lazy("The sales phone that calls are forwarded to."),
    )
    flow = django_forms.ModelChoiceField(
        CallFlow.objects.none(),
        label=gettext_lazy("What callers hear"),
        required=False,
        empty_label=gettext_lazy("Simply forward the call"),
    )
    pool = django_forms.ModelChoiceField(
        Pool.objects.none(),
        label=gettext_lazy("Put it into the pool"),
        required=False,
        empty_label=gettext_lazy("None: it gets its own source later"),
    )
    note = django_forms.CharField(label=gettext_lazy("Note"), required=False, max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer("site", Site.objects.filter(is_active=True).order_by("pk"))
        self._offer("flow", CallFlow.objects.order_by("name"))
        self._offer("pool", Pool.objects.filter(retired_at=None))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        site, pool = cleaned.get("site"), cleaned.get("pool")
        if site and pool and pool.site_id != site.pk:
            self.add_error("pool", _("This pool is of another site."))
        if site and cleaned.get("forward_to"):
            try:
                cleaned["forward_to"] = phone_of(cleaned["forward_to"], site.region)
            except ValidationError as problem:
                self.add_error("forward_to", problem)
        return cleaned

    def _offer(self, name: str, rows: QuerySet[Any]) -> None:
        self.fields[name].queryset = rows  # type: ignore[attr-defined]


class AdoptForm(PurposeForm):
    """What a number that the account has already is to be for. Its button sends account and number."""

    had = django_forms.CharField(max_length=60)

    def clean_had(self) -> tuple[CarrierAccount, PhoneNumber]:
        """The account and the number; whether it has it, the carrier says when the order is done."""
        account, _colon, number = self.cleaned_data["had"].partition(":")
        is_key = account.isascii() and account.isdecimal() and len(account) < 18
        found = CarrierAccount.objects.filter(pk=account if is_key else 0).first()
        if found is None or not can(found, Ability.NUMBERS):
            raise ValidationError(_("Press the button of the number that is to be tracked."))
        return found, phone_of(number, "")

    def purpose_fields(self) -> list[django_forms.BoundField]:
        """What is filled in for whichever number."""
        return [field for field in self if field.name != "had"]


class TestForm(forms.Form):
    """Whom a test call rings."""

    to = django_forms.CharField(
        label=gettext_lazy("Ring this phone"), max_length=40, widget=django_forms.TextInput(attrs=_TEL)
    )

    def __init__(self, *args: Any, region: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.region = region

    def clean_to(self) -> Any:
        """As people write it, in the country of the number's site."""
        return phone_of(self.cleaned_data["to"], self.region)
