from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class IssuedLink(models.Model):
    """A tagged link that somebody made here and gave out: who, when, what for."""

    URL_LENGTH = 2048

    url = models.CharField(_("link"), max_length=URL_LENGTH)
    # Which ready-made form it was made with (sources.links knows them).
    template = models.CharField(_("kind"), max_length=20)
    # What the link says, as a visit from it would be read.
    channel = models.CharField(_("channel"), max_length=60)
    source = models.CharField(_("source"), max_length=255, blank=True)
    medium = models.CharField(_("medium"), max_length=255, blank=True)
    campaign = models.CharField(_("campaign"), max_length=255, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    issued_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("issued link")
        verbose_name_plural = _("issued links")

    def __str__(self) -> str:
        return self.url
