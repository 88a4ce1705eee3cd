from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leadtrack.leads.models.lead import Lead


class SpamVerdict(models.Model):
    """How much a lead looked like spam when it came, why, and what a person said of it since."""

    class Said(models.TextChoices):
        SPAM = "spam", _("Spam")
        NOT_SPAM = "not_spam", _("Not spam")

    lead = models.OneToOneField(Lead, models.CASCADE, related_name="spam_verdict")
    score = models.PositiveIntegerField(default=0)
    # The site's threshold at that moment; empty where only a person judged.
    threshold = models.PositiveSmallIntegerField(null=True)
    # [{"rule": code, "points": n, "evidence": {…}}], heaviest first; words are made when shown.
    reasons = models.JSONField(default=list)
    # What makes a message the same message, and an address the same address; empty where there is none.
    message_key = models.CharField(max_length=64, blank=True)
    sender_key = models.CharField(max_length=64, blank=True)
    made_at = models.DateTimeField(default=timezone.now)
    # A person's word wins over the score.
    said = models.CharField(max_length=8, choices=Said, blank=True)
    said_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    said_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("spam verdict")
        verbose_name_plural = _("spam verdicts")
        indexes: ClassVar = [
            # Whole ones: SQLite uses no partial index for a value that is bound to the query.
            models.Index(fields=["message_key", "made_at"], name="lt_spam_same_text"),
            models.Index(fields=["sender_key", "made_at"], name="lt_spam_same_from"),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id}: {self.score}"
