"""The life of a dirty mark: from the change it was committed with to the booking that read it."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from leadtrack.ledger import reconcile, tasks, turns
from leadtrack.ledger.models import Credit, ResultFact, TrafficFact, Turn
from leadtrack.ledger.reconcile import reconcile_changed, reconcile_day, reconcile_range, waiting_days
from leadtrack.sources.dirty import mark_contact, mark_days
from leadtrack.sources.models import DirtyMark
from tests import make
from tests.ledger import books
from tests.ledger.books import DAY, PAID, after


def _before(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, change: Callable[[], object]) -> None:
    """Let something happen just before a step of the booking, the first time."""
    step, left = getattr(module, name), [change]

    def stepped(*args: Any, **kwargs: Any) -> Any:
        if left:
            left.pop()()
        return step(*args, **kwargs)

    monkeypatch.setattr(module, name, stepped)


@pytest.mark.django_db
def test_a_mark_goes_away_with_its_booking() -> None:
    books.journey((DAY, PAID))
    assert waiting_days() == [DAY]
    assert reconcile_changed() == [DAY]
    assert waiting_days() == []
    assert reconcile_changed() == []


@pytest.mark.django_db
def test_the_task_books_what_is_marked() -> None:
    books.journey((DAY, PAID))
    tasks.reconcile_changed()
    assert tasks.reconcile_changed.name == "leadtrack.ledger.tasks.reconcile_changed"
    assert ResultFact.objects.exists()


@pytest.mark.django_db
def test_a_change_while_a_day_is_booked_is_booked_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    books.journey((DAY, PAID))
    # The results are read already: this lead can only be in the next booking.
    _before(monkeypatch, reconcile, "traffic_on", lambda: books.journey((DAY, PAID)))
    reconcile_changed()
    assert Credit.objects.filter(clock="cash", model="last", result="lead").count() == 2
    assert TrafficFact.objects.get().visits == 2
    assert not DirtyMark.objects.exists()


@pytest.mark.django_db
def test_marks_that_nobody_read_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    books.journey((DAY, PAID))
    monkeypatch.setattr(reconcile, "MOST_ROUNDS", 1)
    _before(monkeypatch, reconcile, "results_on", lambda: mark_days([DAY, after(1)]))
    assert reconcile_changed() == [DAY]
    assert waiting_days() == [DAY, after(1)]


@pytest.mark.django_db
def test_a_booking_that_breaks_keeps_its_marks_and_lets_others_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    books.journey((DAY, PAID))
    books.journey((after(1), PAID), lead_on=after(1))

    def broken(day: Any, results: Any, *rest: Any) -> Any:
        if day == DAY:
            raise ZeroDivisionError
        return set()

    with monkeypatch.context() as patch:
        patch.setattr(reconcile, "stale_days", broken)
        with pytest.raises(ExceptionGroup) as caught:
            reconcile_changed()
    assert [type(problem) for problem in caught.value.exceptions] == [ZeroDivisionError]
    assert waiting_days() == [DAY]
    assert not ResultFact.objects.filter(day=DAY).exists()
    assert ResultFact.objects.filter(day=after(1)).exists()
    assert reconcile_changed() == [DAY]


@pytest.mark.django_db
def test_marks_of_a_contact_become_marks_of_days() -> None:
    lead = books.journey((DAY, PAID))
    books.won(lead, on=after(3))
    reconcile_changed()
    mark_contact(lead.contact_id)
    mark_contact(lead.contact_id)
    assert waiting_days() == [DAY, after(3)]
    assert reconcile_changed() == [DAY, after(3)]
    assert not DirtyMark.objects.exists()


@pytest.mark.django_db
def test_a_mark_of_a_contact_without_results_just_goes() -> None:
    mark_contact(make.contact().pk)
    assert reconcile_changed() == []
    assert not DirtyMark.objects.exists()


@pytest.mark.django_db
def test_a_range_is_booked_whether_marked_or_not() -> None:
    books.journey((DAY, PAID))
    DirtyMark.objects.all().delete()
    assert reconcile_range(DAY, after(2)) == [DAY, after(1), after(2)]
    assert ResultFact.objects.exists()


@pytest.mark.django_db
def test_one_worker_runs_at_a_time() -> None:
    books.journey((DAY, PAID))
    assert turns.take_run(timezone.now())
    assert reconcile_changed() == []
    assert waiting_days() == [DAY]


@pytest.mark.django_db
def test_the_run_of_a_dead_worker_is_taken_over() -> None:
    books.journey((DAY, PAID))
    assert turns.take_run(timezone.now() - turns.RUN_LASTS - timedelta(seconds=1))
    assert reconcile_changed() == [DAY]
    assert Turn.objects.get(name="run").until is None


@pytest.mark.django_db
def test_who_looked_before_another_wrote_looks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    books.journey((DAY, PAID))

    def another_worker() -> None:
        books.journey((DAY, PAID))
        reconcile_day(DAY)
        DirtyMark.objects.all().delete()

    # We have read one lead; the other worker books two, and takes the marks away.
    _before(monkeypatch, reconcile, "traffic_on", another_worker)
    reconcile_day(DAY)
    assert Credit.objects.filter(clock="cash", model="last").count() == 2


@pytest.mark.django_db
def test_who_is_always_overtaken_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []

    def look(claim: turns.Claim) -> None:
        looks.append(claim.number)
        turns.claim(claim.name).use([])
        claim.use([])

    with pytest.raises(turns.Overtaken):
        turns.until_in_turn("2026-03-10", look)
    assert len(looks) == turns.MOST_TRIES


@pytest.mark.django_db(transaction=True)
def test_workers_that_book_one_day_together_book_it_once() -> None:
    lead = books.journey((after(-2), PAID), (DAY, PAID))
    books.won(lead, on=DAY)
    books.spent(DAY, 1_000)
    problems = _together(4, lambda: reconcile_day(DAY))
    assert problems == []
    expected = books.stored()
    assert Credit.objects.count() == 3 * 2 * (3 + 2)
    for table in (Credit, ResultFact, TrafficFact):
        table.objects.all().delete()
    reconcile_day(DAY)
    assert books.stored() == expected


@pytest.mark.django_db(transaction=True)
def test_leads_that_come_while_several_workers_book_are_all_booked() -> None:
    site, source = make.site(), make.source(PAID)
    contacts = [make.contact(name=f"Ann {number}") for number in range(20)]

    def capture_and_book() -> None:
        while True:
            try:
                who = contacts.pop()
            except IndexError:
                return
            make.lead(at=books.at(DAY), on=site, of=source, who=who)
            mark_days([DAY])
            list(reconcile.book_marked())

    assert _together(3, capture_and_book) == []
    reconcile_changed()
    assert not DirtyMark.objects.exists()
    assert books.fact("cash", "last", DAY, source)["leads_ppm"] == 20 * 1_000_000
    assert Credit.objects.count() == 20 * 8


def _together(workers: int, work: Callable[[], object]) -> list[Exception]:
    """Run the work in threads that begin at one moment; what went wrong in any of them."""
    barrier, problems = Barrier(workers), []

    def run() -> None:
        try:
            barrier.wait()
            work()
        except Exception as problem:
            problems.append(problem)
        finally:
            connection.close()

    threads = [Thread(target=run) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return problems
