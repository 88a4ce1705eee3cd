import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from leadtrack.visits import views


@pytest.fixture(autouse=True)
def _read_anew() -> Iterator[None]:
    views.script.cache_clear()
    yield
    views.script.cache_clear()


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> bytes:
    path = tmp_path / "lt.min.js"
    path.write_bytes(b"(()=>{})()")
    monkeypatch.setattr(finders, "find", lambda name: str(path) if name == "vendor/lt.min.js" else None)
    return path.read_bytes()


def test_pages_get_the_minified_script(client: Client, built: bytes) -> None:
    response = client.get("/lt.js")
    assert response.status_code == 200
    assert response.content == built
    assert response.headers["Content-Type"].startswith("application/javascript")
    assert response.headers["Cache-Control"] == "public, max-age=3600"
    assert "Set-Cookie" not in response.headers


def test_it_comes_gzipped_where_that_is_understood(client: Client, built: bytes) -> None:
    response = client.get("/lt.js", headers={"accept-encoding": "br, gzip"})
    assert response.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in response.headers["Vary"]
    assert gzip.decompress(response.content) == built


def test_an_unchanged_script_is_not_sent_again(client: Client, built: bytes) -> None:
    etag = client.get("/lt.js").headers["ETag"]
    response = client.get("/lt.js", headers={"if-none-match": etag})
    assert (response.status_code, response.content) == (304, b"")


def test_the_readable_source_stands_in_until_assets_are_installed(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finders, "find", lambda name: None)
    assert client.get("/lt.js").content == views.READABLE.read_bytes()


def test_nothing_is_posted_there(client: Client) -> None:
    assert client.post("/lt.js").status_code == 405
