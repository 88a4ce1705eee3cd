"""What others wrote as an address is fetched without letting them into our own network."""

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from leadtrack.ui import outward
from leadtrack.ui.outward import OutwardError, fetch, is_public


class Handler(BaseHTTPRequestHandler):
    """Answers by its path."""

    seen: list[tuple[str, str]] = []  # noqa: RUF012

    def log_message(self, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.seen.append((self.path, self.headers["Host"]))
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/to/"))
            self.end_headers()
            return
        if self.path == "/gone":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", "audio/mpeg; charset=x")
        self.end_headers()
        for _part in range(20):
            try:
                self.wfile.write(b"x" * 1000)
            except OSError:
                return
            time.sleep(0.2 if self.path == "/drip" else 0)


@pytest.fixture
def server(settings: Any) -> Iterator[str]:
    Handler.seen = []
    web = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    web.daemon_threads = True
    threading.Thread(target=web.serve_forever, args=(0.05,), daemon=True).start()
    host = f"127.0.0.1:{web.server_address[1]}"
    settings.LEADTRACK_OUTWARD_HOSTS = [host]
    yield host
    web.shutdown()
    web.server_close()


def get(url: str, most_bytes: int = 100_000, seconds: float = 5) -> bytes:
    return b"".join(fetch(url, most_bytes=most_bytes, seconds=seconds).parts)


def code_of(url: str, **limits: Any) -> str:
    with pytest.raises(OutwardError) as refused:
        get(url, **limits)
    return refused.value.code


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "198.18.0.1",
        "240.0.0.1",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2002:a00:1::",
        "2001:db8::1",
    ],
)
def test_addresses_that_are_not_of_the_open_internet(address):
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "64:ff9b::101:101"])
def test_addresses_of_the_open_internet(address):
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://1.1.1.1/r.mp3",
        "https://127.0.0.1/r.mp3",
        "https://localhost/r.mp3",
        "https://[::1]/r.mp3",
        "https://[::ffff:127.0.0.1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://user:password@1.1.1.1/",
        "ftp://1.1.1.1/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_SET",
        "https://",
        "",
        "nonsense",
        "https://exa mple/",
    ],
)
def test_what_is_not_a_public_https_address_is_not_asked(url, settings):
    settings.LEADTRACK_OUTWARD_HOSTS = []
    assert code_of(url) in ("unsafe_address", "unreachable")
    if "1" in url and "exa mple" not in url:
        assert code_of(url) == "unsafe_address"


def test_a_listed_host_of_ones_own_is_asked(server):
    answer = fetch(f"http://{server}/r.mp3", most_bytes=100_000, seconds=5)
    assert answer.content_type.startswith("audio/mpeg")
    assert b"".join(answer.parts) == b"x" * 20_000


def test_listed_is_the_very_port(server, settings):
    settings.LEADTRACK_OUTWARD_HOSTS = ["127.0.0.1"]
    assert code_of(f"http://{server}/r.mp3") == "unsafe_address"
    assert Handler.seen == []


@pytest.mark.parametrize(
    "there",
    ["http://127.0.0.2:{port}/r.mp3", "https://169.254.169.254/", "file:///etc/passwd", "http://[::1]/"],
)
def test_a_redirect_is_looked_at_like_any_address(server, there):
    port = server.split(":")[1]
    assert code_of(f"http://{server}/to/{there.format(port=port)}") == "unsafe_address"
    assert len(Handler.seen) == 1


def test_a_redirect_on_the_way_to_it_is_followed(server):
    assert len(get(f"http://{server}/to//r.mp3")) == 20_000


def test_redirects_that_go_round_end(server):
    Handler.seen = []
    round_trip = f"http://{server}/to/" * 6
    assert code_of(round_trip + f"http://{server}/x") == "302"
    assert len(Handler.seen) == 4


def test_a_name_cannot_change_its_mind_between_looking_and_connecting(server, monkeypatch):
    asked = []
    real = socket.getaddrinfo
    port = int(server.split(":")[1])

    def first_public_then_private(host: Any, *args: Any, **more: Any) -> Any:
        if host != "rebind.example":
            return real(host, *args, **more)
        asked.append(host)
        address = "1.1.1.1" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", first_public_then_private)
    connected = []
    monkeypatch.setattr(
        socket,
        "create_connection",
        lambda address, *args, **more: connected.append(address[0]) or (_ for _ in ()).throw(OSError()),
    )
    assert code_of(f"https://rebind.example:{port}/") == "unreachable"
    assert (len(asked), connected) == (1, ["1.1.1.1"])


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch):
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 443)) for ip in ("1.1.1.1", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **more: both)
    assert code_of("https://mixed.example/") == "unsafe_address"


def test_what_grows_too_large_is_broken_off(server):
    assert code_of(f"http://{server}/r.mp3", most_bytes=5_000) == "too_large"


def test_what_drips_is_broken_off(server):
    started = time.monotonic()
    assert code_of(f"http://{server}/drip", seconds=0.5) == "too_slow"
    assert time.monotonic() - started < 3


def test_a_status_is_told(server):
    with pytest.raises(OutwardError) as gone:
        get(f"http://{server}/gone")
    assert (gone.value.code, gone.value.status) == ("404", 404)


def test_nobody_there_is_told(settings):
    settings.LEADTRACK_OUTWARD_HOSTS = ["127.0.0.1:9"]
    assert code_of("http://127.0.0.1:9/") == "unreachable"


def test_the_name_is_told_to_the_server_although_the_number_is_asked(server):
    get(f"http://{server}/r.mp3")
    assert Handler.seen == [("/r.mp3", server)]
    assert outward.fetch
