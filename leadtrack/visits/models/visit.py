from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from leadtrack.sources.models import Source
from leadtrack.visits.models.site import Site


class Visitor(models.Model):
    """A browser, known by a first-party id. Not a person."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="visitors")
    key = models.CharField(max_length=64)
    first_seen_at = models.DateTimeField()

    class Meta:
        verbose_name = _("visitor")
        verbose_name_plural = _("visitors")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["site", "key"], name="lt_visitor_key_once_per_site")
        ]

    def __str__(self) -> str:
        return self.key


class Visit(models.Model):
    """One stay of a visitor on the site, with one marker: a touch of a path."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="visits")
    visitor = models.ForeignKey(Visitor, models.PROTECT, related_name="visits")
    source = models.ForeignKey(Source, models.PROTECT, related_name="visits")
    started_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    # The site's own calendar day of `started_at`.
    day = models.DateField()
    # Kept as they came (cut to the column), so that history can be classified again.
    landing_url = models.CharField(max_length=2048, blank=True)
    referrer = models.CharField(max_length=2048, blank=True)
    # Which rule of the channel table said so.
    rule = models.CharField(max_length=60)
    page_count = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        indexes: ClassVar = [
            models.Index(fields=["visitor", "-started_at"], name="lt_visit_of_visitor"),
            models.Index(fields=["day", "source"], name="lt_visit_day_source"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.started_at:%Y-%m-%d %H:%M}"
