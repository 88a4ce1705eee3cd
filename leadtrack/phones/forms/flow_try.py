"""The questions of the dry run: which number, who calls, when."""

from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms as django_forms
from django.utils import timezone
from django.utils.translation import gettext_lazy

from leadtrack.phones.models import TrackedNumber
from leadtrack.ui import forms

_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 2200
NEW, BLOCKED, WITHHELD, KNOWN = "new", "blocked", "withheld", "known"


class TryForm(forms.Form):
    """A call that is only thought of."""

    try_number = django_forms.ModelChoiceField(
        TrackedNumber.objects.none(),
        label=gettext_lazy("Number that is called"),
        required=False,
        empty_label=gettext_lazy("Any number"),
    )
    try_caller = django_forms.ChoiceField(label=gettext_lazy("Who calls"), required=False)
    try_at = django_forms.CharField(
        label=gettext_lazy("When"),
        required=False,
        help_text=gettext_lazy("In the time of the number's site. Empty: now."),
        widget=django_forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, *args: Any, phones: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        number, caller = self.fields["try_number"], self.fields["try_caller"]
        assert isinstance(number, django_forms.ModelChoiceField)  # noqa: S101 (tells the type checker)
        assert isinstance(caller, django_forms.ChoiceField)  # noqa: S101
        rows = TrackedNumber.objects.filter(released_at=None).select_related("site")
        number.queryset = rows.order_by("number")
        known = [
            (f"{KNOWN}:{phone}", gettext_lazy("Spoke last with %(name)s") % {"name": name})
            for phone, name in phones.items()
        ]
        caller.choices = [
            (NEW, gettext_lazy("Somebody new")),
            *known,
            (BLOCKED, gettext_lazy("A blocked caller")),
            (WITHHELD, gettext_lazy("A withheld number")),
        ]

    @property
    def zone(self) -> ZoneInfo:
        """Of the number's site; the reader's where no number was chosen."""
        number: TrackedNumber | None = self.cleaned_data.get("try_number")
        return number.site.tz if number else ZoneInfo(timezone.get_current_timezone_name())

    def moment(self, now: datetime) -> datetime:
        """The moment in that zone; `now` (UTC) where none, or none that can be read, was given."""
        try:
            wall = datetime.fromisoformat(self.cleaned_data.get("try_at") or "")
            if not _FIRST_YEAR <= wall.year <= _LAST_YEAR:
                # Days around the ends of the calendar cannot be reckoned with.
                return now.astimezone(self.zone)
            return wall.replace(tzinfo=self.zone).astimezone(UTC).astimezone(self.zone)
        except (ValueError, OverflowError):
            return now.astimezone(self.zone)
