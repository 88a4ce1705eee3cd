"""manage.py classify: where would these visits be said to come from?"""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from leadtrack.sources.channel import classify
from leadtrack.sources.marker import parse_marker


class Command(BaseCommand):
    """JSON lines in, JSON lines out; reads no database."""

    help = (
        'Reads JSON lines {"url": …, "referrer": …} from standard input and prints one JSON line for each: '
        "every field of the marker, its channel and the rule that said so. A line that cannot be read gives "
        '{"error": …, "line": N}; the rest goes on, and the exit code is then 1.'
    )
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One option: the hosts that are our own."""
        parser.add_argument(
            "--own-host",
            action="append",
            default=[],
            metavar="HOST",
            help="a host of our own: it and its subdomains are never a source; may be given several times",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Answer each line as it comes; exit 1 at the end if any was bad."""
        has_bad_line = False
        for number, line in enumerate(_lines(), start=1):
            if not line.strip():
                continue
            answer = _answer(line, options["own_host"])
            if "error" in answer:
                has_bad_line = True
                answer["line"] = number
            self.stdout.write(json.dumps(answer, ensure_ascii=not _prints_unicode()))
        if has_bad_line:
            sys.exit(1)


def _lines() -> Any:
    """Lines of standard input; bytes that are no UTF-8 become replacement characters, not a crash."""
    raw = getattr(sys.stdin, "buffer", None)
    return (line.decode("utf-8-sig", errors="replace") for line in raw) if raw else sys.stdin


def _prints_unicode() -> bool:
    return (sys.stdout.encoding or "").lower().startswith("utf")


def _answer(line: str, own_hosts: list[str]) -> dict[str, Any]:
    try:
        given = json.loads(line)
    except (ValueError, RecursionError):
        return {"error": "This line is not JSON."}
    if not isinstance(given, dict):
        return {"error": "This line is not a JSON object."}
    url, referrer = given.get("url") or "", given.get("referrer") or ""
    if not isinstance(url, str) or not isinstance(referrer, str):
        return {"error": '"url" and "referrer" must be texts.'}
    return _explained(url, referrer, own_hosts)


def _explained(url: str, referrer: str, own_hosts: list[str]) -> dict[str, Any]:
    marker = parse_marker(url, referrer, own_hosts=own_hosts)
    verdict = classify(marker)
    return {
        **asdict(marker),
        "click_ids": dict(marker.click_ids),
        "channel": verdict.channel,
        "rule": verdict.rule,
    }
