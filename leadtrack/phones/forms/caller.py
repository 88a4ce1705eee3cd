"""A caller who is no customer: blocked, or one of our own phones."""

from typing import Any

from django.core.exceptions import ValidationError
from django.forms import CharField, ChoiceField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leadtrack.accounts.models import Member
from leadtrack.phones.forms.phone import phone_of
from leadtrack.phones.models import ListedCaller, TrackedNumber
from leadtrack.ui.forms import Form

Kind = ListedCaller.Kind


class CallerForm(Form):
    """Who is listed, as which kind, and why. The number is read as of the region where it has no +."""

    phone = CharField(label=gettext_lazy("Phone"), max_length=40)
    kind = ChoiceField(label=gettext_lazy("Kind"), choices=Kind.choices)
    note = CharField(label=gettext_lazy("Note"), max_length=200, required=False)

    def __init__(self, *arguments: Any, region: str, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._region = region
        self.fields["phone"].widget.attrs |= {"type": "tel", "autocomplete": "off", "inputmode": "tel"}

    def clean_phone(self) -> str:
        phone = str(phone_of(self.cleaned_data["phone"].replace("\0", ""), self._region))
        if ListedCaller.objects.filter(phone=phone).exists():
            raise ValidationError(_("This phone is on the list already."), code="listed")
        return phone

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        phone, kind = cleaned.get("phone"), cleaned.get("kind")
        if phone and kind == Kind.BLOCKED and _is_ours(phone):
            self.add_error("phone", _("This is a phone of a colleague, or a number of ours."))
        return cleaned


def _is_ours(phone: str) -> bool:
    ours = Member.objects.filter(phone=phone, user__is_active=True)
    return ours.exists() or TrackedNumber.objects.filter(number=phone).exists()
