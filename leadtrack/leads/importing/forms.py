"""Forms of an import: the file, and what its columns mean."""

from collections import Counter
from typing import Any, Final

from django import forms as django_forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from leadtrack.leads.importing.columns import SHARED, meanings
from leadtrack.leads.models import LeadImport
from leadtrack.leads.trace import with_tags
from leadtrack.sources import register
from leadtrack.sources.marker import parse_marker
from leadtrack.sources.models import Source
from leadtrack.ui import forms
from leadtrack.visits.models import Site

PREFIX: Final = "column-"
_ORDERS: Final = (
    ("", _("As the file itself shows")),
    ("day", _("Day first: 01/02/2026 is the first of February")),
    ("month", _("Month first: 01/02/2026 is the second of January")),
)
_ORDER_OF: Final = {"day": True, "month": False}


class FileForm(forms.Form):
    """A file of leads, and the site they are of."""

    site = django_forms.ModelChoiceField(
        Site.objects.none(),
        label=_("Site"),
        empty_label=None,
        help_text=_("Dates are read on its clock, phones without + as of its country."),
    )
    file = django_forms.FileField(
        label=_("File"), help_text=_("CSV, TSV or XLSX, as it was exported: encoding and header are found.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["site"]
        assert isinstance(field, django_forms.ModelChoiceField)  # noqa: S101 (tells the type checker)
        field.queryset = Site.objects.filter(is_active=True).order_by("name", "pk")
        self.fields["file"].widget.attrs["accept"] = ".csv,.tsv,.txt,.xlsx"

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if most and (file.size or 0) > most:
            raise django_forms.ValidationError(
                _("The file is larger than %(most)s.") % {"most": filesizeformat(most)}
            )
        return file


class ColumnsForm(forms.Form):
    """What each column means, and what holds for rows that do not say it themselves."""

    day_first = django_forms.ChoiceField(choices=_ORDERS, required=False, label=_("Dates like 01/02/2026"))
    source = django_forms.CharField(
        required=False,
        max_length=200,
        label=_("Source"),
        help_text=_("For example: instagram, fair, newsletter"),
    )
    medium = django_forms.CharField(required=False, max_length=200, label=_("Medium"))
    campaign = django_forms.CharField(required=False, max_length=200, label=_("Campaign"))
    given_to = django_forms.ChoiceField(
        choices=LeadImport.GivenTo.choices,
        label=_("Who gets the new leads"),
        help_text=_("Leads older than two days are never handed round; they wait for whoever takes them."),
    )

    def __init__(self, data: QueryDict | None, *, row: LeadImport) -> None:
        initial = {"given_to": row.given_to, **_initial_source(row)}
        initial["day_first"] = {True: "day", False: "month", None: ""}[row.day_first]
        super().__init__(data, initial=initial)
        self._header: list[str] = row.opening["header"]
        choices = list(meanings().items())
        for place, meaning in enumerate(row.columns):
            self.fields[f"{PREFIX}{place}"] = django_forms.ChoiceField(
                choices=choices, initial=meaning, label=self._header[place]
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        counted = Counter(self.meanings())
        for place, meaning in enumerate(self.meanings()):
            if meaning not in SHARED and counted[meaning] > 1:
                self.add_error(f"{PREFIX}{place}", _("Another column has this meaning, too."))
        if not {"phone", "email"} & set(counted):
            raise django_forms.ValidationError(_("Say which column has the phone or the e-mail."))
        return cleaned

    def meanings(self) -> list[str]:
        """The meaning of each column, in order."""
        return [str(self.cleaned_data.get(f"{PREFIX}{place}", "")) for place in range(len(self._header))]

    def order(self) -> bool | None:
        """Whether days come first in 01/02/2026; None: see what the file shows."""
        return _ORDER_OF.get(self.cleaned_data.get("day_first", ""))

    def default_source(self) -> Source | None:
        """The source for rows that name none; made if it is new."""
        tags = {f"utm_{word}": self.cleaned_data.get(word, "") for word in ("source", "medium", "campaign")}
        marker = parse_marker(with_tags("", tags), "")
        return None if marker.is_direct else register.source_for(marker)


def _initial_source(row: LeadImport) -> dict[str, str]:
    source = row.default_source
    return {word: getattr(source, word) for word in ("source", "medium", "campaign")} if source else {}
