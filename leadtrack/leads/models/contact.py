import secrets
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leadtrack.leads.alike import mail_fold, name_key_of


def new_contact_id() -> str:
    """A public id that cannot be guessed or counted."""
    return "ct_" + secrets.token_hex(11)


class ContactQuerySet(models.QuerySet["Contact"]):
    """Contacts, asked for as people say it."""

    def living(self) -> "ContactQuerySet":
        """Without those that a merge made part of another."""
        return self.filter(merged_into=None)

    def by_public_id(self, public_id: str) -> "Contact":
        """The contact with this id, or who it became part of. Raises Contact.DoesNotExist."""
        return self.get(public_id=public_id).survivor()


class Contact(models.Model):
    """A person (or firm), known by identity keys: phones, e-mails, visitors, messengers, outside ids."""

    public_id = models.CharField(max_length=40, unique=True, default=new_contact_id)
    name = models.CharField(_("name"), max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    # Set by a merge: this contact is a part of that one, which holds everything now.
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="absorbed")
    # The name in one spelling, whatever the order of its words; to look for possible duplicates.
    name_key = models.CharField(max_length=200, blank=True, editable=False)

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        indexes: ClassVar = [
            models.Index(fields=["name_key"], condition=~Q(name_key=""), name="lt_contact_name_key")
        ]

    def __str__(self) -> str:
        return self.name or self.public_id

    def save(self, *args: Any, update_fields: Any = None, **kwargs: Any) -> None:
        """Keeps the spelling for look-ups with the name."""
        if update_fields is None or "name" in update_fields:
            self.spell_name()
            update_fields = None if update_fields is None else {*update_fields, "name_key"}
        super().save(*args, update_fields=update_fields, **kwargs)

    def spell_name(self) -> "Contact":
        """Fill in the spelling for look-ups; for who stores it without `save`."""
        self.name_key = name_key_of(self.name)
        return self

    @property
    def shown_name(self) -> str:
        """The name for people; an id says nothing to them."""
        return self.name or str(_("Without a name"))

    def survivor(self) -> "Contact":
        """Who holds everything of this contact now: itself, or the one that merges made it part of."""
        contact = self
        while contact.merged_into is not None:
            contact = contact.merged_into
        return contact


class ContactKey(models.Model):
    """One way to recognise a contact. A shared phone may be known for two contacts; one of them owns it."""

    class Kind(models.TextChoices):
        PHONE = "phone", _("Phone")
        EMAIL = "email", _("E-mail")
        VISITOR = "visitor", _("Browser")
        MESSENGER = "messenger", _("Messenger")
        OUTSIDE = "outside", _("Id in another system")

    contact = models.ForeignKey(Contact, models.PROTECT, related_name="keys")
    kind = models.CharField(max_length=12, choices=Kind)
    # E.164 phone, lower-cased e-mail, the id of a visits.Visitor, "whatsapp:+49…" (network and its id), or
    # "crm:17" (system and its id).
    value = models.CharField(max_length=254)
    # Whom a new lead with this key belongs to. The unique index below keeps two workers from making two
    # contacts of one person at the same moment.
    is_owner = models.BooleanField(default=True)
    # People have said that this phone is of several: another name with it is another person.
    is_shared = models.BooleanField(default=False)
    # Of an e-mail: what stands before the @, without dots and plus; to look for possible duplicates.
    fold = models.CharField(max_length=254, blank=True, editable=False)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["kind", "value"], name="lt_contact_key_value"),
            models.Index(fields=["fold"], condition=~Q(fold=""), name="lt_contact_key_fold"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["contact", "kind", "value"], name="lt_contact_key_once"),
            models.UniqueConstraint(
                fields=["kind", "value"], condition=Q(is_owner=True), name="lt_contact_key_one_owner"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keeps the spelling for look-ups."""
        self.fold_value()
        super().save(*args, **kwargs)

    def fold_value(self) -> "ContactKey":
        """Fill in the spelling for look-ups; for who stores many keys at once."""
        self.fold = mail_fold(self.value) if self.kind == self.Kind.EMAIL else ""
        return self
