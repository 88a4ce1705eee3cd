from celery import shared_task
from django.utils import timezone

from leadtrack.phones import close, offline_numbers, recordings


@shared_task(acks_late=True)
def keep_offline_numbers() -> None:
    """Write where numbers ring while the database is missing. Beat runs it each minute, pages on changes."""
    offline_numbers.write_offline_numbers()


@shared_task(acks_late=True)
def fetch_recordings() -> None:
    """Fetch the recordings that are due, then empty the carriers. Beat runs it every half minute."""
    recordings.fetch_due(now=timezone.now())
    recordings.empty_carriers(now=timezone.now())


@shared_task(acks_late=True)
def delete_old_recordings() -> None:
    """Delete recordings whose time is over. Beat runs it every night."""
    recordings.delete_old(now=timezone.now())


@shared_task(acks_late=True)
def sweep_leases() -> None:
    """Close the leases that are over and note how many numbers are taken. Beat runs it every minute."""
    close.close_over(now=timezone.now())
    close.note_use(now=timezone.now())
