"""While the database cannot be reached, forms wait on our disk, and each becomes one lead afterwards."""

import json
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import LazySettings
from django.db import IntegrityError, OperationalError

from leadtrack.leads import api, inbox, spool
from leadtrack.leads.models import Form, InboxRow, Refusal
from leadtrack.ui.outage import Outage, is_unreachable
from tests import make
from tests.leads.conftest import Send

pytestmark = pytest.mark.django_db

ANN = {"name": "Ann", "phone": "+4930901820", "lt_submission_id": "a-1"}


def missing() -> OperationalError:
    """What Django raises for a server that is not there."""
    problem = OperationalError("connection refused")
    problem.__cause__ = psycopg.OperationalError("connection refused")
    return problem


def cut(problem: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise problem

    monkeypatch.setattr(api.inbox, "accept", refuse)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.LEADTRACK_SPOOL = tmp_path / "spool"
    monkeypatch.setattr(api, "_outage", Outage())
    return tmp_path / "spool"


@pytest.fixture
def down(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    with monkeypatch.context() as while_down:
        cut(missing(), while_down)
        yield while_down


def test_a_form_waits_and_becomes_one_row_with_its_moment(send: Send, down: Any, folder: Path) -> None:
    answer = send(ANN)
    assert (answer.status_code, answer.json()) == (202, {"id": None, "duplicate": False})
    sent_at = json.loads((folder / "forms.jsonl").read_bytes())["received_at"]
    down.undo()
    assert spool.replay() == 1
    row = InboxRow.objects.get()
    assert row.received_at.isoformat() == sent_at
    assert inbox.work(row.pk).name == "Ann"
    assert not list(folder.iterdir())
    assert spool.replay() == 0


def test_only_our_own_user_may_read_it(send: Send, down: Any, folder: Path) -> None:
    send(ANN)
    assert stat.S_IMODE((folder / "forms.jsonl").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_same_form_sent_again_and_again_is_one_row(send: Send, down: Any) -> None:
    assert [send(ANN).status_code for _ in range(3)] == [202, 202, 202]
    down.undo()
    assert send(ANN).status_code == 202  # for a moment nobody looks whether it is back
    assert spool.replay() == 1
    assert InboxRow.objects.count() == 1


def test_a_replay_that_was_killed_in_the_middle_goes_on(send: Send, down: Any, folder: Path) -> None:
    send(ANN)
    send(ANN | {"lt_submission_id": "a-2"})
    first, _second = (folder / "forms.jsonl").read_bytes().splitlines(keepends=True)
    down.undo()
    assert spool._replay_line(first)
    assert spool.replay() == 1
    assert InboxRow.objects.count() == 2


def test_a_torn_line_is_passed_over(send: Send, down: Any, folder: Path) -> None:
    send(ANN)
    with (folder / "forms.jsonl").open("ab") as file:
        file.write(b'{"form_key": "abc", "bo')
    send(ANN | {"lt_submission_id": "a-2"})
    down.undo()
    assert spool.replay() == 2


def test_the_database_may_go_missing_again_while_it_is_replayed(send: Send, down: Any, folder: Path) -> None:
    send(ANN)
    assert spool.replay() == 0
    assert len(list(folder.iterdir())) == 1
    down.undo()
    assert spool.replay() == 1


def test_a_form_that_cannot_be_stored_is_kept_and_holds_up_none(send: Send, down: Any, folder: Path) -> None:
    send(ANN)
    send(ANN | {"lt_submission_id": "a-2"})
    down.undo()
    path = folder / "forms.jsonl"
    broken, whole = path.read_bytes().splitlines(keepends=True)
    broken = json.dumps(json.loads(broken) | {"received_at": "yesterday"}).encode() + b"\n"
    path.write_bytes(broken + whole)
    assert [spool.replay(), spool.replay()] == [1, 0]
    assert [path.name for path in folder.iterdir()] == ["forms.failed"]
    assert (folder / "forms.failed").read_bytes() == broken


def test_while_it_is_missing_it_is_asked_once_and_nothing_is_put_aside(
    send: Send, down: pytest.MonkeyPatch, folder: Path
) -> None:
    send(ANN)
    asked: list[int] = []

    def refuse() -> None:
        asked.append(1)
        raise missing()

    down.setattr(spool.connection, "ensure_connection", refuse)
    assert [spool.replay(), spool.replay()] == [0, 0]
    assert len(asked) == 2
    assert [path.name for path in folder.iterdir()] == ["forms.jsonl"]
    down.undo()
    assert spool.replay() == 1


def test_a_form_that_never_was_is_refused_when_it_is_replayed(send: Send, down: Any, form: Form) -> None:
    with pytest.MonkeyPatch.context() as lost:
        lost.setattr(api, "form_for", lambda _key: (_ for _ in ()).throw(missing()))
        assert send(ANN, to=Form(key="nobody")).status_code == 202
    down.undo()
    assert spool.replay() == 0
    refused = Refusal.objects.get()
    assert (refused.reason, refused.status, refused.path) == ("unknown_form", 404, "/api/v1/forms/nobody")


def test_there_is_an_end_to_it(send: Send, down: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "MOST_BYTES", 10)
    answer = send(ANN)
    assert answer.status_code == 503
    assert answer["Retry-After"]


@pytest.mark.parametrize("place", ["", "file"])
def test_without_a_place_the_sender_keeps_it(
    send: Send, down: Any, settings: LazySettings, tmp_path: Path, place: str
) -> None:
    (tmp_path / "file").touch()
    settings.LEADTRACK_SPOOL = str(tmp_path / place) if place else None
    assert send(ANN).status_code == 503


def test_nobody_who_cannot_be_reached_is_kept(send: Send, down: Any, folder: Path) -> None:
    assert send({"name": "Ann"}).status_code == 400
    assert not folder.exists()


@pytest.mark.parametrize("problem", [IntegrityError("no"), OperationalError("database is locked")])
def test_any_other_error_is_an_error(
    send: Send, monkeypatch: pytest.MonkeyPatch, folder: Path, problem: Exception
) -> None:
    cut(problem, monkeypatch)
    with pytest.raises(type(problem)):
        send(ANN)
    assert not folder.exists()


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (psycopg.OperationalError("server closed the connection unexpectedly"), True),
        (psycopg.errors.AdminShutdown("terminating connection"), True),
        (psycopg.errors.CannotConnectNow("the database system is starting up"), True),
        (psycopg.errors.ConnectionFailure(""), True),
        (psycopg.errors.DeadlockDetected(""), False),
        (psycopg.errors.DiskFull(""), False),
        (psycopg.errors.QueryCanceled(""), False),
        (psycopg.errors.UniqueViolation(""), False),
        (psycopg.DataError("NUL"), False),
        (None, False),
    ],
)
def test_what_means_that_the_database_is_missing(cause: Exception | None, expected: bool) -> None:
    problem = OperationalError()
    problem.__cause__ = cause
    assert is_unreachable(problem) is expected


def test_while_it_is_down_one_request_now_and_then_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("leadtrack.ui.outage.time.monotonic", lambda: now[0])
    outage = Outage()
    assert outage.may_ask()
    outage.begin()
    assert not outage.may_ask()
    now[0] += 3
    assert [outage.may_ask(), outage.may_ask()] == [True, False]
    assert [outage.end(), outage.end()] == [True, False]
    assert outage.may_ask()


def test_many_that_wait_at_once_are_all_kept(folder: Path) -> None:
    form = make.form()

    def keep_some(number: int) -> None:
        for count in range(20):
            body = f"phone=%2B4930{number:03}{count:04}"
            spool.keep(
                spool.Waiting(
                    form.key, "application/x-www-form-urlencoded", body, "2026-03-10T12:00:00+00:00"
                )
            )

    threads = [threading.Thread(target=keep_some, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        spool._take(folder) if folder.exists() else None
    assert spool.replay() == 80
