from typing import Any

from django import forms as django_forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from phonenumber_field.phonenumber import PhoneNumber

from leadtrack.phones.forms.phone import phone_of
from leadtrack.phones.models import CallFlow, TrackedNumber
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
        try:
            return phone_of(text, region)
        except ValidationError as problem:
            self.add_error(name, problem)
        return None


class SettingsForm(NumberForm):
    """What can change of a number that is there: where it rings, what is heard, its site and note."""

    number = None  # type: ignore[assignment]

    class Meta:
        model = TrackedNumber
        fields = ("forward_to", "flow", "site", "note", "is_active")
        labels = {"flow": gettext_lazy("What callers hear"), "is_active": gettext_lazy("In use")}  # noqa: RUF012
        help_texts = {  # noqa: RUF012
            "flow": gettext_lazy("Empty: the call is simply forwarded."),
            "is_active": gettext_lazy("A number out of use rings on, but stands among “Not in use”."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["flow"].queryset = CallFlow.objects.order_by("name")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("forward_to") == self.instance.number:
            self.add_error("forward_to", _("The number cannot ring at itself."))
        is_held = self.instance.assignments.filter(ends_at=None).exclude(pool=None).exists()
        if is_held and "site" in self.changed_data:
            self.add_error("site", _("The number is in a pool of its site: take it out of the pool first."))
        return cleaned
