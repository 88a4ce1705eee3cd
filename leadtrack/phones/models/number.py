from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from leadtrack.phones.dialable import DialableNumberField
from leadtrack.phones.models.carrier import CarrierAccount
from leadtrack.phones.models.flow import CallFlow
from leadtrack.sources.models import Source
from leadtrack.visits.models import Site


class NumberQuerySet(QuerySet["TrackedNumber"]):
    """Tracked numbers, with what their page shows."""

    def with_source(self) -> "NumberQuerySet":
        """Each with `open_assignments`: a list of the assignment that holds now, or of none."""
        held = Assignment.objects.filter(ends_at=None).select_related("source", "pool__flow")
        return self.prefetch_related(Prefetch("assignments", held, to_attr="open_assignments"))

    def with_flow_of_pool(self) -> "NumberQuerySet":
        """Each with `flow_id_of_pool`: the flow of the pool that holds the number now, or None."""
        held = Assignment.objects.filter(number=OuterRef("pk"), ends_at=None)
        return self.annotate(flow_id_of_pool=Subquery(held.values("pool__flow")[:1]))


class TrackedNumber(models.Model):
    """A phone number whose calls tell the source: static, or in a pool, with its history."""

    number = DialableNumberField(_("number"), unique=True)
    account = models.ForeignKey(
        CarrierAccount, models.PROTECT, related_name="numbers", verbose_name=_("carrier account")
    )
    site = models.ForeignKey(Site, models.PROTECT, related_name="numbers", verbose_name=_("site"))
    forward_to = DialableNumberField(
        _("rings at"), help_text=_("The sales phone that calls are forwarded to.")
    )
    flow = models.ForeignKey(
        CallFlow, models.PROTECT, null=True, blank=True, related_name="numbers", verbose_name=_("call flow")
    )
    # As TwiML writes it: "ru-RU". Empty: the flow's.
    language = models.CharField(_("language"), max_length=10, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    # What the carrier says of it: its own id, whether it takes voice and texts, the price of a month.
    carrier_sid = models.CharField(max_length=64, blank=True)
    capabilities = models.JSONField(default=dict)
    monthly_cents = models.PositiveIntegerField(_("price of a month"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    bought_on = models.DateField(_("since"), null=True, blank=True)
    # Given back to the carrier then; until that day it can be kept after all.
    release_on = models.DateField(null=True)
    released_at = models.DateTimeField(null=True)
    # When its set-up at the carrier was last compared with ours, and what was wrong: codes of `check`.
    checked_at = models.DateTimeField(null=True)
    faults = models.JSONField(default=list)

    objects = NumberQuerySet.as_manager()

    class Meta:
        verbose_name = _("tracked number")
        verbose_name_plural = _("tracked numbers")

    def __str__(self) -> str:
        return str(self.number)


class Assignment(models.Model):
    """Whose a number was, and when: a source's or a pool's. A late call finds the owner of its moment."""

    number = models.ForeignKey(TrackedNumber, models.PROTECT, related_name="assignments")
    source = models.ForeignKey(Source, models.PROTECT, null=True, related_name="assignments")
    pool = models.ForeignKey("leadtrack_phones.Pool", models.PROTECT, null=True, related_name="assignments")
    starts_at = models.DateTimeField()
    # Exclusive; empty while it holds.
    ends_at = models.DateTimeField(null=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    # What the ad costs that carries the number, over its whole time; booked as spend by the day.
    cost_cents = models.PositiveBigIntegerField(_("cost of the ad"), null=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    cost_first = models.DateField(_("paid from"), null=True)
    cost_last = models.DateField(_("paid until"), null=True)
    picture = models.ImageField(_("picture of the ad"), upload_to="ads/%Y/%m", blank=True)
    assigned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["number"], condition=Q(ends_at=None), name="lt_one_open_assignment_per_number"
            ),
            models.UniqueConstraint(fields=["number", "starts_at"], name="lt_assignment_starts_once"),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="lt_assignment_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(source=None, pool__isnull=False) | Q(source__isnull=False, pool=None),
                name="lt_assignment_to_one_thing",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["pool"], name="lt_assignment_of_pool", condition=Q(ends_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.number} → {self.source or self.pool}"
