import secrets
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.forms import (
    CharField,
    ChoiceField,
    DateField,
    DateInput,
    HiddenInput,
    IntegerField,
    ModelChoiceField,
)
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leadtrack.accounts import roles
from leadtrack.deals.models import LossReason
from leadtrack.deals.outcome import NOTE_LENGTH
from leadtrack.leads.models import Lead
from leadtrack.ui.amounts import CentsField
from leadtrack.ui.forms import Form


class DayField(DateField):
    """A day by the browser's own calendar."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            widget=DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            input_formats=["%Y-%m-%d", "%d.%m.%Y"],
            **options,
        )


class PaymentForm(Form):
    """Money that came in: won, or once more."""

    amount = CentsField(label=gettext_lazy("Amount"))
    currency = CharField(label=gettext_lazy("Currency"), max_length=3, min_length=3)
    cost = CentsField(label=gettext_lazy("Cost of goods"), required=False)
    paid_on = DayField(label=gettext_lazy("Paid on"))
    note = CharField(label=gettext_lazy("Note"), max_length=NOTE_LENGTH, required=False)
    submission_key = CharField(max_length=64, widget=HiddenInput)

    def __init__(self, *arguments: Any, today: date, currency: str = "", name: str, **options: Any) -> None:
        start = {
            "currency": currency or settings.LEADTRACK_CURRENCY,
            "paid_on": today,
            "submission_key": secrets.token_hex(16),
        }
        super().__init__(*arguments, **{"initial": start, "auto_id": f"{name}_%s"} | options)
        self.fields["paid_on"].widget.attrs["max"] = today.isoformat()
        self.fields["currency"].widget.attrs |= {"autocapitalize": "characters", "autocomplete": "off"}

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()

    def payment(self) -> dict[str, Any]:
        """The arguments of `log_won` and `log_purchase`."""
        said = self.cleaned_data
        return {
            "revenue_cents": said["amount"] or 0,
            "cost_cents": said["cost"] or 0,
            "currency": said["currency"],
            "paid_on": said["paid_on"],
            "note": said["note"],
            "submission_key": said["submission_key"],
        }


class RefundForm(PaymentForm):
    """Money that went back, as a positive amount."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["amount"].label = _("Given back")
        self.fields["cost"].label = _("Cost of goods that came back")
        self.fields["paid_on"].label = _("Given back on")

    def refund(self) -> dict[str, Any]:
        """The arguments of `log_refund`."""
        said = self.payment()
        return {
            "amount_cents": said.pop("revenue_cents"),
            "cost_returned_cents": said.pop("cost_cents"),
        } | said


class LostForm(Form):
    """Why, and when. Each reason is a button: one tap."""

    reason = ModelChoiceField(
        LossReason.objects.filter(is_active=True),
        error_messages={"required": gettext_lazy("Choose why it was lost.")},
    )
    lost_on = DayField(label=gettext_lazy("Lost on"))

    def __init__(self, *arguments: Any, today: date, **options: Any) -> None:
        super().__init__(*arguments, **{"initial": {"lost_on": today}, "auto_id": "lost_%s"} | options)
        self.fields["lost_on"].widget.attrs["max"] = today.isoformat()


class StatusForm(Form):
    status = ChoiceField(choices=Lead.Status.choices)


class AssignForm(Form):
    """Whom to give it to: the people who sell."""

    to = ModelChoiceField(get_user_model().objects.none(), required=False, label=gettext_lazy("Responsible"))

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        sellers = get_user_model().objects.filter(
            is_active=True, leadtrack_member__role__in=[roles.SALES, roles.SALES_MANAGER]
        )
        to: Any = self.fields["to"]
        to.queryset = sellers.order_by("first_name", "username")
        to.empty_label = _("Nobody")
        to.label_from_instance = lambda user: user.get_full_name() or str(user)
        to.widget.attrs["data-submit"] = ""


class SearchForm(Form):
    """In the body of a POST, never in an address: what is looked for is a person."""

    search = CharField(max_length=100, required=False, label=gettext_lazy("Search"))


class BindForm(Form):
    """A promo code as it was heard; or the visit that was chosen among several."""

    code = CharField(label=gettext_lazy("Promo code"), max_length=30, required=False)
    visit = IntegerField(required=False, min_value=1, max_value=2**62)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{"auto_id": "bind_%s"} | options)
        hints = {"inputmode": "numeric", "autocomplete": "off", "placeholder": "1234-5678"}
        self.fields["code"].widget.attrs |= hints
