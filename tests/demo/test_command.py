"""The demo commands, where there is no demo yet."""

import io
import socket

import pytest
from django.core.management import CommandError, call_command

from leadtrack.demo import firm
from tests import make


def run(*words: str) -> str:
    out = io.StringIO()
    call_command("demo", "--no-serve", *words, stdout=out)
    return out.getvalue()


def test_it_does_not_mix_with_another_firm(db):
    make.site()
    with pytest.raises(CommandError, match="another firm's data"):
        run()
    assert not firm.progress()


def test_it_does_not_run_in_production(db, settings):
    settings.IS_PRODUCTION = True
    with pytest.raises(CommandError, match="production"):
        run()


def test_a_taken_port_is_named(db):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        with pytest.raises(CommandError, match=f"Port {port} cannot be used"):
            call_command("demo", "--port", port)


def test_the_sample_statements_are_written(db, tmp_path):
    out = io.StringIO()
    call_command("demo_statements", str(tmp_path / "new"), stdout=out)
    names = sorted(path.name for path in (tmp_path / "new").iterdir())
    assert len(names) == 5
    assert any(name.startswith("google-ads-") for name in names)
    assert "account: Google Ads" in out.getvalue()
