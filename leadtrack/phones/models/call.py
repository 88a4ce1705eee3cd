from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from leadtrack.phones.dialable import DialableNumberField
from leadtrack.phones.models.carrier import CarrierAccount
from leadtrack.phones.models.number import Assignment, NumberQuerySet, TrackedNumber
from leadtrack.phones.models.pool import Lease
from leadtrack.sources.models import Source
from leadtrack.visits.models import Visit


class Call(models.Model):
    """One call to a tracked number, or from us to somebody who had called: ringing, answered or missed."""

    class Direction(models.TextChoices):
        IN = "in", _("Incoming")
        OUT = "out", _("Outgoing")

    class Status(models.TextChoices):
        RINGING = "ringing", _("Ringing")
        TALKING = "talking", _("Talking")
        ANSWERED = "answered", _("Answered")
        MISSED = "missed", _("Missed")
        ABANDONED = "abandoned", _("Hung up early")
        VOICEMAIL = "voicemail", _("Left a message")
        BLOCKED = "blocked", _("Blocked")

    class Match(models.TextChoices):
        STATIC = "static", _("By its number")
        VISIT = "visit", _("One visitor was shown the number")
        AMBIGUOUS = "ambiguous", _("Several visitors were shown the number")
        UNKNOWN = "unknown", _("Nobody was shown the number")

    class ToldBy(models.TextChoices):
        HOOK = "hook", _("The carrier, as it happened")
        LOG = "log", _("The carrier's list of calls")
        FILE = "file", _("A file")

    account = models.ForeignKey(CarrierAccount, models.PROTECT, related_name="calls")
    number = models.ForeignKey(TrackedNumber, models.PROTECT, related_name="calls")
    # The carrier's own id of the call: everything it tells later is joined by it.
    sid = models.CharField(max_length=64)
    direction = models.CharField(max_length=3, choices=Direction, default=Direction.IN)
    told_by = models.CharField(max_length=4, choices=ToldBy, default=ToldBy.HOOK)
    # A test call of ours: kept, never a lead.
    is_test = models.BooleanField(default=False)
    # What `callers.kinds_of` said of the caller, where who makes the call has asked. Not stored.
    known_kinds: frozenset[str] | None = None

    source = models.ForeignKey(Source, models.PROTECT, related_name="calls")
    match = models.CharField(max_length=10, choices=Match, default=Match.UNKNOWN)
    assignment = models.ForeignKey(Assignment, models.PROTECT, null=True, related_name="calls")
    # The visit of the one visitor who was shown the number.
    visit = models.ForeignKey(Visit, models.PROTECT, null=True, related_name="calls")
    lease = models.ForeignKey(Lease, models.PROTECT, null=True, related_name="calls")

    # E.164, or empty when the number was withheld. The other side, whoever called.
    caller = PhoneNumberField(blank=True)
    caller_as_sent = models.CharField(max_length=64, blank=True)
    # The carrier's word on whether the caller's number is genuine (STIR/SHAKEN).
    stir = models.CharField(max_length=40, blank=True)

    status = models.CharField(max_length=12, choices=Status, default=Status.RINGING)
    started_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    talk_seconds = models.PositiveIntegerField(null=True)
    # The phone that answered, and whose it is.
    answered_on = DialableNumberField(blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    # The site's own calendar day of `started_at`.
    day = models.DateField()

    # A target call (domain.md 3), as the rule says; a person's verdict wins.
    is_target = models.BooleanField(null=True)
    verdict = models.BooleanField(null=True)
    verdict_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    # What was said: from the carrier or typed.
    transcript = models.TextField(blank=True)
    # Since when a person lets the recording rest; None while it runs.
    recording_paused_at = models.DateTimeField(null=True)
    # What the carrier charged, positive; None until it has said.
    price_micros = models.BigIntegerField(null=True)
    price_currency = models.CharField(max_length=3, blank=True)

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "sid"], name="lt_call_sid_once_per_account")
        ]
        indexes: ClassVar = [
            models.Index(fields=["number", "-started_at"], name="lt_call_of_number"),
            models.Index(fields=["caller", "-started_at"], name="lt_call_of_caller"),
            models.Index(fields=["-started_at"], name="lt_call_going_on", condition=Q(ended_at=None)),
            models.Index(fields=["day", "number"], name="lt_call_day"),
            # The texts that a search looks through, latest first.
            models.Index(fields=["-started_at"], name="lt_call_transcribed", condition=~Q(transcript="")),
        ]

    def __str__(self) -> str:
        return f"{self.sid} {self.get_status_display()}"

    @property
    def is_target_call(self) -> bool:
        """As a person said, else as the rule says; a call that goes on is none yet."""
        return bool(self.is_target if self.verdict is None else self.verdict)

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


