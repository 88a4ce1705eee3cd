"""What the API shows of leads and money, and what it takes. Money is text with two decimals, no float."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from leadtrack.accounts.access import member_of
from leadtrack.deals.models import Deal, LossReason, Purchase, Stage
from leadtrack.deals.outcome import NOTE_LENGTH
from leadtrack.leads.models import Contact, Lead
from leadtrack.leads.personal import personal_token
from leadtrack.lib.money import format_cents, to_cents
from leadtrack.sources.models import Source


@extend_schema_field({"type": "string", "format": "decimal", "example": "1234.50"})
class CentsText(serializers.Field):
    """Cents as text in currency units, with two decimals. Only to read."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, **options)

    def to_representation(self, value: int) -> str:
        return format_cents(value)


@extend_schema_field({"type": "string", "nullable": True})
class PersonalText(serializers.Field):
    """Personal data: null for who may not see people."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, **options)

    def to_representation(self, value: Any) -> str | None:
        request = self.context.get("request")
        member = member_of(request) if request is not None else None
        return str(value) if member is not None and member.can("personal.read") else None


class PersonalToken(PersonalText):
    """What to put behind `lt_c=` in a link for a contact."""

    def to_representation(self, value: Contact) -> str | None:
        return super().to_representation(personal_token(value))


class SourceSerializer(serializers.ModelSerializer):
    class Meta:
        model = Source
        fields = (
            "channel", "source", "medium", "campaign", "campaign_id",
            "adgroup", "adgroup_id", "content", "ad_id", "term",
        )  # fmt: skip


class StageSerializer(serializers.ModelSerializer):
    class Meta:
        model = Stage
        fields = ("id", "name", "group")


class LossReasonSerializer(serializers.ModelSerializer):
    class Meta:
        model = LossReason
        fields = ("id", "name", "is_active")


class PurchaseSerializer(serializers.ModelSerializer):
    id = serializers.CharField(source="public_id", read_only=True)
    lead = serializers.CharField(source="deal.lead.public_id", read_only=True)
    amount = CentsText(source="revenue_cents")
    cost = CentsText(source="cost_cents")
    refund_of = serializers.CharField(
        source="refund_of.public_id", read_only=True, allow_null=True, default=None
    )
    note = PersonalText()

    class Meta:
        model = Purchase
        fields = (
            "id", "lead", "kind", "amount", "cost", "currency",
            "paid_on", "refund_of", "note", "logged_at", "voided_at",
        )  # fmt: skip


class LeadSerializer(serializers.ModelSerializer):
    """A lead with its deal: the row of a list."""

    id = serializers.CharField(source="lead.public_id", read_only=True)
    kind = serializers.ChoiceField(source="lead.kind", choices=Lead.Kind.choices, read_only=True)
    status = serializers.ChoiceField(source="lead.status", choices=Lead.Status.choices, read_only=True)
    captured_at = serializers.DateTimeField(source="lead.captured_at", read_only=True)
    day = serializers.DateField(source="lead.day", read_only=True)
    site = serializers.CharField(source="lead.site.name", read_only=True)
    contact = serializers.CharField(source="lead.contact.public_id", read_only=True)
    name = PersonalText(source="lead.name")
    phone = PersonalText(source="lead.phone")
    email = PersonalText(source="lead.email")
    message = PersonalText(source="lead.message")
    # The base class has an attribute of this name, but DRF takes declared fields out of the class.
    source = SourceSerializer(source="lead.source", read_only=True)  # type: ignore[assignment]
    stage = StageSerializer(read_only=True)
    outcome = serializers.ChoiceField(source="stage.group", choices=Stage.Group.choices, read_only=True)
    loss_reason = serializers.CharField(
        source="loss_reason.name", read_only=True, allow_null=True, default=None
    )
    owner = serializers.CharField(source="owner.get_username", read_only=True, allow_null=True, default=None)

    class Meta:
        model = Deal
        fields: Any = (
            "id", "kind", "status", "captured_at", "day", "site",
            "contact", "name", "phone", "email", "message",
            "source", "stage", "outcome", "loss_reason", "closed_on", "owner",
        )  # fmt: skip


class LeadDetailSerializer(LeadSerializer):
    """A lead with its deal and money."""

    lt_c = PersonalToken(
        source="lead.contact",
        help_text="For a link to the contact (?lt_c=…): whoever opens it is known again, on any device.",
    )
    purchases = PurchaseSerializer(many=True, read_only=True)

    class Meta(LeadSerializer.Meta):
        fields = (*LeadSerializer.Meta.fields, "lt_c", "purchases")


class PaymentSerializer(serializers.Serializer):
    """Money that came in (or, for a refund, went back: a positive amount, too)."""

    amount = serializers.DecimalField(max_digits=13, decimal_places=2)
    cost = serializers.DecimalField(max_digits=13, decimal_places=2, required=False, default=Decimal(0))
    currency = serializers.CharField(
        max_length=3, required=False, help_text="ISO 4217; the installation's own if left out."
    )
    paid_on = serializers.DateField()
    note = serializers.CharField(max_length=NOTE_LENGTH, required=False, default="", allow_blank=True)
    submission_key = serializers.CharField(
        max_length=200,
        required=False,
        help_text="Or the header Idempotency-Key. The same key again changes nothing.",
    )

    def payment(self, *, key: str) -> dict[str, Any]:
        """The arguments of `log_won` and `log_purchase`."""
        said: dict[str, Any] = self.validated_data
        paid_on: date = said["paid_on"]
        return {
            "revenue_cents": to_cents(said["amount"]),
            "cost_cents": to_cents(said["cost"]),
            "currency": said.get("currency") or settings.LEADTRACK_CURRENCY,
            "paid_on": paid_on,
            "note": said["note"],
            "submission_key": said.get("submission_key") or key,
        }


class RefundSerializer(PaymentSerializer):
    purchase = serializers.CharField(
        required=False, max_length=40, help_text="Id of the purchase that is given back."
    )


class LostSerializer(serializers.Serializer):
    reason = serializers.PrimaryKeyRelatedField(
        queryset=LossReason.objects.filter(is_active=True), help_text="Id of a loss reason."
    )
    lost_on = serializers.DateField()
