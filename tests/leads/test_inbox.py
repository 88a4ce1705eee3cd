"""Rows are worked once, whatever is lost, killed or broken."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.utils import timezone

from leadtrack.deals.assign import open_deal
from leadtrack.leads import afterwards, capture, identify, inbox, tasks
from leadtrack.leads.doors.form import capture_form_lead
from leadtrack.leads.models import Attempt, Contact, Form, InboxRow, Lead
from leadtrack.leads.retry import CLAIM_LIFE, MAX_ATTEMPTS
from leadtrack.leads.submission import Submission
from tests import make
from tests.leads.conftest import Send

State = InboxRow.State
ANN = {"name": "Ann", "phone": "030 901820", "email": "ann@example.com"}


@pytest.fixture(autouse=True)
def no_rooms_above(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(afterwards, "_functions", [])


@pytest.fixture
def row(send: Send) -> InboxRow:
    send(ANN)
    return InboxRow.objects.get()


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> list[Exception]:
    """While the list is not empty, its first exception is what happens when a lead is made."""
    problems: list[Exception] = [ValueError("no room for Ann at +49 30 901820, ann@example.com")]

    def fail(lead: Lead) -> None:
        if problems:
            raise problems[0]

    monkeypatch.setattr(afterwards, "_functions", [fail])
    return problems


def make_due(row: InboxRow) -> None:
    InboxRow.objects.filter(pk=row.pk).update(due_at=timezone.now())


def test_a_task_works_its_row_and_running_twice_changes_nothing(row: InboxRow) -> None:
    tasks.work_inbox(row.pk)
    tasks.work_inbox(row.pk)
    row.refresh_from_db()
    assert (row.state, row.attempts) == (State.DONE, 1)
    assert Lead.objects.count() == 1


def test_a_lead_costs_few_queries(
    row: InboxRow, send: Send, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    make.member("sales")
    monkeypatch.setattr(afterwards, "_functions", [open_deal])
    inbox.work(row.pk)  # the site and the source "(unknown)" are known from now on
    send({"name": "Ben", "phone": "030 901821", "email": "ben@example.com"})
    second = InboxRow.objects.latest("pk")
    # PostgreSQL needs fewer, for it stores rows together that SQLite stores one by one.
    with django_assert_max_num_queries(20 if connection.vendor == "sqlite" else 16):
        inbox.work(second.pk)
    assert Lead.objects.get(public_id=second.public_id).deal.owner is not None


def test_a_task_for_no_row_does_nothing(db: None) -> None:
    assert inbox.work(12345) is None


def test_the_sweep_finds_a_row_whose_wake_up_was_lost(row: InboxRow) -> None:
    tasks.sweep_inbox()
    assert Lead.objects.get().public_id == row.public_id


def test_a_claimed_row_is_left_alone_until_its_worker_must_be_dead(row: InboxRow, time_machine: Any) -> None:
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    assert inbox.claim(row.pk) is not None
    assert inbox.claim(row.pk) is None
    assert inbox.sweep() == 0
    time_machine.move_to(now + CLAIM_LIFE, tick=False)
    assert inbox.sweep() == 1


def test_a_failure_is_tried_again_after_a_pause(row: InboxRow, broken: list[Exception]) -> None:
    inbox.work(row.pk)
    row.refresh_from_db()
    assert (row.state, row.attempts) == (State.NEW, 1)
    assert timedelta(seconds=5) < row.due_at - timezone.now() <= timedelta(seconds=10)
    assert inbox.work(row.pk) is None
    assert inbox.sweep() == 0
    assert not Contact.objects.exists()
    broken.clear()
    make_due(row)
    assert inbox.sweep() == 1


def test_the_error_is_kept_without_the_person(
    row: InboxRow, broken: list[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    inbox.work(row.pk)
    row.refresh_from_db()
    assert row.error.startswith("ValueError: no room for … at …, … (test_inbox.py:")
    assert "Ann" not in caplog.text
    assert "901820" not in caplog.text


def test_after_six_attempts_it_is_given_up_until_an_admin_runs_it_again(
    row: InboxRow, broken: list[Exception], no_broker: list[int]
) -> None:
    for _attempt in range(MAX_ATTEMPTS + 2):
        make_due(row)
        inbox.sweep()
    row.refresh_from_db()
    assert (row.state, row.attempts) == (State.FAILED, MAX_ATTEMPTS)
    make_due(row)
    assert (inbox.sweep(), inbox.work(row.pk)) == (0, None)
    broken.clear()
    assert inbox.rework(row) is True
    assert inbox.rework(row) is False
    assert inbox.sweep() == 1
    row.refresh_from_db()
    assert (row.state, row.error) == (State.DONE, "")


def test_a_row_that_kills_its_worker_is_given_up_too(row: InboxRow) -> None:
    InboxRow.objects.filter(pk=row.pk).update(
        state=State.WORKING, attempts=MAX_ATTEMPTS, due_at=timezone.now()
    )
    inbox.sweep()
    row.refresh_from_db()
    assert row.state == State.FAILED
    assert row.error


def test_a_worker_that_comes_too_late_writes_nothing(row: InboxRow) -> None:
    slow = inbox.claim(row.pk)
    assert slow is not None
    make_due(row)
    inbox.work(row.pk)
    with pytest.raises((capture.AlreadyWorkedError, IntegrityError)), transaction.atomic():
        capture_form_lead(slow)
    assert (Lead.objects.count(), Attempt.objects.count()) == (1, 0)


# --- at the same moment


def at_once(*jobs: Callable[[], Any]) -> list[Any]:
    """Run the jobs in threads that start together; their results, in order."""
    start, results = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(number: int, job: Callable[[], Any]) -> None:
        try:
            start.wait()
            results[number] = job()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
def test_the_same_key_at_the_same_moment_is_one_row(send: Send, form: Form) -> None:
    fields = ANN | {"lt_submission_id": "a-1"}
    answers = at_once(*[lambda: send(fields)] * 6)
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert InboxRow.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_one_row_make_one_lead(row: InboxRow) -> None:
    leads = at_once(*[lambda: inbox.work(row.pk)] * 4)
    assert sum(lead is not None for lead in leads) == 1
    assert (Lead.objects.count(), Contact.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_one_new_person_twice_at_the_same_moment_is_one_contact_with_one_lead(form: Form) -> None:
    rows = [store(form, ANN | {"lt_submission_id": str(number)}) for number in range(4)]
    at_once(*[lambda pk=row.pk: inbox.work(pk) for row in rows])
    make_due_all()
    inbox.sweep()
    assert (Contact.objects.count(), Lead.objects.count(), Attempt.objects.count()) == (1, 1, 3)
    assert set(InboxRow.objects.values_list("state", flat=True)) == {State.DONE}


@pytest.mark.django_db(transaction=True)
def test_many_people_at_once_all_become_leads(form: Form) -> None:
    rows = [store(form, {"email": f"p{number}@example.com"}) for number in range(8)]
    at_once(*[lambda pk=row.pk: inbox.work(pk) for row in rows])
    make_due_all()
    inbox.sweep()
    assert Lead.objects.count() == 8


def store(form: Form, fields: dict[str, str]) -> InboxRow:
    row, is_new = inbox.accept(
        form=form, submission=Submission(fields), received_at=make.NOON, referer_header="", user_agent=""
    )
    assert is_new
    return row


def make_due_all() -> None:
    InboxRow.objects.filter(state=State.NEW).update(due_at=timezone.now())


def test_who_was_made_while_we_looked_is_not_made_again(
    captured: Callable[..., Lead], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = captured(ANN)
    looked: list[Any] = [[]]
    real = identify._keys_like
    monkeypatch.setattr(identify, "_keys_like", lambda values: looked.pop() if looked else real(values))
    again = captured(ANN | {"message": "once more"})
    assert not looked
    assert (again.pk, Contact.objects.count()) == (first.pk, 1)
