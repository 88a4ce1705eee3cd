from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leadtrack.visits.models import Site


def stored_name(_row: "CallFile", _file_name: str) -> str:
    """Where a list of calls is kept: a name of our own, so that nobody's file name reaches the disk."""
    return f"calls/{uuid4().hex}"


class CallFile(models.Model):
    """A list of own calls, as a telephone system exports it: what its columns mean and how far it got."""

    class State(models.TextChoices):
        MAPPING = "mapping", _("Columns to be named")
        LOADING = "loading", _("Being loaded")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    site = models.ForeignKey(Site, models.PROTECT, related_name="+", verbose_name=_("site"))
    file = models.FileField(_("file"), upload_to=stored_name)
    file_name = models.CharField(_("file name"), max_length=255)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.MAPPING)
    # What broke it: a code of `importing.reasons`.
    error = models.CharField(max_length=40, blank=True)
    # How the file is written, and what each column means: codes of `call_files.columns`.
    opening = models.JSONField(default=dict)
    columns = models.JSONField(default=list)
    # Whether 01/02/2026 is the first of February; None where no row asks.
    day_first = models.BooleanField(_("day comes first"), null=True)
    # Rows up to this line are done.
    line = models.PositiveIntegerField(default=0)
    calls = models.PositiveIntegerField(default=0)
    # Rows of calls that we had already.
    known = models.PositiveIntegerField(default=0)
    wrong = models.PositiveIntegerField(default=0)
    # [[line, code], …] of the first wrong rows. Nothing of the row itself.
    problems = models.JSONField(default=list)
    # By a worker, who renews it as it goes on.
    claimed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("list of calls")
        verbose_name_plural = _("lists of calls")
        indexes: ClassVar = [
            models.Index(fields=["id"], name="lt_call_file_to_do", condition=Q(state="loading"))
        ]

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d} {self.pk}"
