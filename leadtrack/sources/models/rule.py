from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ChannelRule(models.Model):
    """A channel rule of this installation. Tried in order, before the published table; all conditions hold.

    A removed rule stays, so that removing can be undone and old visits can say which rule placed them.
    """

    CHANNEL_LENGTH = 60

    name = models.CharField(_("name"), max_length=100)
    # [{"field": source|medium|campaign|content|term, "how": …, "value": text}]: sources.custom reads them.
    conditions = models.JSONField(_("conditions"))
    channel = models.CharField(_("channel"), max_length=CHANNEL_LENGTH)
    position = models.PositiveIntegerField(_("place"), default=0)
    is_active = models.BooleanField(_("switched on"), default=True)
    removed_at = models.DateTimeField(null=True, editable=False)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("channel rule")
        verbose_name_plural = _("channel rules")
        indexes: ClassVar = [
            models.Index(
                fields=["position", "id"], condition=Q(removed_at=None), name="lt_channel_rule_order"
            )
        ]

    def __str__(self) -> str:
        return self.name
