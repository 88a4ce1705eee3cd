from celery import shared_task

from leadtrack.leads import inbox, stitch


@shared_task(name=inbox.TASK, acks_late=True)
def work_inbox(row_id: int) -> None:
    """Make a lead of one inbox row. The door asks for it right after storing the row."""
    inbox.work(row_id)


@shared_task(acks_late=True)
def sweep_inbox() -> None:
    """Work the rows that nobody finished. Beat runs it every minute."""
    inbox.sweep()


@shared_task(acks_late=True)
def stitch_browsers() -> None:
    """Link the browsers that said whose they are. Beat runs it every 15 seconds."""
    stitch.stitch_due()
