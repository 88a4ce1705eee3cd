"""Wake-ups for re-classification. The work is the Reclassification row."""

from celery import shared_task
from celery.contrib.django.task import DjangoTask
from django.utils import timezone

from leadtrack.sources import reclassify as work
from leadtrack.sources.models import Reclassification


@shared_task(base=DjangoTask, acks_late=True)
def reclassify(row_id: int) -> None:
    """Go on with it for a minute; then let the next task go on, so that others have a turn."""
    row = work.work(row_id)
    if row.state == Reclassification.State.OPEN:
        wait = (row.due_at - timezone.now()).total_seconds()
        reclassify.apply_async(args=(row_id,), countdown=max(0.0, wait))


@shared_task(base=DjangoTask, acks_late=True)
def sweep_reclassifications() -> None:
    """Wake up what nobody is working on. Beat runs it each minute."""
    for row_id in work.due(timezone.now()):
        reclassify.delay(row_id)
