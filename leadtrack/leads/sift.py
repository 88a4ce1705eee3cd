"""A person's word about spam: it wins over the score, and teaches what to think of the same sender again."""

from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from leadtrack.leads.afterwards import tell_of_sifting
from leadtrack.leads.models import Lead, SpamVerdict
from leadtrack.leads.target_calls import judge_lead

_Said = SpamVerdict.Said


@transaction.atomic
def call_back(*, lead: Lead, by: Any) -> None:
    """A lead that was set aside comes to life: counted from now on, on its own day, and somebody's to work.

    A lead that is none of the spam (any more) is left alone. Raises `afterwards.CannotSiftError`.
    """
    if _is_spam(lead):
        tell_of_sifting(lead, Lead.Status.NEW, by)


@transaction.atomic
def set_aside(*, lead: Lead, by: Any) -> None:
    """The lead is spam: kept, and not counted. Raises `afterwards.CannotSiftError` if it brought money."""
    tell_of_sifting(lead, Lead.Status.SPAM, by)


@transaction.atomic
def set_aside_again(*, lead: Lead, by: Any) -> None:
    """Undo `call_back`: what the score said stands again, and nothing was learnt."""
    if _is_spam(lead):
        return
    set_aside(lead=lead, by=by)
    scored = SpamVerdict.objects.filter(lead=lead, threshold__isnull=False, score__gte=F("threshold"))
    scored.update(said="", said_by=None, said_at=None)


def note(*, lead: Lead, is_spam: bool, by: Any) -> None:
    """Write down what a person said of a lead, in the transaction that changes its status."""
    said = _Said.SPAM if is_spam else _Said.NOT_SPAM
    spoken = {"said": said, "said_by": by, "said_at": timezone.now()}
    SpamVerdict.objects.update_or_create(
        lead=lead, defaults=spoken, create_defaults={**spoken, "made_at": lead.captured_at}
    )
    judge_lead(lead)


def _is_spam(lead: Lead) -> bool:
    """As it is now, not as somebody's page showed it."""
    return Lead.objects.filter(pk=lead.pk, status=Lead.Status.SPAM).exists()
