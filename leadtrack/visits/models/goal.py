from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from leadtrack.visits.models.site import Site
from leadtrack.visits.models.visit import Visit

NAME_LENGTH = 80


def goal_key(name: str) -> str:
    """By what a name is known: spaces folded and case apart, "Price  list" and "price list" are one goal."""
    return " ".join(name.split()).casefold()[:NAME_LENGTH]


class Goal(models.Model):
    """A step on the way to an enquiry that a site wants to count: a page opened, a click, a call by script.

    Goals are switched off, not deleted: what they counted stays in the books.
    """

    class Kind(models.TextChoices):
        URL = "url", _("A page is opened")
        CLICK = "click", _("Something is clicked")
        CALL = "call", _("The page's script says so")

    site = models.ForeignKey(Site, models.PROTECT, related_name="goals", verbose_name=_("site"))
    name = models.CharField(_("name"), max_length=NAME_LENGTH)
    # See goal_key: a database cannot fold case in every language.
    key = models.CharField(max_length=NAME_LENGTH, editable=False)
    kind = models.CharField(_("kind"), max_length=5, choices=Kind, default=Kind.URL)
    pattern = models.CharField(_("address"), max_length=500, blank=True)
    selector = models.CharField(_("CSS selector"), max_length=200, blank=True)
    value_cents = models.BigIntegerField(_("value"), null=True, blank=True)
    currency = models.CharField(
        _("currency"),
        max_length=3,
        blank=True,
        validators=[RegexValidator(r"^[A-Z]{3}\Z", _("Write three capital letters, for example EUR."))],
    )
    is_once_per_visit = models.BooleanField(_("count once per visit"), default=True)
    is_active = models.BooleanField(_("active"), default=True)
    # A page's script named it, nobody here has set it up: its hits are kept, but in no report.
    is_set_up = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("goal")
        verbose_name_plural = _("goals")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["site", "key"], name="lt_goal_name_once_per_site")
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        self.key = goal_key(self.name)
        super().save(*args, **kwargs)  # type: ignore[arg-type]


class GoalHit(models.Model):
    """One time that a visit reached a goal."""

    goal = models.ForeignKey(Goal, models.PROTECT, related_name="hits", db_index=False)
    # The unique key begins with the visit: no other index is needed to find the hits of one.
    visit = models.ForeignKey(Visit, models.PROTECT, related_name="goal_hits", db_index=False)
    at = models.DateTimeField()
    # The site's own calendar day of `at`.
    day = models.DateField()
    # 0 for a goal that counts once per visit, else the second of `at`: news that comes twice adds nothing.
    slot = models.BigIntegerField(default=0)
    value_cents = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True)

    class Meta:
        verbose_name = _("goal hit")
        verbose_name_plural = _("goal hits")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["visit", "goal", "slot"], name="lt_goal_hit_once")
        ]
        indexes: ClassVar = [models.Index(fields=["goal", "day"], name="lt_goal_hit_day")]

    def __str__(self) -> str:
        return f"{self.goal_id} {self.at:%Y-%m-%d %H:%M}"
