from django import forms as django_forms
from django.utils.translation import gettext_lazy as _

from leadtrack.phones.listed import ARCHIVED, FAULTY, FREE, POOL, STATIC
from leadtrack.ui import forms

STATES = (
    ("", _("All in use")),
    (STATIC, _("With a source")),
    (POOL, _("In a pool")),
    (FREE, _("Free")),
    (FAULTY, _("With a fault")),
    (ARCHIVED, _("Not in use")),
)


class NumberFilter(forms.Form):
    """Which numbers the list shows. What is wrong is as if it were not said."""

    q = django_forms.CharField(
        label=_("Search"),
        required=False,
        max_length=200,
        widget=django_forms.TextInput(
            attrs={"type": "search", "autocomplete": "off", "placeholder": _("Number, source, pool or note")}
        ),
    )
    state = django_forms.ChoiceField(label=_("Which"), required=False, choices=STATES)

    def said(self, name: str) -> str:
        """What was asked for; empty where it was wrong."""
        self.is_valid()
        value: str = self.cleaned_data.get(name, "")
        return value

    @property
    def is_used(self) -> bool:
        """Whether the list is narrowed at all."""
        return bool(self.said("q") or self.said("state"))
