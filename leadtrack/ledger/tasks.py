"""Wake-ups. The work is in the marks; a lost or repeated wake-up changes nothing."""

from celery import shared_task

from leadtrack.ledger import reconcile


@shared_task
def reconcile_changed() -> None:
    """Book the days that something changed on."""
    reconcile.reconcile_changed()
