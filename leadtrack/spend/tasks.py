"""Wake-ups for statements. The work is the Statement row."""

from datetime import timedelta

from celery import shared_task
from celery.contrib.django.task import DjangoTask
from django.utils import timezone

from leadtrack.spend import own_costs
from leadtrack.spend.load import due_statements, load_statement


@shared_task(base=DjangoTask, acks_late=True)
def load(statement_id: int) -> None:
    """Load a statement that was just uploaded."""
    load_statement(statement_id)


@shared_task(base=DjangoTask, acks_late=True)
def sweep_statements() -> None:
    """Wake up every statement that nobody is loading. Beat runs it each minute."""
    for statement_id in due_statements(timezone.now()):
        load.delay(statement_id)


@shared_task(base=DjangoTask, acks_late=True)
def book_own_costs() -> None:
    """Book what numbers, calls and offline ads cost until yesterday. Beat runs it each hour."""
    own_costs.book_own_costs(until=timezone.localdate() - timedelta(days=1))
