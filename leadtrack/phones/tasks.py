from celery import shared_task
from django.utils import timezone

from leadtrack.phones import check, close, jobs, offline_numbers, recordings, recover, sending, texts
from leadtrack.phones.models import CarrierAccount


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


@shared_task(name=jobs.TASK, acks_late=True)
def work_job(job_id: int) -> None:
    """Ask the carrier for one thing. Pages ask for it right after storing the job."""
    jobs.work(job_id, now=timezone.now())


@shared_task(acks_late=True)
def sweep_jobs() -> None:
    """Ask the carriers for what is due. Beat runs it every minute."""
    jobs.work_due(now=timezone.now())


@shared_task(acks_late=True)
def check_numbers() -> None:
    """Compare the set-up of all numbers at the carriers with ours. Beat runs it every night."""
    check.check_all(now=timezone.now())


@shared_task(acks_late=True)
def check_account(account_id: int) -> None:
    """Compare the numbers of one account. A page asks for it."""
    check.check_account(CarrierAccount.objects.get(pk=account_id), now=timezone.now())


@shared_task(acks_late=True)
def compare_calls() -> None:
    """Compare the carriers' lists of calls with ours. Beat runs it every five minutes."""
    recover.compare_all(now=timezone.now())


@shared_task(name=texts.TASK, acks_late=True)
def send_text_message(text_id: int) -> None:
    """Send one text. Whoever writes one asks for it right after storing it."""
    sending.send(text_id, now=timezone.now())


@shared_task(acks_late=True)
def sweep_texts() -> None:
    """Send the texts that are due. Beat runs it every half minute."""
    sending.send_due(now=timezone.now())
