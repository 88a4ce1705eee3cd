from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django import forms as django_forms
from django.core.validators import MinValueValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leadtrack.phones.offline import KINDS, OTHER, kind_of
from leadtrack.sources import register
from leadtrack.sources.channel import OFFLINE, channels
from leadtrack.sources.find import assignable_sources
from leadtrack.sources.models import Source
from leadtrack.ui import forms


class _AssignmentForm(forms.Form):
    """From when, and why: common to both ways of naming a source."""

    starts_at = django_forms.DateTimeField(
        label=gettext_lazy("Since"),
        required=False,
        validators=[MinValueValidator(datetime(2000, 1, 1, tzinfo=UTC))],
        help_text=gettext_lazy("Empty: from now on. Calls since that moment move to the new source."),
        widget=django_forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    note = django_forms.CharField(label=gettext_lazy("Note"), required=False, max_length=200)


class KnownSourceForm(_AssignmentForm):
    """A source that people already came from, or that money was spent on."""

    source = django_forms.ModelChoiceField(
        Source.objects.none(), label=gettext_lazy("Source"), widget=django_forms.RadioSelect, empty_label=None
    )
    field_order = ("source", "starts_at", "note")

    def __init__(self, *args: Any, found: Sequence[Source], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["source"]
        assert isinstance(field, django_forms.ModelChoiceField)  # noqa: S101 (tells the type checker)
        # Any source may be sent, only those found are listed.
        field.queryset = assignable_sources()
        field.widget.choices = [(source.pk, str(source)) for source in found]

    def chosen_source(self) -> Source:
        """The source of valid input."""
        source: Source = self.cleaned_data["source"]
        return source


class OfflineAdForm(_AssignmentForm):
    """An ad without clicks: what it is and which one."""

    kind = django_forms.ChoiceField(
        label=gettext_lazy("Kind of ad"),
        choices=[*((kind.key, kind.label) for kind in KINDS), (OTHER, gettext_lazy("Something else"))],
    )
    campaign = django_forms.CharField(
        label=gettext_lazy("Which one"),
        max_length=Source.NAME_LENGTH,
        required=False,
        help_text=gettext_lazy("For example: Main street, June. Reports show it as the campaign."),
    )
    source = django_forms.CharField(
        label=gettext_lazy("What else"),
        max_length=Source.NAME_LENGTH,
        required=False,
        help_text=gettext_lazy("Only for “something else”. Reports show it as the source."),
    )
    channel = django_forms.ChoiceField(
        label=gettext_lazy("Channel"),
        required=False,
        help_text=gettext_lazy("Only for “something else”."),
        choices=lambda: [(name, name) for name in channels()],
        initial=OFFLINE,
    )
    field_order = ("kind", "campaign", "source", "channel", "starts_at", "note")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("kind") == OTHER and not cleaned.get("source"):
            self.add_error("source", _("Say what kind of ad it is."))
        return cleaned

    def chosen_source(self) -> Source:
        """The source of valid input, made if it is new."""
        told = self.cleaned_data
        kind = kind_of(told["kind"])
        if kind is None:
            return register.assigned_source(
                channel=told["channel"] or OFFLINE, source=told["source"], campaign=told["campaign"]
            )
        return register.assigned_source(
            channel=kind.channel, source=kind.source, medium=kind.medium, campaign=told["campaign"]
        )
