from datetime import date
from typing import Any, ClassVar, Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from leadtrack.lib.money import to_amount
from leadtrack.spend.currencies import validate_currency
from leadtrack.spend.reasons import reason_text
from leadtrack.spend.zones import validate_time_zone


def stored_name(statement: "Statement", file_name: str) -> str:
    """Where a statement file is kept: a name of our own, so that nobody's file name reaches the disk."""
    return f"spend/{uuid4().hex}"


class AdAccount(models.Model):
    """Who bills us: an account of an ad system, or any list of costs that is kept apart."""

    class System(models.TextChoices):
        GOOGLE_ADS = "google_ads", _("Google Ads")
        META = "meta", _("Meta")
        YANDEX_DIRECT = "yandex_direct", _("Yandex Direct")
        VK = "vk", _("VK Ads")
        MICROSOFT = "microsoft", _("Microsoft Advertising")
        GENERIC = "generic", _("Other")

    name = models.CharField(_("name"), max_length=100, unique=True)
    system = models.CharField(_("ad system"), max_length=20, choices=System, default=System.GENERIC)
    # For files that do not say their currency; blank: such files are refused row by row.
    currency = models.CharField(
        _("currency"),
        max_length=3,
        blank=True,
        validators=[validate_currency],
        help_text=_("For files that name none."),
    )
    # Days of its statements are days of this zone. Kept beside them, never converted.
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[validate_time_zone]
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("ad account")
        verbose_name_plural = _("ad accounts")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Statement(models.Model):
    """One load of one file of costs: the work to do, how far it got, and what came of it."""

    class Format(models.TextChoices):
        AUTO = "auto", _("Recognise by itself")
        GOOGLE_ADS = "google_ads", _("Google Ads report")
        GENERIC = "generic", _("Any table with a header")

    class State(models.TextChoices):
        NEW = "new", _("Waiting")
        LOADING = "loading", _("Loading")
        DONE = "done", _("Loaded")
        FAILED = "failed", _("Not loaded")

    account = models.ForeignKey(AdAccount, models.PROTECT, related_name="statements")
    file = models.FileField(_("file"), upload_to=stored_name)
    file_name = models.CharField(_("file name"), max_length=255)
    sha256 = models.CharField(max_length=64, db_index=True)
    format = models.CharField(_("format"), max_length=20, choices=Format, default=Format.AUTO)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.NEW)
    error = models.CharField(max_length=40, blank=True)
    error_params = models.JSONField(default=dict, blank=True)
    rows_read = models.PositiveIntegerField(_("rows read"), default=0)
    rows_loaded = models.PositiveIntegerField(_("rows loaded"), default=0)
    rows_replaced = models.PositiveIntegerField(_("rows replaced"), default=0)
    rows_rejected = models.PositiveIntegerField(_("rows rejected"), default=0)
    days_done = models.PositiveIntegerField(default=0)
    days_total = models.PositiveIntegerField(default=0)
    # {"EUR": "123.45"}: the cost of all accepted rows.
    totals = models.JSONField(default=dict, blank=True)
    first_day = models.DateField(_("first day"), null=True, blank=True)
    last_day = models.DateField(_("last day"), null=True, blank=True)
    # [{"code": ..., "params": {...}}]: words come from `reasons` in the reader's language.
    warnings = models.JSONField(default=list, blank=True)
    loaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("loaded by"),
    )
    created_at = models.DateTimeField(_("loaded at"), auto_now_add=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [models.Index(fields=["state", "created_at"], name="lt_statement_due")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")), name="lt_statement_days_in_order"
            ),
            models.CheckConstraint(
                condition=Q(rows_replaced__lte=F("rows_loaded")), name="lt_statement_replaced_within_loaded"
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_finished(self) -> bool:
        return self.state in (self.State.DONE, self.State.FAILED)

    @property
    def error_text(self) -> str:
        """Why it was not loaded, in the reader's language; empty when it was."""
        return reason_text(self.error, self.error_params) if self.error else ""

    @property
    def warning_texts(self) -> list[str]:
        return [reason_text(warning["code"], warning["params"]) for warning in self.warnings]

    @property
    def total_cents(self) -> dict[str, int]:
        """The accepted cost by currency, in cents."""
        return {currency: int(amount.replace(".", "")) for currency, amount in sorted(self.totals.items())}


class RejectedRow(models.Model):
    """A line of a statement that could not be read, with the reason in a form that can be translated."""

    RAW_LENGTH = 500

    statement = models.ForeignKey(Statement, models.CASCADE, related_name="rejected_rows")
    line = models.PositiveIntegerField(_("line"))
    reason = models.CharField(_("reason"), max_length=40)
    params = models.JSONField(default=dict, blank=True)
    raw = models.CharField(_("as it stands in the file"), max_length=RAW_LENGTH, blank=True)

    class Meta:
        verbose_name = _("rejected row")
        verbose_name_plural = _("rejected rows")
        ordering: ClassVar = ["line"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["statement", "line"], name="lt_rejected_row_line")
        ]

    def __str__(self) -> str:
        return f"{self.line}: {self.reason_text}"

    @property
    def reason_text(self) -> str:
        return reason_text(self.reason, self.params)


class SpendItem(models.Model):
    """What was paid for: one campaign, ad, keyword … of one account as its statements name it."""

    class Level(models.TextChoices):
        SOURCE = "source", _("Source")
        CAMPAIGN = "campaign", _("Campaign")
        ADGROUP = "adgroup", _("Ad group")
        AD = "ad", _("Ad")
        KEYWORD = "keyword", _("Keyword")

    NAME_LENGTH = 255
    ID_LENGTH = 100

    account = models.ForeignKey(AdAccount, models.PROTECT, related_name="items")
    # The finest column of the statement that brought it: with account and day it names the slice of
    # the books that a later statement replaces.
    level = models.CharField(_("level"), max_length=10, choices=Level)
    # SHA-256 (hex) of the level and all the columns below.
    key = models.CharField(max_length=64)
    source = models.CharField(_("source"), max_length=NAME_LENGTH, blank=True)
    medium = models.CharField(_("medium"), max_length=NAME_LENGTH, blank=True)
    campaign = models.CharField(_("campaign"), max_length=NAME_LENGTH, blank=True)
    campaign_id = models.CharField(_("campaign id"), max_length=ID_LENGTH, blank=True)
    adgroup = models.CharField(_("ad group"), max_length=NAME_LENGTH, blank=True)
    adgroup_id = models.CharField(_("ad group id"), max_length=ID_LENGTH, blank=True)
    ad = models.CharField(_("ad"), max_length=NAME_LENGTH, blank=True)
    ad_id = models.CharField(_("ad id"), max_length=ID_LENGTH, blank=True)
    keyword = models.CharField(_("keyword"), max_length=NAME_LENGTH, blank=True)
    device = models.CharField(_("device"), max_length=NAME_LENGTH, blank=True)

    class Meta:
        verbose_name = _("spend item")
        verbose_name_plural = _("spend items")
        constraints: ClassVar = [models.UniqueConstraint(fields=["account", "key"], name="lt_spend_item_key")]

    def __str__(self) -> str:
        names = (
            self.source,
            self.campaign or self.campaign_id,
            self.adgroup or self.adgroup_id,
            self.ad or self.ad_id,
            self.keyword,
        )
        return " / ".join(name for name in names if name)


class SpendRowQuerySet(models.QuerySet["SpendRow"]):
    def on(self, day: date) -> Self:
        """What was paid on this day of the ad account."""
        return self.filter(day=day)

    def between(self, first: date, last: date) -> Self:
        """What was paid from the first day to the last, both included."""
        return self.filter(day__gte=first, day__lte=last)

    def of_account(self, account: AdAccount) -> Self:
        return self.filter(item__account=account)

    def totals(self) -> list[dict[str, Any]]:
        """[{"currency", "net_cents", "vat_cents", "fee_cents", "clicks", "impressions"}], by currency."""
        sums = {
            name: models.Sum(name)
            for name in ("net_cents", "vat_cents", "fee_cents", "clicks", "impressions")
        }
        return list(self.order_by("currency").values("currency").annotate(**sums))


class SpendRow(models.Model):
    """Money out for one item on one day, in one currency. Whatever row is here is in the books."""

    item = models.ForeignKey(SpendItem, models.PROTECT, related_name="rows")
    day = models.DateField(_("day"))
    currency = models.CharField(_("currency"), max_length=3)
    net_cents = models.BigIntegerField(_("net"))
    vat_cents = models.BigIntegerField(_("VAT"), default=0)
    fee_cents = models.BigIntegerField(_("agency fee"), default=0)
    clicks = models.BigIntegerField(_("clicks"), default=0)
    impressions = models.BigIntegerField(_("impressions"), default=0)
    statement = models.ForeignKey(Statement, models.PROTECT, related_name="rows")

    objects: ClassVar = SpendRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("spend row")
        verbose_name_plural = _("spend rows")
        indexes: ClassVar = [models.Index(fields=["day"], name="lt_spend_row_day")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["item", "day", "currency"], name="lt_spend_row_slot"),
            models.CheckConstraint(
                condition=Q(clicks__gte=0, impressions__gte=0), name="lt_spend_row_counts"
            ),
            models.CheckConstraint(condition=~Q(currency=""), name="lt_spend_row_has_currency"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {to_amount(self.net_cents)} {self.currency}"


class Rate(models.Model):
    """The price of one unit of a currency in the reporting currency, from this day on (a week at most)."""

    day = models.DateField(_("day"))
    currency = models.CharField(_("currency"), max_length=3, validators=[validate_currency])
    rate = models.DecimalField(_("rate"), max_digits=18, decimal_places=8)
    origin = models.CharField(_("where it is from"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("currency rate")
        verbose_name_plural = _("currency rates")
        ordering: ClassVar = ["-day", "currency"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["day", "currency"], name="lt_rate_day_currency"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="lt_rate_above_zero"),
            models.CheckConstraint(condition=~Q(currency=""), name="lt_rate_has_currency"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.currency} {self.rate}"
