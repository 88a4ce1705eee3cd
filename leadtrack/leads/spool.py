"""Where forms wait while the database cannot be reached: a file that is on the disk before we answer.

A form is replayed once: its submission key decides, as for one that was sent twice. The file holds what
people wrote, so that only our own user may read it, and it is deleted as soon as its leads are stored.
"""

import fcntl
import json
import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import DataError, Error, IntegrityError, close_old_connections, connection

from leadtrack.leads import inbox
from leadtrack.leads.models import Form, InboxRow, Refusal
from leadtrack.leads.submission import read_submission

logger = logging.getLogger(__name__)

MOST_BYTES: Final = 64 * 1024 * 1024
_OPEN: Final = "forms.jsonl"
_TAKEN: Final = "forms.*.taken"
_FAILED: Final = "forms.failed"


class SpoolFullError(Exception):
    """There is no room, or no place, for one more: the sender must keep it."""


@dataclass(frozen=True)
class Waiting:
    """A form as it was sent; `body` is its bytes as latin-1, `received_at` ISO with its offset."""

    form_key: str
    content_type: str
    body: str
    received_at: str
    referer: str = ""
    user_agent: str = ""
    origin: str = ""


def keep(form: Waiting) -> None:
    """Write it down for later; on return it is on the disk. Raises SpoolFullError."""
    folder = _folder()
    if folder is None:
        raise SpoolFullError
    line = json.dumps(asdict(form)).encode() + b"\n"
    try:
        with _locked(folder / _OPEN) as file:
            _append(file, line)
    except OSError as problem:
        raise SpoolFullError from problem


def replay() -> int:
    """Store what waits, oldest first; the number of new rows. Stops when the database is missing again.

    Safe to run anywhere at any time: what was stored before a stop or a kill is found by its key. A form
    that cannot be stored at all is kept in a file of its own and holds up none.
    """
    folder = _folder()
    if folder is None or not folder.exists():
        return 0
    try:
        return _replay_folder(folder)
    except Error as problem:
        logger.warning("forms wait for the database (%s)", type(problem).__name__)
        return 0


def replay_soon() -> None:
    """Replay beside the request or the start that asks for it, if anything waits."""
    folder = _folder()
    if folder is not None and folder.exists() and any(folder.iterdir()):
        threading.Thread(target=_replay_alone, name="replay", daemon=True).start()


def _replay_alone() -> None:
    try:
        replay()
    finally:
        close_old_connections()


def _folder() -> Path | None:
    """None in a host project that has set no place."""
    place = getattr(settings, "LEADTRACK_SPOOL", None)
    return Path(place) if place else None


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """The open file, ours alone; another process may take it away while we wait for it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    while True:
        file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            if _is_still(path, file):
                yield file
                return
        finally:
            os.close(file)


def _is_still(path: Path, file: int) -> bool:
    with suppress(FileNotFoundError):
        return os.stat(path).st_ino == os.fstat(file).st_ino
    return False


def _append(file: int, line: bytes) -> None:
    size = os.fstat(file).st_size
    if size + len(line) > MOST_BYTES:
        raise SpoolFullError
    # Whoever died in the middle of a line was not answered: end it, and the replay passes over it.
    torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"
    whole = (b"\n" if torn else b"") + line
    while whole:
        whole = whole[os.write(file, whole) :]
    os.fsync(file)
    if not size:
        _sync_folder()


def _sync_folder() -> None:
    """A new file's name, too, must outlive a power cut."""
    folder = os.open(str(_folder()), os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _replay_folder(folder: Path) -> int:
    """Raises a database Error at the first question that is not answered: each would take seconds."""
    if not any(folder.iterdir()):
        return 0
    # Before a file is put aside: a day without the database would leave a thousand of them.
    connection.ensure_connection()
    _take(folder)
    return sum(_replay_file(path) for path in sorted(folder.glob(_TAKEN)))


def _take(folder: Path) -> None:
    """Put the file aside, so that new forms begin another."""
    path = folder / _OPEN
    if path.exists():
        with _locked(path) as file:
            if os.fstat(file).st_size:
                path.rename(folder / f"forms.{time.time_ns()}.taken")


def _replay_file(path: Path) -> int:
    with suppress(FileNotFoundError), path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return 0  # another process is at it
        count = sum(_replay_or_set_aside(line) for line in file)
        path.unlink(missing_ok=True)
        logger.info("%s forms that had waited for the database are stored", count)
        return count
    return 0


def _replay_or_set_aside(line: bytes) -> bool:
    try:
        return _replay_line(line)
    except Exception as problem:
        # Whatever is not about this form itself (no database, a lock, a missing migration) passes.
        if isinstance(problem, Error) and not isinstance(problem, DataError | IntegrityError):
            raise
        logger.error("a form that had waited cannot be stored (%s)", type(problem).__name__)
        with _locked(Path(settings.LEADTRACK_SPOOL) / _FAILED) as file:
            _append(file, line)
        return False


def _replay_line(line: bytes) -> bool:
    try:
        waiting = Waiting(**json.loads(line))
    except (ValueError, TypeError):
        return False
    form = Form.objects.filter(key=waiting.form_key, is_active=True).first()
    if form is None:
        _refuse(waiting)
        return False
    row, is_new = inbox.accept(
        form=form,
        submission=read_submission(waiting.content_type, waiting.body.encode("latin-1")),
        received_at=datetime.fromisoformat(waiting.received_at),
        referer_header=waiting.referer,
        user_agent=waiting.user_agent,
        origin_header=waiting.origin,
    )
    if is_new:
        inbox.wake(row)
    return is_new


def _refuse(waiting: Waiting) -> None:
    """Nobody could know while the database was away that there is no such form."""
    headers = {"content-type": waiting.content_type, "origin": waiting.origin}
    kept = {"method": "POST", "headers": headers, "query": {}, "body": waiting.body}
    Refusal.objects.get_or_create(
        door=InboxRow.Door.FORM,
        reason="unknown_form",
        status=404,
        at=datetime.fromisoformat(waiting.received_at),
        path=f"/api/v1/forms/{waiting.form_key}",
        defaults={"size": len(waiting.body), "is_whole": True, "kept": json.dumps(kept)},
    )
