import subprocess
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from leadtrack.ui.assets.install import install


class Command(BaseCommand):
    """Install the browser code that the pages use. Does nothing when it is there and fresh."""

    help = "Install the front-end packages of the lock file into static/vendor and minify the snippet."
    requires_system_checks = ()  # one of the checks asks for this very command; and no database is needed

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            written = install()
        except (subprocess.CalledProcessError, FileNotFoundError) as problem:
            raise CommandError(str(problem)) from problem
        if written:
            self.stdout.write(_("Assets installed: %s") % ", ".join(written))
        else:
            self.stdout.write(_("Assets are fresh."))
