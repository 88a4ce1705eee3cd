"""A client that costs little: one thread, raw sockets, keep-alive, requests made from a template.

Run as a process of its own (`python -m bench.client`): the job as JSON on standard input, the answer as JSON
on standard output. Its own CPU time is in the answer, so that one sees that it was not what limits.
"""

import json
import re
import select
import socket
import subprocess
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NUMBER = b"#NUMBER#"
NUMBER_WIDTH = 8
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Job:
    """`template` is a whole request; #NUMBER# in it becomes `first`, `first` + 1, … in eight digits.

    It ends after `seconds` or after `most` requests, whichever comes first; whatever was sent is waited for.
    With `different` > 0 the numbers begin anew after so many.
    """

    port: int
    template: str
    first: int = 1
    seconds: float = 1.0
    most: int = 1_000_000
    connections: int = 8
    different: int = 0


@dataclass(slots=True)
class Answers:
    """What came back. Milliseconds; `cpu` is the client's own CPU time by wall time."""

    statuses: dict[str, int]
    seconds: float
    p50: float
    p99: float
    cpu: float

    @property
    def accepted(self) -> int:
        """How many were answered 2xx."""
        return sum(count for status, count in self.statuses.items() if status.startswith("2"))

    @property
    def rate(self) -> float:
        """2xx answers per second."""
        return self.accepted / self.seconds


@dataclass(slots=True)
class _Line:
    """One connection and its request under way."""

    socket: socket.socket
    sent_at: float = 0.0
    buffer: bytearray = field(default_factory=bytearray)


def request(port: int, path: str, body: str = "", headers: dict[str, str] | None = None) -> str:
    """A whole HTTP/1.1 request: a POST where there is a body, else a GET."""
    size = len(body.replace(NUMBER.decode(), "0" * NUMBER_WIDTH).encode())
    sent = {"Host": f"127.0.0.1:{port}", "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}
    sent |= headers or {}
    if body:
        sent["Content-Length"] = str(size)
    lines = [
        f"{'POST' if body else 'GET'} {path} HTTP/1.1",
        *(f"{name}: {text}" for name, text in sent.items()),
    ]
    return "\r\n".join(lines) + "\r\n\r\n" + body


def drive(job: Job) -> Answers:
    """Do the job in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.client"],
        cwd=ROOT,
        input=json.dumps(asdict(job)),
        capture_output=True,
        text=True,
        check=True,
        timeout=job.seconds + 60,
    )
    return Answers(**json.loads(done.stdout))


def work(job: Job) -> Answers:
    """Do the job here."""
    template = job.template.encode()
    lines = {line.socket.fileno(): line for line in (_connected(job.port) for _ in range(job.connections))}
    poll = select.epoll()
    for number in lines:
        poll.register(number, select.EPOLLIN)
    took: list[float] = []
    statuses: Counter[str] = Counter()
    began, cpu_began = time.perf_counter(), time.process_time()
    deadline = began + job.seconds
    sent = 0
    for line in lines.values():
        _send(line, template, job, sent)
        sent += 1
    waiting = len(lines)
    while waiting:
        for number, _ in poll.poll():
            line = lines[number]
            if not _is_whole(line):
                continue
            now = time.perf_counter()
            took.append(now - line.sent_at)
            statuses[line.buffer[9:12].decode()] += 1
            line.buffer.clear()
            if now < deadline and sent < job.most:
                _send(line, template, job, sent)
                sent += 1
            else:
                waiting -= 1
    seconds = time.perf_counter() - began
    cpu = (time.process_time() - cpu_began) / seconds
    took.sort()
    return Answers(
        dict(statuses), seconds, 1000 * took[len(took) // 2], 1000 * took[len(took) * 99 // 100], cpu
    )


def _connected(port: int) -> _Line:
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return _Line(connection)


def _send(line: _Line, template: bytes, job: Job, place: int) -> None:
    number = job.first + (place % job.different if job.different else place)
    line.sent_at = time.perf_counter()
    line.socket.sendall(template.replace(NUMBER, b"%0*d" % (NUMBER_WIDTH, number)))


def _is_whole(line: _Line) -> bool:
    """Read what has come; whether it is the whole answer."""
    received = line.socket.recv(65536)
    if not received:
        raise ConnectionError(f"the server hung up in the middle: {bytes(line.buffer[:200])!r}")
    line.buffer += received
    end = line.buffer.find(b"\r\n\r\n")
    if end < 0:
        return False
    head = bytes(line.buffer[:end])
    if _CHUNKED.search(head):
        return line.buffer.endswith(b"0\r\n\r\n")
    length = _LENGTH.search(head)
    return len(line.buffer) >= end + 4 + (int(length[1]) if length else 0)


if __name__ == "__main__":
    json.dump(asdict(work(Job(**json.load(sys.stdin)))), sys.stdout)
