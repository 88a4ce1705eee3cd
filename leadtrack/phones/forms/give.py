"""Giving a number to somebody with one click: a source, a pool, or nobody."""

from typing import Any

from django import forms as django_forms
from django.utils.translation import gettext as _

from leadtrack.phones.models import Pool
from leadtrack.sources.find import assignable_sources
from leadtrack.sources.models import Source
from leadtrack.ui import forms

NOBODY = "free"


class GiveForm(forms.Form):
    """`to` is "source:12", "pool:3" or "free"."""

    to = django_forms.CharField(max_length=40)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        kind, _colon, sent = cleaned.get("to", "").partition(":")
        pk = int(sent) if sent.isascii() and sent.isdecimal() and len(sent) < 19 else 0
        cleaned["source"] = assignable_sources().filter(pk=pk).first() if kind == "source" else None
        cleaned["pool"] = Pool.objects.filter(pk=pk, retired_at=None).first() if kind == "pool" else None
        if not (cleaned["source"] or cleaned["pool"] or cleaned.get("to") == NOBODY):
            self.add_error("to", _("Choose a source or a pool from the list."))
        return cleaned

    def chosen(self) -> tuple[Source | None, Pool | None]:
        """The source or the pool of valid input; neither: the number is to belong to nobody."""
        return self.cleaned_data["source"], self.cleaned_data["pool"]
