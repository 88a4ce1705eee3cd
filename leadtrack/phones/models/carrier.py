import secrets
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from leadtrack.accounts.secrets import EncryptedTextField
from leadtrack.phones.dialable import DialableNumberField


def new_job_key() -> str:
    """The key of a job that nobody's form gave one."""
    return secrets.token_hex(16)


class CarrierAccount(models.Model):
    """Our account at a carrier: whose signature we accept, and whose interface we ask."""

    class Kind(models.TextChoices):
        TWILIO = "twilio", "Twilio"
        PBX = "pbx", _("Own PBX (Asterisk, FreePBX and others)")

    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("carrier"), max_length=20, choices=Kind, default=Kind.TWILIO)
    # Twilio's own; for a PBX the word in the address that its webhooks are sent to.
    account_sid = models.CharField(_("account SID"), max_length=64, unique=True)
    auth_token = EncryptedTextField(
        _("auth token"), help_text=_("Kept encrypted; it checks that a call really comes from the carrier.")
    )
    default_to = DialableNumberField(
        _("calls ring here when all else fails"),
        blank=True,
        help_text=_("When our database is down, or a number rings that we do not know."),
    )
    # Calls of the carrier's log were compared with ours up to here.
    compared_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("carrier account")
        verbose_name_plural = _("carrier accounts")

    def __str__(self) -> str:
        return self.name


class CarrierJob(models.Model):
    """Something that the carrier is asked to do once: buy, configure, release, a test call. A row first, so
    that a worker killed in the middle neither forgets it nor pays twice."""

    class Kind(models.TextChoices):
        BUY = "buy", _("Buy")
        CONFIGURE = "configure", _("Set up the webhooks")
        RELEASE = "release", _("Give back")
        TEST = "test", _("Test call")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        ASKED = "asked", _("Asked")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    account = models.ForeignKey(CarrierAccount, models.PROTECT, related_name="jobs")
    kind = models.CharField(max_length=10, choices=Kind)
    # Ours; empty for one that is still to be bought.
    tracked = models.ForeignKey(
        "leadtrack_phones.TrackedNumber", models.PROTECT, null=True, related_name="jobs"
    )
    number = DialableNumberField(_("number"))
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    # One per shown form: a double click buys one number.
    key = models.CharField(max_length=64, unique=True, default=new_job_key)
    # What the kind needs: site, flow, pool or source ids, the price that was shown.
    details = models.JSONField(default=dict)
    error = models.CharField(max_length=500, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    # Not before: the grace of a release, the pause after "too many requests".
    due_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["state", "due_at"], name="lt_carrier_job_due")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"
