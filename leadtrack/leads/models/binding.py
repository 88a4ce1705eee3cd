from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leadtrack.leads.models.lead import Lead
from leadtrack.visits.models import Visit


class Binding(models.Model):
    """A person said which visit a lead came from; with what it takes to undo that exactly."""

    class How(models.TextChoices):
        CODE = "code", _("Promo code")
        HAND = "hand", _("By hand")

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="bindings")
    visit = models.ForeignKey(Visit, models.PROTECT, related_name="+")
    how = models.CharField(max_length=8, choices=How)
    code = models.CharField(max_length=16, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    # {"source": id, "visit": id or null, "steps": [receipt], "added_key": bool}: the lead as it was.
    before = models.JSONField()
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("binding")
        verbose_name_plural = _("bindings")
        indexes: ClassVar = [
            models.Index(fields=["lead"], condition=Q(undone_at=None), name="lt_binding_in_force")
        ]

    def __str__(self) -> str:
        return f"{self.lead_id} → {self.visit_id}"
