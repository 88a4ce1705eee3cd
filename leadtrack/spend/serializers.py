from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from leadtrack.lib.money import format_cents
from leadtrack.spend.currencies import validate_currency
from leadtrack.spend.enter import validate_rate_day
from leadtrack.spend.models import AdAccount, Rate, RejectedRow, SpendRow, Statement

SMALLEST_RATE = Decimal("0.00000001")


@extend_schema_field({"type": "string", "format": "decimal", "example": "1234.50"})
class AmountField(serializers.IntegerField):
    """Cents in the database, a string with two decimals on the wire."""

    def to_representation(self, value: int) -> str:  # type: ignore[override]
        return format_cents(value)


class AdAccountSerializer(serializers.ModelSerializer):
    class Meta:
        model = AdAccount
        fields = ("id", "name", "system", "currency", "time_zone")


class StatementSerializer(serializers.ModelSerializer):
    """A load and what came of it. `totals`: the accepted cost by currency, as strings."""

    account = serializers.CharField(source="account.name")
    error = serializers.CharField(source="error_text")
    warnings = serializers.ListField(source="warning_texts", child=serializers.CharField())
    totals = serializers.DictField(child=serializers.CharField())

    class Meta:
        model = Statement
        fields = (
            *(
                "id",
                "account",
                "file_name",
                "format",
                "state",
                "error",
                "warnings",
                "rows_read",
                "rows_loaded",
            ),
            *("rows_replaced", "rows_rejected", "totals", "first_day", "last_day", "created_at"),
        )


class UploadSerializer(serializers.Serializer):
    """A statement to load: multipart, as a browser would send it."""

    account = serializers.CharField(max_length=100, help_text="Name of the ad account; made if new.")
    file = serializers.FileField()
    format = serializers.ChoiceField(choices=Statement.Format.choices, default=Statement.Format.AUTO)
    currency = serializers.CharField(max_length=3, required=False, default="", allow_blank=True)

    def validate_currency(self, value: str) -> str:
        code = value.upper()
        if code:
            validate_currency(code)
        return code

    def validate_file(self, value: Any) -> Any:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if most and value.size > most:
            raise serializers.ValidationError(f"The file is larger than {most} bytes.")
        return value


class RejectedRowSerializer(serializers.ModelSerializer):
    reason = serializers.CharField(source="reason_text")

    class Meta:
        model = RejectedRow
        fields = ("line", "reason", "raw")


class SpendRowSerializer(serializers.ModelSerializer):
    """One row of the books. Amounts are strings with two decimals, in `currency`."""

    account = serializers.CharField(source="item.account.name")
    level = serializers.CharField(source="item.level")
    # "source" is also an attribute of every serializer field, which the stubs know.
    source = serializers.CharField(source="item.source")  # type: ignore[assignment]
    medium = serializers.CharField(source="item.medium")
    campaign = serializers.CharField(source="item.campaign")
    campaign_id = serializers.CharField(source="item.campaign_id")
    net = AmountField(source="net_cents")
    vat = AmountField(source="vat_cents")
    fee = AmountField(source="fee_cents")

    class Meta:
        model = SpendRow
        fields = (
            *("id", "day", "account", "level", "source", "medium", "campaign", "campaign_id", "currency"),
            *("net", "vat", "fee", "clicks", "impressions", "statement"),
        )


class RateSerializer(serializers.ModelSerializer):
    """The price of one unit of a currency in the reporting currency."""

    day = serializers.DateField(validators=[validate_rate_day])
    rate = serializers.DecimalField(max_digits=18, decimal_places=8, min_value=SMALLEST_RATE)

    def validate_currency(self, value: str) -> str:
        if value == settings.LEADTRACK_CURRENCY:
            raise serializers.ValidationError(_("This is the currency of the reports: it needs no rate."))
        return value

    class Meta:
        model = Rate
        fields = ("id", "day", "currency", "rate", "origin")
        # The same day and currency again replaces the rate.
        validators: tuple[()] = ()
