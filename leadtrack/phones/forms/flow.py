"""The call flow editor: what callers hear, who rings, when, and what happens otherwise."""

from typing import Any, ClassVar

from django import forms as django_forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from phonenumber_field.phonenumber import PhoneNumber

from leadtrack.phones.forms.phone import phone_of
from leadtrack.phones.languages import LANGUAGES
from leadtrack.phones.models import CallFlow, TrackedNumber
from leadtrack.ui import forms

RINGING = ("ring", "ring_seconds", "asks_last_manager")
OTHERWISE = ("on_no_answer", "on_busy", "on_closed", "forward_to", "voicemail_seconds")
ANSWERING = ("whispers", "needs_key")
RECORDING = ("is_recorded", "keeps_days", "empties_carrier")


def phone_or_blank(text: str) -> PhoneNumber | str:
    """A sales phone with + and the country code; a tracked number of ours would ring in a circle."""
    if not text.strip():
        return ""
    phone = phone_of(text, "")
    if TrackedNumber.objects.filter(number=phone, released_at=None).exists():
        raise ValidationError(_("This is a tracked number: the call would come back to us."))
    return phone


def phone_field(label: Any, help_text: Any = "") -> django_forms.CharField:
    """A field for a phone that need not be filled in."""
    return django_forms.CharField(
        label=label,
        required=False,
        max_length=40,
        help_text=help_text,
        widget=django_forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )


class FlowForm(forms.ModelForm):
    """Everything of a flow that is there once."""

    language = django_forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=LANGUAGES,
        help_text=gettext_lazy("Of the texts, where a number has no language of its own."),
    )
    forward_to = phone_field(
        gettext_lazy("Forward to"), gettext_lazy("Where “forward” is chosen: with + and the country code.")
    )

    class Meta:
        model = CallFlow
        fields = (
            "name",
            "language",
            *RINGING,
            *OTHERWISE,
            *ANSWERING,
            *RECORDING,
            "texts_missed",
        )
        help_texts: ClassVar = {
            "ring_seconds": gettext_lazy("Each time. Usually 20: four or five rings."),
            "asks_last_manager": gettext_lazy("A customer who calls again reaches the same person first."),
            "keeps_days": gettext_lazy("Then they are deleted here and at the carrier."),
            "texts_missed": gettext_lazy("The text is written above, for each language."),
        }

    def clean_forward_to(self) -> PhoneNumber | str:
        return phone_or_blank(self.cleaned_data["forward_to"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        ways = [cleaned.get(name) for name in ("on_no_answer", "on_busy", "on_closed")]
        if CallFlow.Otherwise.FORWARD in ways and cleaned.get("forward_to") == "":
            self.add_error("forward_to", _("Say where such calls go."))
        return cleaned


class TextForm(forms.Form):
    """What the caller hears in one language."""

    language = django_forms.ChoiceField(label=gettext_lazy("Language"), choices=LANGUAGES)
    greeting = django_forms.CharField(
        label=gettext_lazy("Greeting"),
        max_length=2000,
        required=False,
        help_text=gettext_lazy("Empty: the caller hears it ring at once."),
    )
    consent = django_forms.CharField(
        label=gettext_lazy("That the talk is recorded"), max_length=1000, required=False
    )
    no_answer = django_forms.CharField(
        label=gettext_lazy("When nobody answers"), max_length=1000, required=False
    )
    busy = django_forms.CharField(label=gettext_lazy("When all are busy"), max_length=1000, required=False)
    closed = django_forms.CharField(
        label=gettext_lazy("Outside working hours"), max_length=1000, required=False
    )
    missed_text = django_forms.CharField(
        label=gettext_lazy("Text message to who was missed"), max_length=480, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if name in _SPOKEN:
                field.widget = django_forms.Textarea(attrs={"rows": 2, "maxlength": field.max_length})  # type: ignore[attr-defined]


_SPOKEN = frozenset({"greeting", "consent", "no_answer", "busy", "closed", "missed_text"})


def _time(label: Any) -> django_forms.TimeField:
    return django_forms.TimeField(
        label=label,
        required=False,
        widget=django_forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )


def _both_or_none(form: django_forms.Form, begin: str, end: str) -> None:
    told = form.cleaned_data
    if (told.get(begin) is None) == (told.get(end) is None) or {begin, end} & set(form.errors):
        return
    form.add_error(end if told.get(end) is None else begin, _("Fill in both, or none."))


class DayForm(forms.Form):
    """Working hours of a weekday: none, or one or two stretches."""

    opens = _time(gettext_lazy("From"))
    closes = _time(gettext_lazy("Until"))
    opens_2 = _time(gettext_lazy("And from"))
    closes_2 = _time(gettext_lazy("Until"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        _both_or_none(self, "opens", "closes")
        _both_or_none(self, "opens_2", "closes_2")
        return cleaned


class HolidayForm(forms.Form):
    """A day that is closed, or has hours of its own."""

    day = django_forms.DateField(
        label=gettext_lazy("Day"),
        widget=django_forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    name = django_forms.CharField(label=gettext_lazy("Name"), max_length=100, required=False)
    opens = _time(gettext_lazy("From"))
    closes = _time(gettext_lazy("Until"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        _both_or_none(self, "opens", "closes")
        return cleaned


PHONE = "phone"


class LineForm(forms.Form):
    """Somebody who rings: a phone, a colleague, or a team."""

    who = django_forms.ChoiceField(label=gettext_lazy("Who"), initial=PHONE)
    phone = phone_field(gettext_lazy("Phone"))

    def __init__(self, *args: Any, people: "list[tuple[Any, Any]]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["who"]
        assert isinstance(field, django_forms.ChoiceField)  # noqa: S101 (tells the type checker)
        field.choices = people

    def clean_phone(self) -> PhoneNumber | str:
        return phone_or_blank(self.cleaned_data["phone"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("who") == PHONE and cleaned.get("phone") == "" and self.has_changed():
            self.add_error("phone", _("Write the phone, or choose a colleague or a team."))
        return cleaned
