from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leadtrack.leads.models.contact import Contact


class Merge(models.Model):
    """Two contacts were one person: who became part of whom, and what moved, so that it can be undone.

    A merge that was undone stays on record.
    """

    survivor = models.ForeignKey(Contact, models.PROTECT, related_name="merges")
    absorbed = models.ForeignKey(Contact, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    # Ids by table: what moved, and what it takes to put everything back. No phones, e-mails or names.
    moved = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["absorbed"], condition=Q(undone_at=None), name="lt_merge_absorbed_once"
            ),
            models.CheckConstraint(condition=~Q(survivor=F("absorbed")), name="lt_merge_of_two"),
        ]

    def __str__(self) -> str:
        return f"{self.absorbed_id} → {self.survivor_id}"


class PossibleDuplicate(models.Model):
    """Two contacts that may be one person: a question for somebody who can tell. Asked once for each pair."""

    class Reason(models.TextChoices):
        """Why we ask, the strongest first."""

        EMAIL_ALIKE = "email_alike", _("E-mails that differ in dots or a “+” only")
        PHONE_ALIKE = "phone_alike", _("Same name, phones that differ in one digit")
        SHARED_PHONE = "shared_phone", _("Same phone, other name and e-mail")
        NAME_AND_MAILBOX = "name_and_mailbox", _("Same name, same mailbox at another provider")
        SAME_BROWSER = "same_browser", _("Same browser, same name or none")
        BROWSER_NAMES = "browser_names", _("Same browser, other names")
        KEYS_DISAGREE = "keys_disagree", _("Phone of one, e-mail of the other")

    class State(models.TextChoices):
        OPEN = "open", _("To decide")
        MERGED = "merged", _("One person")
        DIFFERENT = "different", _("Two people")

    # Ordered: the lower id first, so that a pair is one row.
    first = models.ForeignKey(Contact, models.PROTECT, related_name="+")
    second = models.ForeignKey(Contact, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=20, choices=Reason)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    found_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("possible duplicate")
        verbose_name_plural = _("possible duplicates")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["first", "second"], name="lt_duplicate_pair_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="lt_duplicate_pair_ordered"),
        ]
        indexes: ClassVar = [
            # Not only of the open ones: SQLite uses no partial index for a bound value.
            models.Index(fields=["state", "-id"], name="lt_duplicate_to_decide"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} ~ {self.second_id}"


class DuplicateSweep(models.Model):
    """How far the nightly search for possible duplicates has looked: one row."""

    seen_key_id = models.BigIntegerField(default=0)
    seen_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"seen {self.seen_key_id}"
