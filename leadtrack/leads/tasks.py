from celery import shared_task
from django.utils import timezone

from leadtrack.leads import inbox, lookalikes, refusals, spool, stitch
from leadtrack.leads.call_files import load as call_files
from leadtrack.leads.importing import work
from leadtrack.leads.waking import TASK


@shared_task(name=TASK, acks_late=True)
def work_inbox(*row_ids: int) -> None:
    """Make leads of inbox rows. The doors ask for it right after storing them."""
    for row_id in row_ids:
        inbox.work(row_id)


@shared_task(acks_late=True)
def sweep_inbox() -> None:
    """Store what waited for the database; work the rows that nobody finished. Beat runs it every minute."""
    try:
        spool.replay()
    finally:
        inbox.sweep()


@shared_task(acks_late=True)
def stitch_browsers() -> None:
    """Link the browsers that said whose they are. Beat runs it every 15 seconds."""
    stitch.stitch_due()


@shared_task(acks_late=True)
def look_for_duplicates() -> None:
    """Ask about contacts that may be one person. Beat runs it every night."""
    lookalikes.look_for_duplicates(now=timezone.now())


@shared_task(acks_late=True)
def forget_refused() -> None:
    """Delete refused requests that are older than 30 days. Beat runs it every night."""
    refusals.forget_old()


@shared_task(name=work.TASK, acks_late=True)
def work_import(import_id: int) -> None:
    """Work a slice of an import, and ask for the next one."""
    if work.work(import_id):
        work.wake(import_id)


@shared_task(name=call_files.TASK, acks_late=True)
def work_call_file(file_id: int) -> None:
    """Work a slice of a list of calls, and ask for the next one."""
    if call_files.work(file_id):
        call_files.wake(file_id)


@shared_task(acks_late=True)
def sweep_call_files() -> None:
    """Take up the lists of calls that nobody works. Beat runs it every minute."""
    for file_id in call_files.due_files():
        call_files.wake(file_id)


@shared_task(acks_late=True)
def sweep_imports() -> None:
    """Take up the imports that nobody works. Beat runs it every minute."""
    for import_id in work.due_imports():
        work.wake(import_id)
