from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leadtrack.phones.dialable import DialableNumberField


class ListedCaller(models.Model):
    """A caller whom we know not to be a customer: blocked, or one of our own phones."""

    class Kind(models.TextChoices):
        BLOCKED = "blocked", _("Blocked")
        OWN = "own", _("One of us")

    phone = DialableNumberField(_("phone"), unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    note = models.CharField(_("note"), max_length=200, blank=True)
    listed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    listed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("listed caller")
        verbose_name_plural = _("listed callers")

    def __str__(self) -> str:
        # Not the phone: these words go into the audit trail.
        return f"{self.get_kind_display()} {self.listed_at:%Y-%m-%d}"
