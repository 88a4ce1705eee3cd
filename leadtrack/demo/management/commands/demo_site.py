from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from leadtrack.demo.shop import serve


class Command(BaseCommand):
    help = "Serve the demo firm's website, whose pages include the LeadTrack script and post to a form door."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
        parser.add_argument("--port", type=int, default=8001, help="port to listen on (default: %(default)s)")
        parser.add_argument(
            "--leadtrack", default="http://127.0.0.1:8000", help="where LeadTrack runs (default: %(default)s)"
        )
        parser.add_argument("--site", required=True, help="key of the site")
        parser.add_argument("--form", required=True, help="key of the form")
        parser.add_argument(
            "--phone", default="+15550100020", help="the number on the pages (default: %(default)s)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        names = ("host", "port", "leadtrack", "site", "form", "phone")
        server = serve(**{name: options[name] for name in names})
        self.stdout.write(f"The shop is at http://{options['host']}:{server.server_address[1]}/")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            self.stdout.write("The shop is closed.")
        finally:
            server.server_close()
