from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Reclassification(models.Model):
    """The work of reading all of history again with today's rules and aliases: how far it is, what it moved.

    It goes through the holders of sources (`sources.holders`) one after the other, each by rising id. The
    place it has reached is stored together with what was written, so whoever is killed loses nothing.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OPEN)
    # The rules and aliases it reads with (Rulebook.stamp): when they change meanwhile, it begins again.
    stamp = models.CharField(max_length=64)
    # Name of the holder that is being read, and the last id that was.
    holder = models.CharField(max_length=20, blank=True)
    after = models.BigIntegerField(default=0)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True)
    # {holder: {channel: count}} of what was read so far, as it stood and as it stands.
    before = models.JSONField(default=dict)
    after_counts = models.JSONField(default=dict)
    # {holder: count} of what got another source.
    moved = models.JSONField(default=dict)
    error = models.CharField(max_length=200, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    # Nobody works on it beyond this moment: another worker may.
    due_at = models.DateTimeField(default=timezone.now)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    started_at = models.DateTimeField(auto_now_add=True)
    # When the rules it reads with were first seen: pages that were read with older ones may still come in.
    rules_since = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("re-classification")
        verbose_name_plural = _("re-classifications")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="open"), name="lt_one_open_reclassification"
            )
        ]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M} {self.state}"

    @property
    def percent(self) -> int:
        """How much of it is done, 0 to 100."""
        if self.state == self.State.DONE:
            return 100
        return min(99, self.done * 100 // self.total) if self.total else 0