class CallCandidate(models.Model):
    """A visit that an ambiguous call may belong to, and how likely."""

    call = models.ForeignKey(Call, models.CASCADE, related_name="candidates")
    lease = models.ForeignKey(Lease, models.PROTECT, related_name="candidacies")
    visit = models.ForeignKey(Visit, models.PROTECT, related_name="+")
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    # Millionths; those of one call sum to exactly a million.
    share_ppm = models.PositiveIntegerField()
    # What speaks for it: seconds since the last sign, the page, tapped, copied. Nothing personal.
    evidence = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["call", "-share_ppm", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["call", "visit"], name="lt_call_candidate_once")
        ]

    def __str__(self) -> str:
        return f"{self.call_id} {self.visit_id} {self.share_ppm}"

    @property
    def share(self) -> Decimal:
        """How likely, from 0 to 1."""
        return Decimal(self.share_ppm) / 1_000_000


class Recording(models.Model):
    """A recorded talk or a message left: at the carrier, then in our storage, then deleted by rule."""

    class Kind(models.TextChoices):
        TALK = "talk", _("Talk")
        VOICEMAIL = "voicemail", _("Message")

    class State(models.TextChoices):
        WAITING = "waiting", _("To be fetched")
        STORED = "stored", _("Stored")
        ABSENT = "absent", _("The carrier has none")
        FAILED = "failed", _("Could not be fetched")
        DELETED = "deleted", _("Deleted")

    call = models.ForeignKey(Call, models.PROTECT, related_name="recordings")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.TALK)
    # The carrier's own id of it.
    sid = models.CharField(max_length=64)
    url = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    seconds = models.PositiveIntegerField(null=True)
    # Never public: played through a view that asks who listens.
    file = models.FileField(upload_to="recordings/%Y/%m/%d", blank=True)
    content_type = models.CharField(max_length=60, blank=True)
    told_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    stored_at = models.DateTimeField(null=True)
    # By the flow's rule of the day it was told.
    delete_on = models.DateField(null=True)
    deleted_at = models.DateTimeField(null=True)
    # The carrier's own copy is still to be deleted.
    leaves_carrier = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("recording")
        verbose_name_plural = _("recordings")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["call", "sid"], name="lt_recording_once_per_call")
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="lt_recording_due", condition=Q(state="waiting")),
            models.Index(fields=["delete_on"], name="lt_recording_to_delete", condition=Q(state="stored")),
            models.Index(fields=["due_at"], name="lt_recording_leaves", condition=Q(leaves_carrier=True)),
        ]

    def __str__(self) -> str:
        return self.sid


def with_calls(numbers: NumberQuerySet, now: datetime) -> QuerySet[TrackedNumber]:
    """Each number with `calls_7` and `calls_30` (incoming calls of the last days) and `last_call_at`."""
    calls = Call.objects.filter(number=OuterRef("pk"), direction=Call.Direction.IN).order_by("-started_at")
    return numbers.annotate(
        calls_7=_count(calls.filter(started_at__gte=now - timedelta(days=7))),
        calls_30=_count(calls.filter(started_at__gte=now - timedelta(days=30))),
        last_call_at=Subquery(calls.values("started_at")[:1]),
    )


def _count(calls: QuerySet[Call]) -> Coalesce:
    """How many calls, as a column of each number: only the days asked for are read."""
    counted = calls.order_by().values("number").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted), 0)
