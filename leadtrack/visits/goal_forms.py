"""The form of a goal: one for each kind, asking only what that kind needs."""

from typing import Any, ClassVar

from django import forms as django_forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leadtrack.lib.money import format_cents
from leadtrack.ui import forms
from leadtrack.ui.amounts import CentsField
from leadtrack.visits.goal_pattern import PatternError, read_pattern
from leadtrack.visits.goals import MOST_CENTS
from leadtrack.visits.models import Goal
from leadtrack.visits.models.goal import goal_key

_WORDS_OF_KIND = {Goal.Kind.URL: "pattern", Goal.Kind.CLICK: "selector"}


class GoalForm(forms.ModelForm):
    """A goal of one site and kind (both are set on the instance)."""

    value = CentsField(
        label=gettext_lazy("Worth"),
        required=False,
        help_text=gettext_lazy("What one is worth to you. Leave it empty if nobody knows."),
    )

    class Meta:
        model = Goal
        fields = ("name", "pattern", "selector", "value", "currency", "is_once_per_visit")
        help_texts: ClassVar = {
            "pattern": gettext_lazy(
                "For example /thanks* or /order/*/paid; * stands for anything. With the host, only there."
            ),
            "selector": gettext_lazy(
                "For example .price-list or a[href^='tel:']. In a browser: right click, Inspect, Copy"
            ),
            "currency": gettext_lazy("Empty: the currency of your reports."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind, words in _WORDS_OF_KIND.items():
            if self.instance.kind != kind:
                del self.fields[words]
            else:
                self.fields[words].required = True
        self.fields["currency"].widget.attrs |= {"autocapitalize": "characters", "size": 3}
        if self.instance.value_cents is not None:
            self.initial["value"] = format_cents(self.instance.value_cents)

    def clean_name(self) -> str:
        name = " ".join(str(self.cleaned_data["name"]).split())
        others = Goal.objects.filter(site=self.instance.site, key=goal_key(name)).exclude(pk=self.instance.pk)
        if other := others.first():
            if other.is_set_up:
                raise ValidationError(_("This site has a goal of this name already."))
            raise ValidationError(
                _("A page has named this goal already: it is in the list, where you can count it.")
            )
        return name

    def clean_pattern(self) -> str:
        try:
            read_pattern(self.cleaned_data["pattern"])
        except PatternError as problem:
            raise ValidationError(str(problem)) from problem
        return str(self.cleaned_data["pattern"])

    def clean_selector(self) -> str:
        selector = str(self.cleaned_data["selector"]).strip()
        if any(sign in selector for sign in "{}<;") or selector.count("(") != selector.count(")"):
            raise ValidationError(_("This is no CSS selector: write for example .price-list or #order."))
        return selector

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()

    def clean_value(self) -> int | None:
        cents: int | None = self.cleaned_data["value"]
        if cents is not None and not 0 <= cents <= MOST_CENTS:
            raise ValidationError(_("Write an amount that is not below zero."))
        return cents

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        self.instance.value_cents = self.cleaned_data.get("value")
        return cleaned


class TryForm(forms.Form):
    """An address to try the goals with."""

    address = django_forms.CharField(
        label=gettext_lazy("Paste the address of a page"),
        max_length=2048,
        widget=django_forms.TextInput(
            attrs={"inputmode": "url", "autocomplete": "off", "placeholder": "https://"}
        ),
    )
