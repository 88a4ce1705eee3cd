from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from leadtrack.visits.models.site import Site


class ConsentDay(models.Model):
    """How many pages of a site were looked at on a day without consent. A number: no browser, no address."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="consent_days", db_index=False)
    day = models.DateField()
    page_count = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("day without consent")
        verbose_name_plural = _("days without consent")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["site", "day"], name="lt_consent_day_once_per_site")
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.page_count}"
