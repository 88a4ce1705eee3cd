import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _

from leadtrack.visits.models import Site


def new_form_key() -> str:
    """The public part of a form door's address."""
    return secrets.token_hex(10)


class Form(models.Model):
    """A form on a site: the door POST /api/v1/forms/<key>."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="forms", verbose_name=_("site"))
    name = models.CharField(_("name"), max_length=100)
    key = models.CharField(_("key"), max_length=40, unique=True, default=new_form_key)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("form")
        verbose_name_plural = _("forms")

    def __str__(self) -> str:
        return self.name
