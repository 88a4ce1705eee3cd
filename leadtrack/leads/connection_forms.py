"""Forms of the page "Connections"."""

from typing import Any, Final

from django import forms as fields
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from leadtrack.leads.models import Connection
from leadtrack.ui import forms

_Kind = Connection.Kind
_LENGTH: Final = 1000


class ConnectionForm(forms.ModelForm):
    """A new connection; keys and secrets are made."""

    class Meta:
        model = Connection
        fields = ("kind", "site", "name")


class _SecretField(fields.CharField):
    """A secret that is typed and never shown again; left empty, the stored one stays."""

    def __init__(self, **kwargs: Any) -> None:
        widget = fields.PasswordInput(attrs={"autocomplete": "off", "placeholder": "••••••••"})
        super().__init__(required=False, max_length=_LENGTH, widget=widget, **kwargs)


class VendorForm(forms.ModelForm):
    """What the vendor gave us for this connection; which fields there are depends on the vendor."""

    app_secret = _SecretField(label=_("App secret"), help_text=_("Checks that events really come from Meta."))
    page_token = _SecretField(
        label=_("Page access token"), help_text=_("Fetches what was written into the form.")
    )
    confirmation = fields.CharField(
        label=_("Confirmation string"),
        max_length=100,
        required=False,
        help_text=_("VK shows it; VK asks for it."),
    )
    group_id = fields.CharField(
        label=_("Number of the community"),
        max_length=20,
        required=False,
        help_text=_("Digits, as group_id at VK."),
    )
    _OF: Final = {_Kind.META: ("app_secret", "page_token"), _Kind.VK: ("confirmation", "group_id")}
    _COLUMNS: Final = {"app_secret": "secret", "page_token": "access_token", "confirmation": "handshake"}

    class Meta:
        model = Connection
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = self._OF.get(self.instance.kind, ())
        for name in list(self.fields):
            if name not in mine:
                del self.fields[name]
        if "confirmation" in mine:
            self.fields["confirmation"].initial = self.instance.handshake
            self.fields["group_id"].initial = self.instance.settings.get("group_id", "")

    @property
    def brought_secrets(self) -> bool:
        """Whether something came that waiting leads may have waited for."""
        return any(self.cleaned_data.get(name) for name in self._COLUMNS)

    def clean_group_id(self) -> str:
        number = str(self.cleaned_data["group_id"]).strip()
        if number and not (number.isascii() and number.isdecimal()):
            raise ValidationError(_("Write the number of the community with digits only."))
        return number

    def save(self, commit: bool = True) -> Connection:
        row: Connection = self.instance
        for name, column in self._COLUMNS.items():
            value = str(self.cleaned_data.get(name) or "").strip()
            if value or (name == "confirmation" and name in self.fields):
                setattr(row, column, value)
        if "group_id" in self.fields:
            row.settings = row.settings | {"group_id": self.cleaned_data["group_id"]}
        row.save(update_fields=["secret", "access_token", "handshake", "settings"])
        return row
