from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leadtrack.accounts.secrets import EncryptedTextField
from leadtrack.leads.models.connection import Connection
from leadtrack.leads.models.form import Form
from leadtrack.leads.models.inbox import InboxRow
from leadtrack.visits.models import Site


class Refusal(models.Model):
    """A request that a door sent away, kept for 30 days with its reason. A flood is only counted."""

    # An InboxRow.Door, or "twilio" for calls, or "" for an address that is no door.
    door = models.CharField(max_length=12, blank=True)
    # A code; the words and the fix are made when shown (leads/reasons.py).
    reason = models.CharField(max_length=40)
    status = models.PositiveSmallIntegerField()
    at = models.DateTimeField(default=timezone.now, db_index=True)
    connection = models.ForeignKey(Connection, models.SET_NULL, null=True, related_name="refusals")
    form = models.ForeignKey(Form, models.SET_NULL, null=True, related_name="refusals")
    site = models.ForeignKey(Site, models.SET_NULL, null=True, related_name="+")
    path = models.CharField(max_length=200)
    # The sender's network (the last part of the address is cut off): a pattern, not a person.
    network = models.CharField(max_length=45, blank=True)
    size = models.PositiveIntegerField()
    # Whether `kept` has all of the body.
    is_whole = models.BooleanField()
    # JSON of method, listed headers, query and body, encrypted: it may hold a person, and secrets.
    kept = EncryptedTextField(blank=True)
    # The lead that an admin made of it after all.
    taken_as = models.ForeignKey(InboxRow, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("refused request")
        verbose_name_plural = _("refused requests")
        indexes: ClassVar = [
            models.Index(fields=["door", "at"], name="lt_refusal_door_at"),
            models.Index(fields=["connection", "at"], name="lt_refusal_connection_at"),
        ]

    def __str__(self) -> str:
        return f"{self.door} {self.reason} {self.at:%Y-%m-%d %H:%M}"


class RefusalCount(models.Model):
    """How many requests a door sent away in an hour for a reason: exact, also where they were not kept."""

    hour = models.DateTimeField()
    door = models.CharField(max_length=12, blank=True)
    reason = models.CharField(max_length=40)
    count = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["hour", "door", "reason"], name="lt_refusal_count_once")
        ]

    def __str__(self) -> str:
        return f"{self.door} {self.reason}: {self.count}"
