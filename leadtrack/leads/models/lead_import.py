from typing import Any, ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leadtrack.leads.models.inbox import InboxRow
from leadtrack.sources.models import Source
from leadtrack.visits.models import Site


def stored_name(_row: "LeadImport", _file_name: str) -> str:
    """Where a file of leads is kept: a name of our own, so that nobody's file name reaches the disk."""
    return f"leads/{uuid4().hex}"


class LeadImport(models.Model):
    """A file of leads: what was understood of it, how far it got, and what came of it. Can be undone."""

    class State(models.TextChoices):
        MAPPING = "mapping", _("Columns to be named")
        CHECKING = "checking", _("Being checked")
        CHECKED = "checked", _("Checked")
        LOADING = "loading", _("Being loaded")
        DONE = "done", _("Done")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")
        FAILED = "failed", _("Failed")

    class GivenTo(models.TextChoices):
        TURN = "turn", _("Sales in turn")
        ME = "me", _("Me")
        NOBODY = "nobody", _("Nobody: whoever takes them")

    WORKING: ClassVar = (State.CHECKING, State.LOADING, State.UNDOING)

    site = models.ForeignKey(Site, models.PROTECT, related_name="+", verbose_name=_("site"))
    file = models.FileField(_("file"), upload_to=stored_name)
    file_name = models.CharField(_("file name"), max_length=255)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.MAPPING)
    # What broke it, as a code and figures: `importing.reasons` has the words.
    error = models.CharField(max_length=40, blank=True)
    error_params = models.JSONField(default=dict)
    # How the file is written: kind, encoding, delimiter, sheet, header_line, header (a list of names).
    opening = models.JSONField(default=dict)
    # One for all files with this header: their columns are the same, so the answers are remembered.
    signature = models.CharField(max_length=64, blank=True)
    # What each column means, in order; codes of `importing.columns`.
    columns = models.JSONField(default=list)
    # Whether 01/02/2025 is the first of February; None where no row asks.
    day_first = models.BooleanField(_("day comes first"), null=True)
    # For rows that name no source of their own.
    default_source = models.ForeignKey(Source, models.PROTECT, null=True, related_name="+")
    given_to = models.CharField(max_length=6, choices=GivenTo, default=GivenTo.TURN)
    rows_total = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    # What the dry run counted: {"lead": 9, "joins": 2, "attempt": 1, "known": 0, "error": 1}, and "problems".
    found = models.JSONField(default=dict)
    claimed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("import of leads")
        verbose_name_plural = _("imports of leads")
        indexes: ClassVar = [
            models.Index(fields=["signature", "-id"], name="lt_import_signature"),
            models.Index(
                fields=["claimed_at"],
                condition=models.Q(state__in=["checking", "loading", "undoing"]),
                name="lt_import_to_do",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_working(self) -> bool:
        """Whether a worker is at it, or ought to be."""
        return self.state in self.WORKING


class ImportRow(models.Model):
    """One row of a file: the enquiry it became, or what is wrong with it."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        LEAD = "lead", _("New lead")
        ATTEMPT = "attempt", _("One more attempt on a lead")
        KNOWN = "known", _("Loaded before")
        ERROR = "error", _("Not taken")
        UNDONE = "undone", _("Undone")
        KEPT = "kept", _("Kept: it was worked")

    lead_import = models.ForeignKey(LeadImport, models.CASCADE, related_name="rows")
    # The line of the file (of a spreadsheet: its row).
    line = models.PositiveIntegerField()
    inbox_row = models.OneToOneField(InboxRow, models.SET_NULL, null=True, related_name="import_row")
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.WAITING)
    # [{"code", "column", "params"}], and the cells as they stand in the file: only where something is wrong.
    problems: Any = models.JSONField(default=list)
    cells: Any = models.JSONField(default=list)
    # What it gave to a contact and a lead who were there before: {"keys": [ids], "fields": [names of columns
    # of the lead that were empty]}. An undo takes them back.
    brought: Any = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of imports")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["lead_import", "line"], name="lt_import_row_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["lead_import", "outcome", "line"], name="lt_import_outcome")
        ]

    def __str__(self) -> str:
        return f"{self.lead_import_id}:{self.line}"
