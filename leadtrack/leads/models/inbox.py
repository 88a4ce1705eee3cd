import secrets
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leadtrack.leads.models.connection import Connection
from leadtrack.leads.models.form import Form
from leadtrack.phones.models import Call
from leadtrack.visits.models import Site


def new_lead_id() -> str:
    """A public id that cannot be guessed or counted."""
    return "ld_" + secrets.token_hex(11)


class InboxRow(models.Model):
    """What came in by a door, stored before it was answered: the work to be done.

    Its public id is the lead's.
    """

    class Door(models.TextChoices):
        FORM = "form", _("Website form")
        CALL = "call", _("Phone call")
        GOOGLE = "google", _("Google lead form")
        META = "meta", _("Meta lead ad")
        VK = "vk", _("VK lead form")
        WEBHOOK = "webhook", _("Site builder or plug-in")
        MESSAGE = "message", _("Message")
        API = "api", _("API")
        HAND = "hand", _("By hand")
        IMPORT = "import", _("Import")

    class State(models.TextChoices):
        NEW = "new", _("Waiting")
        WORKING = "working", _("Being worked")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        # Somebody must say which field is what: there is no way to reach the person yet.
        HELD = "held", _("Held")
        # A vendor's test, or a message that is no enquiry: kept, and no lead.
        ASIDE = "aside", _("Set aside")

    public_id = models.CharField(max_length=40, unique=True, default=new_lead_id)
    door = models.CharField(max_length=12, choices=Door)
    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    form = models.ForeignKey(Form, models.PROTECT, null=True, related_name="inbox_rows")
    call = models.ForeignKey(Call, models.PROTECT, null=True, related_name="inbox_rows")
    connection = models.ForeignKey(Connection, models.PROTECT, null=True, related_name="inbox_rows")
    # The sender's own key for this submission under its door: a retry must not make a second lead.
    submission_key = models.CharField(max_length=200, unique=True)
    # Named fields as text; what could not be read as fields is kept under "_raw".
    payload = models.JSONField()
    received_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=8, choices=State, default=State.NEW)
    attempts = models.PositiveSmallIntegerField(default=0)
    # When to look at it again: claimed rows whose worker died come back at this moment.
    due_at = models.DateTimeField(default=timezone.now)
    error = models.TextField(blank=True)
    lead = models.ForeignKey("Lead", models.PROTECT, null=True, related_name="inbox_rows")

    class Meta:
        verbose_name = _("inbox row")
        verbose_name_plural = _("inbox rows")
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(state__in=["new", "working"]), name="lt_inbox_to_do"),
            models.Index(fields=["-id"], condition=Q(state="failed"), name="lt_inbox_failed"),
            models.Index(fields=["-id"], condition=Q(state="held"), name="lt_inbox_held"),
            models.Index(
                fields=["connection", "-id"],
                condition=Q(connection__isnull=False),
                name="lt_inbox_of_connection",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id
