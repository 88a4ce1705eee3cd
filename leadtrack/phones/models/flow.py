from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leadtrack.accounts.models import Member, Team
from leadtrack.phones.dialable import DialableNumberField


class CallFlow(models.Model):
    """What a caller hears and who rings, in which order; the same for all numbers that use it."""

    class Ring(models.TextChoices):
        TOGETHER = "together", _("All at once")
        IN_TURN = "in_turn", _("One after another")

    class Otherwise(models.TextChoices):
        VOICEMAIL = "voicemail", _("Voicemail")
        FORWARD = "forward", _("Forward to another phone")
        SAY = "say", _("Say it and hang up")

    name = models.CharField(_("name"), max_length=100, unique=True)
    # Of the texts, where a number has no language of its own.
    language = models.CharField(_("language"), max_length=10, default="en-US")
    is_recorded = models.BooleanField(_("record talks"), default=False)
    keeps_days = models.PositiveSmallIntegerField(
        _("keep recordings, days"), default=90, validators=[MinValueValidator(1), MaxValueValidator(3650)]
    )
    empties_carrier = models.BooleanField(
        _("delete recordings at the carrier once they are here"), default=False
    )
    asks_last_manager = models.BooleanField(_("ring first who spoke with this caller last"), default=False)
    ring = models.CharField(_("ring"), max_length=10, choices=Ring, default=Ring.TOGETHER)
    ring_seconds = models.PositiveSmallIntegerField(
        _("ring for, seconds"), default=20, validators=[MinValueValidator(5), MaxValueValidator(120)]
    )
    whispers = models.BooleanField(
        _("whisper the source to who answers"), default=False, help_text=_("“Instagram, repeat customer”.")
    )
    needs_key = models.BooleanField(
        _("press 1 to accept"),
        default=False,
        help_text=_("So that the mailbox of a mobile phone does not count as an answer."),
    )
    on_no_answer = models.CharField(
        _("nobody answers"), max_length=10, choices=Otherwise, default=Otherwise.SAY
    )
    on_busy = models.CharField(_("all are busy"), max_length=10, choices=Otherwise, default=Otherwise.SAY)
    on_closed = models.CharField(
        _("outside working hours"), max_length=10, choices=Otherwise, default=Otherwise.SAY
    )
    forward_to = DialableNumberField(_("forward to"), blank=True)
    voicemail_seconds = models.PositiveSmallIntegerField(
        _("longest message, seconds"), default=120, validators=[MinValueValidator(10), MaxValueValidator(600)]
    )
    texts_missed = models.BooleanField(_("text a caller whom we missed"), default=False)

    class Meta:
        verbose_name = _("call flow")
        verbose_name_plural = _("call flows")

    def __str__(self) -> str:
        return self.name


class FlowText(models.Model):
    """What the caller hears, in one language."""

    flow = models.ForeignKey(CallFlow, models.CASCADE, related_name="texts")
    # As TwiML writes it: "ru-RU".
    language = models.CharField(_("language"), max_length=10)
    greeting = models.TextField(_("greeting"), blank=True, max_length=2000)
    consent = models.TextField(_("that the talk is recorded"), blank=True, max_length=1000)
    no_answer = models.TextField(_("when nobody answers"), blank=True, max_length=1000)
    busy = models.TextField(_("when all are busy"), blank=True, max_length=1000)
    closed = models.TextField(_("outside working hours"), blank=True, max_length=1000)
    missed_text = models.TextField(_("text message to who was missed"), blank=True, max_length=480)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["flow", "language"], name="lt_flow_text_once_per_language")
        ]

    def __str__(self) -> str:
        return f"{self.flow_id} {self.language}"


class FlowLine(models.Model):
    """Somebody who rings: a phone, a member's phone, or everybody of a team. In their order."""

    flow = models.ForeignKey(CallFlow, models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    phone = DialableNumberField(_("phone"), blank=True)
    member = models.ForeignKey(Member, models.CASCADE, null=True, blank=True, related_name="+")
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=(~Q(phone="") & Q(member=None, team=None))
                | Q(phone="", member__isnull=False, team=None)
                | Q(phone="", member=None, team__isnull=False),
                name="lt_flow_line_is_one_thing",
            )
        ]

    def __str__(self) -> str:
        return f"{self.flow_id} {self.position}"


class FlowHours(models.Model):
    """Working hours of a weekday in the time of the number's site; a flow without any is always open."""

    flow = models.ForeignKey(CallFlow, models.CASCADE, related_name="hours")
    # Monday is 0.
    weekday = models.PositiveSmallIntegerField(validators=[MaxValueValidator(6)])
    opens_at = models.TimeField(_("from"))
    # Exclusive; midnight at the end of the day is written 00:00.
    closes_at = models.TimeField(_("until"))

    class Meta:
        ordering: ClassVar = ["weekday", "opens_at"]

    def __str__(self) -> str:
        return f"{self.flow_id} {self.weekday} {self.opens_at}-{self.closes_at}"


class FlowHoliday(models.Model):
    """A day that is closed, or has hours of its own."""

    flow = models.ForeignKey(CallFlow, models.CASCADE, related_name="holidays")
    day = models.DateField(_("day"))
    name = models.CharField(_("name"), max_length=100, blank=True)
    opens_at = models.TimeField(_("from"), null=True, blank=True)
    closes_at = models.TimeField(_("until"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["day"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["flow", "day"], name="lt_flow_holiday_once_per_day")
        ]

    def __str__(self) -> str:
        return f"{self.flow_id} {self.day}"
