import secrets
from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from leadtrack.phones.models import Call
from leadtrack.sources.models import Source
from leadtrack.visits.models import Site, Visit


def new_form_key() -> str:
    """The public part of a form door's address."""
    return secrets.token_hex(10)


def new_lead_id() -> str:
    """A public id that cannot be guessed or counted."""
    return "ld_" + secrets.token_hex(11)


def new_contact_id() -> str:
    """A public id that cannot be guessed or counted."""
    return "ct_" + secrets.token_hex(11)


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


class InboxRow(models.Model):
    """What came in by a door, stored before it was answered: the work to be done.

    Its public id is the lead's.
    """

    class Door(models.TextChoices):
        FORM = "form", _("Website form")
        CALL = "call", _("Phone call")

    class State(models.TextChoices):
        NEW = "new", _("Waiting")
        WORKING = "working", _("Being worked")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    public_id = models.CharField(max_length=40, unique=True, default=new_lead_id)
    door = models.CharField(max_length=8, choices=Door)
    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    form = models.ForeignKey(Form, models.PROTECT, null=True, related_name="inbox_rows")
    call = models.ForeignKey(Call, models.PROTECT, null=True, related_name="inbox_rows")
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
        ]

    def __str__(self) -> str:
        return self.public_id


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


class LeadQuerySet(models.QuerySet["Lead"]):
    """Leads, asked for as people say it."""

    def counted(self) -> Self:
        """Without spam, which is set aside and never counted."""
        return self.exclude(status=Lead.Status.SPAM)

    def on(self, day: date) -> Self:
        """Captured on this day of their site's calendar."""
        return self.filter(day=day)

    def captured_between(self, first: date, last: date) -> Self:
        """Captured from the first day to the last, both included (days of the site)."""
        return self.filter(day__gte=first, day__lte=last)

    def by_public_id(self, public_id: str) -> "Lead":
        """The lead with this id, also when the id was given for an enquiry that became an attempt on it.

        Raises Lead.DoesNotExist, also for an enquiry that nobody has worked yet.
        """
        own = self.filter(public_id=public_id).first()
        return own or self.get(inbox_rows__public_id=public_id)


class Lead(models.Model):
    """One enquiry by one person, on one day, from one source."""

    class Kind(models.TextChoices):
        FORM = "form", _("Website form")
        CALL = "call", _("Phone call")

    class Status(models.TextChoices):
        NEW = "new", _("New")
        ACCEPTED = "accepted", _("Accepted")
        REJECTED = "rejected", _("Rejected")
        SPAM = "spam", _("Spam")

    public_id = models.CharField(max_length=40, unique=True, default=new_lead_id)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.NEW)
    site = models.ForeignKey(Site, models.PROTECT, related_name="leads")
    form = models.ForeignKey(Form, models.PROTECT, null=True, related_name="leads")
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="leads")
    source = models.ForeignKey(Source, models.PROTECT, related_name="leads")
    visit = models.ForeignKey(Visit, models.PROTECT, null=True, related_name="leads")
    call = models.OneToOneField(Call, models.PROTECT, null=True, related_name="lead")
    # As the person gave them in this enquiry.
    name = models.CharField(_("name"), max_length=200, blank=True)
    phone = PhoneNumberField(_("phone"), blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    message = models.TextField(_("message"), blank=True)
    # Fields we have no column for, and values that could not be read: nothing a person sent is lost.
    raw_payload = models.JSONField(default=dict)
    captured_at = models.DateTimeField(db_index=True)
    # The site's own calendar day of `captured_at`.
    day = models.DateField()

    objects = LeadQuerySet.as_manager()

    class Meta:
        verbose_name = _("lead")
        verbose_name_plural = _("leads")
        indexes: ClassVar = [
            models.Index(fields=["day", "source"], name="lt_lead_day_source"),
            models.Index(fields=["contact", "-captured_at"], name="lt_lead_of_contact"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def is_counted(self) -> bool:
        """Spam is set aside and never counted; a rejected lead was still paid for and counts."""
        return self.status != self.Status.SPAM


class Attempt(models.Model):
    """The same contact came again within hours: one more try on the same lead, not a second lead."""

    lead = models.ForeignKey(Lead, models.PROTECT, related_name="attempts")
    inbox_row = models.OneToOneField(InboxRow, models.PROTECT, related_name="attempt")
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    visit = models.ForeignKey(Visit, models.PROTECT, null=True, related_name="+")
    call = models.OneToOneField(Call, models.PROTECT, null=True, related_name="attempt")
    message = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")

    def __str__(self) -> str:
        return f"{self.lead_id} {self.at:%Y-%m-%d %H:%M}"


class Receipt(models.Model):
    """The stored answer to "why has this lead this source?": the rules tried, the evidence, who lost."""

    lead = models.OneToOneField(Lead, models.CASCADE, related_name="receipt")
    # [{"rule": code, "won": bool, "evidence": {…}}], in the order tried; words are made when shown.
    steps = models.JSONField()
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")

    def __str__(self) -> str:
        return f"Receipt of {self.lead_id}"
