from typing import Any

from django import forms as django_forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from phonenumber_field.phonenumber import PhoneNumber, to_python

from leadtrack.phones.dialable import is_dialable
from leadtrack.phones.models import TrackedNumber
from leadtrack.ui import forms


class NumberForm(forms.ModelForm):
    """A number of ours at the carrier, and the sales phone behind it. Phones as people write them."""

    number = django_forms.CharField(
        label=gettext_lazy("Number"),
        max_length=40,
        help_text=gettext_lazy("The number that callers see, for example +49 30 901820."),
        widget=django_forms.TextInput(attrs={"type": "tel"}),
    )
    forward_to = django_forms.CharField(
        label=gettext_lazy("Rings at"),
        max_length=40,
        help_text=gettext_lazy("The sales phone that calls are forwarded to."),
        widget=django_forms.TextInput(attrs={"type": "tel"}),
    )

    class Meta:
        model = TrackedNumber
        fields = ("number", "forward_to", "account", "site", "note")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        site = cleaned.get("site")
        for name in ("number", "forward_to"):
            if name in cleaned:
                cleaned[name] = self._phone(name, cleaned[name], site.region if site else "")
        if cleaned.get("number") and cleaned["number"] == cleaned.get("forward_to"):
            self.add_error("forward_to", _("The number cannot ring at itself."))
        return cleaned

    def _phone(self, name: str, text: str, region: str) -> PhoneNumber | None:
        """The phone, read as of the site's country where it does not begin with +."""
        phone = to_python(text, region=region or None)
        if is_dialable(phone):
            return phone
        self.add_error(
            name, _("Write a phone number with + and the country code, for example +49 30 901820.")
        )
        return None
