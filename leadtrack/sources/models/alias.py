from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leadtrack.sources.models.source import Source


class SourceAlias(models.Model):
    """Another spelling of a source, a medium or a campaign, and the one name it is counted under.

    A removed alias stays, so that removing can be undone.
    """

    class Field(models.TextChoices):
        SOURCE = "source", _("Source")
        MEDIUM = "medium", _("Medium")
        CAMPAIGN = "campaign", _("Campaign")

    field = models.CharField(_("what"), max_length=10, choices=Field, default=Field.SOURCE)
    # In lower case; "*" stands for any letters, so "facebook*" is a pattern.
    spelling = models.CharField(_("spelling"), max_length=Source.NAME_LENGTH)
    name = models.CharField(_("counted as"), max_length=Source.NAME_LENGTH)
    removed_at = models.DateTimeField(null=True, editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("alias")
        verbose_name_plural = _("aliases")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["field", "spelling"], condition=Q(removed_at=None), name="lt_alias_spelling_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.spelling} → {self.name}"
