import logging
import os
import socket
import sys
import threading
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from leadtrack.accounts.models import Member
from leadtrack.demo import firm
from leadtrack.demo.adverts import RIGA, ZONES
from leadtrack.demo.build import build, script
from leadtrack.demo.doors import Doors
from leadtrack.demo.last_day import events_of_last_day, play_last_day
from leadtrack.demo.notices import ACCOUNT_SID
from leadtrack.demo.switchboard import SHOP_NUMBER
from leadtrack.sources.register import forget_sources
from leadtrack.ui.management.commands.up import run_all, web_command, worker_command
from leadtrack.visits.models import Site

HOST: Final = "127.0.0.1"
START_SECONDS: Final = 60


class Command(BaseCommand):
    help = (
        "Builds a demo firm with a year of history in an empty database (only the first time), then runs "
        "web, worker and the firm's own website. Ctrl-C stops all; the next run keeps the data."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="port of LeadTrack (default %(default)s)")
        parser.add_argument(
            "--shop-port", type=int, default=8001, help="port of the demo shop (default %(default)s)"
        )
        parser.add_argument("--no-serve", action="store_true", help="build the data and leave")
        parser.add_argument(
            "--scale",
            type=float,
            default=1.0,
            help="size of the firm; 1 is 20 000 visits (default 1)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.IS_PRODUCTION:
            raise CommandError(
                "The demo has a known password: it does not run with LEADTRACK_ENV=production."
            )
        if not 0 < options["scale"] <= 10:
            raise CommandError("--scale is a number above 0, up to 10.")
        ports = {"--port": options["port"], "--shop-port": options["shop_port"]}
        if not options["no_serve"]:
            _check_ports(ports)
        self._prepare(options["scale"], _origins(options["shop_port"]))
        if options["no_serve"]:
            self.stdout.write("The demo's data is built. Run the command again without --no-serve.")
            return
        self._serve(options["port"], options["shop_port"], options["scale"])

    def _prepare(self, scale: float, shop_origins: tuple[str, ...]) -> None:
        """A complete demo firm in the database, whatever was there before but another firm's data."""
        call_command("migrate", verbosity=0)
        # The build wakes the worker every few seconds; a line for each would hide how far it got.
        logging.getLogger("django_structlog").setLevel(logging.WARNING)
        if firm.progress() == firm.UNFINISHED:
            self._start_over()
        if firm.progress():
            firm.let_shop_in(shop_origins)
            return
        if Site.objects.exists() or Member.objects.exists():
            raise CommandError(
                "This database holds another firm's data, and the demo will not mix with it. "
                "Give the demo a place of its own, for example LEADTRACK_VAR=var-demo make demo."
            )
        began = time.monotonic()
        counts = build(script(timezone.now(), scale), shop_origins=shop_origins)
        self.stdout.write(
            f"Built in {time.monotonic() - began:.0f} s: {counts['PageView']} page views, "
            f"{counts['FormSent']} forms, {counts['PhoneRang'] + counts['VisitorRang']} calls, "
            f"{counts['Won']} sales."
        )

    def _start_over(self) -> None:
        """A build was broken off. It began in an empty database, so nothing else is lost with it."""
        if connection.vendor != "sqlite":
            raise CommandError(
                "An earlier build was broken off. Drop this database, create it, and run the demo again."
            )
        self.stdout.write("An earlier build was broken off; starting over.")
        name = str(connection.settings_dict["NAME"])
        connection.close()
        for suffix in ("", "-wal", "-shm"):
            Path(name + suffix).unlink(missing_ok=True)
        forget_sources()
        call_command("migrate", verbosity=0)

    def _serve(self, port: int, shop_port: int, scale: float) -> None:
        address, shop = f"http://{HOST}:{port}", f"http://{HOST}:{shop_port}/"
        public = _public_base_url(address)
        # The children sign and print addresses with it.
        os.environ["PUBLIC_BASE_URL"] = public
        # Pages that are of no site tell the time as the firm's first site does.
        os.environ.setdefault("LEADTRACK_TIME_ZONE", ZONES[RIGA])
        # Nobody sells or sends anything for the firm's made-up account: it is said at once, without asking.
        # With a carrier to rehearse with, the made-up account is known there.
        os.environ["LEADTRACK_MADE_UP_ACCOUNTS"] = "" if settings.LEADTRACK_TWILIO_API else ACCOUNT_SID
        # A line per request would carry the card with the log-ins away.
        os.environ.setdefault("LOG_LEVEL", "WARNING")
        logging.getLogger("httpx").setLevel(logging.WARNING)
        words = f"--port {shop_port} --leadtrack {address} --site {RIGA} --form {RIGA} --phone {SHOP_NUMBER}"
        commands = {
            "web": web_command(HOST, port),
            "worker": worker_command(),
            "shop": [sys.executable, "manage.py", "demo_site", *words.split()],
        }
        connection.close()
        # run_all keeps the main thread: only there do signals arrive.
        welcome = threading.Thread(
            target=self._welcome, args=(Doors(address, public), shop, scale), daemon=True
        )
        welcome.start()
        run_all(commands)
        self.stdout.write("\nThe demo is stopped; its data is kept.")

    def _welcome(self, doors: Doors, shop: str, scale: float) -> None:
        if not _is_up(f"{doors.address}/healthz"):
            self.stderr.write(f"LeadTrack did not answer on {doors.address} within {START_SECONDS} s.")
            return
        if firm.progress() == firm.LAST_DAY_TO_COME:
            counts = play_last_day(doors, events_of_last_day(timezone.now().date(), scale=scale))
            firm.note_progress(firm.FINISHED)
            calls = counts["PhoneRang"] + counts["VisitorRang"]
            came = f"{counts['PageView']} page views, {counts['FormSent']} forms, {calls} calls"
            self.stdout.write(f"Today, through the doors: {came}.")
        connection.close()
        doors.close()
        self.stdout.write(_card(doors.address, shop))
        self.stdout.flush()


def _card(address: str, shop: str) -> str:
    """Where everything is, and who may log in."""
    lines = [
        "",
        f"  LeadTrack   {address}/",
        f"  Demo shop   {shop}?utm_source=google&utm_medium=cpc&utm_campaign=panorama-search",
        "",
    ]
    lines += [f"  {username:<10}  {Member.Role(role).label}" for username, *_, role in firm.PEOPLE]
    return "\n".join(
        [*lines, "", f"  The password of all of them is “{firm.PASSWORD}”. Ctrl-C stops everything.", ""]
    )


def _check_ports(ports: dict[str, int]) -> None:
    if len(set(ports.values())) < len(ports):
        raise CommandError("--port and --shop-port must differ.")
    for option, port in ports.items():
        with socket.socket() as probe:
            # As servers do: a port whose last connections are only fading away is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as problem:
                raise CommandError(
                    f"Port {port} cannot be used ({problem.strerror}). Choose another with {option}."
                ) from problem


def _origins(shop_port: int) -> tuple[str, ...]:
    return (f"http://{HOST}:{shop_port}", f"http://localhost:{shop_port}")


def _public_base_url(address: str) -> str:
    """The setting, if it names an outside address (a tunnel); an address of this machine is ours."""
    is_local = urlsplit(settings.PUBLIC_BASE_URL).hostname in {HOST, "localhost"}
    return address if is_local else settings.PUBLIC_BASE_URL


def _is_up(address: str) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            return httpx.get(address, timeout=5).is_success
        except httpx.TransportError:
            time.sleep(0.2)
    return False
