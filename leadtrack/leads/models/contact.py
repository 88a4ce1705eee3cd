import secrets
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def new_contact_id() -> str:
    """A public id that cannot be guessed or counted."""
    return "ct_" + secrets.token_hex(11)


class Contact(models.Model):
    """A person (or firm), known by identity keys: phones, e-mails, visitors."""

    public_id = models.CharField(max_length=40, unique=True, default=new_contact_id)
    name = models.CharField(_("name"), max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")

    def __str__(self) -> str:
        return self.name or self.public_id


class ContactKey(models.Model):
    """One way to recognise a contact. A shared phone may be known for two contacts; one of them owns it."""

    class Kind(models.TextChoices):
        PHONE = "phone", _("Phone")
        EMAIL = "email", _("E-mail")
        VISITOR = "visitor", _("Browser")

    contact = models.ForeignKey(Contact, models.PROTECT, related_name="keys")
    kind = models.CharField(max_length=8, choices=Kind)
    # E.164 phone, lower-cased e-mail, or the id of a visits.Visitor.
    value = models.CharField(max_length=254)
    # Whom a new lead with this key belongs to. The unique index below keeps two workers from making two
    # contacts of one person at the same moment.
    is_owner = models.BooleanField(default=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["kind", "value"], name="lt_contact_key_value")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["contact", "kind", "value"], name="lt_contact_key_once"),
            models.UniqueConstraint(
                fields=["kind", "value"], condition=Q(is_owner=True), name="lt_contact_key_one_owner"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.pk}"
