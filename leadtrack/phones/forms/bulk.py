from typing import Any

from django import forms as django_forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leadtrack.lib.table import open_text
from leadtrack.phones.bulk import LARGEST, MOST_ROWS
from leadtrack.ui import forms


class BulkForm(forms.Form):
    """The table, as a file or pasted. What was read stays in the box, to be mended there."""

    file = django_forms.FileField(
        label=gettext_lazy("CSV file"),
        required=False,
        widget=django_forms.FileInput(attrs={"accept": ".csv,text/csv,text/plain"}),
    )
    text = django_forms.CharField(
        label=gettext_lazy("Or paste the table here"),
        required=False,
        max_length=LARGEST,
        strip=False,
        widget=django_forms.Textarea(attrs={"rows": 8, "class": "font-monospace", "spellcheck": "false"}),
        help_text=gettext_lazy(
            "number; source; pool; since; note. One number a line, with a source or a pool; "
            "no “since”: from now on."
        ),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        sent = cleaned.get("file")
        if sent and sent.size > LARGEST:
            self.add_error("file", _("The file is larger than we take: at most 500 lines."))
        elif sent:
            with open_text(sent.read())() as stream:
                cleaned["text"] = stream.read().replace("\0", "")
        text = cleaned.get("text", "")
        if not self.errors and not text.strip():
            self.add_error("file", _("Choose a file, or paste the table."))
        if text.count("\n") > MOST_ROWS + 1:
            self.add_error("file", _("At most %(most)s lines at once.") % {"most": MOST_ROWS})
        return cleaned
