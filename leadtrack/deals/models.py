import secrets
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from leadtrack.deals.querysets import DealQuerySet, PurchaseQuerySet, StageQuerySet
from leadtrack.leads.models import Lead
from leadtrack.phones.models import Call


def new_purchase_id() -> str:
    """A public id that cannot be guessed or counted."""
    return "pu_" + secrets.token_hex(11)


class Stage(models.Model):
    """A step of the pipeline. Its group says what it means for the books."""

    class Group(models.TextChoices):
        IN_WORK = "in_work", _("In work")
        WON = "won", _("Won")
        LOST = "lost", _("Lost")
        NOT_COUNTED = "not_counted", _("Not counted")

    name = models.CharField(_("name"), max_length=60)
    group = models.CharField(_("group"), max_length=12, choices=Group)
    position = models.PositiveSmallIntegerField(_("position"), unique=True)

    objects = StageQuerySet.as_manager()

    class Meta:
        verbose_name = _("stage")
        verbose_name_plural = _("stages")
        ordering: ClassVar = ["position"]

    def __str__(self) -> str:
        # The stages that we ship are translated (`defaults`); a firm's own stay as they were written.
        return gettext(self.name) if self.name else ""


class LossReason(models.Model):
    """Why a deal was lost."""

    name = models.CharField(_("reason"), max_length=100, unique=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("loss reason")
        verbose_name_plural = _("loss reasons")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return gettext(self.name) if self.name else ""


class Deal(models.Model):
    """The sale a lead may become. Every lead has one, and it belongs to somebody."""

    lead = models.OneToOneField(Lead, models.PROTECT, related_name="deal")
    stage = models.ForeignKey(Stage, models.PROTECT, related_name="deals", verbose_name=_("stage"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("responsible"),
    )
    loss_reason = models.ForeignKey(LossReason, models.PROTECT, null=True, related_name="deals")
    opened_at = models.DateTimeField(default=timezone.now)
    # When the contact last asked: the lead itself, or a repeat enquiry about this deal. Inboxes go by it.
    asked_at = models.DateTimeField(default=timezone.now)
    # The day it was won or lost, as sales dates it (the site's calendar).
    closed_on = models.DateField(null=True)

    objects = DealQuerySet.as_manager()

    class Meta:
        verbose_name = _("deal")
        verbose_name_plural = _("deals")
        indexes: ClassVar = [
            models.Index(fields=["owner", "-id"], name="lt_deal_of_owner"),
            models.Index(fields=["closed_on"], name="lt_deal_closed_on"),
            models.Index(fields=["-asked_at", "-id"], name="lt_deal_asked"),
            models.Index(fields=["owner", "-asked_at", "-id"], name="lt_deal_asked_of_owner"),
        ]

    def __str__(self) -> str:
        return f"Deal {self.pk}"

    @property
    def is_won(self) -> bool:
        """Won, with money behind it."""
        return self.stage.group == Stage.Group.WON

    @property
    def is_in_work(self) -> bool:
        """Still to be won or lost."""
        return self.stage.group == Stage.Group.IN_WORK

    @property
    def is_lost(self) -> bool:
        """Lost, with a reason."""
        return self.stage.group == Stage.Group.LOST


class Purchase(models.Model):
    """Money that came in for a deal: first, repeat, or a refund (negative).

    Amounts are hundredths of the currency's unit. A mistaken one is voided, never deleted.
    """

    class Kind(models.TextChoices):
        FIRST = "first", _("First purchase")
        REPEAT = "repeat", _("Repeat purchase")
        REFUND = "refund", _("Refund")

    public_id = models.CharField(max_length=40, unique=True, default=new_purchase_id)
    deal = models.ForeignKey(Deal, models.PROTECT, related_name="purchases")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    revenue_cents = models.BigIntegerField(_("amount"))
    cost_cents = models.BigIntegerField(_("cost of goods"), default=0)
    currency = models.CharField(_("currency"), max_length=3)
    paid_on = models.DateField(_("paid on"), db_index=True)
    refund_of = models.ForeignKey("self", models.PROTECT, null=True, related_name="refunds")
    note = models.CharField(_("note"), max_length=200, blank=True)
    # One key per shown form: a double click is one purchase.
    submission_key = models.CharField(max_length=64, unique=True)
    logged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    logged_at = models.DateTimeField(default=timezone.now)
    voided_at = models.DateTimeField(null=True)

    objects = PurchaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("purchase")
        verbose_name_plural = _("purchases")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=(Q(kind="refund") & Q(revenue_cents__lt=0))
                | (~Q(kind="refund") & Q(revenue_cents__gt=0)),
                name="lt_purchase_sign_follows_kind",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def margin_cents(self) -> int:
        """Revenue less cost of goods, hundredths of the currency's unit."""
        return self.revenue_cents - self.cost_cents


class DealEvent(models.Model):
    """What happened to a deal, in order; only ever added to."""

    class Kind(models.TextChoices):
        OPENED = "opened", _("Lead arrived")
        ASSIGNED = "assigned", _("Given to")
        MOVED = "moved", _("Moved to stage")
        WON = "won", _("Won")
        LOST = "lost", _("Lost")
        REOPENED = "reopened", _("Reopened")
        PURCHASE = "purchase", _("Repeat purchase")
        REFUND = "refund", _("Refund")
        VOIDED = "voided", _("Purchase voided")
        NOTE = "note", _("Note")
        STATUS = "status", _("Lead status changed")
        REPEAT = "repeat", _("Repeat enquiry")
        SPLIT = "split", _("Repeat enquiry made a lead of its own")
        MISSED = "missed", _("Missed call, to be called back")
        RECALLED = "recalled", _("Missed caller")

    deal = models.ForeignKey(Deal, models.PROTECT, related_name="events")
    kind = models.CharField(max_length=10, choices=Kind)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    # What the words need: names, ids, amounts in cents. Never phones or e-mails; but a note is its text.
    details = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("deal event")
        verbose_name_plural = _("deal events")
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.deal_id} {self.kind}"


class CallBack(models.Model):
    """A missed caller to be called back. Recovered when somebody did, or when they called again."""

    class How(models.TextChoices):
        CALLED_BACK = "called_back", _("We called back")
        CALLED_AGAIN = "called_again", _("They called again")
        BY_HAND = "by_hand", _("Somebody said so")
        NOT_NEEDED = "not_needed", _("Not needed")

    deal = models.ForeignKey(Deal, models.PROTECT, related_name="call_backs")
    # The missed call.
    call = models.OneToOneField(Call, models.PROTECT, related_name="call_back")
    # Twenty minutes of working time after the call was missed (domain.md 3).
    due_at = models.DateTimeField()
    made_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    how = models.CharField(max_length=12, choices=How, blank=True)
    # The call that did it, where we know it.
    answer = models.ForeignKey(Call, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("call to make")
        verbose_name_plural = _("calls to make")
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="lt_call_back_open", condition=Q(done_at=None)),
            models.Index(fields=["deal"], name="lt_call_back_of_deal", condition=Q(done_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.deal_id} {self.due_at:%Y-%m-%d %H:%M}"

    @property
    def is_recovered(self) -> bool:
        """Called back, or calling again, in time."""
        made_good = {self.How.CALLED_BACK, self.How.CALLED_AGAIN, self.How.BY_HAND}
        return self.done_at is not None and self.how in made_good and self.done_at <= self.due_at
