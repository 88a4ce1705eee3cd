from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leadtrack.visits.models.visit import Visitor


class Claim(models.Model):
    """What a browser said of who it belongs to: work to be done by a room above, which knows the people.

    Nobody is made by a claim. One that matches nobody waits until somebody with that value is known.
    """

    class Kind(models.TextChoices):
        TOKEN = "token", _("Personal link")
        EMAIL = "email", _("E-mail")
        PHONE = "phone", _("Phone")
        ID = "id", _("Outside id")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting for a contact")
        LINKED = "linked", _("Linked")
        # Too many people already: a screen in a hall, or somebody who makes it all up.
        REFUSED = "refused", _("Refused")

    visitor = models.ForeignKey(Visitor, models.CASCADE, related_name="claims")
    kind = models.CharField(max_length=8, choices=Kind)
    # E.164 phone, lower-cased e-mail, outside id, or the id that a genuine personal link names.
    value = models.CharField(max_length=254)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    made_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    # When to look at it again; empty: only when a contact with this value comes.
    due_at = models.DateTimeField(null=True, default=timezone.now)

    class Meta:
        verbose_name = _("claim")
        verbose_name_plural = _("claims")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["visitor", "kind", "value"], name="lt_claim_once_per_visitor")
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="lt_claim_to_do"),
            models.Index(fields=["kind", "value"], name="lt_claim_of_whom"),
            models.Index(fields=["made_at"], name="lt_claim_since"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.pk}"
