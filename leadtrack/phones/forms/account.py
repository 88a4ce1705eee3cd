"""A carrier account, for the admin: what to paste where, for either kind."""

import re
import secrets
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from leadtrack.phones.models import CarrierAccount

_WORD: Final = re.compile(r"[A-Za-z0-9_-]{6,64}", re.ASCII)
_SHORTEST_SECRET: Final = 16


class CarrierAccountForm(forms.ModelForm):
    """The token is never shown again; left empty, it stays what it is."""

    auth_token = forms.CharField(
        label=_("Auth token or secret"),
        required=False,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_(
            "Twilio: the Auth Token, beside the account SID on the first page of the console. Own PBX: make "
            "one up (16 signs or more) and write the same into the PBX. Kept encrypted and never shown; leave"
            " it empty to keep the present one."
        ),
    )

    class Meta:
        model = CarrierAccount
        fields = ("name", "kind", "account_sid", "auth_token", "default_to")
        help_texts: Final = {
            "kind": _("It cannot be changed later: the calls that were told are read by it."),
            "account_sid": _(
                "Twilio: the Account SID, which begins with AC. Own PBX: a word of letters and digits that "
                "becomes part of the address which the PBX calls; leave it empty to get one."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account_sid"].required = False
        # Stored notices are read by the kind of their account.
        self.fields["kind"].disabled = self.instance.pk is not None

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        sid: str = cleaned.get("account_sid") or ""
        if cleaned.get("kind") == CarrierAccount.Kind.PBX:
            self._clean_pbx(cleaned, sid)
        elif not sid.startswith("AC"):
            self.add_error("account_sid", _("Twilio's account SID begins with AC."))
        return cleaned

    def clean_auth_token(self) -> str:
        token: str = self.cleaned_data["auth_token"] or self.instance.auth_token
        if not token:
            raise forms.ValidationError(_("Without the token no call can be checked."))
        return token

    def _clean_pbx(self, cleaned: dict[str, Any], sid: str) -> None:
        cleaned["account_sid"] = sid = sid or secrets.token_urlsafe(12)
        if not _WORD.fullmatch(sid):
            self.add_error("account_sid", _("6 to 64 letters, digits, - and _ alone."))
        if 0 < len(cleaned.get("auth_token") or "") < _SHORTEST_SECRET:
            self.add_error("auth_token", _("A secret has 16 signs or more."))
