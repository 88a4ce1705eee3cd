from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Source(models.Model):
    """One distinct normalised marker with its channel: visits, calls, leads and spend all point here.

    Rows are written by `sources.register` alone and never change, except that `has_touches` turns true
    when a person first comes from it (a source may be known from spend before that).
    """

    NAME_LENGTH = 255
    ID_LENGTH = 100

    # SHA-256 (hex) of the normalised columns below: the one unique index a look-up needs.
    key = models.CharField(max_length=64, unique=True)
    channel = models.CharField(_("channel"), max_length=60)
    source = models.CharField(_("source"), max_length=NAME_LENGTH, blank=True)
    medium = models.CharField(_("medium"), max_length=NAME_LENGTH, blank=True)
    campaign = models.CharField(_("campaign"), max_length=NAME_LENGTH, blank=True)
    campaign_id = models.CharField(_("campaign id"), max_length=ID_LENGTH, blank=True)
    adgroup = models.CharField(_("ad group"), max_length=NAME_LENGTH, blank=True)
    adgroup_id = models.CharField(_("ad group id"), max_length=ID_LENGTH, blank=True)
    content = models.CharField(_("ad or content"), max_length=NAME_LENGTH, blank=True)
    ad_id = models.CharField(_("ad id"), max_length=ID_LENGTH, blank=True)
    term = models.CharField(_("keyword or term"), max_length=NAME_LENGTH, blank=True)
    has_touches = models.BooleanField(_("people came from it"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        indexes: ClassVar = [
            models.Index(fields=["channel", "source", "campaign"], name="lt_source_tree"),
            models.Index(fields=["campaign_id"], name="lt_source_campaign_id"),
        ]

    def __str__(self) -> str:
        return " / ".join(part for part in (self.channel, self.source, self.campaign) if part)
