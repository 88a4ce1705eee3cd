"""Writers of the SQLite file stand in line, and nobody stands in it for ever."""

import fcntl
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.db import OperationalError, connection, connections, transaction

from leadtrack.ui.sqlite3 import line
from leadtrack.ui.sqlite3.base import SUFFIX

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL's writers do not wait"),
]

HOLD = """
import fcntl, os, sys, time
turn = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
fcntl.flock(turn, fcntl.LOCK_EX)
print("holding", flush=True)
time.sleep(600)
"""


def turn_file() -> str:
    return f"{connection.settings_dict['NAME']}{SUFFIX}"


def is_free() -> bool:
    turn = os.open(turn_file(), os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(turn)
    return True


def test_a_transaction_holds_the_turn_and_gives_it_back() -> None:
    with transaction.atomic():
        assert not is_free()
        with transaction.atomic():
            assert not is_free()
        assert not is_free()
    assert is_free()


def test_the_turn_ends_before_what_waits_for_the_commit() -> None:
    seen: list[bool] = []
    with transaction.atomic():
        transaction.on_commit(lambda: seen.append(is_free()))
    assert seen == [True]


def test_an_error_gives_it_back() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        raise ZeroDivisionError
    assert is_free()


def test_a_closed_connection_gives_it_back() -> None:
    def leave() -> None:
        transaction.set_autocommit(False)
        connection._start_transaction_under_autocommit()
        connections.close_all()

    thread = threading.Thread(target=leave)
    thread.start()
    thread.join(10)
    assert is_free()


def test_writers_of_one_process_wait_for_each_other() -> None:
    order: list[str] = []

    def second() -> None:
        with transaction.atomic():
            order.append("second")
        connections.close_all()

    with transaction.atomic():
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.2)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]


def test_a_killed_holder_holds_no_longer(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, turn_file()]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline()
        assert not is_free()
        holder.kill()
    with transaction.atomic():
        pass
    assert is_free()


def test_a_transaction_without_an_end_is_an_error_for_who_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "LONGEST_SECONDS", 0.1)
    told: list[str] = []

    def second() -> None:
        connection.ensure_connection()
        connection.cursor().execute("PRAGMA busy_timeout = 200")
        try:
            with transaction.atomic():
                pass
        except OperationalError as problem:
            told.append(str(problem))
        connections.close_all()

    with transaction.atomic():
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(10)
    assert told == ["database is locked"]
    with transaction.atomic():
        assert not is_free()
    assert is_free()
