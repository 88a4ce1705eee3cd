"""PostgreSQL cannot be reached: forms wait on the disk and become leads when it is back, each once."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
import pytest

from tests.services.test_whole import FIRM
from tests.stack import RABBITMQ, Stack, free_port, running_stack, wait_for

pytestmark = pytest.mark.services

# A row whose worker was cut off is due again after its claim, by default two minutes.
QUICK = {"LEADTRACK_CLAIM_SECONDS": "5", "LEADTRACK_SWEEP_SECONDS": "5"}
# Long enough for a pool of connections that looks less and less often to be caught looking away.
OUTAGE_SECONDS = 35
BACK_SECONDS = 15


class Wire:
    """A TCP proxy in front of PostgreSQL that can be cut and mended."""

    def __init__(self, host: str, port: int) -> None:
        self.target, self.port, self.is_cut = (host, port), free_port(), False
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self._door = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Break what is open and refuse what comes."""
        with self._lock:
            self.is_cut = True
            for end in self._open:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            self._open.clear()

    def mend(self) -> None:
        """Let connections through again."""
        self.is_cut = False

    def close(self) -> None:
        """For good."""
        self.cut()
        self._door.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _address = self._door.accept()
                with self._lock:
                    if self.is_cut:
                        near.close()
                        continue
                    far = socket.create_connection(self.target)
                    self._open += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._pump, args=(one, other), daemon=True).start()

    def _pump(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError), closing(one), closing(other):
            while some := one.recv(65536):
                other.sendall(some)


@contextmanager
def wired_stack() -> Iterator[tuple[Stack, Wire]]:
    """A stack on PostgreSQL; after its start the database is reached over the wire only."""
    with running_stack(postgres=True, broker=RABBITMQ, **QUICK) as stack:
        stack.shell(FIRM)
        direct = stack.environment["DATABASE_URL"]
        parts = urlsplit(direct)
        with closing(Wire(parts.hostname or "127.0.0.1", parts.port or 5432)) as wire:
            stack.stop()
            own = parts.netloc.rsplit("@", 1)[0] + "@" if "@" in parts.netloc else ""
            through = parts._replace(netloc=f"{own}127.0.0.1:{wire.port}")
            stack.environment["DATABASE_URL"] = urlunsplit(through)
            stack.start()
            stack.environment["DATABASE_URL"] = direct
            yield stack, wire


def post(stack: Stack, number: int) -> httpx.Response:
    fields = {
        "name": f"N{number}",
        "phone": f"+4930{1_000_000 + number}",
        "lt_submission_id": f"out-{number}",
    }
    return httpx.post(f"{stack.url}/api/v1/forms/callme", data=fields, timeout=30)


def phones(stack: Stack) -> list[str]:
    return sorted(str(phone) for (phone,) in stack.rows("SELECT phone FROM leadtrack_leads_lead"))


def test_forms_wait_for_the_database_and_each_becomes_one_lead() -> None:
    with wired_stack() as (stack, wire):
        assert post(stack, 0).status_code == 201
        wire.cut()
        while_cut = list(_answers_while(stack, range(1, 31), seconds=OUTAGE_SECONDS))
        assert {answer.status_code for answer in while_cut} == {202}
        assert {json.dumps(answer.json()) for answer in while_cut} == {'{"id": null, "duplicate": false}'}
        # A sender who heard nothing sends it again.
        assert post(stack, 1).status_code == 202
        unknown = httpx.post(f"{stack.url}/api/v1/forms/nobody", data={"phone": "+4930555555"}, timeout=30)
        assert unknown.status_code == 202
        assert len(phones(stack)) <= 1
        wire.mend()
        # Nobody comes by: the sweep alone finds that the database is back.
        expected = [f"+4930{1_000_000 + number}" for number in range(31)]
        wait_for(lambda: phones(stack) == expected, seconds=BACK_SECONDS, what="every form to be a lead")
        wait_for(lambda: post(stack, 31).status_code in (200, 201), seconds=5, what="the door to be back")
        wait_for(lambda: not _waiting(stack.folder), seconds=BACK_SECONDS, what="the spool to be empty")
        assert stack.rows("SELECT reason, status FROM leadtrack_leads_refusal") == [("unknown_form", 404)]
        assert stack.rows("SELECT count(*) FROM leadtrack_leads_inboxrow") == [(32,)]


def _answers_while(stack: Stack, numbers: range, *, seconds: float) -> Iterator[httpx.Response]:
    """Posts at an even pace."""
    began = time.monotonic()
    for done, number in enumerate(numbers):
        time.sleep(max(0.0, began + seconds * done / len(numbers) - time.monotonic()))
        yield post(stack, number)


def _waiting(folder: Path) -> list[Path]:
    return list((folder / "spool").iterdir())
