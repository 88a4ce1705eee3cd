import secrets
from typing import ClassVar
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


def new_site_key() -> str:
    """The public key in a page's <script> line: says which site, opens nothing."""
    return secrets.token_hex(8)


def check_time_zone(name: str) -> None:
    """A time zone must be one that the tz database knows."""
    if name not in available_timezones():
        raise ValidationError(
            _("“%(name)s” is not a time zone; write for example Europe/Riga."), params={"name": name}
        )


class Site(models.Model):
    """A website (or a brand) whose visitors and leads are tracked; its time zone makes its days."""

    class Consent(models.TextChoices):
        FREE = "free", _("Not needed")
        REQUIRED = "required", _("Required: nothing is kept before leadtrack('consent', true)")

    name = models.CharField(_("name"), max_length=100)
    key = models.CharField(_("key"), max_length=32, unique=True, default=new_site_key)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[check_time_zone])
    region = models.CharField(
        _("country"),
        max_length=2,
        blank=True,
        help_text=_("Two letters; phone numbers without + are read as of this country."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    consent = models.CharField(_("consent of visitors"), max_length=8, choices=Consent, default=Consent.FREE)
    fills_fields = models.BooleanField(_("fill hidden fields of forms"), default=False)
    shows_code = models.BooleanField(_("show promo codes"), default=False)
    # Of one web process; empty is no limit.
    hits_per_minute = models.PositiveIntegerField(
        _("most page views a minute"), null=True, blank=True, default=6000, validators=[MinValueValidator(60)]
    )
    spam_threshold = models.PositiveSmallIntegerField(
        _("spam from"),
        default=70,
        validators=[MinValueValidator(20), MaxValueValidator(100)],
        help_text=_("Points. An enquiry with as many or more is set aside; more points let more through."),
    )

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("sites")

    def __str__(self) -> str:
        return self.name

    @property
    def tz(self) -> ZoneInfo:
        """The site's time zone."""
        return ZoneInfo(self.time_zone)


class SiteOrigin(models.Model):
    """A web origin (scheme and host) whose pages may call the doors of a site."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="origins", verbose_name=_("site"))
    origin = models.CharField(_("origin"), max_length=255, help_text=_("For example https://www.example.com"))

    class Meta:
        verbose_name = _("web address")
        verbose_name_plural = _("web addresses")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["origin", "site"], name="lt_origin_once_per_site")
        ]

    def __str__(self) -> str:
        return self.origin
