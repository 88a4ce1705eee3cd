import secrets
from datetime import datetime, timedelta
from typing import Final

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leadtrack.accounts.secrets import EncryptedTextField
from leadtrack.visits.models import Site

# How long what was replaced (a secret, an address) is still taken, so that no lead falls between.
GRACE: Final = timedelta(days=1)


def new_connection_key() -> str:
    """The part of a connection's address that cannot be guessed: for most senders it is the only secret."""
    return secrets.token_urlsafe(18)


def new_secret() -> str:
    """A secret of letters and digits: every vendor's field takes it (Google's ends at 50 characters)."""
    return "lt_" + secrets.token_hex(16)


class Connection(models.Model):
    """A vendor's way into a site: the door POST /hooks/leads/<kind>/<key>."""

    class Kind(models.TextChoices):
        GOOGLE = "google", _("Google Ads lead form")
        META = "meta", _("Facebook and Instagram lead ads")
        VK = "vk", _("VK lead form")
        TILDA = "tilda", "Tilda"
        TYPEFORM = "typeform", "Typeform"
        CF7 = "cf7", "Contact Form 7"
        ELEMENTOR = "elementor", "Elementor"
        GRAVITY = "gravity", "Gravity Forms"
        WPFORMS = "wpforms", "WPForms"
        OTHER = "other", _("Anything else (Zapier, n8n, your own program)")

    site = models.ForeignKey(Site, models.PROTECT, related_name="connections", verbose_name=_("site"))
    kind = models.CharField(_("sender"), max_length=12, choices=Kind)
    name = models.CharField(_("name"), max_length=100)
    key = models.CharField(max_length=40, unique=True, default=new_connection_key)
    # What the sender proves itself with: Google's key, Meta's app secret, VK's and Typeform's secret …
    secret = EncryptedTextField(blank=True)
    # The first handshake: Meta's verify token, VK's confirmation string.
    handshake = EncryptedTextField(blank=True)
    # What we fetch with: Meta's page token.
    access_token = EncryptedTextField(blank=True)
    old_key = models.CharField(max_length=40, unique=True, null=True)
    old_secret = EncryptedTextField(blank=True)
    old_until = models.DateTimeField(null=True)
    # {"group_id": …} and the like: what is no secret.
    settings = models.JSONField(default=dict, blank=True)
    # The sender's name of a field -> ours (see leads/fields.py).
    mapping = models.JSONField(default=dict, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("connection")
        verbose_name_plural = _("connections")

    def __str__(self) -> str:
        return self.name

    def valid_secrets(self, at: datetime) -> tuple[str, ...]:
        """The secret, and for a day after a change the one before it; none where none is set."""
        is_old_valid = self.old_until is not None and at < self.old_until
        return tuple(filter(None, (self.secret, self.old_secret if is_old_valid else "")))
