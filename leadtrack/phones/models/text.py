import secrets
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from leadtrack.phones.models.call import Call
from leadtrack.phones.models.carrier import CarrierAccount
from leadtrack.phones.models.number import TrackedNumber


def new_text_key() -> str:
    """The key of a text that nobody's form gave one."""
    return secrets.token_hex(16)


class TextMessage(models.Model):
    """A text or WhatsApp message between one of our numbers and somebody's phone."""

    class Channel(models.TextChoices):
        SMS = "sms", "SMS"
        WHATSAPP = "whatsapp", "WhatsApp"

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        WAITING = "waiting", _("Waiting")
        ASKED = "asked", _("Asked")
        SENT = "sent", _("Sent")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Not delivered")
        STOPPED = "stopped", _("Not sent: they opted out")

    number = models.ForeignKey(TrackedNumber, models.PROTECT, related_name="messages")
    # The other side, E.164.
    phone = PhoneNumberField()
    channel = models.CharField(max_length=8, choices=Channel, default=Channel.SMS)
    is_inbound = models.BooleanField()
    body = models.TextField()
    state = models.CharField(max_length=10, choices=State)
    # The carrier's own id; empty until it has taken the message.
    sid = models.CharField(max_length=64, blank=True)
    # One per shown form, or the carrier's id of an inbound one: nothing is sent or kept twice.
    key = models.CharField(max_length=100, unique=True, default=new_text_key)
    # The missed call that it answers by itself.
    call = models.OneToOneField(Call, models.PROTECT, null=True, related_name="answer")
    error = models.CharField(max_length=300, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    made_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("text message")
        verbose_name_plural = _("text messages")
        indexes: ClassVar = [
            models.Index(fields=["phone", "-made_at"], name="lt_text_of_phone"),
            models.Index(
                fields=["due_at"], name="lt_text_due", condition=Q(state="waiting") | Q(state="asked")
            ),
            models.Index(fields=["sid"], name="lt_text_sid"),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.made_at:%Y-%m-%d %H:%M}"


class OptOut(models.Model):
    """Somebody wrote STOP to us: no texts until they write START."""

    account = models.ForeignKey(CarrierAccount, models.PROTECT, related_name="opt_outs")
    phone = PhoneNumberField()
    channel = models.CharField(max_length=8, choices=TextMessage.Channel, default=TextMessage.Channel.SMS)
    word = models.CharField(max_length=20, blank=True)
    since = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "phone", "channel"],
                condition=Q(ended_at=None),
                name="lt_one_open_opt_out",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.since:%Y-%m-%d}"
