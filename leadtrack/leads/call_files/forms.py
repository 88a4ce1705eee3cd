"""Forms of a list of calls: what its columns mean."""

from collections import Counter
from typing import Any, Final

from django import forms as django_forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from leadtrack.leads.call_files.columns import LABELS, SKIP, missing
from leadtrack.leads.models import CallFile
from leadtrack.ui import forms

PREFIX: Final = "column-"
_ORDERS: Final = (
    ("", _("As the file itself shows")),
    ("day", _("Day first: 01/02/2026 is the first of February")),
    ("month", _("Month first: 01/02/2026 is the second of January")),
)
_ORDER_OF: Final = {"day": True, "month": False}


class CallColumnsForm(forms.Form):
    """The meaning of each column; each but "leave out" once."""

    day_first = django_forms.ChoiceField(choices=_ORDERS, required=False, label=_("Dates like 01/02/2026"))

    def __init__(self, data: QueryDict | None, *, file: CallFile) -> None:
        order = {True: "day", False: "month", None: ""}[file.day_first]
        super().__init__(data, initial={"day_first": order})
        for place, (name, meaning) in enumerate(zip(file.opening["header"], file.columns, strict=True)):
            self.fields[f"{PREFIX}{place}"] = django_forms.ChoiceField(
                choices=list(LABELS.items()), initial=meaning, label=name
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        counted = Counter(self.meanings())
        for place, meaning in enumerate(self.meanings()):
            if meaning != SKIP and counted[meaning] > 1:
                self.add_error(f"{PREFIX}{place}", _("Another column has this meaning, too."))
        if lacking := missing(self.meanings()):
            named = ", ".join(str(LABELS[meaning]) for meaning in lacking)
            raise django_forms.ValidationError(
                _("Say which column is: %(meanings)s."), params={"meanings": named}
            )
        return cleaned

    def meanings(self) -> list[str]:
        """The meaning of each column, in order."""
        places = sum(name.startswith(PREFIX) for name in self.fields)
        return [str(self.cleaned_data.get(f"{PREFIX}{place}", SKIP)) for place in range(places)]

    def order(self) -> bool | None:
        """Whether days come first in 01/02/2026; None where no row asks."""
        return _ORDER_OF.get(self.cleaned_data.get("day_first", ""))
