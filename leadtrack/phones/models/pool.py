from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leadtrack.phones.dialable import DialableNumberField
from leadtrack.phones.models.flow import CallFlow
from leadtrack.phones.models.number import TrackedNumber
from leadtrack.visits.models import Site, Visit, Visitor


class Pool(models.Model):
    """Numbers of a site that are shown to one visitor at a time, in place of the page's own number."""

    class Format(models.TextChoices):
        PAGE = "page", _("As the page writes its number")
        INTERNATIONAL = "international", _("International")
        NATIONAL = "national", _("National")

    class Ambiguous(models.TextChoices):
        UNKNOWN = "unknown", _("To “(unknown)”")
        SHARES = "shares", _("In shares, by probability")

    name = models.CharField(_("name"), max_length=100, unique=True)
    site = models.ForeignKey(Site, models.PROTECT, related_name="pools", verbose_name=_("site"))
    # Of the pools for the same page number, the first whose conditions hold is used.
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    is_active = models.BooleanField(_("active"), default=True)
    # E.164 of the page's own numbers whose place this pool takes.
    replaces = models.JSONField(_("numbers on the page"), default=list)
    selector = models.CharField(_("CSS selector"), max_length=200, blank=True)
    fallback = DialableNumberField(
        _("number when all are taken"),
        blank=True,
        help_text=_("Empty: the page keeps its own number."),
    )
    shown_as = models.CharField(_("written"), max_length=14, choices=Format, default=Format.PAGE)
    # Conditions: whom it is shown to; an empty one holds for everybody.
    channels = models.JSONField(_("channels"), default=list)
    sources = models.JSONField(_("sources"), default=list)
    landing = models.CharField(
        _("landing page"), max_length=200, blank=True, help_text=_("With * for any text, for example /sale/*")
    )
    hold_seconds = models.PositiveIntegerField(
        _("hold after the last sign, seconds"), default=1800, validators=[MinValueValidator(60)]
    )
    cooldown_seconds = models.PositiveIntegerField(_("rest before the next visitor, seconds"), default=3600)
    window_seconds = models.PositiveIntegerField(
        _("a call belongs to whom it was shown within, seconds"),
        default=3600,
        validators=[MinValueValidator(60), MaxValueValidator(86_400)],
    )
    ambiguous = models.CharField(
        _("a call that may be of several visitors is credited"),
        max_length=8,
        choices=Ambiguous,
        default=Ambiguous.UNKNOWN,
    )
    flow = models.ForeignKey(
        CallFlow, models.PROTECT, null=True, blank=True, related_name="pools", verbose_name=_("call flow")
    )
    created_at = models.DateTimeField(default=timezone.now)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("pool of numbers")
        verbose_name_plural = _("pools of numbers")
        ordering: ClassVar = ["site", "position", "pk"]

    def __str__(self) -> str:
        return self.name


class Lease(models.Model):
    """Who a pool number was shown to, and when. One visitor at a time; history is kept."""

    # Without indexes of their own: a number's leases are found by the one below, a pool's by its numbers.
    pool = models.ForeignKey(Pool, models.PROTECT, related_name="leases", db_index=False)
    number = models.ForeignKey(TrackedNumber, models.PROTECT, related_name="leases", db_index=False)
    visitor = models.ForeignKey(Visitor, models.PROTECT, related_name="leases")
    # The visit that was on when it was last shown.
    visit = models.ForeignKey(Visit, models.PROTECT, related_name="leases")
    started_at = models.DateTimeField()
    # The last heartbeat of the page.
    last_seen_at = models.DateTimeField()
    # The visitor keeps the number until then (last sign + hold); nobody else gets it before `free_at`.
    held_until = models.DateTimeField()
    free_at = models.DateTimeField()
    # The page (path alone) that showed it last.
    page = models.CharField(max_length=300, blank=True)
    # Signs of a call to come.
    tapped_at = models.DateTimeField(null=True)
    copied_at = models.DateTimeField(null=True)
    # When it ended: `free_at`, or earlier because the number left the pool. Empty until another gets the
    # number or a sweep sees that it is over.
    closed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("lease")
        verbose_name_plural = _("leases")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["number"], condition=Q(closed_at=None), name="lt_one_open_lease_per_number"
            ),
            models.UniqueConstraint(
                fields=["visitor", "pool"],
                condition=Q(closed_at=None),
                name="lt_one_open_lease_per_visitor_and_pool",
            ),
            models.CheckConstraint(
                condition=Q(last_seen_at__gte=models.F("started_at"))
                & Q(held_until__gte=models.F("last_seen_at"))
                & Q(free_at__gte=models.F("held_until")),
                name="lt_lease_moments_in_order",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["number", "-started_at"], name="lt_lease_of_number"),
            # Nothing that a heartbeat changes is in an index: PostgreSQL then has none of them to write.
            models.Index(fields=["pool"], name="lt_lease_open_of_pool", condition=Q(closed_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.number_id} {self.started_at:%Y-%m-%d %H:%M}"


class PoolHour(models.Model):
    """How a pool was used in one hour (UTC): what its health page shows."""

    pool = models.ForeignKey(Pool, models.PROTECT, related_name="hours")
    hour = models.DateTimeField()
    # Visitors who got a number, and visitors for whom there was none.
    leased = models.PositiveIntegerField(default=0)
    overflow = models.PositiveIntegerField(default=0)
    # Most numbers held or resting at once.
    peak = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["pool", "hour"], name="lt_pool_hour_once")]

    def __str__(self) -> str:
        return f"{self.pool_id} {self.hour:%Y-%m-%d %H}"


class Overflow(models.Model):
    """A visitor for whom a pool had no number in one hour (UTC), so that each is counted once."""

    pool = models.ForeignKey(Pool, models.CASCADE, related_name="+", db_index=False)
    visitor = models.ForeignKey(Visitor, models.CASCADE, related_name="+")
    hour = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["pool", "hour", "visitor"], name="lt_overflow_once_per_hour")
        ]
        indexes: ClassVar = [models.Index(fields=["hour"], name="lt_overflow_hour")]

    def __str__(self) -> str:
        return f"{self.pool_id} {self.hour:%Y-%m-%d %H}"
