"""Playing the two halves of the year on two cores.

SQLite has one writer. So a child process plays the second half into a copy of the database whose ids begin
far above ours, and its new rows are brought over at the end. Every row is still made by the doing functions.
"""

import multiprocessing
import os
from collections.abc import Callable, Sequence
from multiprocessing.process import BaseProcess
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep
from typing import Final

from django.db import connection, transaction

from leadtrack.demo.adverts import ADVERTS, PAGES
from leadtrack.demo.events import Event
from leadtrack.demo.firm import Firm
from leadtrack.demo.history import OnProgress, play
from leadtrack.demo.plan import halves
from leadtrack.sources.marker import parse_marker
from leadtrack.sources.register import source_for, unknown_source

# No event makes as many rows in one table.
_IDS_PER_EVENT: Final = 10
_NUMBERED: Final = "%AUTOINCREMENT%"


def play_year(events: Sequence[Event], firm: Firm, *, on_progress: OnProgress) -> None:
    """Let the year happen, on two cores where there are two and the database is a file of our own."""
    is_file = connection.vendor == "sqlite" and not connection.in_atomic_block
    if is_file and len(os.sched_getaffinity(0)) > 1:
        _play_in_two(events, firm, on_progress)
    else:
        play(events, firm, on_progress=on_progress)


def _play_in_two(events: Sequence[Event], firm: Firm, on_progress: OnProgress) -> None:
    first, second = halves(events)
    _know_all_sources()
    done = multiprocessing.Value("l", 0)
    with TemporaryDirectory(prefix="leadtrack-demo-") as folder:
        other = Path(folder) / "second-half.sqlite3"
        floors = _copy_with_high_ids(other, ids_from=_IDS_PER_EVENT * len(events))
        # A connection must not be used on both sides of a fork.
        connection.close()
        child = multiprocessing.get_context("fork").Process(
            target=_play_second, args=(other, second, firm, done)
        )
        child.start()
        try:
            play(first, firm, on_progress=lambda number: on_progress(number + done.value))
            _wait(child, lambda: on_progress(len(first) + done.value))
        finally:
            child.kill()
            child.join()
        _bring_over(other, floors)


def _play_second(other: Path, events: Sequence[Event], firm: Firm, done: "Synchronized[int]") -> None:
    """The child: plays into the copy, and says how far it is."""

    def note(number: int) -> None:
        done.value = number

    connection.settings_dict["NAME"] = str(other)
    play(events, firm, on_progress=note)
    connection.close()


def _know_all_sources() -> None:
    """Both halves meet the same sources: made here, they have the same ids in both."""
    unknown_source()
    for advert in ADVERTS:
        source_for(parse_marker(PAGES[advert.site] + advert.landing.replace("{click}", "0"), advert.referrer))


def _copy_with_high_ids(other: Path, *, ids_from: int) -> dict[str, int]:
    """Copy the database; the id of each table above which the copy's own rows begin."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(other)])
        cursor.execute("ATTACH DATABASE %s AS half", [str(other)])
        cursor.execute(
            "SELECT name FROM half.sqlite_master WHERE type = 'table' AND sql LIKE %s", [_NUMBERED]
        )
        tables = [name for (name,) in cursor.fetchall()]
        cursor.execute("SELECT name, seq FROM half.sqlite_sequence")
        floors = dict.fromkeys(tables, ids_from) | {name: seq + ids_from for name, seq in cursor.fetchall()}
        cursor.execute("DELETE FROM half.sqlite_sequence")
        cursor.executemany(
            "INSERT INTO half.sqlite_sequence (name, seq) VALUES (%s, %s)", list(floors.items())
        )
        cursor.execute("DETACH DATABASE half")
    return floors


def _bring_over(other: Path, floors: dict[str, int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ATTACH DATABASE %s AS half", [str(other)])
        # Names of our own tables; the keys between them are checked at the commit.
        with transaction.atomic():
            for table, floor in floors.items():
                name = connection.ops.quote_name(table)
                copy = f"INSERT INTO main.{name} SELECT * FROM half.{name} WHERE rowid > %s"  # noqa: S608
                cursor.execute(copy, [floor])
        cursor.execute("DETACH DATABASE half")


def _wait(child: BaseProcess, tell: Callable[[], None]) -> None:
    while child.is_alive():
        tell()
        sleep(0.1)
    tell()
    if child.exitcode:
        raise RuntimeError("The second half of the year could not be played; what went wrong stands above.")
