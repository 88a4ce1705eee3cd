from datetime import date
from typing import ClassVar, Final, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from leadtrack.leads.models.contact import Contact
from leadtrack.leads.models.form import Form
from leadtrack.leads.models.inbox import InboxRow, new_lead_id
from leadtrack.phones.models import Call
from leadtrack.sources.models import Source
from leadtrack.visits.models import Site, Visit

# Whose turn it is among those who take leads.
IN_TURN: Final = 0


class LeadQuerySet(models.QuerySet["Lead"]):
    """Leads, asked for as people say it."""

    def counted(self) -> Self:
        """Without spam, which is set aside and never counted."""
        return self.exclude(status=Lead.Status.SPAM)

    def unique(self) -> Self:
        """Without repeat enquiries: who asks again about an open deal is no second lead."""
        return self.filter(repeat_of=None)

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
        AD_FORM = "ad_form", _("Form of an ad platform")
        MESSAGE = "message", _("Message")
        API = "api", _("API")
        HAND = "hand", _("By hand")
        IMPORT = "import", _("Import")

    class Status(models.TextChoices):
        NEW = "new", _("New")
        ACCEPTED = "accepted", _("Accepted")
        REJECTED = "rejected", _("Rejected")
        SPAM = "spam", _("Spam")

    public_id = models.CharField(max_length=40, unique=True, default=new_lead_id)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.NEW)
    site = models.ForeignKey(Site, models.PROTECT, related_name="leads")
    form = models.ForeignKey(Form, models.PROTECT, null=True, related_name="leads")
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="leads")
    source = models.ForeignKey(Source, models.PROTECT, related_name="leads")
    visit = models.ForeignKey(Visit, models.PROTECT, null=True, related_name="leads")
    call = models.OneToOneField(Call, models.PROTECT, null=True, related_name="lead")
    # A repeat enquiry: the lead whose open deal it belongs to. It has no deal of its own and is not counted.
    repeat_of = models.ForeignKey("self", models.PROTECT, null=True, related_name="repeats")
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

    # Whom its door wants to have it: a user's id, nobody (None), or whose turn it is. Not stored: the room
    # that deals with leads reads it when the lead is made.
    given_to: int | None = IN_TURN
    # Columns that were empty until the enquiry that is being captured filled them. Not stored.
    filled: tuple[str, ...] = ()
    # Its contact was made with it, so that nothing can have come from them before. Not stored.
    is_of_new_contact: bool = False

    objects = LeadQuerySet.as_manager()

    class Meta:
        verbose_name = _("lead")
        verbose_name_plural = _("leads")
        indexes: ClassVar = [
            models.Index(fields=["day", "source"], name="lt_lead_day_source"),
            models.Index(fields=["contact", "-captured_at"], name="lt_lead_of_contact"),
            models.Index(fields=["status", "-id"], name="lt_lead_of_status"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def is_counted(self) -> bool:
        """Spam is set aside and never counted; a rejected lead was still paid for and counts."""
        return self.status != self.Status.SPAM and self.repeat_of_id is None


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
