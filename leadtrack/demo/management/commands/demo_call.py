import logging
from argparse import ArgumentParser
from typing import Any

import httpx
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from leadtrack.demo.adverts import LINES
from leadtrack.demo.doors import DoorError, Doors, UnknownNumberError


class Command(BaseCommand):
    help = "Calls a number of the running demo as Twilio would, really signed: voice, status, dial-done."

    def add_arguments(self, parser: ArgumentParser) -> None:
        numbers = ", ".join(f"{line.number} {line.key}" for line in LINES)
        parser.add_argument(
            "--number", default=LINES[0].number, help=f"{numbers}, or one of your own (default %(default)s)"
        )
        parser.add_argument(
            "--from",
            dest="caller",
            default="+12025550142",
            help="the caller; empty withholds it (default %(default)s)",
        )
        parser.add_argument(
            "--talk", type=int, default=95, metavar="SECONDS", help="how long they talk (default %(default)s)"
        )
        parser.add_argument("--missed", action="store_true", help="nobody answers")
        parser.add_argument(
            "--url", default=settings.PUBLIC_BASE_URL, help="where LeadTrack runs (default %(default)s)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        address = options["url"].rstrip("/")
        # Four lines about requests would hide the one that counts.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        doors = Doors(address, address)
        talk_seconds = None if options["missed"] else options["talk"]
        try:
            sid = doors.call(number=options["number"], caller=options["caller"], talk_seconds=talk_seconds)
        except httpx.TransportError as problem:
            raise CommandError(
                f"Nobody answers at {address}: {problem}. Is the demo running? Another port needs --url."
            ) from problem
        except UnknownNumberError as problem:
            raise CommandError(str(problem)) from problem
        except DoorError as problem:
            raise CommandError(
                f"{problem} The demo's account signs for the address it runs at; another needs --url."
            ) from problem
        self.stdout.write(f"Call {sid} to {options['number']} is over; its lead is in the inbox.")
