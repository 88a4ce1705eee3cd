from typing import Any

from babel.numbers import list_currencies
from django import forms as django_forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leadtrack.phones.models import Assignment
from leadtrack.phones.picture import PictureError, cleaned_picture
from leadtrack.ui import forms
from leadtrack.ui.amounts import CentsField

_DAY = {"type": "date"}


class AdForm(forms.ModelForm):
    """The ad that carries a number: what it costs over which days, its picture, a note."""

    cost_cents = CentsField(
        label=gettext_lazy("What the ad costs"),
        required=False,
        help_text=gettext_lazy(
            "For its whole time, for example 1200.00. Reports spread it over its days, within an hour."
        ),
    )
    picture = django_forms.FileField(
        label=gettext_lazy("Picture of the ad"),
        required=False,
        widget=django_forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        help_text=gettext_lazy(
            "A photograph of the billboard, the leaflet … JPEG, PNG or WebP, at most 8 MB."
        ),
    )
    drops_picture = django_forms.BooleanField(label=gettext_lazy("Take the picture away"), required=False)
    field_order = ("cost_cents", "currency", "cost_first", "cost_last", "note", "picture", "drops_picture")

    class Meta:
        model = Assignment
        fields = ("cost_cents", "currency", "cost_first", "cost_last", "note")
        widgets = {  # noqa: RUF012 (as Django has it)
            "cost_first": django_forms.DateInput(attrs=_DAY, format="%Y-%m-%d"),
            "cost_last": django_forms.DateInput(attrs=_DAY, format="%Y-%m-%d"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cost_first"].required = self.fields["cost_last"].required = False
        cents = self.instance.cost_cents
        self.initial["cost_cents"] = "" if cents is None else f"{cents // 100}.{cents % 100:02}"
        self.initial["currency"] = self.instance.currency or settings.LEADTRACK_CURRENCY
        if not self.instance.picture:
            del self.fields["drops_picture"]

    def clean_currency(self) -> str:
        """In capitals; ours where nothing is said."""
        code = str(self.cleaned_data["currency"] or settings.LEADTRACK_CURRENCY).upper()
        if code not in list_currencies():
            raise ValidationError(_("Write a currency of three letters, for example EUR."))
        return code

    def clean_picture(self) -> Any:
        """Made anew by us; the file as it was sent is thrown away."""
        sent = self.cleaned_data["picture"]
        if not sent:
            return None
        try:
            return cleaned_picture(sent.file, sent.size)
        except PictureError as problem:
            raise ValidationError(str(problem)) from None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("cost_first"), cleaned.get("cost_last")
        if first and last and last < first:
            self.add_error("cost_last", _("The last day cannot come before the first."))
        if cleaned.get("cost_cents"):
            for name in ("cost_first", "cost_last"):
                if not cleaned.get(name) and not self.has_error(name):
                    self.add_error(name, _("Say over which days the cost is to be spread."))
        if first and last and (last - first).days > 3660:
            self.add_error("cost_last", _("At most ten years."))
        return cleaned

    def save(self, commit: bool = True) -> Assignment:
        row: Assignment = super().save(commit=False)
        if self.cleaned_data.get("picture"):
            row.picture.save("ad.jpg", self.cleaned_data["picture"], save=False)
        elif self.cleaned_data.get("drops_picture"):
            # The file stays where it is: the trail names it, and a deed can be undone.
            row.picture = ""
        if commit:
            row.save()
        return row
