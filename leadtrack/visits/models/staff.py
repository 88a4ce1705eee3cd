import ipaddress
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from leadtrack.visits.models.site import Site


class StaffBrowser(models.Model):
    """A browser of somebody who works here: what it does on the site is not counted."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="staff_browsers")
    key = models.CharField(max_length=64)
    marked_at = models.DateTimeField()

    class Meta:
        verbose_name = _("own browser")
        verbose_name_plural = _("own browsers")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["site", "key"], name="lt_staff_browser_once_per_site")
        ]

    def __str__(self) -> str:
        return f"{self.marked_at:%Y-%m-%d}"


def check_network(text: str) -> None:
    """An address or a network, of IP version 4 or 6."""
    try:
        ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise ValidationError(
            _("Write an address or a network, for example 203.0.113.7 or 203.0.113.0/24.")
        ) from None


class StaffNetwork(models.Model):
    """Addresses of the firm's own offices: nobody there is a visitor, on any site."""

    network = models.CharField(
        _("address or network"), max_length=50, unique=True, validators=[check_network]
    )
    note = models.CharField(_("note"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("own network")
        verbose_name_plural = _("own networks")

    def __str__(self) -> str:
        return self.network
