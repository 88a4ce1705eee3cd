from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Count, F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from leadtrack.accounts.secrets import EncryptedTextField
from leadtrack.phones.dialable import DialableNumberField
from leadtrack.sources.models import Source
from leadtrack.visits.models import Site


class CarrierAccount(models.Model):
    """Our account at a carrier: whose signature we accept."""

    class Kind(models.TextChoices):
        TWILIO = "twilio", "Twilio"

    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("carrier"), max_length=20, choices=Kind, default=Kind.TWILIO)
    account_sid = models.CharField(_("account SID"), max_length=64, unique=True)
    auth_token = EncryptedTextField(
        _("auth token"), help_text=_("Kept encrypted; it checks that a call really comes from the carrier.")
    )

    class Meta:
        verbose_name = _("carrier account")
        verbose_name_plural = _("carrier accounts")

    def __str__(self) -> str:
        return self.name


class NumberQuerySet(QuerySet["TrackedNumber"]):
    """Tracked numbers, with what their page shows."""

    def with_source(self) -> "NumberQuerySet":
        """Each with `open_assignments`: a list of the assignment that holds now, or of none."""
        held = Assignment.objects.filter(ends_at=None).select_related("source")
        return self.prefetch_related(Prefetch("assignments", held, to_attr="open_assignments"))

    def with_calls(self, now: datetime) -> "NumberQuerySet":
        """Each with `calls_7` and `calls_30` (calls of the last days) and `last_call_at`."""
        calls = Call.objects.filter(number=OuterRef("pk")).order_by("-started_at")
        return self.annotate(
            calls_7=_count(calls.filter(started_at__gte=now - timedelta(days=7))),
            calls_30=_count(calls.filter(started_at__gte=now - timedelta(days=30))),
            last_call_at=Subquery(calls.values("started_at")[:1]),
        )


class TrackedNumber(models.Model):
    """A phone number whose calls tell the source. Static here: one source at a time, with its history."""

    number = DialableNumberField(_("number"), unique=True)
    account = models.ForeignKey(
        CarrierAccount, models.PROTECT, related_name="numbers", verbose_name=_("carrier account")
    )
    site = models.ForeignKey(Site, models.PROTECT, related_name="numbers", verbose_name=_("site"))
    forward_to = DialableNumberField(
        _("rings at"), help_text=_("The sales phone that calls are forwarded to.")
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = NumberQuerySet.as_manager()

    class Meta:
        verbose_name = _("tracked number")
        verbose_name_plural = _("tracked numbers")

    def __str__(self) -> str:
        return str(self.number)


class Assignment(models.Model):
    """Whose a static number was, and when. History: a late call finds the owner of its moment."""

    number = models.ForeignKey(TrackedNumber, models.PROTECT, related_name="assignments")
    source = models.ForeignKey(Source, models.PROTECT, related_name="assignments")
    starts_at = models.DateTimeField()
    # Exclusive; empty while it holds.
    ends_at = models.DateTimeField(null=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    assigned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["number"], condition=Q(ends_at=None), name="lt_one_open_assignment_per_number"
            ),
            models.UniqueConstraint(fields=["number", "starts_at"], name="lt_assignment_starts_once"),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="lt_assignment_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} → {self.source}"


class Call(models.Model):
    """One incoming call to a tracked number: ringing, answered or missed, talk seconds."""

    class Status(models.TextChoices):
        RINGING = "ringing", _("Ringing")
        TALKING = "talking", _("Talking")
        ANSWERED = "answered", _("Answered")
        MISSED = "missed", _("Missed")
        ABANDONED = "abandoned", _("Hung up early")

    account = models.ForeignKey(CarrierAccount, models.PROTECT, related_name="calls")
    number = models.ForeignKey(TrackedNumber, models.PROTECT, related_name="calls")
    # The carrier's own id of the call: everything it tells later is joined by it.
    sid = models.CharField(max_length=64)
    source = models.ForeignKey(Source, models.PROTECT, related_name="calls")
    assignment = models.ForeignKey(Assignment, models.PROTECT, null=True, related_name="calls")
    # E.164, or empty when the number was withheld.
    caller = PhoneNumberField(blank=True, db_index=True)
    caller_as_sent = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.RINGING)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    talk_seconds = models.PositiveIntegerField(null=True)
    # The site's own calendar day of `started_at`.
    day = models.DateField()

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "sid"], name="lt_call_sid_once_per_account")
        ]
        indexes: ClassVar = [models.Index(fields=["number", "-started_at"], name="lt_call_of_number")]

    def __str__(self) -> str:
        return f"{self.sid} {self.get_status_display()}"

    @property
    def is_withheld(self) -> bool:
        """The caller hid the number: such a call is a lead of its own, never a shared contact."""
        return not self.caller


class CallEvent(models.Model):
    """What the carrier told about a call, as it came; the key makes a repeated message harmless."""

    call = models.ForeignKey(Call, models.PROTECT, related_name="events")
    key = models.CharField(max_length=150)
    payload = models.JSONField()
    received_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["call", "key"], name="lt_call_event_once")]

    def __str__(self) -> str:
        return self.key


def _count(calls: "QuerySet[Call]") -> Coalesce:
    """How many calls, as a column of each number: only the days asked for are read."""
    counted = calls.order_by().values("number").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted), 0)
