from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from leadtrack.accounts import roles


class Team(models.Model):
    """Colleagues who answer together: "sales, Riga"."""

    name = models.CharField(_("name"), max_length=100, unique=True)

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")

    def __str__(self) -> str:
        return self.name


class Member(models.Model):
    """A user who works here, with one role. Beside settings.AUTH_USER_MODEL, so that a host keeps its own."""

    class Role(models.TextChoices):
        ADMIN = roles.ADMIN, _("Admin")
        SALES_MANAGER = roles.SALES_MANAGER, _("Sales manager")
        SALES = roles.SALES, _("Sales")
        MARKETER = roles.MARKETER, _("Marketer")
        AGENCY = roles.AGENCY, _("Agency (read-only)")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="leadtrack_member", verbose_name=_("user")
    )
    role = models.CharField(_("role"), max_length=20, choices=Role)
    takes_leads = models.BooleanField(
        _("takes new leads"),
        default=True,
        help_text=_("New leads go round everybody in sales who takes leads."),
    )
    team = models.ForeignKey(
        Team, models.SET_NULL, null=True, blank=True, related_name="members", verbose_name=_("team")
    )
    # Calls ring here; which numbers can be dialled is the phones' business.
    phone = PhoneNumberField(
        _("phone"), blank=True, help_text=_("Where calls ring for this person, with + and the country code.")
    )
    last_assigned_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """What colleagues call this person."""
        return str(getattr(self.user, "get_full_name", lambda: "")() or self.user)

    def can(self, capability: str) -> bool:
        """Whether this member may do it; see `roles.CAPABILITIES`."""
        return roles.may(self.role, capability)


class ApiToken(models.Model):
    """A key for programs. Only its SHA-256 is kept; the key itself is shown once, when it is made."""

    member = models.ForeignKey(Member, models.CASCADE, related_name="tokens", verbose_name=_("member"))
    name = models.CharField(_("name"), max_length=100)
    # The first characters, so that a person can tell which key this is.
    prefix = models.CharField(_("begins with"), max_length=12)
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
