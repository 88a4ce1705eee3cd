import io
import json
import sys
from typing import Any

import pytest
from django.core.management import call_command


def run(monkeypatch: pytest.MonkeyPatch, text: bytes, *args: str) -> tuple[list[dict[str, Any]], int]:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    out, code = io.StringIO(), 0
    try:
        call_command("classify", *args, stdout=out)
    except SystemExit as ended:
        code = int(str(ended.code))
    return [json.loads(line) for line in out.getvalue().splitlines()], code


def test_it_answers_each_line_with_every_field(monkeypatch: pytest.MonkeyPatch) -> None:
    line = {
        "url": "https://a.example/p?utm_source=vk&utm_medium=cpc&utm_campaign=X&rb_clickid=7",
        "referrer": "",
    }
    answers, code = run(monkeypatch, json.dumps(line).encode() + b'\n\n{"url": "https://a.example/"}\n')
    assert code == 0
    assert answers[0]["click_ids"] == {"rb_clickid": "7"}
    named = ("source", "medium", "campaign", "channel", "rule", "landing_path", "term")
    assert [answers[0][name] for name in named] == [
        "vk.com", "cpc", "X", "Paid Social", "ga4:paid-social", "/p", "",
    ]  # fmt: skip
    assert answers[1]["channel"] == "Direct"


def test_a_bad_line_is_named_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    bad = b'nonsense\n[1]\n{"url": 5}\n\xff\xfe\n' + b"[" * 100_000 + b'\n{"url": "/", "referrer": null}\n'
    answers, code = run(monkeypatch, bad)
    assert code == 1
    assert [answer.get("line") for answer in answers] == [1, 2, 3, 4, 5, None]
    assert all(answer["error"] for answer in answers[:5])
    assert answers[5]["channel"] == "Direct"


def test_own_hosts_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    line = b'{"url": "https://a.example/", "referrer": "https://blog.firm.example/"}'
    assert run(monkeypatch, line, "--own-host", "firm.example")[0][0]["source"] == "(direct)"
    assert run(monkeypatch, line)[0][0]["source"] == "blog.firm.example"


def test_unreadable_characters_are_still_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    answers, code = run(monkeypatch, rb'{"url": "https://a.example/\ud800?utm_source=a\u0000\ud800b"}')
    assert (code, answers[0]["source"]) == (0, "a\ufffdb")
